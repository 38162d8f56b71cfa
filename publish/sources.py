"""What the book (schema ops) says an edition was made from: build, gate, waivers, deliveries, predecessor."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection, RowMapping

from vocabulary.month import Month
from warehouse.area import load_area
from warehouse.settings import settings

Row = dict[str, Any]

# What a gate says of a delivery quotes its cells, and one of a city's statistics may be a single firm's figure, or a
# hidden one (domain.md 2.11). The receipt tells the sender; an edition names rule, file and cell only.
TOLD_ELSEWHERE = "涉及统计调查资料，具体数据见该报表回执。"


class EditionRefused(Exception):
    """The book does not allow this draft or release; the message says why."""


@dataclass(frozen=True)
class Sources:
    """Everything of schema ops that an edition states about its own making."""

    build_id: int
    gate_run_id: int
    as_of: datetime
    code_version: str
    gate_results: list[Row]
    waivers: list[Row]
    deliveries: list[Row]
    findings: list[Row]

    @property
    def simulated(self) -> bool:
        return any(d["simulated"] for d in self.deliveries)


def _moments(row: RowMapping) -> Row:
    """A row with its moments in UTC and its dates as text, so that the same book gives the same bytes."""
    plain: Row = {}
    for key, value in row.items():
        if isinstance(value, datetime):
            plain[key] = value.astimezone(UTC).isoformat(timespec="seconds")
        elif isinstance(value, date):
            plain[key] = str(Month.of(value)) if key.endswith("month") else value.isoformat()
        else:
            plain[key] = value
    return plain


def _rows(c: Connection, sql: str, **parameters: Any) -> list[Row]:
    return [_moments(r) for r in c.execute(text(sql), parameters).mappings()]


def _check_build(c: Connection, month: Month, build_id: int) -> tuple[datetime, str]:
    build = c.execute(text("select * from ops.build where build_id = :b"), {"b": build_id}).mappings().first()
    if build is None or build["month"] != month.date or not build["succeeded"]:
        raise EditionRefused(f"build {build_id} is not a finished build of {month}")
    # The report tables hold one month at a time: after another build they are no longer those the gate saw.
    later = c.scalar(text("select min(build_id) from ops.build where build_id > :b"), {"b": build_id})
    if later:
        raise EditionRefused(f"build {later} was started after build {build_id}: build and gate the month again")
    lies = c.scalar(text("select ops.build_in_tables()"))
    if lies != build_id:
        raise EditionRefused(
            f"what lies in the tables is {f'build {lies}' if lies else 'no finished build'} and not build {build_id}: "
            f"build and gate the month again"
        )
    return build["as_of"], build["code_version"]


def _check_gate(c: Connection, month: Month, build_id: int, gate_run_id: int) -> datetime:
    run = c.execute(text("select * from ops.gate_run where gate_run_id = :g"), {"g": gate_run_id}).mappings().first()
    if run is None or run["subject"] != "month" or run["month"] != month.date or run["build_id"] != build_id:
        raise EditionRefused(f"gate run {gate_run_id} is not the gate of {month} on build {build_id}")
    if not run["passed"]:
        raise EditionRefused(f"{month} did not pass gate run {gate_run_id}")
    started_at: datetime = run["started_at"]
    return started_at


def read_sources(c: Connection, month: Month, build_id: int, gate_run_id: int) -> Sources:
    """What the edition of `month` is made from.

    Deliveries are those that speak last, as of the build's moment, for at least one month up to `month` of their
    feed; `for_month` marks those that speak for `month` itself. Waivers are those in force when the gate ran,
    and those that let in a delivery for `month`, lapsed or not.
    Raises EditionRefused when build or gate are not of this month, failed, or were overtaken by a later build.
    """
    as_of, code_version = _check_build(c, month, build_id)
    gate_started_at = _check_gate(c, month, build_id, gate_run_id)
    deliveries = _rows(
        c,
        """
        with spoken as (
            select d.delivery_id, d.feed, f.department, f.title, d.file_name, d.sha256, d.size_bytes, d.simulated,
                   d.accepted_at, m.month,
                   row_number() over (partition by d.feed, m.month order by d.delivery_id desc) as nth
            from ops.delivery as d
            inner join ops.delivery_month as m on d.delivery_id = m.delivery_id
            inner join ops.feed as f on d.feed = f.feed
            where d.status = 'accepted' and d.accepted_at <= :as_of and m.month <= :month
        )
        select delivery_id, feed, department, title, file_name, sha256, size_bytes, simulated, accepted_at,
               min(month) as first_month, max(month) as last_month, bool_or(month = :month) as for_month
        from spoken where nth = 1
        group by delivery_id, feed, department, title, file_name, sha256, size_bytes, simulated, accepted_at
        order by feed, first_month, delivery_id
        """,
        as_of=as_of,
        month=month,
    )
    in_use = [d["delivery_id"] for d in deliveries if d["for_month"]]
    return Sources(
        build_id=build_id,
        gate_run_id=gate_run_id,
        as_of=as_of,
        code_version=code_version,
        deliveries=deliveries,
        gate_results=_rows(
            c,
            """
            select suite, rule, severity, state, unexpected_count, message, waiver_id
            from ops.gate_result where gate_run_id = :g order by suite, rule, severity, message
            """,
            g=gate_run_id,
        ),
        waivers=_rows(
            c,
            """
            select w.waiver_id, w.rule, w.feed, f.title, w.month, w.granted_by, w.reason, w.granted_at, w.valid_until
            from ops.waiver as w
            left join ops.feed as f on w.feed = f.feed
            where
                ops.covers(w, w.rule, w.feed, :month, :moment)
                or exists (
                    select from ops.gate_result as g where g.waiver_id = w.waiver_id and g.delivery_id = any(:ids)
                )
            order by w.waiver_id
            """,
            month=month,
            moment=gate_started_at,
            ids=in_use,
        ),
        findings=_rows(
            c,
            """
            select d.feed, d.file_name, g.rule, g.severity, g.state, g.sheet, g.cell,
                case when not k.kept then g.found end as found,
                case when k.kept then :told_elsewhere else g.message end as message
            from ops.finding as g
            inner join ops.delivery as d on g.delivery_id = d.delivery_id
            inner join ops.feed as f on d.feed = f.feed
            cross join lateral (select f.department = any(:confidential) as kept) as k
            where g.delivery_id = any(:ids) order by d.feed, g.finding_id
            """,
            ids=in_use,
            confidential=list(load_area(settings().area).confidential),
            told_elsewhere=TOLD_ELSEWHERE,
        ),
    )


def last_published(c: Connection, month: Month) -> Row | None:
    """The latest published edition of a month, its directory and manifest, or None."""
    row = c.execute(
        text("""
            select edition_id, number, directory, sha256, manifest from ops.edition
            where month = :m and status = 'published' order by number desc limit 1
        """),
        {"m": month},
    )
    found = row.mappings().first()
    return dict(found) if found else None
