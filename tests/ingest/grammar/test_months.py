"""The notations of a statistical month (domain.md 2.10)."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.grammar.months import (
    dotted,
    months_in,
    names_a_time,
    own_months,
    read_month,
    read_period,
    read_year,
    years_in,
)
from ingest.reading.sheet import Raw
from vocabulary.month import Month


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2018年6月", "2018-06"), ("2018年06月份", "2018-06"), ("２０１８年６月", "2018-06"), ("2018 年 6 月", "2018-06"),
        ("2018年1-5月", "2018-05"), ("2018年1—2月", "2018-02"), ("2018年1～2月", "2018-02"), ("2018年1至5月", "2018-05"),
        ("2018年1月至5月", "2018-05"), ("2018年1-12月", "2018-12"), ("2018-06", "2018-06"), ("2018/6", "2018-06"),
        ("2010.1", "2010-01"), ("2010.10", "2010-10"), ("2010.01", "2010-01"), ("201806", "2018-06"),
        ("2018年一季度", "2018-03"), ("2018年第1季度", "2018-03"), ("2024年第1-3季度", "2024-09"), ("2018年1-三季度", "2018-09"),
        ("2018年前三季度", "2018-09"), ("2018年四季度", "2018-12"), ("2018年上半年", "2018-06"), ("2018年全年", "2018-12"),
        ("二〇一八年六月", "2018-06"), ("二○一八年十二月", "2018-12"), ("二零一八年十月", "2018-10"), ("2018年一至五月", "2018-05"),
        ("二O一八年六月", "2018-06"), ("二Ｏ一八年一—六月", "2018-06"), ("2018年1月—2018年5月", "2018-05"),
        ("2018M05", "2018-05"), ("2018M5", "2018-05"), ("2018m12", "2018-12"), ("2026:01", "2026-01"), ("2018：6", "2018-06"),
        ("民國107年5月", "2018-05"), ("民国107年1-6月", "2018-06"), ("民國元年5月", "1912-05"),
        ("2018年前5个月", "2018-05"), ("2018年1－5月份", "2018-05"), ("2018年下半年", "2018-12"),
    ],
)  # fmt: skip
def test_every_notation_of_a_month_is_read(text: str, month: str) -> None:
    assert str(read_month(text)) == month
    assert [str(m) for m in months_in(f"荆门市{text}主要经济指标")] == [month]


@pytest.mark.parametrize(
    "text",
    ["", "6月", "6", "2018年", "2018年13月", "2018年0月", "20180612", "12018年6月", "合计", "2018年累计", "2018Q2", "2018M13", "2018M", "2018:13",
     "2018-06-31", "2018/13/1", "2018-05-31 10:30", "民國107年"],
)  # fmt: skip
def test_what_is_no_month_is_not_read_as_one(text: str) -> None:
    assert read_month(text) is None
    assert months_in(text) == []


@pytest.mark.parametrize("text", ["2018-06-30", "2018/6/30", "2018.6.30", "2018年6月30日", "2018-06-30 00:00:00"])
def test_a_day_in_a_cell_says_its_month_and_in_a_line_says_none(text: str) -> None:
    assert read_month(text) == Month(2018, 6)
    assert months_in(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "fits"),
    [
        ("2018年6月", "month", {"M", "M12", "YTD", "Q", "Y"}), ("2018-06-30", "month", {"M", "M12", "YTD", "Q", "Y"}),
        ("2018年1-2月", "so_far", {"M12", "YTD"}), ("2018年1月至2月", "so_far", {"M12", "YTD"}), ("2018年1-6月", "so_far", {"YTD"}),
        ("2018年前5个月", "so_far", {"YTD"}), ("2018年上半年", "so_far", {"YTD"}), ("2018年前三季度", "so_far", {"YTD"}),
        ("2018年全年", "so_far", {"YTD", "Y"}), ("2018年6月份累计", "so_far", {"YTD"}), ("2018年6月（累计）", "so_far", {"YTD"}),
        ("年初至2018年6月", "so_far", {"YTD"}), ("2018年1月累计", "so_far", {"YTD", "M"}), ("2018年1-3月", "so_far", {"YTD", "Q"}),
        ("2018年一季度", "quarter", {"YTD", "Q"}), ("2018年第2季度", "quarter", {"Q"}), ("2018年下半年", "other", set()),
        ("2018年4-6月", "other", set()), ("2018年2-3季度", "other", set()),
    ],
)  # fmt: skip
def test_a_time_is_told_from_a_month_and_fits_what_is_of_it(text: str, kind: str, fits: set[str]) -> None:
    period = read_period(text)
    assert period
    assert period.kind == kind
    assert {p for p in ("M", "M12", "YTD", "Q", "Y") if period.fits(p)} == fits


@pytest.mark.parametrize(
    ("column", "meant"),
    [
        (["2018.1", "2018.01", "2018.11"], "2018-10"), (["2018.1", "2018.02", "2018.09"], "2018-10"),
        (["2018.1", "2018.10"], "2018-01"), (["2018.1"], "2018-01"), (["2018.1", "2018.2", "2017.12"], "2018-01"),
        (["2017.10", "2018.1", "2018.11"], "2018-01"), (["2018.1", "2018.9"], None), (["2018.1", "2018.11", "2018.12"], None),
        (["2018.1", "2018.01", "2018.10"], None),
    ],
)  # fmt: skip
def test_the_months_beside_it_tell_whether_one_is_january_or_an_october_without_its_zero(
    column: list[str], meant: str | None
) -> None:
    assert dotted(column) == {"2018.1": meant and Month.parse(meant)}


@pytest.mark.parametrize(
    ("label", "beside_others", "among_months"),
    [
        ("合计", False, False), ("累计", False, False), ("本月合计", False, True), ("2018年6月合计", False, True), ("6月份累计", True, True),
        ("1-6月累计", True, True), ("上半年合计", True, True), ("全年合计", True, True), ("本年累计", True, True), ("钟祥市小计", False, False),
    ],
)  # fmt: skip
def test_a_total_that_names_a_time_is_no_total_of_the_rows_beside_it(
    label: str, beside_others: bool, among_months: bool
) -> None:
    assert (names_a_time(label, False), names_a_time(label, True)) == (beside_others, among_months)


@pytest.mark.parametrize(
    ("line", "months"),
    [
        ("2018年5月全社会用电量", ["2018-05"]), ("报告期：2018年5月", ["2018-05"]), ("有效期至：2019年1月", []), ("注：2018年1月起口径调整", []),
        ("自2018年1月起含线损", []), ("（上年同期为2017年6月）", []), ("与2017年6月相比", []), ("填报日期：2018年7月", []),
    ],
)  # fmt: skip
def test_a_line_over_a_table_names_its_own_month_and_not_what_it_is_compared_with(line: str, months: list[str]) -> None:
    assert [str(m) for m in own_months(line)] == months


@pytest.mark.parametrize(
    "line", ["制表时间：2018年7月", "填报日期:2018年7月12日", "印发日期 2018年7月12日", "2018年7月12日"]
)
def test_the_date_of_the_paperwork_is_not_the_month(line: str) -> None:
    assert months_in(line) == []


def test_a_number_that_may_be_january_or_october_is_refused() -> None:
    assert read_month(2010.1) is None
    assert read_month(201806.0) == Month(2018, 6)
    assert read_month(datetime(2018, 6, 15)) == Month(2018, 6)  # noqa: DTZ001 - a spreadsheet's date has no zone


@pytest.mark.parametrize(
    "text", ["2018-06-30", "2018/6/30", "2018.6.30", "2018年6月30日", "2018-06-30 00:00:00", "2018/6/1 0:00"]
)
def test_a_day_lies_in_its_month_and_a_title_says_no_month_by_it(text: str) -> None:
    assert read_month(text) == Month(2018, 6)
    assert months_in(f"导出于{text}") == []


@pytest.mark.parametrize("raw", ["6月", "06", "六月", "6月份", 6.0, 6, "2018年6月", "2018-06-30", date(2018, 6, 30)])
def test_a_month_whose_year_stands_elsewhere_is_of_that_year(raw: Raw) -> None:
    assert read_month(raw, 2018) == Month(2018, 6)


@pytest.mark.parametrize("raw", ["13", 0, 6.5, True, None, "2017年6月", date(2017, 6, 30), "上半年", "合计"])
def test_what_is_no_month_of_that_year_is_none(raw: Raw) -> None:
    assert read_month(raw, 2018) is None


@pytest.mark.parametrize("raw", ["2018", "2018年", 2018.0, 2018, "2018年度", "民國107年", "二〇一八年", "２０１８ 年"])
def test_a_year_is_read_from_a_whole_cell(raw: Raw) -> None:
    assert read_year(raw) == 2018


@pytest.mark.parametrize("raw", ["2018年6月", "18", 2018.5, None, "合计", "2018-2019"])
def test_what_is_no_year_is_none(raw: Raw) -> None:
    assert read_year(raw) is None


def test_the_years_of_a_line_are_those_of_its_months_and_those_alone() -> None:
    assert years_in("2018年各县市区分月用电量") == [2018]
    assert years_in("2017年1-12月与2018年分月用电量（2018）") == [2017, 2018]
    assert years_in("民國107年分月用電量  制表日期：2019年1月5日") == [2018]


def test_two_months_in_a_line_are_both_found() -> None:
    assert months_in("2018年6月（2017年6月）") == [Month(2018, 6), Month(2017, 6)]
    assert months_in("2018年5月-2018年6月") == [Month(2018, 5), Month(2018, 6)], "only a period from January is one"


@given(st.dates(date(1950, 1, 1), date(2049, 12, 31)))
def test_a_month_printed_in_any_notation_reads_back(day: date) -> None:
    month = Month.of(day)
    for text in (
        f"{day.year}年{day.month}月",
        f"{day:%Y%m}",
        f"{day:%Y-%m}",
        f"{day.year}.{day.month}",
        f"{day.year}年1-{day.month}月",
    ):
        assert read_month(text) == month
