"""One thing spelled in two ways is one thing at the gate, as it is in reading and in the marts."""

from dataclasses import replace

import sqlalchemy as sa

from expectations.gate import gate_deliveries
from tests.expectations.conftest import COUNTIES, Line, Number, Table, caught, deliver, power
from vocabulary.month import Month

FULL_WIDTH = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})
OUTPUT = (Number("ST02", unit="万元"),)


def found_in(table: Table, *before: Table) -> dict[str, set[str | None]]:
    """What the gate finds in a table that comes after others: cells by rule."""
    deliveries = [deliver(t) for t in (*before, table)]
    gate_deliveries(deliveries)
    return caught(deliveries[-1])


def by_industry(month: str, label: str) -> Table:
    n = Month.parse(month).month
    lines = (Line("荆门市", (900.0 + n,), industry="规模以上工业"), Line("荆门市", (300.0 + n,), industry=label))
    return Table("stat__industries", month, OUTPUT, lines)


def by_firm(month: str, width: dict[int, str]) -> Table:
    lines = (
        Line("东宝区", (100.0 + n + Month.parse(month).month,), entity=f"E{n:05}".translate(width)) for n in range(10)
    )
    return Table("stat__firms", month, OUTPUT, tuple(lines))


def test_an_industry_in_other_brackets_is_the_row_of_last_month(catalogue: sa.Engine) -> None:
    may = by_industry("2018-05", "(13)农副食品加工业")
    assert found_in(by_industry("2018-06", "（13）农副食品加工业"), may) == {}


def test_parts_keyed_in_full_width_digits_are_added_up(catalogue: sa.Engine) -> None:
    keys = dict(zip(COUNTIES, ("420802", "JM-GXDD", "JM-ZH", "JM-QJL", "420882", "420822", "420881"), strict=True))
    june = power("2018-06")
    keyed = replace(
        june,
        lines=tuple(replace(x, region=keys.get(x.region or "", "420800").translate(FULL_WIDTH)) for x in june.lines),
    )
    wrong = keyed.change(0, 0, (keyed.lines[0].values[0] or 0) + 5000)
    assert wrong.cell(0, 0) in found_in(wrong)["not_additive"]


def test_firms_whose_numbers_came_in_full_width_are_not_lost(catalogue: sa.Engine) -> None:
    assert found_in(by_firm("2018-06", FULL_WIDTH), by_firm("2018-05", {})) == {}


def test_what_is_listed_under_a_number_in_full_width_is_not_lost(catalogue: sa.Engine) -> None:
    listed = tuple(f"K{n:04}" for n in range(10))
    may, june = Table("powr__listed", "2018-05", listed=listed), Table("powr__listed", "2018-06")
    spelled = replace(june, listed=(*(x.translate(FULL_WIDTH) for x in listed), "K9999"))
    assert found_in(spelled, may) == {}
