"""Every way of writing a number, a mark or nonsense in a cell (domain.md 2.2, 2.4, 2.10)."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.grammar.cells import BLANK, read_number, read_numbers, suffix_factor
from ingest.reading.sheet import Raw
from vocabulary.unit import CANONICAL


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (12, 12), (12.5, 12.5), ("12.5", 12.5), (" 12.5 ", 12.5), ("'12.5", 12.5), ("１２３．４", 123.4), ("-0.0", 0),
        ("1,234.5", 1234.5), ("１，２３４．５", 1234.5), ("1 234.5", 1234.5), ("12,345,678", 12345678), (".5", 0.5),
        ("+12.3", 12.3), ("-12.3", -12.3), ("－12.3", -12.3), ("−12.3", -12.3), ("—12.3", -12.3), ("–12.3", -12.3),
        ("(12.3)", -12.3), ("（12.3）", -12.3), ("▼12.3", -12.3), ("▽12.3", -12.3), ("↓12.3", -12.3), ("↑12.3", 12.3),
        ("12.3①", 12.3), ("12.3②③", 12.3), ("12.3*", 12.3), ("12.3**", 12.3), ("12.3¹", 12.3), ("12.3 ⑴", 12.3),
        ("*12.3", 12.3), ("12.3※", 12.3), ("1.2E+08", 1.2e8), ("12.3万元", 12.3), ("007", 7),
    ],
)  # fmt: skip
def test_a_number_is_read_however_it_is_typed(raw: Raw, value: float) -> None:
    assert read_number(raw, "万元").value == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("raw", "unit", "value"),
    [
        ("1.2亿", "万元", 12000), ("1.2万", "万元", 1.2), ("1.2亿元", "万元", 12000), ("3000万", "亿元", 0.3),
        ("5万", "元", 50000), ("1.2万", "千元", 12), ("2百万", "万元", 200), ("1.2万亿", "亿元", 12000), ("2亿", "亿元", 2),
        ("1.2万", "千瓦时", 12000), ("1.2亿", "万千瓦时", 12000), ("1.2亿千瓦时", "万千瓦时", 12000), ("3万", "人", 30000),
        ("3万人", "人", 30000), ("5人", "人", 5), ("8.3%", "%", 8.3), ("8.3‰", "%", 0.83), ("8.3 %", "%", 8.3),
        ("-2.5亿", "万元", -25000), ("(1.2亿)", "万元", -12000),
    ],
)  # fmt: skip
def test_a_suffix_in_the_cell_scales_into_the_columns_unit(raw: str, unit: str, value: float) -> None:
    assert read_number(raw, unit).value == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("1.4倍", 140), ("增长1倍", 100), ("增长1.4倍", 140), ("增长到1.4倍", 40), ("是上年同期的1.4倍", 40),
        ("增长8.3%", 8.3), ("同比增长8.3", 8.3), ("上升8.3", 8.3), ("下降2.1%", -2.1), ("降2.1", -2.1), ("减少2.1", -2.1),
        ("持平", 0), ("与上年同期持平", 0), ("同比持平", 0), ("8.3", 8.3), ("-8.3%", -8.3), ("↓8.3", -8.3), ("0.0", 0),
    ],
)  # fmt: skip
def test_growth_may_be_said_in_words_and_in_multiples(raw: str, value: float) -> None:
    assert read_number(raw, "%", "growth").value == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("raw", "reason", "in_growth"),
    [
        ("-", "not_applicable", "not_applicable"), ("—", "not_applicable", "not_applicable"),
        ("–", "not_applicable", "not_applicable"), ("/", "not_applicable", "not_applicable"),
        ("×", "not_applicable", "not_applicable"), ("不适用", "not_applicable", "not_applicable"),
        ("--", "not_applicable", "base_nonpositive"), ("——", "not_applicable", "base_nonpositive"),
        ("－－", "not_applicable", "base_nonpositive"), ("扭亏为盈", "base_nonpositive", "base_nonpositive"),
        ("由盈转亏", "not_applicable", "not_applicable"),
        ("…", "less_than_unit", "less_than_unit"), ("……", "less_than_unit", "less_than_unit"),
        ("...", "less_than_unit", "less_than_unit"), ("***", "suppressed", "suppressed"), ("**", "suppressed", "suppressed"),
        ("无", "absent", "absent"), ("暂无", "absent", "absent"), ("N/A", "absent", "absent"), ("n/a", "absent", "absent"),
    ],
)  # fmt: skip
def test_a_mark_says_why_there_is_no_number(raw: str, reason: str, in_growth: str) -> None:
    value, growth = read_number(raw, "万元"), read_number(raw, "%", "growth")
    assert (value.value, value.reason) == (None, reason)
    assert (growth.value, growth.reason) == (None, in_growth)


@pytest.mark.parametrize("raw", [None, "", " ", "　", "\t"])
def test_a_blank_cell_is_neither_number_nor_mark_nor_fault(raw: Raw) -> None:
    assert read_number(raw, "万元") == BLANK


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ("#DIV/0!", "excel_error"), ("#REF!", "excel_error"), ("#N/A", "excel_error"), ("#VALUE!", "excel_error"),
        ("#NAME?", "excel_error"), (True, "not_a_number"), (float("nan"), "not_a_number"), (float("inf"), "not_a_number"),
        (date(2018, 5, 6), "date_for_number"), ("12-13", "unreadable_cell"), ("12.3-13", "unreadable_cell"),
        ("12,34", "unreadable_cell"), ("1,23.4", "unreadable_cell"), ("12 34", "unreadable_cell"), ("12..3", "unreadable_cell"),
        ("12.", "unreadable_cell"), ("1.2.3", "unreadable_cell"), ("O.5", "unreadable_cell"), ("约12", "unreadable_cell"),
        (">5", "unreadable_cell"), ("12左右", "unit_in_cell"), ("nan", "unreadable_cell"), ("inf", "unreadable_cell"),
        ("-(12)", "unreadable_cell"), ("▼-12", "unreadable_cell"), ("——12", "unreadable_cell"), ("▲12", "unreadable_cell"),
        ("①", "unreadable_cell"), ("1①2", "unreadable_cell"), ("½", "unit_in_cell"), ("Ⅳ", "unreadable_cell"),
        ("8.3%", "unit_in_cell"), ("1.4倍", "unit_in_cell"), ("12.3万千瓦时", "unit_in_cell"), ("下降2", "unreadable_cell"),
        ("(12", "unreadable_cell"), ("12)", "unreadable_cell"), ("二十", "unreadable_cell"), ("0x1F", "unit_in_cell"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_for_certain_is_a_fault(raw: Raw, fault: str) -> None:
    cell = read_number(raw, "万元")
    assert (cell.value, cell.reason, cell.fault) == (None, None, fault)
    assert cell.expected


@pytest.mark.parametrize(
    "raw", ["增长-2", "降1倍", "-1.4倍", "提高1.2个百分点", "收窄2.1", "增长", "倍", "增长约2%", "▲2"]
)
def test_growth_that_is_ambiguous_is_a_fault(raw: str) -> None:
    assert read_number(raw, "%", "growth").fault


MIXED: list[Raw] = [1.5, "2.50", None, "", "1,000", "—", "…", "乱", 3, True, "-4.125", "5①"]


def test_a_column_is_read_as_its_cells_are() -> None:
    numbers = read_numbers(MIXED, "万元")
    assert numbers.values == [1.5, 2.5, None, None, 1000.0, None, None, None, 3.0, None, -4.125, 5.0]
    assert numbers.reasons == {5: "not_applicable", 6: "less_than_unit"}
    assert {i: c.fault for i, c in numbers.faults.items()} == {7: "unreadable_cell", 9: "not_a_number"}


def test_decimals_are_the_most_that_was_printed() -> None:
    assert read_numbers(["1.50", "2.125", "3"], "万元").decimals == 3
    assert read_numbers(["17432.0", "9077.0"], "万元").decimals == 0, ".0 is how programs print whole numbers"
    assert read_numbers([5.3, 0.1 + 0.2, 4.0], "%").decimals == 1, "binary dust is not printing"
    assert read_numbers([], "%").decimals == 0


plain_numbers = st.decimals(min_value=-(10**12), max_value=10**12, places=4, allow_nan=False).map(str)
cells = st.one_of(
    st.none(), st.floats(), st.integers(-(10**15), 10**15), st.booleans(), st.text(max_size=12), plain_numbers
)


@given(st.lists(cells, max_size=30), st.sampled_from(["value", "growth"]))
def test_reading_a_column_never_differs_from_reading_its_cells(raws: list[Raw], measure: str) -> None:
    numbers = read_numbers(raws, "%", measure)
    for i, raw in enumerate(raws):
        cell = read_number(raw, "%", measure)
        assert numbers.values[i] == cell.value
        assert numbers.reasons.get(i) == cell.reason
        assert (i in numbers.faults) == (cell.fault is not None)


@given(st.text(max_size=20), st.sampled_from(sorted(CANONICAL)), st.sampled_from(["value", "growth"]))
def test_any_text_is_a_finite_number_or_a_mark_or_a_fault_or_blank(raw: str, unit: str, measure: str) -> None:
    cell = read_number(raw, unit, measure)
    assert sum(x is not None for x in (cell.value, cell.reason, cell.fault)) <= 1
    assert cell.value is None or math.isfinite(cell.value)
    assert cell != BLANK or not any(c.isdigit() for c in raw), "what holds a digit is never passed over"


@given(st.text(alphabet="无暂缺甲乙丙丁约近人", min_size=1, max_size=6))
def test_a_text_without_digits_never_becomes_a_number(raw: str) -> None:
    assert read_number(raw, "人").value is None
    assert read_number(raw, "%", "growth").value is None


@given(st.integers(-(10**9), 10**9), st.integers(0, 4))
def test_printing_a_number_and_reading_it_gives_it_back(n: int, places: int) -> None:
    value = n / 10**places
    text = f"{value:,.{places}f}"
    wide = text.translate({ord(a): ord(a) + 0xFEE0 for a in "0123456789.,-"})
    assert read_number(text, "万元").value == read_number(wide, "万元").value == float(f"{value:.{places}f}")


@given(st.sampled_from(sorted(CANONICAL)), st.sampled_from(["万", "亿", "元", "万元", "千瓦时", "人", "%"]))
def test_a_suffix_never_changes_the_kind_of_quantity(unit: str, suffix: str) -> None:
    factor = suffix_factor(suffix, unit)
    if suffix in CANONICAL and CANONICAL[suffix][0] != CANONICAL[unit][0]:
        assert factor is None
    assert factor is None or factor > 0
