"""Which days are worked in China: state holidays and the weekends worked in exchange (调休), for ops.next_working_day."""

from datetime import date, datetime, timedelta
from importlib.metadata import version

from psycopg import sql

from vocabulary.month import BEIJING
from warehouse.database import connect

FIRST_YEAR = 2005
YEARS_AHEAD = 2


def write() -> None:
    """Make ops.special_day say what the library holidays says of the years from 2005 to two years ahead.

    What it was written from is noted on the table, so that doing it again reads and writes nothing.
    """
    years = range(FIRST_YEAR, datetime.now(BEIJING).year + YEARS_AHEAD + 1)
    said = f"holidays {version('holidays')}, {years[0]} to {years[-1]}"
    with connect() as c:
        if c.execute("select obj_description('ops.special_day'::regclass)").fetchone() == (said,):
            return
        c.execute("lock table ops.special_day in exclusive mode")
        c.execute("delete from ops.special_day")
        with c.cursor().copy("copy ops.special_day (day, worked) from stdin") as copy:
            for day, worked in _special_days(years):
                copy.write_row((day, worked))
        c.execute(sql.SQL("comment on table ops.special_day is {}").format(said))


def first_from(day: date) -> date:
    """The day itself where it is worked, else the next that is."""
    with connect() as c:
        (found,) = c.execute("select ops.next_working_day(%s)", [day]).fetchone()  # type: ignore[misc]
    return found


def later(day: date, worked: int) -> date:
    """The working day that comes so many working days after a day."""
    for _ in range(worked):
        day = first_from(day + timedelta(days=1))
    return day


def _special_days(years: range) -> list[tuple[date, bool]]:
    """Days that are worked on a weekend or free on a weekday."""
    from holidays import China

    calendar = China(years=years)
    free = [(day, False) for day in calendar if day.year in years and not calendar.is_weekend(day)]
    return free + [(day, True) for day in calendar.weekend_workdays if day.year in years]
