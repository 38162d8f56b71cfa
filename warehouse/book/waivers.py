"""Persons' decisions that a critical finding may pass, until a date."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from vocabulary.month import Month
from warehouse.database import engine


def waive(
    rule: str, granted_by: str, reason: str, valid_until: date, feed: str | None = None, month: Month | None = None
) -> int:
    """Record a named person's waiver of a critical finding; returns its id. The same waiver again is the same one."""
    waiver = {
        "rule": rule,
        "feed": feed,
        "month": month,
        "granted_by": granted_by,
        "reason": reason,
        "valid_until": valid_until,
    }
    with engine().begin() as c:
        known = c.execute(
            text("""
                select waiver_id from ops.waiver
                where
                    (rule, granted_by, reason, valid_until) = (:rule, :granted_by, :reason, :valid_until)
                    and feed is not distinct from :feed and month is not distinct from cast(:month as date)
            """),
            waiver,
        ).scalar()
        return (
            known
            or c.execute(
                text("""
                insert into ops.waiver (rule, feed, month, granted_by, reason, valid_until)
                values (:rule, :feed, :month, :granted_by, :reason, :valid_until) returning waiver_id
            """),
                waiver,
            ).scalar_one()
        )


@dataclass(frozen=True)
class Waiver:
    """A named person's decision that findings of a rule may pass."""

    waiver_id: int
    granted_by: str
    reason: str
    valid_until: date


# What may be waived: findings of a rule, about a feed and a month where they are about one.
Waivable = tuple[str, str | None, Month | None]


def covering(findings: Collection[Waivable], moment: datetime) -> dict[Waivable, Waiver]:
    """The narrowest waiver that covers each of these at a moment; findings that none covers are left out."""
    if not findings:
        return {}
    rules, feeds, months = zip(*findings, strict=True)
    with engine().connect() as c:
        rows = c.execute(
            text("""
                select distinct on (a.rule, a.feed, a.month)
                    a.rule as asked_rule, a.feed as asked_feed, a.month as asked_month,
                    w.waiver_id, w.granted_by, w.reason, w.valid_until
                from unnest(cast(:rules as text[]), cast(:feeds as text[]), cast(:months as date[]))
                    as a (rule, feed, month)
                inner join ops.waiver as w on ops.covers(w, a.rule, a.feed, a.month, :moment)
                order by a.rule, a.feed, a.month, w.feed is null, w.month is null, w.valid_until desc, w.waiver_id
            """),
            {"rules": list(rules), "feeds": list(feeds), "months": list(months), "moment": moment},
        )
        return {
            (r.asked_rule, r.asked_feed, Month.of(r.asked_month) if r.asked_month else None): Waiver(
                r.waiver_id, r.granted_by, r.reason, r.valid_until
            )
            for r in rows
        }
