"""A day off is no due day: what falls on a weekend or a state holiday is due on the next working day."""

from datetime import date

import pytest
import sqlalchemy as sa

from tests.dbt.paper import Feed, declare
from vocabulary.month import Month
from warehouse.book import duties, working_days


@pytest.fixture
def calendar(warehouse: sa.Engine) -> sa.Engine:
    working_days.write()
    return warehouse


@pytest.mark.parametrize(
    ("month", "due_day", "due_on"),
    [
        ("2018-06", 16, "2018-07-16"),  # a Monday
        ("2018-06", 14, "2018-07-16"),  # a Saturday
        ("2018-01", 24, "2018-02-24"),  # a Saturday worked for the Spring Festival
        ("2018-08", 30, "2018-09-30"),  # a Sunday worked for the National Day
        ("2018-01", 15, "2018-02-22"),  # the Spring Festival, from its eve on
        ("2018-01", 22, "2018-02-22"),
        ("2018-09", 1, "2018-10-08"),  # the National Day
        ("2020-01", 1, "2020-02-03"),  # a Saturday after the festival of 2020, which was prolonged
        ("2018-03", 31, "2018-05-02"),  # the month after has thirty days, and its last is before Labour Day
        ("1999-12", 1, "2000-01-03"),  # before the calendar begins, weekends are all that is known
    ],
)
def test_a_feed_is_due_on_its_day_or_the_next_working_day(
    calendar: sa.Engine, month: str, due_day: int, due_on: str
) -> None:
    with calendar.begin() as c:
        declare(c, Feed("powr__power", due_day=due_day, first_month=date(1990, 1, 1)))
    assert [str(f.due_on) for f in duties.month_feeds(Month.parse(month))] == [due_on]


def test_the_days_are_written_once_and_anew_when_they_were_written_from_something_else(calendar: sa.Engine) -> None:
    def worked() -> bool | None:
        with calendar.connect() as c:
            found: bool | None = c.scalar(sa.text("select worked from ops.special_day where day = '2018-10-01'"))
            return found

    assert worked() is False
    with calendar.begin() as c:
        c.execute(sa.text("update ops.special_day set worked = true where day = '2018-10-01'"))
    working_days.write()
    assert worked() is True, "they stood as written"
    with calendar.begin() as c:
        c.execute(sa.text("comment on table ops.special_day is 'an earlier release'"))
    working_days.write()
    assert worked() is False
