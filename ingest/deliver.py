"""The way in: land, read, load. A bad file is rejected with its reasons; it never stops another."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from pathlib import Path

from sqlalchemy import text

from ingest import rules
from ingest.feed import Feed
from ingest.feeds import get_feed
from ingest.filenames import delivered_name
from ingest.land import StoreDamaged, land, original, stored
from ingest.layout.fingerprint import fingerprint
from ingest.load import load
from ingest.parsing.contents import FileReader
from vocabulary.finding import Finding
from vocabulary.month import Month
from warehouse.book import deliveries, layouts
from warehouse.database import engine, with_months

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """A delivery as the book has it. `cells` counts its numbers and marks in all months."""

    delivery_id: int
    feed: str
    file_name: str
    sha256: str
    simulated: bool
    status: str
    month: Month | None
    maturity: str | None
    received_at: datetime
    duplicate_of: int | None
    cells: int
    findings: int


# What else can be said of a file that is refused for its reading, from what could be read of it.
SecondOpinion = Callable[[Feed, Path, str], Sequence[Finding]]


def _none(feed: Feed, path: Path, file_name: str) -> Sequence[Finding]:
    return ()


def deliver(
    feed: Feed,
    path: Path,
    file: BufferedReader | None = None,
    *,
    simulated: bool = False,
    further: SecondOpinion = _none,
    resumed: Collection[int] = (),
) -> int:
    """Take a file in and return its delivery_id; afterwards it is loaded, rejected or a duplicate. `file` and `resumed` are
    those of `land`.

    Never raises for what a sender can do wrong. A file that was taken in already, byte for byte, changes nothing.
    """
    landed = land(feed, path, file, simulated=simulated, resumed=resumed)
    if landed.status == "received":
        _take_in(landed.delivery_id, feed, stored(landed.sha256), delivered_name(path), further)
    else:
        log.info("delivery %s of %s: %s was taken in already", landed.delivery_id, feed.feed, delivered_name(path))
    return landed.delivery_id


def resume(feed: Feed | None = None, further: SecondOpinion = _none) -> list[int]:
    """Finish the deliveries, of one feed or of all, that a crash left received; returns their ids."""
    with engine().connect() as c:
        left = c.execute(
            text("""
                select delivery_id, feed, file_name, sha256 from ops.delivery
                where status = 'received' and feed = coalesce(:f, feed) order by 1
            """),
            {"f": feed.feed if feed else None},
        ).all()
    for row in left:
        try:
            _take_in(row.delivery_id, get_feed(row.feed), original(row.sha256), row.file_name, further)
        except StoreDamaged as e:
            log.error("delivery %s of %s: %s", row.delivery_id, row.feed, e)
            deliveries.reject(row.delivery_id, [rules.finding("store_damaged")])
    return [row.delivery_id for row in left]


def status(delivery_id: int) -> Delivery:
    """One delivery as it stands. Raises KeyError when there is none."""
    with engine().connect() as c:
        row = (
            c.execute(
                text("""
                    select d.delivery_id, d.feed, d.file_name, d.sha256, d.simulated, d.status, d.month, d.maturity,
                           d.received_at,
                           d.duplicate_of,
                           (select coalesce(sum(m.cells), 0)::int from ops.delivery_month as m
                            where m.delivery_id = d.delivery_id) as cells,
                           (select count(*)::int from ops.finding as f
                            where f.delivery_id = d.delivery_id) as findings
                    from ops.delivery as d
                    where d.delivery_id = :d
                """),
                {"d": delivery_id},
            )
            .mappings()
            .first()
        )
    if row is None:
        raise KeyError(f"no delivery {delivery_id}")
    return Delivery(**with_months(row))


def _take_in(delivery_id: int, feed: Feed, kept: Path, file_name: str, further: SecondOpinion) -> None:
    parsed = load(delivery_id, FileReader(feed, kept, file_name))
    if parsed.loadable:
        log.info("delivery %s of %s: loaded %s cells", delivery_id, feed.feed, sum(parsed.cells.values()))
    else:
        more = further(feed, kept, file_name) if parsed.cells else ()
        deliveries.reject(delivery_id, [*parsed.findings, *more], parsed.month)
        log.info("delivery %s of %s: rejected, %s findings", delivery_id, feed.feed, len(parsed.findings))
    if parsed.layout:
        sheets = [s.to_row() for s in parsed.layout]
        layouts.note(feed.feed, delivery_id, fingerprint(parsed.layout), sheets, parsed.loadable)
