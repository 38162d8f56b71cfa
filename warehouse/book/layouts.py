"""The layouts in which feeds' files have come."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from warehouse.database import engine


def note(feed: str, delivery_id: int, fingerprint: str, sheets: Sequence[Mapping[str, Any]], readable: bool) -> None:
    """Enter a delivery's layout; one that was read once is known from then on."""
    with engine().begin() as c:
        c.execute(
            text("""
                insert into ops.layout as l (feed, fingerprint, sheets, first_delivery_id, accepted_at)
                values (:f, :p, cast(:sheets as jsonb), :d, case when :readable then clock_timestamp() end)
                on conflict (feed, fingerprint) do update
                set accepted_at = coalesce(l.accepted_at, excluded.accepted_at)
            """),
            {
                "f": feed,
                "p": fingerprint,
                "d": delivery_id,
                "readable": readable,
                "sheets": json.dumps(sheets, ensure_ascii=False),
            },
        )
        c.execute(
            text("update ops.delivery set layout = :p where delivery_id = :d"), {"p": fingerprint, "d": delivery_id}
        )
