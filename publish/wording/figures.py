"""Levels in the units that officials read, figures that are withheld, and how sections are counted."""

from vocabulary.figure import ABSENT, number

CONFIDENTIAL = "***"
WITHHELD = "依法不予公布"  # in a sentence whose figures are confidential
IN_YI = {"万元": "亿元", "万千瓦时": "亿千瓦时", "万美元": "亿美元"}
COUNTED = {"家", "个", "户", "人", "辆次", "天", "项", "位"}


def amount(value: float | None, unit: str | None) -> tuple[str, str]:
    """A level and the unit it is printed in: from 100 thousand 万元 (or 万千瓦时) on in 亿 with two decimals, as
    officials read them; whole counts and other large amounts whole, the rest with one decimal."""
    if value is None or unit is None:
        return number(value), unit or ABSENT
    if unit in IN_YI and abs(value) >= 100_000:
        return number(value / 10_000, 2), IN_YI[unit]
    large = unit not in {"%", "指数"} and abs(value) >= 1000
    whole = large or (unit in COUNTED and round(value, 6) == round(value))
    return number(value, 0 if whole else 1), unit


def parameter(value: float) -> str:
    """A rule's parameter without decimals that it does not need: `10`, `−15`, `12.5`."""
    figure = number(value, 2)
    return figure.rstrip("0").rstrip(".")


def ordinal_zh(count: int) -> str:
    """`一`, `十`, `十二`, `二十一`: how sections are counted, below a hundred."""
    tens, ones = divmod(count, 10)
    return ("" if not tens else "十" if tens == 1 else f"{'一二三四五六七八九'[tens - 1]}十") + " 一二三四五六七八九"[
        ones
    ].strip()
