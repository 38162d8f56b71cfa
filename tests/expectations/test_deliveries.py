"""The delivery gate: every rule has a fault planted that it must catch, with exactly the cells that are wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from expectations.gate import gate_deliveries
from expectations.suite import load_suite
from tests.expectations.conftest import (
    COUNTIES,
    Line,
    Number,
    Table,
    accounts,
    caught,
    deliver,
    findings,
    invoices,
    monthly_level,
    months,
    power,
    promised,
    results,
    states,
)
from vocabulary.month import Month
from warehouse.book import confirmations

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
    confirmed: bool = False


def cells(table: Table, columns: list[int], lines: list[int] | range) -> frozenset[str | None]:
    return frozenset(table.cell(c, n) for c in columns for n in lines)


def after(
    table: Table, *planted: str | None, past: Callable[[str], Table] | None = power, months: Sequence[str] = PAST
) -> Fault:
    return Fault(table, frozenset(planted), tuple(past(m) for m in months) if past else ())


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


def growing(month: str) -> Table:
    """A table of growth alone, which hardly moves."""
    numbers = (Number("PW02", measure="growth", unit="%", basis="nominal_published"),)
    lines = (Line(region, (8.0 + (Month.parse(month).month * n) % 5 / 10,)) for n, region in enumerate(COUNTIES, 1))
    return Table("f", month, numbers, tuple(lines))


def three(month: str) -> Table:
    """A table of three indicators with nothing that binds them."""
    numbers = (Number("PW01"), Number("PW02"), Number("PW03"))
    m = Month.parse(month)
    lines = (
        Line(region, tuple(round(monthly_level(month) * share * (k + 1) + m.month * k, 1) for k in range(3)))
        for region, share in COUNTIES.items()
    )
    return Table("f", month, numbers, tuple(lines))


def copied() -> Table:
    """A table of three indicators whose fourth row is last month's."""
    june, may = three("2018-06"), three("2018-05")
    return replace(june, lines=(*june.lines[:3], may.lines[3], *june.lines[4:]))


def alike() -> Table:
    """A table with two rows of the same figures."""
    june = three("2018-06")
    return replace(june, lines=(*june.lines[:3], replace(june.lines[2], region=june.lines[3].region), *june.lines[4:]))


def exchanged() -> Table:
    """A table of three indicators in which two counties stand in each other's row."""
    lines = list(three("2018-06").lines)
    lines[2], lines[5] = replace(lines[2], values=lines[5].values), replace(lines[5], values=lines[2].values)
    return replace(three("2018-06"), lines=tuple(lines))


LONG = months("2016-06", "2018-05")
# Too short to learn a limit from: what fixed limits say stands alone.
SHORT = ["2017-06", "2018-04", "2018-05"]
WRONG_GROWTH = JUNE.change(2, 5, (JUNE.lines[5].values[2] or 0) + 4)
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
        JUNE.change(0, 4, (JUNE.lines[4].values[0] or 0) / 10).without(0),
        "C6",
        past=lambda m: power(m).without(0),
        months=SHORT[:2],
    ),
    "growth_disagrees": after(based(25.3), "E3", past=None),
    "growth_against_level": after(JUNE.change(2, 5, 30.0), "E8", months=SHORT),
    "implausible_growth": after(JUNE.change(2, 5, 1500.0).without(0), "E7", past=None),
    "growth_below_minus_100": after(JUNE.change(2, 5, -100.1), "E8", months=SHORT),
    "ytd_revision": after(JUNE.change(0, 5, (JUNE.lines[5].values[0] or 0) + 0.3), "C8", months=SHORT),
    "not_additive": after(JUNE.change(0, 0, (JUNE.lines[0].values[0] or 0) * 1.1), "C3", past=None),
    "less_settled": Fault(replace(JUNE, maturity="flash"), frozenset({None}), (*map(power, PAST), JUNE)),
    "large_revision": Fault(
        JUNE.change(2, 5, (JUNE.lines[5].values[2] or 0) + 1.2), frozenset({"E8"}), (*map(power, SHORT), JUNE)
    ),
    "revised": Fault(
        JUNE.change(2, 5, (JUNE.lines[5].values[2] or 0) + 0.4), frozenset({"E8"}), (*map(power, SHORT), JUNE)
    ),
    "barely_additive": after(JUNE.change(0, 0, (JUNE.lines[0].values[0] or 0) * 1.02), "C3", past=None),
    "contradicted": after(WRONG_GROWTH, "E8", months=LONG),
    "confirmed": replace(after(WRONG_GROWTH, "E8", months=LONG), confirmed=True),
    "leap": after(growing("2018-06").change(0, 3, 60.0), "C6", past=growing, months=LONG),
    "copied": after(copied(), "C6", past=three),
    "rows_alike": after(alike(), "C6", past=None),
    "blanked": after(three("2018-06").change(1, 3, None), "D6", past=three),
    "displaced": after(exchanged(), "C5", past=three, months=LONG),
}


def test_every_rule_of_the_suite_has_a_fault_that_it_must_catch() -> None:
    assert set(FAULTS) == {r.rule for r in load_suite("delivery").expectations}


