"""What each feed owes: the feeds as their YAML declares them, their terms, and what a month lacks."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from vocabulary.month import Month
from warehouse.book import clock
from warehouse.database import engine


@dataclass(frozen=True)
class MonthFeed:
    """What one feed owes for a month, and whether it has come."""

    feed: str
    department: str
    title: str
    required: bool
    due_on: date
    delivery_id: int | None
    accepted_at: datetime | None
    last_status: str | None

    @property
    def accepted(self) -> bool:
        return self.delivery_id is not None


def sync_feeds(feeds: Iterable[Mapping[str, Any]], ended: Mapping[str, Month] | None = None) -> None:
    """Make ops.feed say what the YAML files say, and add to ops.feed_terms what they say otherwise than before.

    `ended` are feeds declared no more, with the last month that they owe. One that it does not name owes no month that
    had not ended when it was missed.
    """
    rows = [dict(f) for f in feeds]
    with engine().begin() as c:
        clock.stamping(c)
        c.execute(
            text("""
                update ops.feed set last_month = coalesce(
                    (cast(:ended as jsonb) ->> feed)::date,
                    last_month,
                    date_trunc('month', clock_timestamp() at time zone 'Asia/Shanghai')::date - interval '1 month'
                )
                where feed <> all(:names)
            """),
            {
                "names": [r["feed"] for r in rows],
                "ended": json.dumps({f: str(m.date) for f, m in (ended or {}).items()}),
            },
        )
        if rows:
            c.execute(
                text("""
                    insert into ops.feed (feed, area, department, title, grain, scope, first_month)
                    values (:feed, :area, :department, :title, :grain, :scope, :first_month)
                    on conflict (feed) do update set
                        (area, department, title, grain, scope, first_month, last_month)
                        = (excluded.area, excluded.department, excluded.title, excluded.grain, excluded.scope,
                           excluded.first_month, null)
                """),
                rows,
            )
            c.execute(
                text("""
                    insert into ops.feed_terms (feed, stated_at, frequency, reports_january, required, due_day)
                    select
                        :feed,
                        -- where the clock was set back two stamps may be one
                        greatest(ops.stamp(), (
                            select max(stated_at) + interval '1 microsecond' from ops.feed_terms where feed = :feed
                        )),
                        :frequency, :reports_january, :required, :due_day
                    where not exists (
                        select 1 from ops.feed_terms
                        where
                            feed = :feed and stated_at = (select max(stated_at) from ops.feed_terms where feed = :feed)
                            and (frequency, reports_january, required, due_day)
                            = (:frequency, :reports_january, :required, :due_day)
                    )
                """),
                rows,
            )


def month_feeds(month: Month) -> list[MonthFeed]:
    """What every feed owes for a month."""
    with engine().connect() as c:
        rows = c.execute(text("select * from ops.month_feeds(:m) order by department, feed"), {"m": month})
        return [MonthFeed(**r) for r in rows.mappings()]


def missing_required(month: Month) -> list[MonthFeed]:
    """Required feeds of a month that have no accepted delivery and no waiver in force."""
    with engine().connect() as c:
        rows = c.execute(
            text("""
                select m.* from ops.month_feeds(:m) as m
                where m.required and m.delivery_id is null and not exists (
                    select 1 from ops.waiver as w
                    where ops.covers(w, 'required_feed', m.feed, :m, clock_timestamp())
                )
                order by m.feed
            """),
            {"m": month},
        )
        return [MonthFeed(**r) for r in rows.mappings()]
