"""The statistical month in what people write: `2018年1—5月`, `2010.10`, `2024年第1-3季度`, `二〇一八年上半年` (domain.md 2.10)."""

import re
from datetime import date, datetime

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
    rf"{YEAR}[-./](?P<dotted>0?[1-9]|1[0-2])(?![-./]?\d)",
    rf"{YEAR}(?P<joined>0[1-9]|1[0-2])(?!\d)",
)
EXPRESSION = re.compile("|".join(re.sub(r"\?P<(\w+)>", rf"?P<\1_{i}>", form) for i, form in enumerate(FORMS)))
# 2018年1月-2018年5月 is one period, as 2018年1-5月 is.
SAME_YEAR_AGAIN = re.compile(rf"{YEAR}年(0?1)月份?([-~至到])(?P=year)年(?=\d{{1,2}}月)")
DAY_OF_PAPERWORK = re.compile(r"(?:制表|填报|填表|报送|报出|打印|上报|发布|更新|导出|印发)(?:时间|日期)?[:：].*")


def months_in(text: str) -> list[Month]:
    """Every different month that a text names, in its order; ranges by their last month. Dates of paperwork do not count."""
    found = (_month(m) for m in EXPRESSION.finditer(_plain(DAY_OF_PAPERWORK.sub("", text))))
    return list(dict.fromkeys(found))


def read_month(raw: Raw) -> Month | None:
    """The month that a whole cell says; None when it says none.

    A number with a fraction is refused: a spreadsheet's 2010.1 may have been January or October.
    """
    if isinstance(raw, datetime | date):
        return Month.of(raw)
    if isinstance(raw, float) and raw.is_integer():
        raw = str(int(raw))
    if not isinstance(raw, str):
        return None
    match = EXPRESSION.fullmatch(_plain(raw))
    return _month(match) if match else None


def month_digits(text: str) -> str:
    """A heading with the numerals of its months as digits, and no other numeral: `二、一至六月` -> `二、1至6月`."""
    followed = rf"(?:{NUMERAL})(?=个?月|(?:月份?)?[-~至到](?:{NUMERAL}|\d{{1,2}})个?月)"
    return re.sub(followed, lambda m: ONE_TO_TWELVE[m[0]], text)


def _plain(text: str) -> str:
    text = plain(text)
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
