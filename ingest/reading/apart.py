"""Workbooks are opened, and copies of them made, in a process apart with bounded memory and time: one that dies takes no
worker with it.

One such process serves many files, since starting it costs a tenth of a second; after a large file it is replaced.
"""

import atexit
import contextlib
import gc
import io
import os
import pickle
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, TypeVar

from ingest import rules
from ingest.reading.archive import broken
from ingest.reading.limits import Limits, limits
from ingest.reading.sheet import Refusal
from warehouse.parent import end_with
from warehouse.settings import ROOT

LENGTH = struct.Struct("<Q")
# Memory that a large file took does not come back from a process; its successor starts small.
LARGE = 8 << 20
T = TypeVar("T")


class Reader:
    """The process apart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._limits: Limits | None = None
        self._owner = 0

    def ask(self, task: Callable[..., T], *given: object) -> T:
        """What a function of a module answers there. Raises Refusal, also when the file, its memory or its time end it."""
        question = pickle.dumps((task, given, limits().seconds))
        with self._lock:
            process = self._started(limits())
            assert process.stdin
            assert process.stdout
            assert self._limits
            try:
                _send(process.stdin, question)
                reply = _receive(process.stdout, time.monotonic() + self._limits.seconds)
            except TimeoutError:
                self._stop()
                raise _exhausted("读取时间", f"{self._limits.seconds}秒") from None
            except (EOFError, OSError):
                self._stop()
                raise _exhausted("读取所需内存", f"{self._limits.memory_mb}MB") from None
            except BaseException:
                self._stop()
                raise
            if len(question) + len(reply) > LARGE:
                self._stop()
        answer = pickle.loads(reply)
        if isinstance(answer, Refusal):
            raise answer
        given_back: T = answer
        return given_back

    def _started(self, wanted: Limits) -> "subprocess.Popen[bytes]":
        """The running process; a new one after a fork, since two parents would mix their questions, or other limits."""
        process = self._process
        if process and self._owner == os.getpid() and self._limits == wanted and process.poll() is None:
            return process
        if self._owner == os.getpid():
            self._stop()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ingest.reading.apart", str(wanted.memory_mb), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))},
        )
        self._owner, self._limits = os.getpid(), wanted
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process and self._owner == os.getpid():
            process.kill()
            process.communicate()


def _exhausted(what: str, limit: str) -> Refusal:
    return Refusal(rules.finding("over_limit.exhausted", what=what, limit=limit))


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def _receive(pipe: IO[bytes], deadline: float) -> bytearray:
    """One message. Raises TimeoutError at the deadline and EOFError when the other side is gone."""
    handle, wanted, got = pipe.fileno(), LENGTH.size, bytearray()
    sized = False
    while len(got) < wanted:
        if not select.select([handle], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError
        part = os.read(handle, min(wanted - len(got), 1 << 20))
        if not part:
            raise EOFError
        got += part
        if not sized and len(got) == LENGTH.size:
            (wanted,), got, sized = LENGTH.unpack(got), bytearray(), True
    return got


_reader = Reader()
ask_apart = _reader.ask
atexit.register(_reader._stop)


def _renew() -> None:
    """A fork may happen while another thread reads: its child starts with a lock of its own, and a process of its own."""
    _reader._lock = threading.Lock()


os.register_at_fork(after_in_child=_renew)


def _pickled(answer: object) -> bytes:
    """Without looking for what occurs twice: no two cells are one object, and looking takes three times as long."""
    written = io.BytesIO()
    pickler = pickle.Pickler(written, protocol=5)
    pickler.fast = True
    pickler.dump(answer)
    return written.getvalue()


def _serve(memory_mb: int, parent: int) -> None:
    """Answer questions until the parent is gone; one that takes too long ends the process, whoever still waits for it."""
    # its end of the pipe may outlive it, held by what it has forked
    end_with(parent)

    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # rows hold no cycles, and looking for some takes longer than reading them
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(size := questions.read(LENGTH.size)) == LENGTH.size:
        task, given, seconds = pickle.loads(questions.read(*LENGTH.unpack(size)))
        signal.alarm(seconds + 1)
        answer: object
        try:
            answer = task(*given)
        except Refusal as e:
            answer = e
        except MemoryError:
            answer = _exhausted("读取所需内存", f"{memory_mb}MB")
        except Exception as e:
            # What no reader foresaw in a damaged file is the file's fault until shown otherwise.
            answer = broken(f"{type(e).__name__}: {e}"[:120])
        del given
        _send(answers, _pickled(answer))
        signal.alarm(0)
        del answer


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        _serve(int(sys.argv[1]), int(sys.argv[2]))
