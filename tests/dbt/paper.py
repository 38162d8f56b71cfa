"""Deliveries written straight into raw and ops, as ingest would leave them: no file is read."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class Column:
    """A column of numbers; region, industry and month are said by the rows."""

    indicator: str
    measure: str = "value"
    period_type: str = "M"
    unit: str = "万元"
    factor: float = 1.0
    decimals: int = 1


@dataclass(frozen=True)
class Row:
    """A delivered line. `values` has one number, None, or reason of absence for each column."""

    month: date
    values: Sequence[float | str | None]
    region: str | None = None
    industry: str | None = None
    entity_id: str | None = None
    entity_name: str | None = None
    credit_code: str | None = None


@dataclass(frozen=True)
class Feed:
    """A feed as ops.feed knows it."""

    feed: str
    grain: str = "region"
    scope: str = "month"
    area: str = "jingmen"
    required: bool = False
    due_day: int = 10
    reports_january: bool = True
    first_month: date = date(2000, 1, 1)
    last_month: date | None = None
    columns: tuple[Column, ...] = field(default=())


def declare(c: sa.Connection, feed: Feed) -> None:
    """Make a feed known to the book."""
    c.execute(
        sa.text("""
            with declared as (
                insert into ops.feed (feed, area, department, title, grain, scope, first_month, last_month)
                values (:feed, :area, split_part(:feed, '__', 1), :feed, :grain, :scope, :first_month, :last_month)
                returning feed
            )
            insert into ops.feed_terms (feed, frequency, reports_january, required, due_day)
            select feed, 'month', :reports_january, :required, :due_day from declared
        """),
        {k: v for k, v in vars(feed).items() if k != "columns"},
    )


def deliver(
    c: sa.Connection, feed: Feed, rows: Sequence[Row], accepted_at: datetime | None, status: str = "accepted"
) -> int:
    """Write one delivery of a feed with its cells; return its id. Row 1 of the sheet is the heading."""
    delivery_id = _receive(c, feed, {r.month for r in rows}, accepted_at, status)
    c.execute(
        sa.text("""
            insert into raw.delivered_column
                (delivery_id, sheet, position, letter, heading, indicator, measure, period_type, unit, factor, decimals)
            values (:d, 'Sheet1', :position, :letter, :heading, :indicator, :measure, :period_type, :unit, :factor, :decimals)
        """),
        [
            {"d": delivery_id, "position": i, "letter": chr(65 + i), "heading": f"{k.indicator}|{k.measure}", **vars(k)}
            for i, k in enumerate(feed.columns, start=1)
        ],
    )
    c.execute(
        sa.text("""
            insert into raw.delivered_row
                (delivery_id, sheet, row, region, industry, entity_id, entity_name, credit_code, month, absent, values)
            values (
                :d, 'Sheet1', :row, :region, :industry, :entity_id, :entity_name, :credit_code, :month, cast(:absent as jsonb),
                :values
            )
        """),
        [_delivered(delivery_id, i, r) for i, r in enumerate(rows, start=2)],
    )
    return delivery_id


def list_things(
    c: sa.Connection,
    feed: Feed,
    kind: str,
    month: date,
    things: Sequence[tuple[str, str | None, str | None, Mapping[str, Any]]],
    accepted_at: datetime,
    industries: Mapping[str, str] | None = None,
) -> None:
    """Write one delivery of a list: its things by id, credit code, region and attributes, some with an industry."""
    delivery_id = _receive(c, feed, {month}, accepted_at, "accepted")
    c.execute(
        sa.text("""
            insert into raw.register
                (delivery_id, sheet, row, kind, month, entity_id, credit_code, region, industry, attributes)
            values (
                :d, 'Sheet1', :row, :kind, :month, :entity_id, :credit_code, :region, :industry, cast(:attributes as jsonb)
            )
        """),
        [
            {"d": delivery_id, "row": i, "kind": kind, "month": month, "entity_id": entity_id, "credit_code": credit_code,
             "region": region, "industry": (industries or {}).get(entity_id), "attributes": json.dumps({k: v for k, v in attributes.items() if v is not None})}
            for i, (entity_id, credit_code, region, attributes) in enumerate(things, start=2)
        ],
    )  # fmt: skip


def _receive(c: sa.Connection, feed: Feed, of: Iterable[date], accepted_at: datetime | None, status: str) -> int:
    """A delivery in the book with the months it speaks of; return its id."""
    months = sorted(of)
    delivery_id: int = c.execute(
        sa.text("""
            insert into ops.delivery (feed, file_name, sha256, size_bytes, status, month, received_at, accepted_at, rejected_at)
            values (:feed, :name, repeat('0', 64), 1, :status, :month, coalesce(:at, now()),
                    case when :status = 'accepted' then cast(:at as timestamptz) end,
                    case when :status = 'rejected' then coalesce(cast(:at as timestamptz), now()) end)
            returning delivery_id
        """),
        {"feed": feed.feed, "name": f"{feed.feed}.xlsx", "status": status, "month": months[-1], "at": accepted_at},
    ).scalar_one()
    c.execute(
        sa.text("insert into ops.delivery_month (delivery_id, month, cells) values (:d, :m, 1)"),
        [{"d": delivery_id, "m": m} for m in months],
    )
    return delivery_id


def _delivered(delivery_id: int, number: int, row: Row) -> dict[str, Any]:
    reasons = {str(i): v for i, v in enumerate(row.values, start=1) if isinstance(v, str)}
    return {
        "d": delivery_id,
        "row": number,
        "region": row.region,
        "industry": row.industry,
        "entity_id": row.entity_id,
        "entity_name": row.entity_name,
        "credit_code": row.credit_code,
        "month": row.month,
        "absent": json.dumps(reasons) if reasons else None,
        "values": [None if isinstance(v, str) else v for v in row.values],
    }
