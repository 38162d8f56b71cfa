"""The delivery gate: every rule has a fault planted that it must catch, with exactly the cells that are wrong."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from expectations.gate import gate_deliveries
from expectations.suite import load_suite
from tests.expectations.conftest import (
    Line,
    Number,
    Table,
    accounts,
    caught,
    deliver,
    findings,
    invoices,
    months,
    power,
    promised,
    results,
)

PAST = months("2017-05", "2018-05")
JUNE = power("2018-06")


@dataclass(frozen=True)
class Fault:
    """A table with a fault after a good past, and the cells that the rule must name (None: a row or column is lacking)."""

    table: Table
    cells: frozenset[str | None]
    past: tuple[Table, ...] = ()
    received: date | None = None
    feed: str | None = None


def cells(table: Table, columns: list[int], lines: list[int] | range) -> frozenset[str | None]:
    return frozenset(table.cell(c, n) for c in columns for n in lines)


def after(table: Table, *planted: str | None, past: Callable[[str], Table] | None = power) -> Fault:
    return Fault(table, frozenset(planted), tuple(past(m) for m in PAST) if past else ())


def based(growth: float) -> Table:
    """Value, base and growth of two counties; 100.0 against 80.0 allows 24.8 to 25.2 %."""
    numbers = tuple(
        Number("TR01", measure=m, unit="%" if m == "growth" else "万吨") for m in ("value", "base", "growth")
    )
    return Table("f", "2018-06", numbers, (Line("东宝区", (100.0, 80.0, growth)), Line("沙洋县", (50.0, 50.0, 0.0))))


def not_reset() -> Fault:
    december, january = power("2017-12"), power("2018-01")
    for n, line in enumerate(january.lines):
        january = january.change(1, n, line.values[0] + december.lines[n].values[1])  # type: ignore[operator]
    return Fault(january, cells(january, [1], range(8)), tuple(power(m) for m in months("2017-01", "2017-12")))


def repeated_line() -> Fault:
    table = replace(JUNE, lines=(*JUNE.lines, JUNE.lines[0]))
    return Fault(table, cells(table, [0, 1, 2], [0, 8]), (power("2018-05"),))


def numbered(month: str, before: str) -> Table:
    """A table of firms that go by digits."""
    table = invoices(month)
    return replace(table, lines=tuple(replace(x, entity=f"{before}{n:02}") for n, x in enumerate(table.lines)))


def with_total(line: Line, other: Line) -> Line:
    """A line with the year to date of another."""
    return replace(line, values=(line.values[0], other.values[1], line.values[2]))


MAY = power("2018-05")
LAST_YTD = MAY.lines[4].values[1] or 0.0
SHIFTED = JUNE.map(0, lambda v: v * 1e4).map(1, lambda v: v * 1e4)
FAULTS: dict[str, Fault] = {
    "future_month": replace(after(JUNE, *cells(JUNE, [0, 1, 2], range(8)), past=None), received=date(2018, 6, 29)),
    "duplicate_cell": repeated_line(),
    "negative_value": after(
        Table("f", "2018-06", (Number("PW05", unit="千伏安"),), (Line("东宝区", (-3.0,)), Line("沙洋县", (4.0,)))),
        "C3",
        past=None,
    ),
    "empty_column": replace(
        after(promised("powr__electricity", "2018-06").change(1, 0, None), None, past=None), feed="powr__electricity"
    ),
    "missing_row": after(JUNE.without(4), None),
    "lost_zeros": after(numbered("2018-06", "4208"), None, past=lambda m: numbered(m, "04208")),
    "cut_short": after(invoices("2018-06", 34), None, past=lambda m: invoices(m, 40)),
    "missing_entities": after(invoices("2018-06").without(1, 4, 6), None, past=invoices),
    "fewer_entities": after(invoices("2018-06").without(9), None, past=invoices),
    "missing_listed": after(accounts("2018-06", lost=3), None, past=accounts),
    "stale_resubmission": after(replace(MAY, month="2018-06"), *cells(MAY, [0, 1], range(8))),
    "ytd_decrease": after(JUNE.change(1, 4, LAST_YTD - 0.2), "D7"),
    "ytd_decrease_entity": after(invoices("2018-06").change(1, 3, 200.0), "D6", past=invoices),
    "year_not_reset": not_reset(),
    "month_above_total": Fault(power("2018-06").change(0, 5, (JUNE.lines[5].values[1] or 0) + 0.2), frozenset({"C8"})),
    "ytd_repeated": after(
        replace(JUNE, lines=tuple(map(with_total, JUNE.lines, MAY.lines))),
        *cells(JUNE, [1], range(8)),
    ),
    "cell_shift": after(invoices("2018-06").change(1, 3, 618.0 * 1e4), "D6", past=invoices),
    "growth_sign": after(JUNE.change(2, 5, -(JUNE.lines[5].values[2] or 0)), "E8"),
    "unit_shift": after(SHIFTED, *cells(JUNE, [0, 1], range(8))),
    # Without the city's line, which would show the sum to be wrong as well.
    "out_of_scale": after(
        JUNE.change(0, 4, (JUNE.lines[4].values[0] or 0) / 10).without(0), "C6", past=lambda m: power(m).without(0)
    ),
    "growth_disagrees": after(based(25.3), "E3", past=None),
    "growth_against_level": after(JUNE.change(2, 5, 30.0), "E8"),
    "implausible_growth": after(JUNE.change(2, 5, 1500.0), "E8"),
    "growth_below_minus_100": after(JUNE.change(2, 5, -100.1), "E8"),
    "ytd_revision": after(JUNE.change(0, 5, (JUNE.lines[5].values[0] or 0) + 0.3), "C8"),
    "not_additive": after(JUNE.change(0, 0, (JUNE.lines[0].values[0] or 0) * 1.1), "C3"),
    "less_settled": Fault(replace(JUNE, maturity="flash"), frozenset({None}), (*map(power, PAST), JUNE)),
    "large_revision": Fault(
        JUNE.change(2, 5, (JUNE.lines[5].values[2] or 0) + 1.2), frozenset({"E8"}), (*map(power, PAST), JUNE)
    ),
    "revised": Fault(
        JUNE.change(2, 5, (JUNE.lines[5].values[2] or 0) + 0.4), frozenset({"E8"}), (*map(power, PAST), JUNE)
    ),
    "barely_additive": after(JUNE.change(0, 0, (JUNE.lines[0].values[0] or 0) * 1.02), "C3"),
}


def test_every_rule_of_the_suite_has_a_fault_that_it_must_catch() -> None:
    assert set(FAULTS) == {r.rule for r in load_suite("delivery").expectations}


def test_one_run_catches_every_fault_in_its_own_delivery_with_exactly_its_cells(catalogue: sa.Engine) -> None:
    good, faulty = [], {}
    for rule, fault in FAULTS.items():
        feed = fault.feed or f"powr__{rule}"
        good += [deliver(replace(t, feed=feed)) for t in fault.past]
        faulty[rule] = deliver(replace(fault.table, feed=feed), received=fault.received)
    verdicts = gate_deliveries([*faulty.values(), *good])

    severity = {r.rule: r.severity for r in load_suite("delivery").expectations}
    explains = {r.rule: set(r.explains) for r in load_suite("delivery").expectations}
    assert {r: caught(d)[r] for r, d in faulty.items() if r in caught(d)} == {r: f.cells for r, f in FAULTS.items()}
    assert {r: verdicts[d] for r, d in faulty.items()} == {r: severity[r] == "warning" for r in faulty}
    assert {r: set(caught(d, "stopped")) - explains[r] for r, d in faulty.items()} == {
        r: {r} if severity[r] == "critical" else set() for r in faulty
    }
    assert all(verdicts[d] for d in good)
    assert [p for d in good for p in findings(d)] == []


def test_a_good_history_passes_without_a_word(catalogue: sa.Engine) -> None:
    ids = [deliver(power(m)) for m in months("2016-11", "2018-06")]
    assert gate_deliveries(ids) == dict.fromkeys(ids, True)
    assert [p for d in ids for p in findings(d)] == []
    assert all(r["state"] == "passed" for r in results())
