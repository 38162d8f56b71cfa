"""What was found wrong with deliveries; receipts are written from it, and editions print what was let pass."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.engine import Connection

from vocabulary.finding import Finding
from vocabulary.month import Month


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


def let_pass(c: Connection, month: Month, build_id: int) -> int:
    """How many findings the deliveries have that speak for a month, as a build knew them: warnings, and what was waived."""
    return c.execute(
        text("""
            select count(*) from ops.finding where state <> 'stopped' and delivery_id in (
                select distinct on (d.feed) d.delivery_id
                from ops.delivery as d
                inner join ops.delivery_month as m on d.delivery_id = m.delivery_id
                inner join ops.build as b on d.accepted_at <= b.as_of
                where d.status = 'accepted' and m.month = :m and b.build_id = :b
                order by d.feed, d.delivery_id desc
            )
        """),
        {"m": month, "b": build_id},
    ).scalar_one()
