"""What number format codes make of numbers, by the value that a person reads off the cell."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.reading.number_format import BUILTIN, NumberFormat, number_format
from ingest.reading.sheet import DOUBT

ACCOUNTING = BUILTIN[43]
# Codes that honest papers are full of: they round, group, colour and pad.
NEUTRAL = [
    "General", "0", "0.00", "#,##0", "#,##0.0000", "0_ ", "0.0_ ;[Red]-0.0 ", "#,##0.00_);(#,##0.00)", "[红色]0.0", "[DBNum1]0",
    "¥#,##0.00", "[$¥-804]#,##0.00", "# ?/?", "#/16", "0.00E+00", "##0.0E+0", "@", "yyyy-mm", 'yyyy"年"m"月"', "[$-804]yyyy/m/d;@",
    "* #,##0", "+0.0;-0.0;0.0", "[h]:mm", "G/通用格式", "0.0;−0.0",
]  # fmt: skip
SEEN: list[tuple[str, float, Any]] = [
    ("0.0,", 7100, 7.1), ("0.0,,", 800000, 0.8), ("#,##0,", 7123, 7.123), ("#,##0.0,;-#,##0.0,", -7100, -7.1),
    ("0!.0,", 12345, 1.2345), ("0\\.0,", -12345, -1.2345), ('0"."0,', 12345, 1.2345), ("0!.0000", 12345, 1.2345),
    ("0!.00,,", 123456789, 1.23456789), ("0,.0", 7100, 7.1),
    ("0;-0;", 0, None), ("0;-0;", -3, -3), (";;;", 2.5, None), ("0;;", -1, None), ("#", 0, None), ("#,###", 0, None), ('[=0]"";0.0', 0, None),
    ("General;-General;", 0, None), (ACCOUNTING, 0, "-"), (ACCOUNTING, -5.5, -5.5), ("#.##", 0, "."),
    ('0.0"亿"', 1.25, "1.25亿"), ('0!.0,"万"', 12345, "1.2345万"), ("0.0!万", -3, "-3万"), ('0.0,"千"', 7100, "7.1千"), ('General"亿"', 2, "2亿"),
    ('G/通用格式"亿"', 2, "2亿"), ("[$$-409]0", 5, "$5"), ('0.0"‰"', 5, "5‰"), ('@"万"', 5, "5万"),
    ("-0", 5, -5), ('"−"0', 5, -5), ("(0)", 5, -5), ('"-"0;0', 5, -5), ('[>0]"↑"0.0;"↓"0.0', -3, "↓3"), ("0;▲0", -3, "▲3"),
    ("0.0%", 0.083, "8.3%"), ("0.0%;[Red]-0.0%", -0.07, "-7%"), ('0.0"%"', 8.3, "8.3%"), ("0%", 0.29, "29%"),
    ('[>=100000000]0!.00,,"亿";[>=10000]0!.0,"万";0', 123456789, "1.23456789亿"), ('[>=100000000]0!.00,,"亿";[>=10000]0!.0,"万";0', 12345, "1.2345万"),
    ('[>=100000000]0!.00,,"亿";[>=10000]0!.0,"万";0', 5, 5), ("[>=1000]0.0,;0.0", -5, -5), ("[>0]0.0;[Red][<0]-0.0;0.0", -2, -2),
    ("000000", 7100, "007100"), ('0"月"', 6, "6月"), ('0000"年"00"月"', 201806, "2018年06月"), ('"2018年"0"月"', 6, "2018年6月"), ('"无"', 3, "无"),
    ("yyyy", 43252, "2018年"), ('e"年"', 43252, "2018年"), ("0!y", 5, "5y"),
]  # fmt: skip
DOUBTFUL = [
    ("0;0", -5), ("0.00;[Red]0.00", -5), ("0!.0000,", 12345), ("0!.0,,", 5), ('"3"0', 5), ('0"0"', 5), ('0".5"', 5), ("*-0", 5),
    ("0.0.0", 5), (",0", 5), ("[>100]0", 5), ("[Red][<0]0;0", -5), ('0!.0000,"万"', 12345), ('[<-1]0;[<-5]0.0', 3),
]  # fmt: skip


@pytest.mark.parametrize("code", NEUTRAL)
def test_a_format_that_only_rounds_groups_or_colours_costs_nothing(code: str) -> None:
    assert number_format(code) is None


@pytest.mark.parametrize(("code", "stored", "seen"), SEEN)
def test_a_number_is_what_its_format_shows_with_all_its_digits(code: str, stored: float, seen: Any) -> None:
    form = NumberFormat(code)
    assert form.seen(float(stored)) == seen
    assert type(form.seen(float(stored))) in (type(seen), float)
    assert seen == stored or number_format(code) is not None


@pytest.mark.parametrize(("code", "stored"), DOUBTFUL)
def test_what_two_readers_may_take_for_two_numbers_is_doubtful_and_names_format_and_value(
    code: str, stored: float
) -> None:
    shown = NumberFormat(code).seen(float(stored))
    assert isinstance(shown, str)
    assert DOUBT in shown
    assert code in shown
    assert str(stored) in shown


@pytest.mark.parametrize(
    ("code", "text", "seen"),
    [(";;;", "3.2", None), ('@"万"', "3.2", "3.2万"), ("0;-0;0;", "字", None), ("0.0", "字", "字")],
)
def test_a_text_is_what_the_fourth_part_of_its_format_shows(code: str, text: str, seen: str | None) -> None:
    assert NumberFormat(code).seen(text) == seen


def test_a_day_whose_format_shows_the_year_alone_is_no_month() -> None:
    day = datetime.fromisoformat("2018-06-01")
    assert NumberFormat('yyyy"年"').seen(day) == "2018年"
    assert NumberFormat('yyyy"年"m"月"').seen(day) is day
    assert NumberFormat("0!y").seen(datetime.fromisoformat("1900-01-04")) == "5y"


finite = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False).map(lambda x: round(x, 6) + 0.0)


@given(finite, st.integers(0, 4), st.integers(0, 3))
def test_scaling_commas_move_the_point_by_three_places_each(value: float, decimals: int, commas: int) -> None:
    seen = NumberFormat("#,##0" + ("." + "0" * decimals if decimals else "") + "," * commas).seen(value)
    assert isinstance(seen, float)
    assert seen == pytest.approx(value / 1000**commas, rel=1e-12)


@given(st.text('0#?.,;%-_*\\"![]<>=@E+/年月亿ydm Ged$', max_size=24), finite)
def test_any_code_is_read_or_doubtful_and_a_neutral_one_changes_nothing(code: str, value: float) -> None:
    form = NumberFormat(code)
    seen = form.seen(value)
    if form.is_neutral() and not form.is_date:
        assert seen is value
