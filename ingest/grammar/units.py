"""The units of measure that people write: in brackets behind a heading, in a row of their own, above a table."""

import re
from dataclasses import dataclass

from vocabulary.unit import CANONICAL

BRACKETED = re.compile(r"\((?:(?:计量)?单位:)?([^()]*)\)")
LIST_SIGNS = re.compile(r"[,、;/和及]")
# 填报单位, 单位负责人 are offices and not units.
STATED_UNIT = re.compile(r"(?<![报表位送制管责编印])(?:计量)?单位:\s*([^\s()]+)")
LOOKS_LIKE_A_UNIT = re.compile(r".*[元时吨%户人米里瓦]")


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


def units_named(text: str) -> list[str]:
    """The units of a list such as `万元、%`; empty unless every word of it is a known unit."""
    words = [w for w in LIST_SIGNS.split(text) if w]
    return words if words and all(w in CANONICAL for w in words) else []
