"""Deliveries made by hand: a table of cells goes into raw and ops as ingest would put it there."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from psycopg.types.json import Jsonb

from ingest.feeds import get_feed
from vocabulary.month import Month
from warehouse import seeds
from warehouse.database import connect
from warehouse.settings import ROOT

SEEDS = ROOT / "dbt_project" / "seeds"
COUNTIES = {
    "东宝区": 0.21,
    "荆门高新区·掇刀区": 0.25,
    "漳河新区": 0.06,
    "屈家岭管理区": 0.04,
    "京山市": 0.15,
    "沙洋县": 0.10,
    "钟祥市": 0.19,
}


@dataclass(frozen=True)
class Number:
    """One column of numbers of a delivered table."""

    indicator: str
    measure: str = "value"
    period_type: str = "M"
    unit: str = "万千瓦时"
    factor: float = 1.0
    decimals: int | None = 1
    basis: str | None = None


@dataclass(frozen=True)
class Line:
    """One row of a delivered table: its labels and its numbers, None where a cell is blank."""

    region: str | None
    values: tuple[float | None, ...]
    industry: str | None = None
    entity: str | None = None
    month: str | None = None
    absent: Mapping[int, str] | None = None


@dataclass(frozen=True)
class Table:
    """One file of a feed, ready to be delivered. Lines start at row 3; columns at C. `listed` are things of a register."""

    feed: str
    month: str
    numbers: tuple[Number, ...] = ()
    lines: tuple[Line, ...] = ()
    listed: tuple[str, ...] = ()
    maturity: str = "prelim"

    def cell(self, column: int, line: int) -> str:
        return f"{chr(ord('C') + column)}{line + 3}"

    def change(self, column: int, line: int, value: float | None) -> "Table":
        """The same table with one cell changed."""
        values = list(self.lines[line].values)
        values[column] = value
        lines = list(self.lines)
        lines[line] = replace(lines[line], values=tuple(values))
        return replace(self, lines=tuple(lines))

    def map(self, column: int, f: Callable[[float], float]) -> "Table":
        """The same table with one column changed."""
        t = self
        for n, line in enumerate(self.lines):
            v = line.values[column]
            t = t.change(column, n, None if v is None else f(v))
        return t

    def without(self, *lines: int) -> "Table":
        return replace(self, lines=tuple(x for n, x in enumerate(self.lines) if n not in lines))


@pytest.fixture
def catalogue(warehouse: sa.Engine) -> sa.Engine:
    """The warehouse with the project's own seeds in schema catalog."""
    declared = yaml.safe_load((SEEDS / "seeds.yml").read_text(encoding="utf-8"))["seeds"]
    with connect() as c:
        c.execute("create schema catalog")
        for seed in declared:
            name, types = seed["name"], seed["config"]["column_types"]
            columns = ", ".join(f'"{column}" {type_}' for column, type_ in types.items())
            c.execute(f"create table catalog.{name} ({columns})")  # type: ignore[call-overload]
            with c.cursor().copy(f"copy catalog.{name} from stdin") as copy:  # type: ignore[call-overload]
                for row in seeds.rows(name):
                    copy.write_row([row.get(column) or None for column in types])
    return warehouse


def declare(
    feed: str, *, scope: str = "month", grain: str = "region", january: bool = True, required: bool = True
) -> None:
    with connect() as c:
        c.execute(
            """
            with declared as (
                insert into ops.feed (feed, area, department, title, grain, scope, first_month)
                values (%s, 'jingmen', split_part(%s, '__', 1), %s, %s, %s, '2000-01-01')
                on conflict do nothing returning feed
            )
            insert into ops.feed_terms (feed, frequency, reports_january, required, due_day)
            select feed, 'month', %s, %s, 10 from declared
            """,
            [feed, feed, f"{feed}月报", grain, scope, january, required],
        )


def deliver(table: Table, *, received: date | None = None) -> int:
    """Put a table into raw as a loaded delivery."""
    declare(table.feed, grain="register" if table.listed else "region")
    asked = (table.feed, uuid.uuid4().hex * 2, Month.parse(table.month), table.maturity)
    with connect() as c:
        delivery_id = c.execute(
            """
            insert into ops.delivery
                (feed, file_name, sha256, size_bytes, status, month, maturity, received_at, loaded_at)
            values (%s, 'f.csv', %s, 1, 'loaded', %s, %s, %s, clock_timestamp()) returning delivery_id
            """,
            [*asked, received or _after(table.month)],
        ).fetchone()[0]  # type: ignore[index]
        for position, n in enumerate(table.numbers, 1):
            c.execute(
                """
                insert into raw.delivered_column
                    (delivery_id, sheet, position, letter, heading, indicator, measure, period_type, basis, unit, factor, decimals)
                values (%s, '表1', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
                """,
                [
                    delivery_id,
                    position,
                    chr(ord("C") + position - 1),
                    f"{n.indicator}|{n.measure}",
                    n.indicator,
                    n.measure,
                    n.period_type,
                    n.basis,
                    n.unit,
                    n.factor,
                    n.decimals,
                ],
            )
        months = {line.month or table.month for line in table.lines}
        columns = "delivery_id, sheet, row, region, industry, entity_id, entity_name, month, absent, values"
        with c.cursor().copy(f"copy raw.delivered_row ({columns}) from stdin") as copy:
            for row, line in enumerate(table.lines, 3):
                absent = Jsonb({str(k + 1): v for k, v in line.absent.items()}) if line.absent else None
                name = line.entity and f"{line.entity}公司"
                copy.write_row(
                    (
                        delivery_id,
                        "表1",
                        row,
                        line.region,
                        line.industry,
                        line.entity,
                        name,
                        Month.parse(line.month or table.month),
                        absent,
                        list(line.values),
                    )
                )
        for row, entity in enumerate(table.listed, 3):
            c.execute(
                "insert into raw.register (delivery_id, sheet, row, kind, month, entity_id) values (%s, '表1', %s, 'x', %s, %s)",
                [delivery_id, row, Month.parse(table.month), entity],
            )
        for month in months | {table.month}:
            c.execute("insert into ops.delivery_month values (%s, %s, 1)", [delivery_id, Month.parse(month)])
    return int(delivery_id)


