"""Rates in per cent that may be fractions: 0.083 pasted without its format is 8.3 % and would read as 0.083 %."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import polars as pl

from ingest import rules
from ingest.feed import Column
from ingest.grammar.cells import Numbers
from ingest.layout.declared import Place
from ingest.parsing.collector import Collector
from ingest.reading.sheet import Chunk, Raw, Sheet, address
from vocabulary.finding import Finding
from vocabulary.label import fold

# Decimals of a rate in per cent whose feed declares none: departments print one (domain.md 2.1).
RATE_DECIMALS = 1
# A fraction has as many digits after its point as its per cent, and two.
SHIFT = 2
# Rates may stay below 1 for a while, but then do not become a hundredfold at once; so many are no chance.
LONG_RUN, JUMP, CHANCE = 6, 30.0, 1e-4
# Of a column of fractions a few are above 1 too, where something has more than doubled.
MOST = 0.9


class Rates:
    """Columns of per cent, watched for fractions, part by part."""

    def __init__(self, numbered: list[Place]) -> None:
        self.watched = {i: (p, Rate(p.meaning.column)) for i, p in enumerate(numbered) if p.meaning.column.unit == "%"}

    def add(self, chunk: Chunk, series: list[Numbers]) -> None:
        for i, (place, rate) in self.watched.items():
            rate.add(series[i], chunk.columns[place.index], partial(_address, chunk, place.index))

    def note(self, sheet: Sheet, body: int, found: Collector) -> None:
        for place, rate in self.watched.values():
            found += rate.findings(place.heading, sheet, address(body - 1, place.index))


class Rate:
    """The rates of one column or row. A cell that carries its own % sign says that it is a rate; of a bare number only the
    sender knows (domain.md 2.4), where it is at most 1 and has more decimals than rates are printed with.
    """

    def __init__(self, column: Column) -> None:
        self.usual = RATE_DECIMALS if column.decimals is None else column.decimals
        self.signed = self.above = self.below = ""
        self.bare = self.small = self.finest = self.coarse = 0
        self.largest = 0.0
        self.jumps = False

    def add(self, numbers: Numbers, raws: pl.Series | Sequence[Raw], cell: Callable[[int], str]) -> None:
        """Numbers with their cells as they stand, and the address of each."""
        signed = [i for i in numbers.odd if "%" in fold(str(raws[i]))]
        size = np.abs(numbers.texts.cast(pl.Float64).to_numpy())
        bare = size > 0
        bare[signed] = False
        small = bare & (size <= 1)

        def shown(at: int) -> str:
            return f"{cell(at)}为{str(raws[at]).strip()[:20]}"

        self.signed = self.signed or next((shown(i) for i in signed if size[i] >= 0), "")
        self.bare, self.small = self.bare + int(bare.sum()), self.small + int(small.sum())
        self.largest = max(self.largest, float(size[bare].max(initial=0.0)))
        if small.any() and not self.below:
            self.below = shown(int(small.argmax()))
        if numbers.decimals <= self.usual and len(numbers.odd) == len(signed):
            return
        fine = _decimals(size[small])
        if fine.max(initial=0) > self.finest:
            self.finest, self.below = int(fine.max()), shown(int(np.flatnonzero(small)[fine.argmax()]))
        above = bare & ~small
        self.coarse = max(self.coarse, int(_decimals(size[above]).max(initial=0)))
        if above.any() and not self.above:
            self.above = shown(int(above.argmax()))
        self.jumps |= _jumps(size[bare], self.usual)

    def findings(self, heading: str, sheet: Sheet, cell: str) -> list[Finding]:
        """At most one: that the rates are, or some of them are, as well fractions."""
        too_fine, usual = self.finest > self.usual, self.usual
        nearly_all = self.small >= MOST * self.bare
        beside_signed = self.signed and self.small and self.small == self.bare and (too_fine or self.bare > 1)
        both_kinds = self.jumps or self.finest >= max(usual, self.coarse) + SHIFT
        if beside_signed or (too_fine and both_kinds and not nearly_all):
            found = "，".join(filter(None, (self.signed or self.above, self.below)))
            return [rules.finding("percent_or_fraction.mixed", sheet.name, cell, found, heading=heading, usual=usual)]
        if too_fine and nearly_all:
            return [
                rules.finding(
                    "percent_or_fraction.all",
                    sheet.name,
                    cell,
                    heading=heading,
                    largest=self.largest,
                    decimals=self.finest,
                    usual=usual,
                )
            ]
        if too_fine and self.finest > self.coarse:
            return [rules.finding("fraction_suspected", sheet.name, cell, found=self.below, heading=heading)]
        return []


def _address(chunk: Chunk, column: int, at: int) -> str:
    return address(chunk.first + at, column)


def _decimals(values: np.ndarray) -> np.ndarray:
    """Of each value the digits after its point, up to 9; what binary fractions add is none."""
    counts = np.full(len(values), 9)
    for digits in range(8, -1, -1):
        counts[np.abs(np.round(values, digits) - values) <= 1e-12 * np.maximum(1.0, values)] = digits
    return counts


def _jumps(sizes: np.ndarray, usual: int) -> bool:
    """Whether so many numbers in a row are at most 1 with more decimals than usual, and the others a hundred times as large,
    that it is no chance.
    """
    small = np.concatenate(([False], sizes <= 1, [False]))
    edges = np.flatnonzero(small[1:] != small[:-1])
    if not len(edges):
        return False
    starts, ends = edges[::2], edges[1::2]
    longest = int((ends - starts).argmax())
    run = sizes[starts[longest] : ends[longest]]
    others = np.delete(sizes, slice(starts[longest], ends[longest]))
    if len(run) < LONG_RUN or not len(others) or np.median(_decimals(run)) <= usual:
        return False
    share = (np.count_nonzero(others <= 1) + 1) / (len(others) + 2)
    return bool(share ** len(run) * len(sizes) < CHANCE and np.median(others) >= JUMP * np.median(run))
