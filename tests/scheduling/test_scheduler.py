"""What the scheduler leaves behind when it is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

FORKS = """
import os, time
from scheduling.scheduler import bind_forks
bind_forks()
if not os.fork():
    grandchild = os.fork()
    if grandchild:
        print(os.getpid(), grandchild, flush=True)
    time.sleep(60)
time.sleep(60)
"""


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_workers_and_their_tasks_end_with_a_scheduler_that_is_killed() -> None:
    scheduler = subprocess.Popen([sys.executable, "-c", FORKS], stdout=subprocess.PIPE, text=True)
    assert scheduler.stdout
    workers = [int(pid) for pid in scheduler.stdout.readline().split()]
    assert len(workers) == 2
    assert all(map(runs, workers))
    os.kill(scheduler.pid, signal.SIGKILL)
    scheduler.wait()
    until = time.monotonic() + 10
    while any(map(runs, workers)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(runs, workers))
