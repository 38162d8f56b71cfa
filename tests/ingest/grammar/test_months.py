"""The notations of a statistical month (domain.md 2.10)."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.grammar.months import months_in, read_month
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
        ("2018年前5个月", "2018-05"), ("2018年1－5月份", "2018-05"), ("2018年下半年", "2018-12"),
    ],
)  # fmt: skip
def test_every_notation_of_a_month_is_read(text: str, month: str) -> None:
    assert str(read_month(text)) == month
    assert [str(m) for m in months_in(f"荆门市{text}主要经济指标")] == [month]


@pytest.mark.parametrize(
    "text", ["", "6月", "2018年", "2018年13月", "2018年0月", "20180612", "2018-06-12", "12018年6月", "合计"]
)
def test_what_is_no_month_is_not_read_as_one(text: str) -> None:
    assert read_month(text) is None
    assert months_in(text) == []


@pytest.mark.parametrize(
    "line", ["制表时间：2018年7月", "填报日期:2018年7月12日", "印发日期 2018年7月12日", "2018年7月12日"]
)
def test_the_date_of_the_paperwork_is_not_the_month(line: str) -> None:
    assert months_in(line) == []


def test_a_number_that_may_be_january_or_october_is_refused() -> None:
    assert read_month(2010.1) is None
    assert read_month(201806.0) == Month(2018, 6)
    assert read_month(datetime(2018, 6, 15)) == Month(2018, 6)  # noqa: DTZ001 - a spreadsheet's date has no zone


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
