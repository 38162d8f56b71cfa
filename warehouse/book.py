"""The book: what came, what was decided, what was published. Every change of state goes through here."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Connection

from vocabulary.finding import Finding
from vocabulary.month import Month
from warehouse.database import engine, with_months

# Advisory lock: shared by those who stamp what a build reads as of, exclusive for who asks what time it is.
STAMPING = 20180620


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
        stamping(c)
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
                    insert into ops.feed_terms (feed, frequency, reports_january, required, due_day)
                    select :feed, :frequency, :reports_january, :required, :due_day
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


def note_findings(c: Connection, delivery_id: int, findings: Iterable[Finding], again: str | None = None) -> None:
    """Write down what is wrong with a delivery; `again` names a stage whose earlier findings these take the place of."""
    if again:
        c.execute(text("delete from ops.finding where delivery_id = :d and stage = :s"), {"d": delivery_id, "s": again})
    rows = [{"delivery_id": delivery_id, "state": f.state, **vars(f)} for f in findings]
    if rows:
        c.execute(
            text("""
                insert into ops.finding
                    (delivery_id, stage, rule, severity, state, sheet, cell, found, expected, message, hint)
                values
                    (:delivery_id, :stage, :rule, :severity, :state, :sheet, :cell, :found, :expected, :message, :hint)
            """),
            rows,
        )


def accept(delivery_ids: Iterable[int], also: Callable[[Connection, list[int]], None] | None = None) -> list[Month]:
    """Accept loaded deliveries; return the months they speak of. `also` is done in the same transaction."""
    ids = list(delivery_ids)
    with engine().begin() as c:
        stamping(c)
        c.execute(
            text("""
                update ops.delivery set status = 'accepted', accepted_at = clock_timestamp()
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


def reject(delivery_id: int, findings: Iterable[Finding], month: Month | None = None) -> None:
    """Reject a delivery with its reasons. What was loaded of it stays in raw, unread by anyone.

    Where nothing was loaded, `month` is the one that it speaks of: there it shows as rejected and not as missing.
    """
    with engine().begin() as c:
        note_findings(c, delivery_id, findings)
        c.execute(
            text("""
                update ops.delivery
                set status = 'rejected', rejected_at = clock_timestamp(), month = coalesce(cast(:m as date), month)
                where delivery_id = :d and status in ('received', 'loaded')
            """),
            {"d": delivery_id, "m": month},
        )


def superseded(feeds: Collection[str]) -> list[int]:
    """Deliveries that wait for a reason while a later one of their feed, for one of their months, is accepted or waits."""
    with engine().connect() as c:
        rows = c.execute(
            text("""
                select distinct d.delivery_id
                from ops.delivery as d
                inner join ops.delivery_month as m on d.delivery_id = m.delivery_id
                inner join ops.delivery as later on d.feed = later.feed and d.delivery_id < later.delivery_id
                inner join ops.delivery_month as n on later.delivery_id = n.delivery_id and m.month = n.month
                inner join ops.finding as f
                    on d.delivery_id = f.delivery_id and f.stage = 'gate' and f.state = 'stopped'
                where d.feed = any(:feeds) and d.status = 'loaded' and later.status in ('accepted', 'loaded')
                order by 1
            """),
            {"feeds": list(feeds)},
        )
        return list(rows.scalars())


# How settled a delivery's figures are (domain.md 2.6), from the least on.
MATURITIES = {
    "flash": "快报数", "prelim": "初步数", "revised": "修订数", "correction": "更正数", "final": "最终数", "benchmark": "普查数",
}  # fmt: skip
CAUSES = {
    "scheduled": "定期修订", "correction": "更正差错", "panel": "统计范围变化", "reclass": "分类调整", "unknown": "其他",
}  # fmt: skip


def explain(delivery_id: int, cause: str, reason: str, by: str) -> bool:
    """Record why a delivery revises what was known; False when a reason stands already, which is kept.

    Raises KeyError for a cause that is none of CAUSES, IntegrityError for no such delivery.
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


def log_revisions(c: Connection, schema: str, delivery_ids: Collection[int]) -> None:
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


def waive(
    rule: str, granted_by: str, reason: str, valid_until: date, feed: str | None = None, month: Month | None = None
) -> int:
    """Record a named person's waiver of a critical finding; returns its id. The same waiver again is the same one."""
    waiver = {
        "rule": rule, "feed": feed, "month": month, "granted_by": granted_by, "reason": reason, "valid_until": valid_until,
    }  # fmt: skip
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


