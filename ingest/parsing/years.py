"""Months of rows whose year stands elsewhere: in a column of its own, in the month above, in the title."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from ingest import rules
from ingest.grammar.months import month_of_year, read_month, read_year
from ingest.grammar.text import text_of
from ingest.layout.table import LocatedTable
from ingest.parsing.collector import Collector
from ingest.parsing.part import label_places, spread
from ingest.reading.sheet import Chunk, Raw, Sheet, address
from vocabulary.month import Month

# What tells one run of months from the next.
OBJECTS = {"region", "industry", "entity_id", "entity_name", "credit_code", "series"}


class Years:
    """The years of a table's rows, read from the top on."""

    def __init__(self, located: LocatedTable) -> None:
        labelled = label_places(located)
        self.place, self.title = labelled.get("year"), located.year
        # Without another label, a month that does not go up is of a year that nobody names.
        self.may_begin_anew = bool(OBJECTS & labelled.keys())
        self.year: int | None = None
        self.above: Month | None = None

    def of_rows(self, sheet: Sheet, chunk: Chunk, at: np.ndarray, found: Collector) -> list[int | None]:
        """The year of each row, printed once over the rows it holds for; None, with a finding, where there is none."""
        if not self.place:
            return [None] * len(at)
        return [self._of_row(sheet, chunk, i, self.place.index, found) for i in at.tolist()]

    def _of_row(self, sheet: Sheet, chunk: Chunk, i: int, column: int, found: Collector) -> int | None:
        raw, cell = spread(sheet, chunk, column, i), address(chunk.first + i, column)
        if text_of(raw):
            self.year = read_year(raw)
            if self.year is None:
                found.append(rules.finding("unreadable_year", sheet.name, cell, found=text_of(raw)[:80]))
        elif self.year is None:
            found.append(rules.finding("label_missing", sheet.name, cell, expected="年份"))
        return self.year

    def fill(
        self,
        sheet: Sheet,
        chunk: Chunk,
        at: np.ndarray,
        raws: pl.Series | Sequence[Raw],
        months: pl.Series,
        found: Collector,
    ) -> pl.Series:
        """The months of rows as ISO days, those among them that are null in the year that stands elsewhere."""
        if self.place:
            years = self.of_rows(sheet, chunk, at, found)
            said = [read_month(raw, year) if year else None for raw, year in zip(raws, years, strict=True)]
            return pl.Series([m and m.date.isoformat() for m in said], dtype=pl.String)
        if not months.null_count():
            self.above = Month.of(date.fromisoformat(months[-1])) if len(months) else self.above
            return months
        return pl.Series([self._month(raw, iso) for raw, iso in zip(raws, months, strict=True)], dtype=pl.String)

    def _month(self, raw: Raw, iso: str | None) -> str | None:
        if iso:
            self.above = Month.of(date.fromisoformat(iso))
        elif number := month_of_year(text_of(raw)):
            year = self._year_of(number)
            self.above = Month(year, number) if year else None
            return self.above.date.isoformat() if self.above else None
        return iso

    def _year_of(self, number: int) -> int | None:
        """While months go up, the year of the one above; else the title's."""
        if self.above and self.above.month < number:
            return self.above.year
        return self.title if self.above is None or self.may_begin_anew else None
