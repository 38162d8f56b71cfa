"""Total rows: told by their label, held against the sum of the rows they cover, kept as control totals and not as facts.

A row that a region or industry table lists as its top (全市, 工业合计) is a fact; the gate compares it with its parts.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ingest import rules
from ingest.feed import Column, Feed, Label
from ingest.grammar import labels
from ingest.grammar.cells import LESS_THAN_UNIT, SUPPRESSED, Numbers
from ingest.grammar.months import names_a_time
from ingest.grammar.text import plain, text_of
from ingest.layout.declared import Place
from ingest.reading.sheet import Chunk, Raw, Sheet, address
from vocabulary.figure import number
from vocabulary.finding import Finding
from vocabulary.month import Month
from vocabulary.unit import canonical

# 合计, 县域小计, 钟祥市合计:, but not a firm called 某某设计. All share a sign, which finds them fast.
TOTAL = re.compile(r".{0,20}?(?:合计|总计|小计|共计|累计)数?:?")
SUBTOTAL = re.compile(r".*小计数?:?")
SHARED_SIGN = "计"
OF_WHICH = re.compile(r"其中[:,]?.*")
ADDS: Mapping[str, Callable[[str], bool]] = {"region": labels.region_adds, "industry": labels.is_division}
# An unlabelled row that equals the sum of no more others than this may do so by chance.
FEW_PARTS = 3

CONTROL_SCHEMA: dict[str, Any] = {
    "cell": pl.String,
    "label": pl.String,
    "heading": pl.String,
    "indicator": pl.String,
    "measure": pl.String,
    "period_type": pl.String,
    "month": pl.Date,
    "unit": pl.String,
    "factor": pl.Float64,
    "stated": pl.Float64,
    "summed": pl.Float64,
}


@dataclass(frozen=True)
class Mark:
    """What the parts above a place in the table come to: their sums, the cells without a known number, their count."""

    sums: np.ndarray
    untold: np.ndarray
    parts: int

    def less(self, other: "Mark") -> "Mark":
        return Mark(self.sums - other.sums, self.untold - other.untold, self.parts - other.parts)


@dataclass(frozen=True)
class Total:
    """One total row, from 0, as printed: NaN where a cell has no number."""

    row: int
    label: str
    stated: np.ndarray
    decimals: tuple[int, ...]
    above: Mark


class Totals:
    """The total rows of one table. Its rows are added in their order, part by part; then `finish` says what holds."""

    def __init__(
        self, feed: Feed, month: Month | None, numbered: Sequence[Place], labelled: Mapping[Label, Place]
    ) -> None:
        self.feed, self.month, self.places, self.labelled = feed, month, numbered, labelled
        self.columns: list[Column] = [p.meaning.column for p in numbered]
        # Months add up for flows alone, so a total over months is kept and not compared.
        self.additive = np.array(
            ["month" not in labelled and c.measure != "growth" and labels.sums(c.indicator or "") for c in self.columns]
        )
        self.rows: list[Total] = []
        # By the label of a region or an industry: a long text names few of them often.
        self.adding: dict[str | None, bool] = {}
        self.end = self.start = Mark(np.zeros(len(numbered)), np.zeros(len(numbered), dtype=int), 0)
        self.decimals = [0] * len(numbered)
        self.counted = np.zeros(len(numbered), dtype=int)
        self.largest: tuple[int, np.ndarray] | None = None

    def find(self, sheet: Sheet, chunk: Chunk, said: np.ndarray) -> dict[int, str]:
        """The rows of a chunk that their labels call totals, by index, among those with numbers."""
        candidates = {i for p in self.labelled.values() for i in _perhaps_totals(chunk.columns[p.index]) if said[i]}
        return {
            i: said_so for i in sorted(candidates) if (said_so := self._total(_said(self.labelled, sheet, chunk, i)))
        }

    def _total(self, said: Mapping[Label, str]) -> str | None:
        """The label that makes a row a total of others, and not a region, an industry or a firm of the feed."""
        if self.feed.grain == "region" and labels.region_is_known(said.get("region", "")):
            return None
        if self.feed.grain == "industry" and labels.industry_is_known(said.get("industry", "")):
            return None
        if any(c.isdigit() for c in said.get("entity_id", "") + said.get("credit_code", "")):
            return None
        totals = (label for label, text in said.items() if TOTAL.fullmatch(plain(text)))
        return next((said[label] for label in totals if not names_a_time(said[label], label == "month")), None)

    def _is_part(self, said: Mapping[Label, str]) -> bool:
        """Whether a row adds to a total over it: not the top region, no of-which row, no group of industries."""
        if OF_WHICH.fullmatch(plain(next(iter(said.values()), ""))):
            return False
        label = next((text for kind, text in said.items() if kind == self.feed.grain), None)
        if label not in self.adding:
            self.adding[label] = label is None or ADDS[self.feed.grain](label)
        return self.adding[label]

    def add(
        self, sheet: Sheet, chunk: Chunk, series: Sequence[Numbers], said: np.ndarray, totals: Mapping[int, str]
    ) -> None:
        """The rows of a chunk: `said` are its facts, `totals` its total rows with their labels."""
        values = np.column_stack([n.texts.cast(pl.Float64).to_numpy() for n in series])
        untold = np.column_stack([_untold(n) for n in series])
        parts = said.copy()
        if self.feed.grain != "enterprise":
            parts[said] = [self._is_part(_said(self.labelled, sheet, chunk, int(i))) for i in np.flatnonzero(said)]
        self.decimals = [max(pair) for pair in zip(self.decimals, (n.decimals for n in series), strict=True)]
        self.counted += (np.nan_to_num(values[parts]) != 0).sum(axis=0)
        start = 0
        for i in (*sorted(totals), chunk.height):
            among = start + np.flatnonzero(parts[start:i])
            self.end = Mark(
                self.end.sums + np.nansum(values[among], axis=0),
                self.end.untold + untold[among].sum(axis=0),
                self.end.parts + len(among),
            )
            if i < chunk.height:
                decimals = tuple(_decimals(n.texts[i]) for n in series)
                self.rows.append(Total(chunk.first + i, totals[i], values[i], decimals, self.end))
            start = i + 1
        self._remember_largest(chunk.first, values, parts)

    def _remember_largest(self, first: int, values: np.ndarray, parts: np.ndarray) -> None:
        """The row that could be a total without saying so: the one with the largest number of the first summed column."""
        if not self.additive.any() or not parts.any():
            return
        summed = int(self.additive.argmax())
        size = np.where(parts, np.nan_to_num(np.abs(values[:, summed])), -1.0)
        at = int(size.argmax())
        if self.largest is None or size[at] > np.nan_to_num(abs(self.largest[1][summed])):
            self.largest = (first + at, values[at].copy())

    def finish(self, sheet: Sheet) -> tuple[list[dict[str, Any]], list[Finding]]:
        """Rows of raw.control_total without the delivery's id, `summed` null where not compared; and what disagrees."""
        controls: list[dict[str, Any]] = []
        findings: list[Finding] = []
        for total in self.rows:
            covered = self._covered(total)
            agrees = self._agrees(total, covered)
            for c in np.flatnonzero(~np.isnan(total.stated)):
                compared = bool(self.additive[c] and not covered.untold[c] and covered.parts)
                summed = float(f"{covered.sums[c]:.15g}") if compared else None
                controls.append(self._control(total, int(c), summed))
                if summed is not None and not agrees[c] and self._of_rows:
                    findings.append(self._disagrees(sheet, total, int(c), summed, covered.parts))
        return controls, findings + list(self._unsaid(sheet))

    @property
    def _of_rows(self) -> bool:
        """Whether a total is that of the rows above and below it, and of no other half of the table."""
        return self.feed.layout.totals == "of_rows" and self.feed.layout.side_by_side == 1

    def _control(self, total: Total, c: int, summed: float | None) -> dict[str, Any]:
        place, column = self.places[c], self.columns[c]
        month = place.meaning.month or self.month
        return {
            "cell": address(total.row, place.index),
            "label": total.label,
            "heading": place.heading,
            "indicator": column.indicator,
            "measure": column.measure,
            "period_type": column.period_type,
            "month": month and month.date,
            "unit": column.unit,
            "factor": canonical(column.unit or "")[1],
            "stated": float(total.stated[c]),
            "summed": summed,
        }

    def _covered(self, total: Total) -> Mark:
        """The rows that a total covers: of all stretches between it and other totals, above or below, the one that fits
        best; where none fits better, what its label means: 小计 the rows just above, 合计 all."""
        marks = [self.start, *(t.above for t in self.rows), self.end]
        here = total.above
        above = [here.less(m) for m in reversed(marks) if m.parts < here.parts]
        below = [m.less(here) for m in marks if m.parts > here.parts]
        stretches = [*above, *below, self.end] if SUBTOTAL.fullmatch(plain(total.label)) else [self.end, *above, *below]
        return max(stretches, key=lambda stretch: int(self._agrees(total, stretch).sum()))

    def _agrees(self, total: Total, covered: Mark) -> np.ndarray:
        """Per column, whether a total lies within the rounding of its parts and its own; False where not compared."""
        slack = covered.parts * self._half() + 0.5 * 10.0 ** -np.array(total.decimals) + 1e-9 * np.abs(covered.sums)
        with np.errstate(invalid="ignore"):
            near: np.ndarray = np.abs(total.stated - covered.sums) <= slack
        return self.additive & (covered.untold == 0) & near

    def _half(self) -> np.ndarray:
        """Half a unit in the last printed digit of each column."""
        printed = [d if c.decimals is None else c.decimals for c, d in zip(self.columns, self.decimals, strict=True)]
        half: np.ndarray = 0.5 * 10.0 ** -np.array(printed)
        return half

    def _disagrees(self, sheet: Sheet, total: Total, c: int, summed: float, parts: int) -> Finding:
        unit = self.columns[c].unit
        digits = max(self.decimals[c], self.columns[c].decimals or 0, total.decimals[c])
        return rules.finding(
            "total_disagrees",
            sheet.name,
            address(total.row, self.places[c].index),
            found=f"{number(total.stated[c], total.decimals[c])}{unit}",
            label=total.label,
            parts=parts,
            sum=f"{number(summed, digits)}{unit}",
        )

    def _unsaid(self, sheet: Sheet) -> Iterator[Finding]:
        """A row that equals the sum of all others in every column, though no label calls it a total."""
        if self.feed.grain != "enterprise" or self.largest is None:
            return
        row, values = self.largest
        slack = self.end.parts * self._half()
        # Where rounding alone is a hundredth of a number, agreement proves nothing.
        compared = self.additive & (self.end.untold == 0) & (self.counted > FEW_PARTS)
        compared &= np.abs(np.nan_to_num(values)) > 100 * slack
        close = np.abs(2 * values - self.end.sums) <= slack
        if compared.any() and close[compared].all():
            c = int(compared.argmax())
            yield rules.finding(
                "suspected_total",
                sheet.name,
                address(row, self.places[c].index),
                found=f"{number(values[c], self.decimals[c])}{self.columns[c].unit}",
                row=row + 1,
                others=self.end.parts - 1,
            )


