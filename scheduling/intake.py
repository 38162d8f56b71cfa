"""The one way in: files are landed, read, loaded, judged and answered, and the months that they change are announced.

A feed's DAG, the command line and the demo take files in here. What a run has begun and not finished, the next finishes.
"""

import logging
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path

from expectations.gate import gate_deliveries, try_file
from expectations.prepare import Tried
from ingest.clerk.receipt import Receipt, preview, write_receipt, write_untaken
from ingest.deliver import deliver, resume
from ingest.feed import Feed
from ingest.filenames import delivered_name
from ingest.land import unopened, untakable
from ingest.load import copy_into
from ingest.parsing.contents import Contents, FileReader, examine
from ingest.waiting import Waiting
from scheduling.drop import claim, folders, give_back, let_go, opened, own_folder, written_to
from vocabulary.finding import Finding
from warehouse.book import deliveries
from warehouse.database import reachable
from warehouse.settings import settings

log = logging.getLogger(__name__)

# Tells the scheduler that these months, as 2018-06, of a feed have changed.
Announce = Callable[[str, list[str]], None]


@dataclass(frozen=True)
class Arrival:
    """A file of a feed, to be taken in; `file` is it, where it was opened to be looked at."""

    feed: Feed
    path: Path
    simulated: bool = False
    file: BufferedReader | None = None


class ReceiptFailed(RuntimeError):
    """Receipts could not be written. Names their deliveries."""


def take_in(
    feeds: Collection[Feed], arrivals: Iterable[Arrival] = (), announce: Announce | None = None
) -> dict[int, str]:
    """Take in files of these feeds, and what of theirs an earlier run left unfinished; returns deliveries with their status.

    All are judged in one run of the gate. Each gets its receipt in the drop folder of its feed. Who can `announce` then
    announces the months to be built and notes the deliveries as answered; from who cannot they stay unanswered, and the
    next run of the feed's DAG announces them and sends the receipts. Raises ReceiptFailed when all that can be is answered.
    """
    taken = judge(feeds, arrivals)
    if announce:
        taken |= {d: feed.feed for feed in feeds for d in deliveries.unanswered(feed.feed)}
    failed = [d for d, feed_name in taken.items() if not _answered(d, feed_name)]
    if announce:
        for feed in feeds:
            _announce(feed.feed, [d for d, name in taken.items() if name == feed.feed and d not in failed], announce)
    if failed:
        raise ReceiptFailed(f"no receipt could be written of deliveries {failed}: see the log; all others are answered")
    return deliveries.states(list(taken))


def _answered(delivery: int, feed: str) -> bool:
    """Write a receipt; one that cannot be written keeps no other from being."""
    try:
        log.info("receipt: %s", write_receipt(delivery, receipts(feed)))
    except Exception:
        log.exception("receipt of delivery %s", delivery)
        return False
    return True


def take_in_history(feeds: Collection[Feed], arrivals: Iterable[Arrival]) -> dict[int, str]:
    """Take in files of the past: nobody waits for their receipts, and nobody asked for their months to be built.

    Only what was refused gets its receipt.
    """
    taken = judge(feeds, arrivals)
    states = deliveries.states(list(taken))
    for delivery in (d for d, state in states.items() if state == "rejected"):
        write_receipt(delivery, receipts(taken[delivery]))
    deliveries.answer(states)
    return states


def judge(feeds: Collection[Feed], arrivals: Iterable[Arrival]) -> dict[int, str]:
    """Land, read and load files and have the gate decide over them; returns deliveries with their feeds."""
    resumed = {d: feed.feed for feed in feeds for d in resume(feed, gate_of)}
    taken = dict(resumed)
    for arrival in arrivals:
        delivery = deliver(
            arrival.feed,
            arrival.path,
            arrival.file,
            simulated=arrival.simulated,
            further=gate_of,
            resumed=resumed,
        )
        resumed.pop(delivery, None)
        taken[delivery] = arrival.feed.feed
    waiting = {d: feed.feed for feed in feeds for d in deliveries.loaded(feed.feed)}
    gate_deliveries(waiting)
    return dict(sorted((taken | waiting).items()))


def gate_of(feed: Feed, path: Path, file_name: str) -> list[Finding]:
    """What the gate says of what can be read of a file, which is not taken in."""
    return _tried(feed, path, file_name)[1]


def check(feed: Feed, path: Path) -> Receipt:
    """The receipt that a file would get, without delivering it: book, raw and store stay as they are.

    Where there is no warehouse to compare it with, it says what the reading finds and that no more was asked.
    """
    if not reachable():
        return preview(feed, path, examine(feed, path, path.name), None)
    return preview(feed, path, *_tried(feed, path, delivered_name(path)))


def _tried(feed: Feed, path: Path, file_name: str) -> tuple[Contents, list[Finding]]:
    """What a file says, and what the gate says of it."""
    read: list[Contents] = []

    def copy(tables: str, delivery_id: int) -> Tried:
        read.append(copy_into(tables, delivery_id, FileReader(feed, path, file_name)))
        return on_trial(read[0])

    found = try_file(feed.duty, copy)
    return read[0], found


def on_trial(contents: Contents) -> Tried:
    """What a file says, as the gate is told of it."""
    tried = Tried(contents.month, contents.cells, contents.maturity, contents.loadable)
    if said := contents.reason:
        tried = replace(tried, cause=said.cause, reason=said.reason)
    if told := contents.confirmation:
        tried = replace(tried, confirmed=told.reason, confirmed_cells=told.cells)
    return tried


def _announce(feed: str, ids: Collection[int], announce: Announce) -> None:
    months = [str(m) for m in deliveries.months_to_build(ids)]
    log.info("months of %s announced: %s", feed, ", ".join(months) or "none")
    if months:
        announce(feed, months)
    deliveries.answer(ids)


def receipts(feed: str) -> Path:
    """The folder beside the drop in which a feed's senders find their receipts."""
    folder = settings().drop / feed
    return own_folder(next(iter(folders(folder)), folder) / "回执")


def dropped(feed: Feed) -> Iterator[Arrival]:
    """What lies at rest in a feed's drop folder, but for what cannot be taken in, which is answered.

    A file leaves the folder once the next is asked for: its bytes are in the store. One that has changed meanwhile was
    taken while its sender paused, and comes again.
    """
    for path in claim(settings().drop / feed.feed):
        try:
            with opened(path) as file:
                why, before = untakable(file), _as_seen(file)
                if not why:
                    yield Arrival(feed, path, "模拟" in path.name, file)
                whole = _as_seen(file) == before and not written_to(path)
        except OSError as e:
            why = unopened(e)
        if why:
            log.warning("%s of %s: %s", path, feed.feed, why.message)
            write_untaken(path.name, why, receipts(feed.feed))
            if path.is_symlink():
                let_go(path)
        elif whole:
            let_go(path)
        else:
            log.warning("%s was still written to and is taken in again when it rests", path)
            give_back(path)


def _as_seen(file: BufferedReader) -> tuple[int, int]:
    seen = os.fstat(file.fileno())
    return seen.st_size, seen.st_mtime_ns


def once_more(feed: Feed, refused: Iterable[Waiting]) -> Iterator[Arrival]:
    """Files of a feed that were refused, as they came."""
    for delivery in refused:
        with delivery.original() as path:
            yield Arrival(feed, path, delivery.simulated)
