"""The layouts in which each feed's files have come, by fingerprint, in the book (domain.md 2.10).

A known one passes; one that is new and reads is noted with what changed; one that does not read is kept for its diff.
"""

import hashlib
import json
from collections.abc import Sequence

from sqlalchemy import text

from ingest import rules
from ingest.layout.drift import SheetLayout, changes
from vocabulary.finding import Finding
from warehouse.database import engine


def fingerprint(sheets: Sequence[SheetLayout]) -> str:
    """16 hex digits of the sheets' names, the heading paths in their order and the units."""
    said = [(s.name, s.units, [(h.path, h.unit) for h in s.headings]) for s in sheets]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:16]


def unseen(feed: str, sheets: Sequence[SheetLayout]) -> list[Finding]:
    """The note that a readable layout differs from all that were read of the feed, with the diff to the last one."""
    with engine().connect() as c:
        known = c.execute(
            text("select true from ops.layout where feed = :f and fingerprint = :p and accepted_at is not null"),
            {"f": feed, "p": fingerprint(sheets)},
        ).scalar()
        last = c.execute(
            text("""
                select l.sheets
                from ops.layout as l
                inner join ops.delivery as d on l.feed = d.feed and l.fingerprint = d.layout
                where l.feed = :f and l.accepted_at is not null and d.status in ('loaded', 'accepted')
                order by d.delivery_id desc limit 1
            """),
            {"f": feed},
        ).scalar()
    if known or last is None:
        return []
    return [rules.finding("new_layout", changes=changes([SheetLayout.of_row(s) for s in last], sheets))]