def _after(month: str) -> date:
    return Month.parse(month).after().date.replace(day=8)


def months(first: str, last: str) -> list[str]:
    """All months from first to last."""
    return [str(m) for m in Month.parse(first).through(Month.parse(last))]


def monthly_level(month: str) -> float:
    """A city's industrial power in 万千瓦时: growing 8 % a year, with a season."""
    m = Month.parse(month)
    t = m.ordinal - Month(2015, 1).ordinal + 1
    return round(50_000 * 1.08 ** (t / 12) * (1 + 0.04 * ((m.month * 7) % 5 - 2) / 2), 1)


POWER = (
    Number("PW02"),
    Number("PW02", period_type="YTD"),
    Number("PW02", measure="growth", period_type="YTD", unit="%", basis="nominal_published"),
)


def power(month: str, feed: str = "powr__industry_power") -> Table:
    """A good power table: month, total and growth of the total for the city and its seven parts."""
    m = Month.parse(month)
    year = [f"{m.year}-{i:02}" for i in range(1, m.month + 1)]
    before = [f"{m.year - 1}-{i:02}" for i in range(1, m.month + 1)]

    def line(region: str, share: float) -> Line:
        values = [round(monthly_level(x) * share, 1) for x in year]
        base = sum(round(monthly_level(x) * share, 1) for x in before)
        return Line(region, (values[-1], round(sum(values), 1), round((sum(values) / base - 1) * 100, 1)))

    return Table(feed, month, POWER, tuple(line(r, s) for r, s in {"荆门市": 1.0, **COUNTIES}.items()))


def invoices(month: str, firms: int = 10, feed: str = "tax__invoiced_sales") -> Table:
    """A good table of firms: invoiced sales of the month and of the year, 万元."""
    numbers = (Number("TX03", unit="万元"), Number("TX03", period_type="YTD", unit="万元"))
    m = Month.parse(month).month
    lines = (Line("东宝区", (100.0 + n, (100.0 + n) * m), entity=f"E{n:05}") for n in range(firms))
    return Table(feed, month, numbers, tuple(lines))


def accounts(month: str, lost: int = 0, feed: str = "powr__accounts") -> Table:
    """A list of ten power accounts without the first `lost` of them, and one new every month."""
    return Table(feed, month, listed=(*(f"{n:04d}" for n in range(lost, 10)), f"new {month}"))


def promised(feed: str, month: str) -> Table:
    """A table with the columns that a declared feed promises, and a number in each, for one county."""
    columns = [c for c in get_feed(feed).numbers if not c.optional]
    numbers = tuple(
        Number(c.indicator or "", c.measure, c.period_type, c.unit or "", decimals=c.decimals, basis=c.basis)
        for c in columns
    )
    return Table(feed, month, numbers, (Line("沙洋县", tuple(10.0 + n for n in range(len(columns)))),))


def findings(delivery_id: int) -> list[Mapping[str, Any]]:
    return _read("select * from ops.finding where delivery_id = :d order by finding_id", d=delivery_id)


def results(**where: Any) -> list[Mapping[str, Any]]:
    condition = " and ".join(f"{k} = :{k}" for k in where) or "true"
    return _read(f"select * from ops.gate_result where {condition}", **where)


def caught(delivery_id: int, state: str | None = None) -> dict[str, set[str | None]]:
    """Rule -> cells named for a delivery."""
    found: dict[str, set[str | None]] = {}
    for f in findings(delivery_id):
        if state in (None, f["state"]):
            found.setdefault(f["rule"], set()).add(f["cell"])
    return found


def _read(query: str, **parameters: Any) -> list[Mapping[str, Any]]:
    from warehouse.database import engine

    with engine().connect() as c:
        return [dict(r) for r in c.execute(sa.text(query), parameters).mappings()]


def runs() -> list[Mapping[str, Any]]:
    return _read("select * from ops.gate_run order by gate_run_id")


def states(deliveries: list[int]) -> list[str]:
    rows = _read("select delivery_id, status from ops.delivery where delivery_id = any(:ids)", ids=deliveries)
    status = {r["delivery_id"]: r["status"] for r in rows}
    return [status[d] for d in deliveries]
