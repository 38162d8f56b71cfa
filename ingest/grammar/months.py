"""The statistical month in what people write: `2018年1—5月`, `2010.10`, `2018M05`, `民國107年5月`, `二〇一八年上半年`, and by parts:
a year in one place, a month of it in another (domain.md 2.10).
"""

import re
from datetime import date, datetime

from ingest.grammar.days import read_day
from ingest.grammar.text import plain
from ingest.reading.sheet import Raw
from vocabulary.month import Month

# The zero of 二〇一八 is typed as any round sign at hand: U+3007, U+25CB, U+25EF, the letter O.
CHINESE_DIGITS = str.maketrans("〇○◯Oo零一二三四五六七八九", "000000123456789")
ONE_TO_TWELVE = {
    n: str(i) for i, n in enumerate(["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"], 1)
}

NUMERAL = "十[一二]?|[一二三四五六七八九]"

YEAR = r"(?<!\d)(?P<year>(?:19|20)\d{2})"
FROM_JANUARY = r"\d{1,2}(?:月份?)?[-~至到]"
FORMS = (
    rf"{YEAR}年?第?(?:(?:前|[1-4][-~至到])?(?P<quarter>[1-4]))季度",
    rf"{YEAR}年?(?P<half>[上下])半年",
    rf"{YEAR}年?(?P<whole>全年)",
    rf"{YEAR}年?(?:{FROM_JANUARY}|前)?(?P<month>0?[1-9]|1[0-2])个?月份?(?!\d{{1,2}}日)",
    rf"{YEAR}[-./:Mm](?P<dotted>0?[1-9]|1[0-2])(?![-./:]?\d)",
    rf"{YEAR}(?P<joined>0[1-9]|1[0-2])(?!\d)",
)
EXPRESSION = re.compile("|".join(re.sub(r"\?P<(\w+)>", rf"?P<\1_{i}>", form) for i, form in enumerate(FORMS)))
# 2018年1月-2018年5月 is one period, as 2018年1-5月 is.
SAME_YEAR_AGAIN = re.compile(rf"{YEAR}年(0?1)月份?([-~至到])(?P=year)年(?=\d{{1,2}}月)")
# A year that stands in no month's place: 2018年各县市分月用电量.
BARE_YEAR = re.compile(rf"{YEAR}(?:年度?|(?!\d))")
# The calendar of the republic, which Taiwan keeps: its first year is 1912.
REPUBLIC = re.compile(r"民[国國](元|\d{1,3})(?=年)")
MONTH_ALONE = re.compile(r"(?P<month>0?[1-9]|1[0-2])(?:月份?)?")
DAY_OF_PAPERWORK = re.compile(r"(?:制表|填报|填表|报送|报出|打印|上报|发布|更新|导出|印发)(?:时间|日期)?[:：].*")


def months_in(text: str) -> list[Month]:
    """Every different month that a text names, in its order; ranges by their last month. Dates of paperwork do not count."""
    found = (_month(m) for m in EXPRESSION.finditer(_plain(DAY_OF_PAPERWORK.sub("", text))))
    return list(dict.fromkeys(found))


def years_in(text: str) -> list[int]:
    """Every different year that a text names, in its order, alone or with a month."""
    return list(dict.fromkeys(int(m["year"]) for m in BARE_YEAR.finditer(_plain(DAY_OF_PAPERWORK.sub("", text)))))


def read_month(raw: Raw, year: int | None = None) -> Month | None:
    """The month that a whole cell says; None when it says none. A day lies in its month.

    Where another place says the `year`, `6月` and `6` are its June, and a year in the cell has to be the same.
    A number with a fraction is refused: a spreadsheet's 2010.1 may have been January or October.
    """
    if isinstance(raw, datetime | date):
        month: Month | None = Month.of(raw)
    else:
        text = _cell(raw)
        if year and (alone := MONTH_ALONE.fullmatch(text)):
            return Month(year, int(alone["month"]))
        month = _whole(text)
    return month if month and year in (None, month.year) else None


def read_year(raw: Raw) -> int | None:
    """The year that a whole cell says, as `2018`, `2018年` or `民國107年`; None when it says none."""
    match = BARE_YEAR.fullmatch(_cell(raw))
    return int(match["year"]) if match else None


def _cell(raw: Raw) -> str:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    return _plain(str(raw)) if isinstance(raw, str | int) and not isinstance(raw, bool) else ""


def _whole(text: str) -> Month | None:
    if match := EXPRESSION.fullmatch(text):
        return _month(match)
    # Eight digits may be anything.
    day = None if text.isdigit() else read_day(text)
    return Month.of(day) if day else None


def month_digits(text: str) -> str:
    """A heading with the numerals of its months as digits, and no other numeral: `二、一至六月` -> `二、1至6月`."""
    followed = rf"(?:{NUMERAL})(?=个?月|(?:月份?)?[-~至到](?:{NUMERAL}|\d{{1,2}})个?月)"
    return re.sub(followed, lambda m: ONE_TO_TWELVE[m[0]], text)


def _plain(text: str) -> str:
    text = REPUBLIC.sub(lambda m: str(1911 + (1 if m[1] == "元" else int(m[1]))), plain(text))
    text = re.sub(r"[〇○◯Oo零一二三四五六七八九]{4}(?=年)", lambda m: m[0].translate(CHINESE_DIGITS), text)
    text = re.sub(NUMERAL, lambda m: ONE_TO_TWELVE[m[0]], text)
    return SAME_YEAR_AGAIN.sub(lambda m: f"{m['year']}年{m[2]}{m[3]}", text)


def _month(match: re.Match[str]) -> Month:
    said = {k.rsplit("_", 1)[0]: v for k, v in match.groupdict().items() if v}
    if quarter := said.get("quarter"):
        month = 3 * int(quarter)
    elif half := said.get("half"):
        month = 6 if half == "上" else 12
    elif "whole" in said:
        month = 12
    else:
        month = int(said.get("month") or said.get("dotted") or said["joined"])
    return Month(int(said["year"]), month)
