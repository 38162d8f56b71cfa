"""The drop folder: which of its files are deliveries, and the moment from which nobody writes to them any more.

A feed's folder is named by its code, by which programs find it, or by code and title with a blank between, for people.
"""

import time
from glob import escape
from pathlib import Path

from sqlalchemy import text

from ingest.feed import Feed
from ingest.filenames import delivered_name, plain_name
from warehouse.database import engine
from warehouse.settings import settings

QUIET_SECONDS = 5.0
UNFINISHED = (".part", ".partial", ".crdownload", ".tmp", ".filepart")


def folders(folder: Path) -> list[Path]:
    """Of the folder named by a feed's code and those with words behind it, the ones that are there; the code's own first."""
    named = sorted(folder.parent.glob(f"{escape(folder.name)} *"))
    return [path for path in (folder, *named) if path.is_dir()]


def folder_of(feed: Feed) -> Path:
    """The drop folder of a feed; one with its title beside its code is made where there is none."""
    folder = settings().drop / feed.feed
    if there := folders(folder):
        return there[0]
    new = folder.with_name(plain_name(f"{feed.feed} {feed.title}"))
    new.mkdir(parents=True, exist_ok=True)
    return new


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
    """Move what is at rest in a feed's folders out of the senders' reach, into `.taken`, and return all that lies there.

    There each has a folder of its own, numbered as they came, and a name that can be shown: two whose names read alike
    stay two. A sender who replaces a file while it is read would otherwise lose the replacement; and a run that died
    with files claimed leaves them to the next one.
    """
    return [path for there in folders(folder) for path in _claim(there)]


def _claim(folder: Path) -> list[Path]:
    taken = folder / ".taken"
    taken.mkdir(parents=True, exist_ok=True)
    # an earlier version laid files into `.taken` itself
    for path in (*settled(taken, quiet=0), *settled(folder)):
        path.rename(_numbered(taken) / delivered_name(path))
    return [path for place in sorted(taken.iterdir()) if place.is_dir() for path in place.iterdir()]


def let_go(path: Path) -> None:
    """Remove a claimed file, whose bytes are in the store, and its folder."""
    path.unlink()
    path.parent.rmdir()


def _numbered(taken: Path) -> Path:
    """A new folder behind those that are there."""
    number = max((int(place.name) for place in taken.iterdir() if place.is_dir()), default=0)
    while True:
        number += 1
        try:
            (place := taken / f"{number:08}").mkdir()
        except FileExistsError:
            continue
        return place


def under_way(drop: Path, since_seconds: float = 600.0) -> int:
    """Files lying in any feed's folder, taken or not, and deliveries without a verdict; older ones are stuck, not
    under way.
    """
    files = [*drop.glob("*__*/*"), *drop.glob("*__*/.taken/*/*")]
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