def test_one_run_catches_every_fault_in_its_own_delivery_with_exactly_its_cells(catalogue: sa.Engine) -> None:
    good, faulty = [], {}
    for rule, fault in FAULTS.items():
        feed = fault.feed or f"powr__{rule}"
        good += [deliver(replace(t, feed=feed)) for t in fault.past]
        faulty[rule] = deliver(replace(fault.table, feed=feed), received=fault.received)
        if fault.confirmed:
            confirmations.confirm(faulty[rule], ["E8"], "该企业5月起检修", "王某某")
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


def test_what_is_confirmed_is_accepted_and_not_asked_again(catalogue: sa.Engine) -> None:
    gate_deliveries([deliver(power(m)) for m in LONG])
    first = deliver(WRONG_GROWTH)
    assert gate_deliveries([first]) == {first: False}
    assert states([first]) == ["loaded"], "it waits for its sender"
    confirmations.confirm(first, ["E8"], "该企业5月起检修", "王某某")
    assert gate_deliveries([first]) == {first: True}
    again = deliver(WRONG_GROWTH)
    assert gate_deliveries([again]) == {again: True}
    (told,) = (f for f in findings(again) if f["rule"] == "confirmed")
    assert told["message"].endswith("已由王某某核实：该企业5月起检修")
    other = deliver(WRONG_GROWTH.change(2, 4, (JUNE.lines[4].values[2] or 0) + 5))
    assert gate_deliveries([other]) == {other: False}
    assert caught(other, "stopped")["contradicted"] == {"E7"}


SLIPS = {
    "正负号有误": (2, 5, lambda v: -v),
    "小数点左移1位": (1, 4, lambda v: round(v / 10, 1)),
    "误填为以上年同期为100的指数": (2, 3, lambda v: round(v + 100, 1)),
}


def test_a_slip_is_named_with_the_figure_that_fits(catalogue: sa.Engine) -> None:
    gate_deliveries([deliver(power(m)) for m in LONG])
    for slip, (column, line, by) in SLIPS.items():
        wrong = deliver(JUNE.change(column, line, by(JUNE.lines[line].values[column] or 0)))
        gate_deliveries([wrong])
        (told,) = (f for f in findings(wrong) if f["rule"] == "contradicted")
        right = JUNE.lines[line].values[column]
        assert told["cell"] == JUNE.cell(column, line)
        assert f"疑为{slip}" in told["message"], told["message"]
        assert f"{right}" in told["message"].replace(",", "").replace("−", "-"), told["message"]


def test_a_leap_that_all_numbers_follow_is_a_fact(catalogue: sa.Engine) -> None:
    gate_deliveries([deliver(power(m)) for m in LONG])
    month, total, _ = JUNE.lines[5].values
    fallen = round((month or 0) * 0.6, 1)
    base = (total or 0) / (1 + (JUNE.lines[5].values[2] or 0) / 100)
    sums = round((total or 0) - (month or 0) + fallen, 1)
    table = JUNE.change(0, 5, fallen).change(1, 5, sums).change(2, 5, round((sums / base - 1) * 100, 1))
    table = table.without(0)
    halted = deliver(table)
    gate_deliveries([halted])
    assert set(caught(halted, "stopped")) == {"missing_row"}, (
        "only the city's line, left out to keep the sums, is asked for"
    )


def test_a_sorted_column_is_asked_about_though_its_sum_is_right(catalogue: sa.Engine) -> None:
    def firms(month: str) -> Table:
        moved = Month.parse(month).month % 3
        lines = [Line(r, (float(20 + 17 * (n * 5 % 7) + moved * (n % 2)),)) for n, r in enumerate(COUNTIES)]
        total = Line("全市", (sum(line.values[0] or 0 for line in lines),))
        return Table("f", month, (Number("ST09", unit="家", decimals=0),), (total, *lines))

    ids = [deliver(firms(m)) for m in LONG]
    assert gate_deliveries(ids) == dict.fromkeys(ids, True)
    good = firms("2018-06")
    ordered = sorted(good.lines[1:], key=lambda line: line.values[0] or 0)
    lines = (replace(a, values=b.values) for a, b in zip(good.lines[1:], ordered, strict=True))
    wrong = deliver(replace(good, lines=(good.lines[0], *lines)))
    assert gate_deliveries([wrong]) == {wrong: False}
    assert set(caught(wrong, "stopped")) == {"leap"}


def test_a_zero_for_last_years_figure_is_asked_about(catalogue: sa.Engine) -> None:
    def based_on(month: str, base: float) -> Table:
        numbers = (Number("TR01", unit="万吨"), Number("TR01", measure="base", unit="万吨"))
        level = 100.0 + Month.parse(month).month
        return Table("f", month, numbers, (Line("东宝区", (level, base)), Line("沙洋县", (level + 7, level + 7))))

    ids = [deliver(based_on(m, 100.0 + Month.parse(m).month)) for m in LONG]
    assert gate_deliveries(ids) == dict.fromkeys(ids, True)
    wrong = deliver(based_on("2018-06", 0.0))
    assert gate_deliveries([wrong]) == {wrong: False}
    assert caught(wrong, "stopped")["contradicted"] == {"D3"}


def test_a_good_history_passes_without_a_word(catalogue: sa.Engine) -> None:
    ids = [deliver(power(m)) for m in months("2016-11", "2018-06")]
    assert gate_deliveries(ids) == dict.fromkeys(ids, True)
    assert [p for d in ids for p in findings(d)] == []
    assert all(r["state"] == "passed" for r in results())
