"""Deliveries refused for their layout: each waits until an alias makes it readable, or a later file stands in its place.

Then its bytes, which are in the store, are taken in again as a new delivery.
"""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, text

from ingest.feeds import get_feed
from ingest.land import StoreDamaged, original
from ingest.layout.drift import Drift, SheetLayout, compare
from ingest.parsing.contents import examine
from warehouse.database import engine

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Waiting:
    """A rejected delivery whose layout did not map, and what differs between it and its feed as declared now.

    `readable`: an alias has been added since, and the file reads.
    """

    delivery_id: int
    feed: str
    file_name: str
    sha256: str
    simulated: bool
    drift: Drift
    readable: bool

    @contextmanager
    def original(self) -> Iterator[Path]:
        """The file as it came, under its name, to be taken in once more."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, self.file_name)
            path.write_bytes(original(self.sha256).read_bytes())
            yield path


def waiting(feeds: Sequence[str]) -> list[Waiting]:
    """Deliveries of these feeds refused for their layout that nothing has replaced since, the oldest first.

    A later delivery of the same month, whatever became of it, stands in their place: an old file is never taken in over
    a newer one.
    """
    with engine().connect() as c:
        rows = c.execute(
            text("""
                select d.delivery_id, d.feed, d.file_name, d.sha256, d.simulated, l.sheets
                from ops.delivery as d
                inner join ops.layout as l on d.feed = l.feed and d.layout = l.fingerprint
                where
                    d.feed = any(:feeds) and d.status = 'rejected'
                    and exists (
                        select 1 from ops.finding as f where f.delivery_id = d.delivery_id and f.rule = 'unknown_layout'
                    )
                    and not exists (
                        select 1 from ops.delivery as later
                        where
                            later.feed = d.feed and later.delivery_id > d.delivery_id
                            and (later.month is not distinct from d.month or d.month is null)
                    )
                order by d.delivery_id
            """),
            {"feeds": list(feeds)},
        ).all()
    return [_waiting(row) for row in rows]


def _waiting(row: Row[Any]) -> Waiting:
    feed = get_feed(row.feed)
    seen = [h for s in row.sheets for h in SheetLayout.of_row(s).headings]
    try:
        readable = examine(feed, original(row.sha256), row.file_name).loadable
    except StoreDamaged as e:
        log.error("delivery %s of %s: %s", row.delivery_id, row.feed, e)
        readable = False
    return Waiting(row.delivery_id, row.feed, row.file_name, row.sha256, row.simulated, compare(feed, seen), readable)
