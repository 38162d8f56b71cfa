"""Findings as causes: what comes of one mistake is told once, with where it shows, and its cells one by one behind that."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from vocabulary.finding import Finding, State

CELL = re.compile(r"([A-Z]{1,3})[1-9]\d{0,6}")
# Up to so many cells are named, more are counted by column.
NAMED = 3
GRAVEST_FIRST: tuple[State, ...] = ("stopped", "waived", "told")


@dataclass(frozen=True)
class Cause:
    """One mistake: the findings that tell of it, first those of its own rule, then those that follow from it."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def state(self) -> State:
        return self.first.state

    @property
    def own(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.rule == self.first.rule)

    @property
    def message(self) -> str:
        """In the words of its only finding, else in those that hold for all."""
        return self.first.message if len(self.own) == 1 else self.first.cause or self.first.message

    @property
    def sheet(self) -> str:
        """Its sheet; of several, none: their names stand with the cells."""
        sheets = {f.sheet for f in self.own}
        return (self.first.sheet or "") if len(sheets) == 1 else ""

    @property
    def where(self) -> str:
        """`B5`; `B列、F列共20格`; `收入!B3、收入 (2)!B3` of several sheets."""
        cells = list(dict.fromkeys((f.sheet, f.cell) for f in self.own if f.cell))
        named = dict.fromkeys((sheet, CELL.fullmatch(cell)) for sheet, cell in cells)
        if len(cells) <= NAMED or not all(match for _, match in named):
            return "、".join(self._address(sheet, cell) for sheet, cell in cells)
        letters = sorted({(sheet or "", len(m[1]), m[1]) for sheet, m in named if m})
        columns = [self._address(sheet, f"{letter}列") for sheet, _, letter in letters]
        return f"{'、'.join(columns)}共{len(cells)}格"

    def _address(self, sheet: str | None, place: str) -> str:
        return place if self.sheet or not sheet else f"{sheet}!{place}"


def causes(findings: Iterable[Finding]) -> list[Cause]:
    """Findings by the mistake that they tell of, the gravest first, else in the order in which they came.

    Where no cause is known, findings that say the same of one column of a sheet have one.
    """
    groups: dict[tuple[str | None, ...], list[Finding]] = defaultdict(list)
    for f in findings:
        column = CELL.fullmatch(f.cell or "")
        alike = (f.rule, f.state, f.message, f.hint, f.sheet, column[1] if column else None)
        groups[(f.cause,) if f.cause else alike].append(f)
    return sorted((Cause(tuple(g)) for g in groups.values()), key=lambda c: GRAVEST_FIRST.index(c.state))
