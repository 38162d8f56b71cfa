"""The drop folder: which of its files are deliveries, and the moment from which nobody writes to them any more.

A feed's folder is named by its code, by which programs find it, or by code and title with a blank between, for people.
"""

import fcntl
import os
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from io import BufferedReader
from pathlib import Path

from sqlalchemy import text

from ingest.feed import Feed
from ingest.filenames import delivered_name, move_beside, plain_name
from ingest.reading.signatures import COMPOUND_FILE, ZIP
from warehouse.database import engine
from warehouse.settings import settings

# Cut short, a workbook is broken and a text a shorter table: only rest tells that one is whole.
QUIET_SECONDS, TEXT_QUIET_SECONDS = 5.0, 30.0
# To read what lies there and not what a link leads to, and without waiting for whoever writes to a pipe.
HARMLESSLY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
FOLDER = os.O_RDONLY | os.O_DIRECTORY
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


def settled(folder: Path, quiet: float | None = None) -> list[Path]:
    """Files and links of a folder that have rested for `quiet` seconds and nobody has open to write, the longest at rest first.

    Unless told otherwise a workbook rests 5 seconds, anything else 30. The time of the last change of the inode is what
    counts: every write and every rename moves it, and unlike the time of modification a copying program cannot set it back
    while it still writes. Hidden files, lock files of office programs and files named as unfinished transfers are not
    deliveries.
    """
    resting = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.startswith((".", "~$")) or path.suffix.lower() in UNFINISHED:
            continue
        with suppress(FileNotFoundError):
            seen = path.lstat()
            if stat.S_ISLNK(seen.st_mode) or (stat.S_ISREG(seen.st_mode) and not written_to(path)):
                wanted = _quiet_seconds(path) if quiet is None else quiet
                if time.time() - seen.st_ctime >= wanted:
                    resting.append((seen.st_ctime, path.name, path))
    return [path for _, _, path in sorted(resting)]


def written_to(path: Path) -> bool:
    """Whether somebody has a file open to write. The system tells it of files that are ours on disks of its own; else False.

    It is asked for a lease, which it gives on what nobody writes to; who opens the file meanwhile waits until it is back.
    """
    with suppress(OSError), os.fdopen(os.open(path, HARMLESSLY), "rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)  # by its own signal it would end the process
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return True
    return False


def _quiet_seconds(path: Path) -> float:
    with suppress(OSError), os.fdopen(os.open(path, HARMLESSLY), "rb") as file:
        if file.read(len(COMPOUND_FILE)).startswith((ZIP, COMPOUND_FILE)):
            return QUIET_SECONDS
    return TEXT_QUIET_SECONDS


def claim(folder: Path) -> list[Path]:
    """Move what is at rest in a feed's folders out of the senders' reach, into `.taken`, and return all that lies there.

    There each has a folder of its own, numbered as they came, and a name that can be shown: two whose names read alike
    stay two. A sender who replaces a file while it is read would otherwise lose the replacement; and a run that died
    with files claimed leaves them to the next one.
    """
    return [path for there in folders(folder) for path in _claim(there)]


def _claim(folder: Path) -> list[Path]:
    taken = own_folder(folder / ".taken")
    # an earlier version laid files into `.taken` itself
    for path in (*settled(taken, quiet=0), *settled(folder)):
        path.rename(_numbered(taken) / delivered_name(path))
    places = [place for place in sorted(taken.iterdir()) if place.is_dir() and not place.is_symlink()]
    return [path for place in places for path in place.iterdir() if path.is_symlink() or path.is_file()]


def own_folder(folder: Path) -> Path:
    """The folder of this name, made where there is none; a file or a link that has the name moves aside, as sent."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        move_beside(folder, folder.with_name(plain_name(folder.name)))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """A claimed file, and never what its sender has put in its place or in that of its folder since. Raises OSError."""
    with (
        _folder_of(path) as folder,
        os.fdopen(os.open(path.name, HARMLESSLY, dir_fd=folder), "rb") as file,
    ):
        yield file


def let_go(path: Path) -> None:
    """Remove a claimed file, whose bytes are in the store, and its folder."""
    with _folder_of(path) as folder:
        os.unlink(path.name, dir_fd=folder)
    with suppress(OSError):
        path.parent.rmdir()


@contextmanager
def _folder_of(path: Path) -> Iterator[int]:
    """The folder of a claimed file, a handle that is reached from its feed's folder through no link."""
    handle = os.open(path.parents[2], FOLDER)
    try:
        for step in path.parent.relative_to(path.parents[2]).parts:
            above, handle = handle, os.open(step, FOLDER | os.O_NOFOLLOW, dir_fd=handle)
            os.close(above)
        yield handle
    finally:
        os.close(handle)


def give_back(path: Path) -> None:
    """Put a claimed file that was not whole back where its sender left it, to be claimed once it rests."""
    move_beside(path, path.parents[2] / path.name)
    with suppress(OSError):
        path.parent.rmdir()


def _numbered(taken: Path) -> Path:
    """A new folder behind those that are there."""
    number = max((int(place.name) for place in taken.iterdir() if place.name.isdecimal()), default=0)
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