def waivers(findings: Collection[Waivable], moment: datetime) -> dict[Waivable, Waiver]:
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


@dataclass(frozen=True)
class Edition:
    """One row of ops.edition, without its manifest."""

    edition_id: int
    month: Month
    number: int | None
    status: str
    as_of: datetime
    directory: str
    decided_by: str | None
    decision_note: str | None


def editions(month: Month) -> list[Edition]:
    """All editions of a month, drafts included, oldest first."""
    with engine().connect() as c:
        rows = c.execute(
            text("""
                select edition_id, month, number, status, as_of, directory, decided_by, decision_note
                from ops.edition where month = :m order by edition_id
            """),
            {"m": month},
        )
        return [Edition(**with_months(r)) for r in rows.mappings()]


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
                "select max(month) from ops.delivery_month join ops.delivery using (delivery_id) where status = 'accepted'"
            )
        ).scalar()
        return Month.of(last) if last else None


def last_build(month: Month | None = None) -> int | None:
    """The last successful build of a month, or of any."""
    with engine().connect() as c:
        return c.execute(
            text("select max(build_id) from ops.build where succeeded and month = coalesce(cast(:m as date), month)"),
            {"m": month},
        ).scalar()


def passed_gate(build_id: int) -> int | None:
    """The last gate run of a build, if it passed; None otherwise."""
    with engine().connect() as c:
        return c.execute(
            text("""
                select case when passed then gate_run_id end
                from ops.gate_run where build_id = :b order by gate_run_id desc limit 1
            """),
            {"b": build_id},
        ).scalar()


def loaded_deliveries(feed: str) -> list[int]:
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


def build_of_all_accepted(month: Month) -> int | None:
    """The last build of a month, if it succeeded and saw every delivery accepted for the month until now."""
    with engine().connect() as c:
        return c.execute(
            text("""
                select b.build_id from (
                    select * from ops.build where month = :m and succeeded is not null order by build_id desc limit 1
                ) as b
                where b.succeeded and b.as_of >= (
                    select max(d.accepted_at) from ops.delivery as d inner join ops.delivery_month as m using (delivery_id)
                    where m.month = :m and d.status = 'accepted'
                )
            """),
            {"m": month},
        ).scalar()


def stamping(c: Connection) -> None:
    """To be called before anything is stamped that a build reads as of a moment, and before any row of it is locked."""
    c.execute(text(f"select pg_advisory_xact_lock_shared({STAMPING})"))


def now() -> datetime:
    """The database's clock, which stamps acceptances, editions and what happens to problems.

    What is stamped before this moment is committed and visible: what is being stamped is waited for.
    """
    with engine().begin() as c:
        c.execute(text(f"select pg_advisory_xact_lock({STAMPING})"))
        return c.execute(sa.select(sa.func.clock_timestamp())).scalar_one()


def open_run(c: Connection, subject: str, month: Month | None, build_id: int | None) -> tuple[int, datetime]:
    """Begin a run of a gate; returns its number and moment."""
    run = c.execute(
        text("""
            insert into ops.gate_run (subject, month, build_id) values (:s, :m, :b) returning gate_run_id, started_at
        """),
        {"s": subject, "m": month, "b": build_id},
    ).one()
    return run.gate_run_id, run.started_at


def close_run(c: Connection, run_id: int, results: Sequence[Mapping[str, Any]], passed: bool) -> None:
    """End a run of a gate with its results, each with the columns of ops.gate_result."""
    c.execute(
        text("""
            insert into ops.gate_result (gate_run_id, delivery_id, suite, rule, severity, state, unexpected_count,
                                         message, exception, waiver_id)
            values (:gate_run_id, :delivery_id, :suite, :rule, :severity, :state, :unexpected_count,
                    :message, :exception, :waiver_id)
        """),
        [{"gate_run_id": run_id, **r} for r in results],
    )
    c.execute(
        text("update ops.gate_run set finished_at = clock_timestamp(), passed = :p where gate_run_id = :r"),
        {"p": passed, "r": run_id},
    )


