"""Columns of per cent that may hold fractions."""

import numpy as np
import polars as pl

from ingest import rules
from ingest.grammar.cells import Numbers
from ingest.layout.declared import Place
from ingest.parsing.collector import Collector
from ingest.reading.sheet import Chunk, Sheet, address

# Decimals of a rate in per cent whose feed declares none: departments print one (domain.md 2.1).
RATE_DECIMALS = 1


class Rates:
    """Columns of per cent, watched for fractions: 0.083 pasted without its format is 8.3 % and would read as 0.083 %.

    A column none of whose values exceeds 1, printed with more decimals than rates are, is one or the other, and only the
    sender knows which (domain.md 2.4). Cells that carry their own % sign say it themselves.
    """

    def __init__(self, numbered: list[Place]) -> None:
        self.watched = {i: p for i, p in enumerate(numbered) if p.meaning and p.meaning.column.unit == "%"}
        self.largest = dict.fromkeys(self.watched, 0.0)
        self.decimals = dict.fromkeys(self.watched, 0)

    def add(self, chunk: Chunk, series: list[Numbers]) -> None:
        for i in list(self.watched):
            values = series[i].texts.cast(pl.Float64).to_numpy()
            self.largest[i] = max(self.largest[i], float(np.nanmax(np.abs(values), initial=0.0)))
            self.decimals[i] = max(self.decimals[i], series[i].decimals)
            cells = chunk.columns[self.watched[i].index]
            if self.largest[i] > 1 or any("%" in str(cells[at]) for at in series[i].odd):
                del self.watched[i]

    def note(self, sheet: Sheet, body: int, found: Collector) -> None:
        for i, place in self.watched.items():
            assert place.meaning
            usual = RATE_DECIMALS if place.meaning.column.decimals is None else place.meaning.column.decimals
            if self.decimals[i] > usual:
                found.append(
                    rules.finding(
                        "percent_or_fraction",
                        sheet.name,
                        address(body - 1, place.index),
                        heading=place.heading,
                        largest=self.largest[i],
                        decimals=self.decimals[i],
                        usual=usual,
                    )
                )
