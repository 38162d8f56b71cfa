"""The statistical month: what every number is of, carried explicitly and never derived from a run date."""

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

# Days and hours are those of the offices that are served.
BEIJING = ZoneInfo("Asia/Shanghai")
TEXT = re.compile(r"\d{4}-\d{2}", re.ASCII)


@dataclass(frozen=True, order=True)
class Month:
    """June 2018 is `Month(2018, 6)`, printed `2018-06`. Raises ValueError where the calendar has no such month.

    Tables and frames hold it as the date of its first day; as a parameter of a statement it is that date.
    """

    year: int
    month: int

    def __post_init__(self) -> None:
        dt.date(self.year, self.month, 1)

    @classmethod
    def parse(cls, text: str) -> "Month":
        """The month of `2018-06`. Raises ValueError for anything else."""
        if not TEXT.fullmatch(text):
            raise ValueError(f"{text!r} is no month; one is written as 2018-06")
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def of(cls, day: dt.date) -> "Month":
        """The month that a day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def last_ended(cls, day: dt.date) -> "Month":
        """The last month that has ended when a day is over."""
        return cls.of(day + dt.timedelta(days=1)).before()

    @property
    def words(self) -> str:
        """`2018年6月`."""
        return f"{self.year}年{self.month}月"

    @property
    def quarter(self) -> int:
        """The quarter of the year that it lies in, from 1."""
        return (self.month + 2) // 3

    @property
    def date(self) -> dt.date:
        """Its first day, as tables hold it."""
        return dt.date(self.year, self.month, 1)

    @property
    def end(self) -> dt.date:
        """Its last day."""
        return dt.date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def ordinal(self) -> int:
        """Months since January of the year 0, for distances."""
        return 12 * self.year + self.month - 1

    def after(self, months: int = 1) -> "Month":
        """The month so many later."""
        year, month = divmod(self.ordinal + months, 12)
        return Month(year, month + 1)

    def before(self, months: int = 1) -> "Month":
        """The month so many earlier."""
        return self.after(-months)

    def through(self, last: "Month") -> Iterator["Month"]:
        """This month and those after it, up to and with `last`."""
        return map(self.after, range(last.ordinal - self.ordinal + 1))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


def day_words(day: dt.date) -> str:
    """`2018年7月6日`."""
    return f"{day.year}年{day.month}月{day.day}日"