def begin_build(month: Month, as_of: datetime, code_version: str, fingerprint: str, increment: bool) -> int:
    """Enter a build that begins; returns its number."""
    with engine().begin() as c:
        return c.execute(
            text("""
                insert into ops.build (month, as_of, code_version, fingerprint, increment)
                values (:month, :as_of, :version, :fingerprint, :increment) returning build_id
            """),
            {
                "month": month,
                "as_of": as_of,
                "version": code_version,
                "fingerprint": fingerprint,
                "increment": increment,
            },
        ).scalar_one()


def finish_build(build_id: int, succeeded: bool, timings: Mapping[str, float]) -> None:
    """Note how a build ended; `timings` are seconds by node."""
    with engine().begin() as c:
        c.execute(
            text("""
                update ops.build set finished_at = clock_timestamp(), succeeded = :ok, timings = cast(:timings as jsonb)
                where build_id = :b
            """),
            {"ok": succeeded, "timings": json.dumps(timings), "b": build_id},
        )


def next_edition(c: Connection) -> int:
    """A number for an edition about to be drafted."""
    return int(c.execute(text("select nextval(pg_get_serial_sequence('ops.edition', 'edition_id'))")).scalar_one())


def enter_draft(c: Connection, draft: Mapping[str, Any]) -> None:
    """Enter a draft, with the columns of ops.edition; older drafts of its month become outdated."""
    c.execute(
        text("update ops.edition set status = 'outdated' where month = :m and status = 'draft'"), {"m": draft["month"]}
    )
    c.execute(
        text("""
            insert into ops.edition (edition_id, month, as_of, build_id, gate_run_id, succeeds, directory, sha256, manifest)
            overriding system value
            values (:edition_id, :month, :as_of, :build_id, :gate_run_id, :succeeds, :directory, :sha256,
                    cast(:manifest as jsonb))
        """),
        draft,
    )


def note_published(c: Connection, edition_id: int, number: int, directory: str, by: str, note: str | None) -> None:
    """Note a draft as published, in the transaction that moves its files."""
    stamping(c)
    c.execute(
        text("""
            update ops.edition set status = 'published', number = :number, directory = :directory,
                decided_at = clock_timestamp(), decided_by = :by, decision_note = :note
            where edition_id = :e
        """),
        {"number": number, "directory": directory, "by": by, "note": note, "e": edition_id},
    )


def note_declined(c: Connection, edition_id: int, by: str, note: str | None) -> None:
    """Note a draft as declined."""
    c.execute(
        text("""
            update ops.edition set status = 'declined', decided_at = clock_timestamp(), decided_by = :by,
                decision_note = :note where edition_id = :e
        """),
        {"by": by, "note": note, "e": edition_id},
    )


def note_layout(
    feed: str, delivery_id: int, fingerprint: str, sheets: Sequence[Mapping[str, Any]], readable: bool
) -> None:
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


def was_sent(delivery_id: int, address: str, status: str) -> bool:
    """Whether an address was sent the receipt of a delivery with this verdict."""
    with engine().connect() as c:
        return bool(
            c.scalar(
                text("select 1 from ops.receipt_sent where (delivery_id, address, status) = (:d, :a, :s)"),
                {"d": delivery_id, "a": address, "s": status},
            )
        )


def note_sent(delivery_id: int, address: str, status: str) -> None:
    """Note that an address was sent the receipt of a delivery with this verdict."""
    with engine().begin() as c:
        c.execute(
            text("""
                insert into ops.receipt_sent (delivery_id, address, status) values (:d, :a, :s)
                on conflict do nothing
            """),
            {"d": delivery_id, "a": address, "s": status},
        )


def brought(feed: str) -> dict[str, tuple[str, str]]:
    """Version and sha256 of what was last brought from a feed's source, by URI."""
    with engine().connect() as c:
        rows = c.execute(text("select uri, version, sha256 from ops.fetched where feed = :f"), {"f": feed})
        return {r.uri: (r.version, r.sha256) for r in rows}


def note_brought(feed: str, uri: str, version: str, sha256: str) -> None:
    """Note the version of a file brought from a feed's source."""
    with engine().begin() as c:
        c.execute(
            text("""
                insert into ops.fetched (feed, uri, version, sha256) values (:feed, :uri, :version, :sha)
                on conflict (feed, uri) do update
                set (version, sha256, fetched_at) = (excluded.version, excluded.sha256, clock_timestamp())
            """),
            {"feed": feed, "uri": uri, "version": version, "sha": sha256},
        )
