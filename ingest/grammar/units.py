"""The units of measure that people write: in brackets behind a heading or in a title, announced in a line or a note, alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.grammar.text import plain, typed_text
from vocabulary.unit import CANONICAL

BRACKETED = re.compile(r"\((?:(?:计量)?单位:)?([^()]*)\)")
LIST_SIGNS = re.compile(r"[,、;/和及]")
# What heads a row or a column of units.
UNIT_WORD = re.compile(r"(?:计量|数量)?单位:?|[Uu]nits?:?")
# 单位：万元, 计量单位 万元, 单位为万元; 填报单位, 单位负责人 are offices and not units.
ANNOUNCED = re.compile(
    r"(?<![报位送制管责编印])(?<![制填编报]表)(?:计量|数量|金额)?单\s*位\s*(?P<sign>[:为是]?)\s*(?P<units>[^()。;]+)?"
)
COUNTED_IN = re.compile(r"[以按](?P<units>[^\s,。;()以按]{1,16}?)(?:为(?:计量)?单位|计[算价数]?(?![^\s,。;()]))")
GROUP = re.compile(r"\(([^()]*)\)")
ROUND = str.maketrans("[]{}【】〔〕〖〗", "()()()()()")
# Letters that are spaced out to fill a line: 单 位 ： 万 元.
SPACED = re.compile(r"(?<!\S)(?:\S\s+){2,}\S(?!\S)")
LOOKS_LIKE_A_UNIT = re.compile(r".*[元时吨%户人米里瓦]")
SCALES = "十百千万亿"


@dataclass(frozen=True)
class Stated:
    """A unit that the paper states, and the cell that states it. `own`: at the column's lowest level, for it alone."""

    unit: str
    cell: str
    own: bool = True


def split_units(text: str) -> tuple[str, tuple[str, ...]]:
    """A heading without its units, and the units: `出口额(万美元)` -> `出口额`, (`万美元`,)."""
    units: list[str] = []

    def take(match: re.Match[str]) -> str:
        named = units_named(match[1])
        units.extend(named)
        return "" if named else match[0]

    return BRACKETED.sub(take, text), tuple(units)


@dataclass(frozen=True)
class Word:
    """A word that a text gives as a unit. `announced`: as 单位：万元 does, and not only in brackets or alone in its cell."""

    unit: str
    announced: bool

    @property
    def is_known(self) -> bool:
        return self.unit in CANONICAL


def units_said(text: str) -> Iterator[Word]:
    """The units that a title, a line or a note states, and words that look like units and are none."""
    text = SPACED.sub(lambda spaced: re.sub(r"\s", "", spaced[0]), typed_text(text).translate(ROUND))
    if alone := units_named(plain(text).removeprefix("(").removesuffix(")")):
        yield from (Word(unit, announced=False) for unit in alone)
        return
    for match in ANNOUNCED.finditer(text):
        yield from _announced(match["units"] or "", bool(match["sign"]))
    for match in COUNTED_IN.finditer(text):
        yield from (Word(unit, announced=True) for unit in units_named(match["units"]))
    for match in GROUP.finditer(text):
        inside = plain(match[1])
        scales = len(inside) - len(inside.lstrip(SCALES))
        unknown = [inside] if any(inside[i:] in CANONICAL for i in range(1, scales + 1)) else []
        yield from (Word(unit, announced=False) for unit in units_named(inside) or unknown)


def _announced(said: str, by_sign: bool) -> Iterator[Word]:
    """The longest beginning of what is said that is a list of units; by its sign alone, what looks like one."""
    words = said.split()
    for end in range(len(words), 0, -1):
        if units := units_named("".join(words[:end])):
            yield from (Word(unit, announced=True) for unit in units)
            return
    for word in LIST_SIGNS.split(words[0]) if by_sign and words else ():
        if word in CANONICAL or LOOKS_LIKE_A_UNIT.fullmatch(word):
            yield Word(word, announced=True)


def units_named(text: str) -> list[str]:
    """The units of a list such as `万元、%`; empty unless every word of it is a known unit."""
    words = [w for w in LIST_SIGNS.split(text) if w]
    return words if words and all(w in CANONICAL for w in words) else []