def _perhaps_totals(cells: pl.Series | Sequence[Raw]) -> list[int]:
    """Where texts hold the sign that all labels of totals share."""
    if not isinstance(cells, pl.Series):
        return [i for i, raw in enumerate(cells) if type(raw) is str and SHARED_SIGN in raw]
    return cells.str.contains(SHARED_SIGN, literal=True).arg_true().to_list()


def _said(labelled: Mapping[Label, Place], sheet: Sheet, chunk: Chunk, i: int) -> dict[Label, str]:
    """The labels of a row that are not blank, those of merged cells too."""
    said: dict[Label, str] = {}
    for label, place in labelled.items():
        anchor = sheet.covered.get((chunk.first + i, place.index))
        if text := text_of(sheet.at(*anchor) if anchor else chunk.columns[place.index][i]):
            said[label] = text
    return said


def _untold(numbers: Numbers) -> np.ndarray:
    """The cells that have a number which is not told."""
    untold = np.zeros(len(numbers.texts), dtype=bool)
    untold[[i for i, why in numbers.reasons.items() if why in (SUPPRESSED, LESS_THAN_UNIT)]] = True
    untold[list(numbers.faults)] = True
    return untold


def _decimals(text: str | None) -> int:
    """Digits printed after the point; a lone `.0` counts as none."""
    digits = (text or "").partition(".")[2]
    return 0 if digits == "0" or not digits.isdigit() else len(digits)
