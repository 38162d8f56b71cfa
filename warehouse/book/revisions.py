"""What deliveries changed of what was known, cell by cell, and why."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.engine import Connection

from vocabulary.cause import CAUSES
from warehouse.database import engine


def explain(delivery_id: int, cause: str, reason: str, by: str) -> bool:
    """Record why a delivery revises what was known; False when a reason stands already, which is kept.

    Raises KeyError for a cause that is none of vocabulary.cause, IntegrityError for no such delivery.
    """
    if cause not in CAUSES:
        raise KeyError(f"{cause!r} is no cause of a revision; there are: {', '.join(CAUSES)}")
    with engine().begin() as c:
        return note_reason(c, delivery_id, cause, reason, by)


def note_reason(c: Connection, delivery_id: int, cause: str, reason: str, by: str) -> bool:
    """Note why a delivery revises what was known; False when a reason stands already, which is kept."""
    done = c.execute(
        text("""
            insert into ops.revision_reason (delivery_id, cause, reason, given_by) values (:d, :cause, :reason, :by)
            on conflict do nothing
        """),
        {"d": delivery_id, "cause": cause, "reason": reason, "by": by},
    )
    return bool(done.rowcount)


def log(c: Connection, schema: str, delivery_ids: Collection[int]) -> None:
    """Log what deliveries change, from table `revision` of a gate's work schema, in the transaction that accepts them."""
    columns = """
        delivery_id, revised_delivery_id, indicator, region_key, industry_code, entity, measure, period_type, month,
        old_value, new_value, old_sheet, old_cell, new_sheet, new_cell, cause, series
    """
    c.execute(
        text(f"""
            insert into ops.revision ({columns})
            select {columns} from "{schema}".revision where delivery_id = any(:ids)
            on conflict do nothing
        """),
        {"ids": list(delivery_ids)},
    )
