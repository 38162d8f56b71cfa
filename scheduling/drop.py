"""The drop folder as Airflow sees it: files that nobody writes to any more start the DAG of their feed.

An event says only that something lies there. The run looks again for itself, so an event too many does no harm, and
one that was lost (triggerer restarted, DAG paused) comes again as long as the file lies there.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent
from sqlalchemy import text

from ingest.filenames import delivered_name
from warehouse.database import engine

QUIET_SECONDS = 5.0
LOOK_EVERY_SECONDS = 2.0
REMIND_AFTER_SECONDS = 600.0
UNFINISHED = (".part", ".partial", ".crdownload", ".tmp", ".filepart")


def settled(folder: Path, quiet: float = QUIET_SECONDS) -> list[Path]:
    """Files of a folder that have rested for `quiet` seconds, the longest at rest first.

    The time of the last change of the inode is what counts: every write and every rename moves it, and unlike the time
    of modification a copying program cannot set it back while it still writes. Hidden files, lock files of office
    programs and files named as unfinished transfers are not deliveries.
    """
    resting = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.startswith((".", "~$")) or path.suffix.lower() in UNFINISHED:
            continue
        try:
            seen = path.stat()
        except FileNotFoundError:
            continue
        if path.is_file() and time.time() - seen.st_ctime >= quiet:
            resting.append((seen.st_ctime, path.name, path))
    return [path for _, _, path in sorted(resting)]


def claim(folder: Path) -> list[Path]:
    """Move what is at rest out of the senders' reach, into `.taken`, and return all that lies there.

    There they have names that can be shown. A sender who replaces a file while it is read would otherwise lose the replacement; and a run that died with files
    claimed leaves them to the next one.
    """
    taken = folder / ".taken"
    taken.mkdir(parents=True, exist_ok=True)
    left_behind = {p.name for p in taken.iterdir()}
    for path in settled(folder):
        if (name := delivered_name(path)) not in left_behind:
            path.rename(taken / name)
    return settled(taken, quiet=0)


def under_way(drop: Path, since_seconds: float = 600.0) -> int:
    """Files lying in any feed's folder, taken or not, and deliveries without a verdict; older ones are stuck, not
    under way.
    """
    files = [*drop.glob("*__*/*"), *drop.glob("*__*/.taken/*")]
    lying = sum(p.is_file() and time.time() - p.stat().st_ctime < since_seconds for p in files)
    with engine().connect() as c:
        undecided: int = c.execute(
            text("""
                select count(*) from ops.delivery
                where status in ('received', 'loaded') and received_at > clock_timestamp() - make_interval(secs => :s)
            """),
            {"s": since_seconds},
        ).scalar_one()
    return lying + undecided


def wait_for_arrivals(drop: Path, patience: float = 120.0) -> float:
    """Wait, at most `patience` seconds, until nothing is under way; returns the seconds waited.

    Departments' files often come together. One build of all of them beats several, each with a draft to approve.
    """
    began = time.monotonic()
    while under_way(drop) and time.monotonic() - began < patience:
        time.sleep(0.5)
    return time.monotonic() - began


class DropTrigger(BaseEventTrigger):
    """Fires when files have come to rest in `folder`: at once for new ones, and again while they stay."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder = folder

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return "scheduling.drop.DropTrigger", {"folder": self.folder}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look at the folder for ever. A folder that cannot be read is logged and looked at again."""
        told: set[tuple[str, int]] = set()
        told_at = 0.0
        while True:
            try:
                files = await asyncio.to_thread(settled, Path(self.folder))
                seen = {(p.name, p.stat().st_ctime_ns) for p in files}
            except OSError as e:
                self.log.warning("the drop folder cannot be read, trying again: %s", e)
                seen = told
            if seen - told or (seen and time.monotonic() - told_at > REMIND_AFTER_SECONDS):
                told_at = time.monotonic()
                yield TriggerEvent({"files": sorted(delivered_name(Path(name)) for name, _ in seen)})
            told = seen
            await asyncio.sleep(LOOK_EVERY_SECONDS)
