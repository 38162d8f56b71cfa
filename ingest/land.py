"""Bytes -> the content-addressed store, and a row in the book. What is in force already is not taken in twice."""

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection

from ingest import rules
from ingest.feed import Feed
from ingest.filenames import delivered_name
from ingest.grammar.months import months_in
from ingest.reading.archive import FLOOR, MEGABYTE
from ingest.reading.limits import limits
from vocabulary.finding import Finding
from vocabulary.month import Month
from warehouse.book import deliveries, locks
from warehouse.database import engine
from warehouse.durable import move
from warehouse.settings import settings


@dataclass(frozen=True)
class Landed:
    """A delivery as received; status is `received`, `duplicate`, or `resumed` for one of before."""

    delivery_id: int
    status: str
    sha256: str


class StoreDamaged(Exception):
    """What lies in the store under a sha256 is not those bytes, or nothing does."""


def stored(sha256: str) -> Path:
    """Where the bytes of a sha256 lie in the store."""
    return settings().store / sha256[:2] / sha256


def unopened(e: OSError) -> Finding:
    """Why a file that could not be opened is not taken in: it is a link, or may not be read."""
    return rules.finding("not_a_file.link" if e.errno == errno.ELOOP else "not_a_file.unreadable", found=e.strerror)


def untakable(file: BufferedReader) -> Finding | None:
    """Why an open file cannot be taken in at all: no file or a second name of one, too large, or full of holes.

    Raises OSError where it cannot be read.
    """
    seen = os.fstat(file.fileno())
    # a second name of a file elsewhere, which need not be the sender's to read
    if seen.st_nlink > 1 or not stat.S_ISREG(seen.st_mode):
        return rules.finding("not_a_file.link")
    file.peek(1)
    if seen.st_size > limits().text_mb * MEGABYTE:
        return rules.finding("not_a_file.too_large", measured=seen.st_size // MEGABYTE, limit=limits().text_mb)
    # What a transfer has set aside and not filled takes no place on the disk; st_blocks counts 512 bytes each.
    if seen.st_size > max(FLOOR, seen.st_blocks * 512 * limits().ratio):
        return rules.finding("not_a_file.holes")
    return None


def original(sha256: str) -> Path:
    """Where they lie, once it is certain that it is they. Raises StoreDamaged."""
    path = stored(sha256)
    if not _whole(path, sha256):
        raise StoreDamaged(
            f"{path} is {'not what was delivered' if path.exists() else 'missing'}: put it back from a backup; "
            f"the same file, sent again, mends it too"
        )
    return path


def _whole(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def land(
    feed: Feed,
    path: Path,
    file: BufferedReader | None = None,
    *,
    simulated: bool = False,
    resumed: Collection[int] = (),
) -> Landed:
    """Keep a file's bytes and enter it in the book. The feed must be in ops.feed (warehouse.book.duties.sync_feeds).

    `file` is what was found at `path` and looked at, where something else may lie there since. `resumed` are deliveries that
    a dead run has left: the file that one of them is of still lies where it was, and is no delivery of its own.

    The same bytes as the feed's delivery in force make a `duplicate`, which is read no further, unless the file's name
    now speaks of another month: last month's table sent again is to be read, and refused with its reasons.
    """
    with nullcontext(file) if file else path.open("rb") as source:
        sha256, size = _keep(source)
    with engine().begin() as c:
        # Two hands may drop the same file at once; a feed's deliveries are entered one after the other.
        locks.take(c, f"land {feed.feed}")
        if (left := deliveries.of_file(c, feed.feed, delivered_name(path), sha256, resumed)) is not None:
            return Landed(left, "resumed", sha256)
        in_force = _in_force(c, feed, sha256, delivered_name(path))
        delivery_id = deliveries.enter(c, feed.feed, delivered_name(path), sha256, size, simulated, in_force)
    return Landed(delivery_id, "received" if in_force is None else "duplicate", sha256)


def _keep(source: BufferedReader) -> tuple[str, int]:
    """Copy an open file into the store, piece by piece; return its sha256 and size.

    Written once, by renaming, so that a reader never sees half a file and a crash leaves none; what lies there damaged is
    replaced.
    """
    settings().store.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=settings().store, prefix=".landing-")
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(handle, "wb") as copy:
            while piece := source.read(1 << 20):
                digest.update(piece)
                size += len(piece)
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
        target = stored(digest.hexdigest())
        if _whole(target, digest.hexdigest()):
            os.unlink(name)
        else:
            target.parent.mkdir(exist_ok=True)
            move(Path(name), target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size


def _in_force(c: Connection, feed: Feed, sha256: str, name: str) -> int | None:
    """The accepted delivery of the same bytes and month that no later accepted one of the feed shares a month with."""
    found = c.execute(
        text("""
            select d.delivery_id, d.month
            from ops.delivery as d
            where d.feed = :feed and d.sha256 = :sha and d.status = 'accepted' and not exists (
                select 1
                from ops.delivery_month as m
                inner join ops.delivery_month as n on m.month = n.month
                inner join ops.delivery as later on n.delivery_id = later.delivery_id
                where m.delivery_id = d.delivery_id and later.feed = d.feed and later.status = 'accepted'
                  and later.delivery_id > d.delivery_id
            )
            order by d.delivery_id desc
            limit 1
        """),
        {"feed": feed.feed, "sha": sha256},
    ).first()
    said = months_in(name) if feed.scope == "month" else []
    return found.delivery_id if found and (not said or Month.of(found.month) in said) else None
