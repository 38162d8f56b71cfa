"""What senders confirm of figures that look wrong, so that it is not asked again."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.engine import Connection

from warehouse.database import engine


def confirm(delivery_id: int, cells: Collection[str], reason: str, by: str) -> None:
    """Record that cells of a delivery are right as they stand; without cells, that all of it is.

    Raises IntegrityError for what is no address of a cell, and for no such delivery.
    """
    with engine().begin() as c:
        note(c, delivery_id, cells, reason, by)


def note(c: Connection, delivery_id: int, cells: Collection[str], reason: str, by: str) -> None:
    """Note in a transaction that cells of a delivery, or all of it, are right as they stand."""
    c.execute(
        text("""
            insert into ops.confirmation (delivery_id, cell, reason, given_by) values (:d, :cell, :reason, :by)
        """),
        [{"d": delivery_id, "cell": cell or None, "reason": reason, "by": by} for cell in cells or [""]],
    )
