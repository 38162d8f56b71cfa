"""Deliveries from their arrival to their verdict and its answer; every change of a delivery's state is here."""

from collections.abc import Callable, Collection, Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Connection

from vocabulary.finding import Finding
from vocabulary.month import Month
from warehouse.book import clock, findings
from warehouse.database import engine


def accept(delivery_ids: Iterable[int], also: Callable[[Connection, list[int]], None] | None = None) -> list[Month]:
    """Accept loaded deliveries; return the months they speak of. `also` is done in the same transaction."""
    ids = list(delivery_ids)
    with engine().begin() as c:
        clock.stamping(c)
        c.execute(
            text("""
                update ops.delivery set status = 'accepted', accepted_at = ops.stamp()
                where delivery_id = any(:ids) and status = 'loaded'
            """),
            {"ids": ids},
        )
        if also:
            also(c, ids)
        months = c.execute(
            text("select distinct month from ops.delivery_month where delivery_id = any(:ids) order by 1"), {"ids": ids}
        )
        return list(map(Month.of, months.scalars()))


def enter(
    c: Connection, feed: str, file_name: str, sha256: str, size_bytes: int, simulated: bool, duplicate_of: int | None
) -> int:
    """Enter a file received; returns its delivery. The duplicate of a delivery is of that one's month."""
    return c.execute(
        text("""
            insert into ops.delivery (feed, file_name, sha256, size_bytes, simulated, status, month, duplicate_of)
            select :feed, :name, :sha, :size, :simulated, case when :of is null then 'received' else 'duplicate' end,
                   (select d.month from ops.delivery as d where d.delivery_id = :of), :of
            returning delivery_id
        """).bindparams(sa.bindparam("of", type_=sa.BigInteger)),
        {
            "feed": feed,
            "name": file_name,
            "sha": sha256,
            "size": size_bytes,
            "simulated": simulated,
            "of": duplicate_of,
        },
    ).scalar_one()


def of_file(c: Connection, feed: str, file_name: str, sha256: str, among: Collection[int]) -> int | None:
    """Which of some deliveries of a feed is of a file by its name and bytes; None where there is none."""
    return c.scalar(
        text("""
            select min(delivery_id) from ops.delivery
            where delivery_id = any(:among) and feed = :feed and file_name = :name and sha256 = :sha
        """),
        {"among": list(among), "feed": feed, "name": file_name, "sha": sha256},
    )


def awaits_loading(c: Connection, delivery_id: int) -> bool:
    """Whether a delivery is received and no more; it is held until the transaction ends."""
    status = c.scalar(text("select status from ops.delivery where delivery_id = :d for update"), {"d": delivery_id})
    return status == "received"


def note_loaded(c: Connection, delivery_id: int, cells: Mapping[Month, int], maturity: str | None) -> None:
    """Note a delivery as loaded, with its cells by month; it is of the last of these."""
    c.execute(
        text("insert into ops.delivery_month (delivery_id, month, cells) values (:d, :m, :cells)"),
        [{"d": delivery_id, "m": month, "cells": n} for month, n in sorted(cells.items())],
    )
    c.execute(
        text("""
            update ops.delivery
            set status = 'loaded', loaded_at = clock_timestamp(), month = :month, maturity = :maturity
            where delivery_id = :d
        """),
        {"d": delivery_id, "month": max(cells), "maturity": maturity},
    )


def reject(delivery_id: int, found: Iterable[Finding], month: Month | None = None) -> None:
    """Reject a delivery with its reasons. What was loaded of it stays in raw, unread by anyone.

    Where nothing was loaded, `month` is the one that it speaks of: there it shows as rejected and not as missing.
    """
    with engine().begin() as c:
        findings.note(c, delivery_id, found)
        c.execute(
            text("""
                update ops.delivery
                set status = 'rejected', rejected_at = clock_timestamp(), month = coalesce(cast(:m as date), month)
                where delivery_id = :d and status in ('received', 'loaded')
            """),
            {"d": delivery_id, "m": month},
        )


