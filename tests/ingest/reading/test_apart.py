"""The process that opens workbooks ends with the one that it reads for."""

import os
import signal
import subprocess
import sys
import time

from warehouse.settings import ROOT

# Reads a book, leaves a fork behind that holds all its pipes, and says who its reader is.
PARENT = """
import os, time
from ingest.reading import apart, read
from tests.ingest.paper import HEAD, ROWS, xlsx
read.read_sheets(xlsx(HEAD + ROWS), "a")
if os.fork() == 0:
    time.sleep(60)
    os._exit(0)
print(apart._reader._process.pid, flush=True)
time.sleep(60)
"""


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_process_apart_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert parent.stdout
        reader = int(parent.stdout.readline())
        assert is_running(reader)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        deadline = time.monotonic() + 20
        while is_running(reader) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not is_running(reader)
    finally:
        os.killpg(parent.pid, signal.SIGKILL)
