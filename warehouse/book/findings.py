"""What was found wrong with deliveries; receipts are written from it."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.engine import Connection

from vocabulary.finding import Finding


def note(c: Connection, delivery_id: int, findings: Iterable[Finding], again: str | None = None) -> None:
    """Write down what is wrong with a delivery; `again` names a stage whose earlier findings these take the place of."""
    if again:
        c.execute(text("delete from ops.finding where delivery_id = :d and stage = :s"), {"d": delivery_id, "s": again})
    rows = [{"delivery_id": delivery_id, "state": f.state, **vars(f)} for f in findings]
    if rows:
        c.execute(
            text("""
                insert into ops.finding
                    (delivery_id, stage, rule, severity, state, sheet, cell, found, expected, message, hint,
                     cause)
                values
                    (:delivery_id, :stage, :rule, :severity, :state, :sheet, :cell, :found, :expected, :message, :hint,
                     :cause)
            """),
            rows,
        )
