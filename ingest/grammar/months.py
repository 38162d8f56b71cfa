"""The statistical month in what people write: `2018年1—5月`, `2010.10`, `2018M05`, `民國107年5月`, `二〇一八年上半年`, and by parts:
a year in one place, a month of it in another (domain.md 2.10).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from ingest.grammar.days import read_day
from ingest.grammar.paperwork import is_footer
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
FORMS = (
    rf"{YEAR}年?第?(?:(?P<from>前|[1-4](?=[-~至到]))[-~至到]?)?(?P<quarter>[1-4])季度",
    rf"{YEAR}年?(?P<half>[上下])半年",
    rf"{YEAR}年?(?P<whole>全年)",
    rf"{YEAR}年?(?:(?P<from>前|\d{{1,2}}(?=(?:月份?)?[-~至到]))(?:月份?)?[-~至到]?)?(?P<month>0?[1-9]|1[0-2])个?月份?(?!\d{{1,2}}日)",
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
# What makes the sum of a year so far of a month: 2018年6月累计, 年初至2018年6月.
SO_FAR = re.compile(r"^(?:年初[至到]|累计)|(?:底?止)?\(?累计[数值]?\)?$|底?止$")
DOTTED = re.compile(r"((?:19|20)\d{2})\.(\d{1,2})")
# What a label of a row says besides that it is a total, where it names a time that is longer than a month.
LONGER = re.compile(r"\d[-~至到]\d|前.+月|半年|季度|全年|年初|本年|当年|年$|[年月]份?.*累计")
OF_A_TIME = re.compile(r"月|季度|半年|年")
CLAUSE = re.compile(r"[,，;；。()（）\s]")
ANOTHERS_MONTH = re.compile(r"[自从比较与]|有效期|基期|上年|去年|同期|上[月期季]|起|以来|以前|之前|以后|之后")
DAY_OF_PAPERWORK = re.compile(r"(?:制表|填报|填表|报送|报出|打印|上报|发布|更新|导出|印发)(?:时间|日期)?[:：].*")


@dataclass(frozen=True)
class Period:
    """A time that a cell names, by its last month: that month, the months of its year so far, or months of another kind."""

    month: Month
    kind: Literal["month", "so_far", "quarter", "other"] = "month"

    def fits(self, period_type: str) -> bool:
        """Whether numbers of such a time may be what a column of this period type promises (domain.md 2.1)."""
        if self.kind == "so_far":
            whole = {1: "M", 2: "M12", 3: "Q", 12: "Y"}.get(self.month.month)
            return period_type in ("YTD", whole)
        if self.kind == "quarter":
            return period_type == "Q" or (period_type == "YTD" and self.month.month == 3)
        return self.kind == "month"


def months_in(text: str) -> list[Month]:
    """Every different month that a text names, in its order; ranges by their last month. Dates of paperwork do not count."""
    found = (_month(m) for m in EXPRESSION.finditer(_plain(DAY_OF_PAPERWORK.sub("", text))))
    return list(dict.fromkeys(found))


def years_in(text: str) -> list[int]:
    """Every different year that a text names, in its order, alone or with a month."""
    return list(dict.fromkeys(int(m["year"]) for m in BARE_YEAR.finditer(_plain(DAY_OF_PAPERWORK.sub("", text)))))


def own_months(line: str) -> list[Month]:
    """The months that a line over a table says the table is of: none of a note, nor those that it is compared with."""
    return months_in(_own(line))


def own_years(line: str) -> list[int]:
    """The years that a line over a table says the table is of, as own_months."""
    return years_in(_own(line))


def _own(line: str) -> str:
    clauses = () if is_footer(plain(line)) else CLAUSE.split(line)
    return " ".join(clause for clause in clauses if not ANOTHERS_MONTH.search(clause))


def read_period(raw: Raw, year: int | None = None) -> Period | None:
    """The time that a whole cell says; None when it says none. A day lies in its month.

    Where another place says the `year`, `6月` and `6` are its June, and a year in the cell has to be the same.
    A number with a fraction is refused: a spreadsheet's 2010.1 may have been January or October.
    """
    if isinstance(raw, datetime | date):
        period: Period | None = Period(Month.of(raw))
    else:
        text = _cell(raw)
        if year and (alone := MONTH_ALONE.fullmatch(text)):
            return Period(Month(year, int(alone["month"])))
        period = _whole(text)
    return period if period and year in (None, period.month.year) else None


def read_month(raw: Raw, year: int | None = None) -> Month | None:
    """The last month of the time that a whole cell says (read_period); None when it says none."""
    period = read_period(raw, year)
    return period.month if period else None


def read_year(raw: Raw) -> int | None:
    """The year that a whole cell says, as `2018`, `2018年` or `民國107年`; None when it says none."""
    match = BARE_YEAR.fullmatch(_cell(raw))
    return int(match["year"]) if match else None


def month_of_year(text: str) -> int | None:
    """The month, 1 to 12, that a whole text says without its year, as `6月`; None when it says none. A number alone says none."""
    match = MONTH_ALONE.fullmatch(_plain(text))
    return int(match["month"]) if match and "月" in text else None


def _cell(raw: Raw) -> str:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    return _plain(str(raw)) if isinstance(raw, str | int) and not isinstance(raw, bool) else ""


def _whole(text: str) -> Period | None:
    said = SO_FAR.sub("", text)
    if match := EXPRESSION.fullmatch(said):
        return Period(_month(match), _kind(match) if said == text else "so_far")
    # Eight digits may be anything.
    day = None if text.isdigit() else read_day(text)
    return Period(Month.of(day)) if day else None


def dotted(texts: Iterable[str]) -> dict[str, Month | None]:
    """What `2018.1` means among the months of one column: January, or an October that lost its zero; None where either.

    A column that writes 2018.10 has kept its zeros; one that writes 2018.01 and no 2018.10 has lost them.
    """
    said = {text: match for text in texts if (match := DOTTED.fullmatch(plain(text)))}
    written = {match[2] for match in said.values()}
    padded, kept = any(month.startswith("0") for month in written), "10" in written
    late = {match[1] for match in said.values() if match[2] in ("9", "11", "12")}
    meant: dict[str, Month | None] = {}
    for text, match in said.items():
        if match[2] == "1":
            is_open = padded == kept and (padded or match[1] in late)
            meant[text] = None if is_open else Month(int(match[1]), 10 if padded else 1)
    return meant


def names_a_time(label: str, among_months: bool) -> bool:
    """Whether a label names a time of its own, and is no total of the rows beside it; among months any time is one."""
    return bool((OF_A_TIME if among_months else LONGER).search(_plain(label)))


def month_digits(text: str) -> str:
    """A heading with the numerals of its months as digits, and no other numeral: `二、一至六月` -> `二、1至6月`."""
    followed = rf"(?:{NUMERAL})(?=个?月|(?:月份?)?[-~至到](?:{NUMERAL}|\d{{1,2}})个?月)"
    return re.sub(followed, lambda m: ONE_TO_TWELVE[m[0]], text)


def _plain(text: str) -> str:
    text = REPUBLIC.sub(lambda m: str(1911 + (1 if m[1] == "元" else int(m[1]))), plain(text))
    text = re.sub(r"[〇○◯Oo零一二三四五六七八九]{4}(?=年)", lambda m: m[0].translate(CHINESE_DIGITS), text)
    text = re.sub(NUMERAL, lambda m: ONE_TO_TWELVE[m[0]], text)
    return SAME_YEAR_AGAIN.sub(lambda m: f"{m['year']}年{m[2]}{m[3]}", text)


def _said(match: re.Match[str]) -> dict[str, str]:
    return {k.rsplit("_", 1)[0]: v for k, v in match.groupdict().items() if v}


def _month(match: re.Match[str]) -> Month:
    said = _said(match)
    if quarter := said.get("quarter"):
        month = 3 * int(quarter)
    elif half := said.get("half"):
        month = 6 if half == "上" else 12
    elif "whole" in said:
        month = 12
    else:
        month = int(said.get("month") or said.get("dotted") or said["joined"])
    return Month(int(said["year"]), month)


def _kind(match: re.Match[str]) -> Literal["month", "so_far", "quarter", "other"]:
    said = _said(match)
    if start := said.get("from"):
        return "so_far" if start == "前" or int(start) == 1 else "other"
    if "quarter" in said:
        return "quarter"
    if half := said.get("half"):
        return "so_far" if half == "上" else "other"
    return "so_far" if "whole" in said else "month"