def superseded(feeds: Collection[str]) -> list[int]:
    """Undecided deliveries for whose every month a later one of their feed is accepted; of those that wait for a reason
    also where the later one waits too.
    """
    with engine().connect() as c:
        rows = c.execute(
            text("""
                with undecided as (
                    select d.delivery_id, d.feed, exists (
                        select from ops.finding as f
                        where f.delivery_id = d.delivery_id and f.stage = 'gate' and f.state = 'stopped'
                    ) as held
                    from ops.delivery as d where d.feed = any(:feeds) and d.status = 'loaded'
                )
                select u.delivery_id
                from undecided as u
                inner join ops.delivery_month as m on u.delivery_id = m.delivery_id
                group by u.delivery_id
                having bool_and(exists (
                    select from ops.delivery as later
                    inner join ops.delivery_month as n on later.delivery_id = n.delivery_id
                    left join undecided as w on later.delivery_id = w.delivery_id
                    where
                        later.feed = u.feed and later.delivery_id > u.delivery_id and n.month = m.month
                        and (later.status = 'accepted' or (u.held and w.held))
                ))
                order by 1
            """),
            {"feeds": list(feeds)},
        )
        return list(rows.scalars())


def states(delivery_ids: list[int]) -> dict[int, str]:
    """Status of each delivery."""
    with engine().connect() as c:
        rows = c.execute(
            text("select delivery_id, status from ops.delivery where delivery_id = any(:ids)"), {"ids": delivery_ids}
        )
        return {r.delivery_id: r.status for r in rows}


def last_month() -> Month | None:
    """The last month that an accepted delivery speaks of; None in an empty warehouse."""
    with engine().connect() as c:
        last = c.execute(
            text(
                "select max(m.month) from ops.delivery_month as m inner join ops.delivery as d using (delivery_id) "
                "where d.status = 'accepted'"
            )
        ).scalar()
        return Month.of(last) if last else None


def loaded(feed: str) -> list[int]:
    """Deliveries of a feed that wait for the gate."""
    with engine().connect() as c:
        rows = c.execute(
            text("select delivery_id from ops.delivery where feed = :f and status = 'loaded' order by 1"), {"f": feed}
        )
        return list(rows.scalars())


def unanswered(feed: str) -> list[int]:
    """Decided deliveries of a feed whose sender has not been told, and whose months have not been announced."""
    with engine().connect() as c:
        rows = c.execute(
            text("""
                select delivery_id from ops.delivery
                where feed = :f and status in ('accepted', 'rejected', 'duplicate') and answered_at is null order by 1
            """),
            {"f": feed},
        )
        return list(rows.scalars())


def answer(delivery_ids: Iterable[int]) -> None:
    """Note that the senders of decided deliveries have their receipts."""
    with engine().begin() as c:
        c.execute(
            text("""
                update ops.delivery set answered_at = clock_timestamp()
                where delivery_id = any(:ids) and status in ('accepted', 'rejected', 'duplicate') and answered_at is null
            """),
            {"ids": list(delivery_ids)},
        )


def months_to_build(delivery_ids: Iterable[int]) -> list[Month]:
    """Months whose marts the accepted ones of these deliveries concern.

    A delivery of a feed with scope `month` concerns its month. One with scope `history` repeats all periods each time:
    it concerns its newest month, and a month that has an edition only where a cell of it differs from the feed's
    accepted delivery before.
    """
    cells = "month, region_label, industry_label, entity_id, indicator, measure, period_type, value, absent_reason"
    with engine().connect() as c:
        rows = c.execute(
            text(f"""
                with accepted as (
                    select d.delivery_id, f.scope, (
                        select max(p.delivery_id) from ops.delivery as p
                        where p.feed = d.feed and p.status = 'accepted' and p.delivery_id < d.delivery_id
                    ) as prior
                    from ops.delivery as d inner join ops.feed as f using (feed)
                    where d.delivery_id = any(:ids) and d.status = 'accepted'
                )
                select m.month from accepted inner join ops.delivery_month as m using (delivery_id)
                where scope = 'month'
                union
                select max(m.month) from accepted inner join ops.delivery_month as m using (delivery_id)
                where scope = 'history' group by delivery_id
                union
                select changed.month from accepted cross join lateral (
                    (select {cells} from raw.observation where delivery_id = accepted.delivery_id
                     except select {cells} from raw.observation where delivery_id = prior)
                    union all
                    (select {cells} from raw.observation where delivery_id = prior
                     except select {cells} from raw.observation where delivery_id = accepted.delivery_id)
                ) as changed inner join ops.edition as e on changed.month = e.month and e.status = 'published'
                where scope = 'history'
                order by 1
            """),
            {"ids": list(delivery_ids)},
        )
        return list(map(Month.of, rows.scalars()))
