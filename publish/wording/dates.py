"""Months, stretches of months, days and moments, as an official document says them."""

from datetime import date, datetime

from vocabulary.figure import ABSENT
from vocabulary.month import BEIJING, Month, day_words


def month_zh(month: str) -> str:
    """`2018年6月` of `2018-06`."""
    return Month.parse(month).words


def period_zh(period_type: str, month: str) -> str:
    """The stretch that a figure of `month` covers: `1—6月`, `6月`, `1—2月`, `二季度`, `2018年`."""
    at = Month.parse(month)
    if period_type == "YTD":
        return f"1—{at.month}月" if at.month > 1 else "1月"
    quarter = f"{'一二三四'[at.quarter - 1]}季度"
    return {"M12": "1—2月", "Q": quarter, "Y": f"{at.year}年"}.get(period_type, f"{at.month}月")


def months_before(month: str, count: int) -> str:
    """The month, `2018-06` or a day in it, that lies so many months earlier."""
    return str(Month.parse(month[:7]).before(count))


def span_zh(axis: str, month: str) -> str:
    """The stretch of a flow on an axis of comparison: the month of February is January and February."""
    return period_zh("M12" if axis == "M" and month[5:7] == "02" else axis, month[:7])


def day_zh(day: str | date | None) -> str:
    """`2018年7月31日`; absent is `—`."""
    if day is None:
        return ABSENT
    return day_words(date.fromisoformat(day) if isinstance(day, str) else day)


def moment_zh(moment: str | datetime | None) -> str:
    """A moment by Beijing time, to the minute: `2018年7月25日9时30分`."""
    if moment is None:
        return ABSENT
    at = (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(BEIJING)
    return f"{day_words(at.date())}{at.hour}时{at.minute:02d}分"
