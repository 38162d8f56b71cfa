"""The month: written, counted and compared as statisticians do."""

from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from vocabulary.month import Month

JUNE = Month(2018, 6)
months = st.builds(Month, st.integers(1, 9998), st.integers(1, 12))


def test_a_month_is_written_and_spoken_in_one_way() -> None:
    assert (str(JUNE), f"{JUNE}", JUNE.words) == ("2018-06", "2018-06", "2018年6月")
    assert Month.parse("2018-06") == JUNE


@pytest.mark.parametrize(
    "text", ["2018-13", "2018-00", "0000-01", "2018-6", "201806", " 2018-06", "2018-06-01", "２０１８-06", ""]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"month|year"):
        Month.parse(text)


def test_a_month_begins_on_its_first_day_and_ends_on_its_last() -> None:
    assert (JUNE.date, JUNE.end) == (date(2018, 6, 1), date(2018, 6, 30))
    assert Month(2020, 2).end == date(2020, 2, 29)
    assert Month.of(date(2018, 6, 30)) == JUNE


def test_before_january_comes_december_of_the_year_before() -> None:
    assert (Month(2018, 1).before(), Month(2017, 12).after(), JUNE.before(18)) == (
        Month(2017, 12), Month(2018, 1), Month(2016, 12),
    )  # fmt: skip


def test_months_follow_one_another_over_the_turn_of_the_year() -> None:
    winter = Month(2017, 11).through(Month(2018, 1))
    assert list(map(str, winter)) == ["2017-11", "2017-12", "2018-01"]
    assert list(JUNE.through(JUNE.before())) == []


def test_a_month_has_ended_once_its_last_day_is_over() -> None:
    assert Month.last_ended(date(2018, 12, 31)) == Month(2018, 12)
    assert Month.last_ended(date(2018, 12, 30)) == Month(2018, 11)


@given(months, months)
def test_months_are_ordered_and_counted_as_their_days_are(a: Month, b: Month) -> None:
    assert (a < b) == (a.date < b.date)
    assert a.after(b.ordinal - a.ordinal) == b
    assert Month.parse(str(a)) == a


def test_a_statement_takes_a_month_for_its_first_day(warehouse: sa.Engine) -> None:
    with warehouse.connect() as c:
        assert c.scalar(sa.text("select :m = date '2018-06-01'"), {"m": JUNE})
        assert c.scalar(sa.text("select date '2018-06-01' = any(:m)"), {"m": [JUNE, JUNE.after()]})
