"""A table in which rows say what is counted -> typed cells: each number is of what its row, its column, the sheet, the title
and the feed say together. What they say differently, or none of them says, is a finding.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from ingest import rules
from ingest.feed import Column, Feed, Label
from ingest.grammar.cells import read_numbers
from ingest.grammar.months import read_month, read_period
from ingest.grammar.paperwork import is_footer
from ingest.grammar.text import first_text, plain, text_of
from ingest.grammar.units import Stated, units_named
from ingest.layout.declared import Meaning, Place
from ingest.layout.rows import Names, path_and_units
from ingest.layout.table import LocatedTable
from ingest.layout.units import settle
from ingest.parsing.collector import SHOWN_PER_RULE, Collector
from ingest.parsing.part import KEPT, Part, cell_finding, column_row, label_places, no_rows, note_merged, spread
from ingest.parsing.rates import Rate, Rates
from ingest.parsing.row_labels import industry_finding, longer_time, read_labels, read_maturities, region_finding
from ingest.parsing.stray import Stray
from ingest.parsing.united import Unsaid, united
from ingest.parsing.years import Years
from ingest.reading.sheet import Chunk, address
from vocabulary.finding import Finding
from vocabulary.month import Month
from vocabulary.unit import CANONICAL, canonical

ROW_SCHEMA: dict[str, Any] = {
    "row": pl.Int32,
    "name": pl.String,
    "region": pl.String,
    "industry": pl.String,
    "entity_id": pl.String,
    "entity_name": pl.String,
    "credit_code": pl.String,
    "month": pl.String,
    "indicator": pl.String,
    "measure": pl.String,
    "period_type": pl.String,
    "basis": pl.String,
    "unit": pl.String,
    "factor": pl.Float64,
    "decimals": pl.String,
    "absent": pl.String,
    "values": pl.String,
}


@dataclass(frozen=True)
class Row:
    """A row with numbers: its place in the chunk and on the sheet, from 0; what its names mean, and the units stated in it."""

    i: int
    row: int
    name: str
    cell: str
    meanings: tuple[Meaning, ...]
    units: tuple[Stated, ...]


class Crossed:
    """One table being read. `before` counts the columns of the tables before it on the sheet."""

    def __init__(self, feed: Feed, located: LocatedTable, found: Collector, before: int) -> None:
        self.feed, self.located, self.found, self.before = feed, located, found, before
        self.sheet, self.declared = located.sheet, located.declared
        self.numbered = [p for p in located.places if p.meaning.column.counts]
        self.names_at = [p.index for p in located.places if p.meaning.column.label == "series"]
        self.labelled = label_places(located)
        self.names = Names()
        self.years = Years(located)
        self.read_lines: dict[tuple[Column, ...], Column | Unsaid] = {}
        self.told: set[Finding] = set()
        self.named: set[Column] = set()
        self.unknown: list[str] = []
        self.seen: set[tuple[Any, ...]] = set()

    def part(self, chunk: Chunk) -> Part:
        """The rows of a chunk, each in as many of raw as it says different things of its columns."""
        rows = [row for i in range(chunk.height) if (row := self._row(chunk, i))]
        at = np.array([row.i for row in rows], dtype=np.int64)
        labels = {
            label: read_labels(self.feed, self.sheet, chunk, at, label, self.labelled[label], self.years, self.found)
            for label in KEPT
            if label in self.labelled and not (label == "month" and any(p.meaning.year for p in self.numbered))
        }
        years = self.years.of_rows(self.sheet, chunk, at, self.found) if "month" not in labels else [None] * len(rows)
        said = read_maturities(self.sheet, chunk, at, self.labelled, self.found)
        for place in self.numbered:
            note_merged(self.sheet, chunk, place, self.found)
        cells: Counter[Month] = Counter()
        raw = []
        for j, row in enumerate(rows):
            own = {label: texts[j] for label, texts in labels.items()}
            for (column, month), places in self._alike(chunk, row, years[j]).items():
                raw.append(self._raw(chunk, row, column, month, places, own, cells))
        return Part(self.sheet.name, None, pl.DataFrame(raw, schema=ROW_SCHEMA, orient="row"), None, +cells, said=said)

    def _row(self, chunk: Chunk, i: int) -> Row | None:
        """A row that has numbers and whose name means something; None for another. An unknown name is noted."""
        label = first_text(column[i] for column in chunk.columns)
        if not label or self.declared.skips(label) or is_footer(label):
            return None
        r = chunk.first + i
        levels = self.names.read([text_of(spread(self.sheet, chunk, c, i)) for c in self.names_at])
        name, at = "|".join(filter(None, levels)), next((c for c in self.names_at), 0)
        path, in_name = path_and_units(levels)
        meanings = self.declared.row(path)
        self.named.update(m.column for m in meanings)
        speaks = any(text_of(chunk.columns[p.index][i]) for p in self.numbered)
        if (self.names_at and not meanings) or not speaks:
            if speaks and not self.declared.ignores("|".join(path)) and len(self.unknown) < SHOWN_PER_RULE:
                self.unknown.append(f"{address(r, at)}“{name}”")
            return None
        self.found += self._unclear_names(r, at, levels, meanings)
        units = (*(Stated(u, address(r, at)) for u in in_name), *self._unit(chunk, i))
        return Row(i, r, name, address(r, at), meanings, units)

    def _unclear_names(self, r: int, at: int, levels: Sequence[str], meanings: Sequence[Meaning]) -> Iterator[Finding]:
        """A level of a row's name that is blank, a region or an industry in it that is none."""
        for place, level in zip(self.names_at, levels, strict=True):
            if not level:
                heading = next(p.heading for p in self.located.places if p.index == place)
                yield rules.finding("label_missing", self.sheet.name, address(r, place), expected=heading)
        for meaning in meanings:
            cell, region = address(r, at), region_finding(self.sheet, address(r, at), meaning.region)
            yield from filter(None, (region, industry_finding(self.sheet, cell, meaning.industry)))

    def _unit(self, chunk: Chunk, i: int) -> Iterator[Stated]:
        """What a row's cell in the column of units states."""
        if place := self.labelled.get("unit"):
            cell = address(chunk.first + i, place.index)
            text = plain(text_of(spread(self.sheet, chunk, place.index, i))).removeprefix("(").removesuffix(")")
            named = [text] if text in CANONICAL else units_named(text)
            if text and not named:
                self.found.append(rules.finding("unknown_unit", self.sheet.name, cell, found=text[:80]))
            yield from (Stated(unit, cell) for unit in named)

    def _alike(self, chunk: Chunk, row: Row, year: int | None) -> dict[tuple[Column, Month | None], list[Place]]:
        """The columns of a row that are of one line, in one unit, and of one month where row and column say it together."""
        alike: dict[tuple[Column, Month | None], list[Place]] = {}
        for place in self.numbered:
            if text_of(chunk.columns[place.index][row.i]) and (column := self._line(row, place)):
                month, apart = self._month(chunk, row, place, year)
                if not apart or month:
                    alike.setdefault((column, month), []).append(place)
        for column in {column for column, _ in alike}:
            self._note_longer_time(chunk, row, column)
        return alike

    def _note_longer_time(self, chunk: Chunk, row: Row, column: Column) -> None:
        label = self.labelled.get("month")
        raw = spread(self.sheet, chunk, label.index, row.i) if label else None
        if label and (time := read_period(raw)) and not time.fits(column.period_type):
            cell = address(row.row, label.index)
            self._tell(longer_time(self.sheet, cell, text_of(raw), row.name or column.heading))

    def _tell(self, finding: Finding) -> None:
        """Note a finding, once where several cells of a row make it."""
        if finding not in self.told:
            self.told.add(finding)
            self.found.append(finding)

    def _line(self, row: Row, place: Place) -> Column | None:
        """What a cell counts, in the unit that the paper states for it; None, with a finding, where that is not clear."""
        lines = (*(m.column for m in row.meanings), place.meaning.column)
        if lines not in self.read_lines:
            try:
                self.read_lines[lines] = united(lines)
            except Unsaid as e:
                self.read_lines[lines] = e
        line, cell = self.read_lines[lines], address(row.row, place.index)
        if isinstance(line, Unsaid):
            what = f"{row.name}”“{place.heading}" if row.name else place.heading
            self.found.append(rules.finding(line.rule, self.sheet.name, cell, found=line.said, heading=what))
            return None
        if place.meaning.column.unit == line.unit and line.measure == "growth":
            return line  # its heading has said its unit, and the row's is that of levels
        beside = (*self.located.beside.get(place.index, ()), *row.units)
        settled, finding = settle(line, beside, self.located.above, row.name or place.heading, self.sheet, row.cell)
        if finding:
            self._tell(finding)
        return settled

    def _month(self, chunk: Chunk, row: Row, place: Place, year: int | None) -> tuple[Month | None, bool]:
        """The month that row and column say together, one the year and one the month of it, and whether they do."""
        meaning = place.meaning
        if meaning.month_of_year:
            return (Month(year, meaning.month_of_year) if year else None), True
        if meaning.year and (label := self.labelled.get("month")):
            raw = spread(self.sheet, chunk, label.index, row.i)
            month, cell = read_month(raw, meaning.year), address(row.row, label.index)
            if not month:
                self.found.append(rules.finding("unreadable_month", self.sheet.name, cell, found=text_of(raw)[:80]))
            return month, True
        return None, False

    def _raw(
        self,
        chunk: Chunk,
        row: Row,
        column: Column,
        month: Month | None,
        places: Sequence[Place],
        own: dict[Label, Any],
        cells: Counter[Month],
    ) -> dict[str, Any]:
        """A row of raw.delivered_row: the cells of some columns, which are of one line."""
        raws = [chunk.columns[p.index][row.i] for p in places]
        numbers = read_numbers(raws, column.unit or "", column.measure, column.decimals is None or column.unit == "%")
        if column.unit == "%" and not any(p.meaning.column.unit for p in places):
            rate = Rate(column)
            rate.add(numbers, raws, lambda n: address(row.row, places[n].index))
            self.found += rate.findings(row.name, self.sheet, address(row.row, places[0].index))
        for n, cell in numbers.faults.items():
            self.found.append(cell_finding(self.sheet, chunk, row.i, places[n].index, cell))
        for n, place in enumerate(places):
            if numbers.texts[n] is not None or n in numbers.reasons:
                self._count(row, column, place, own, month, cells)
        digits = numbers.decimals if column.decimals is None else column.decimals
        at = {p.index: n for n, p in enumerate(places)}
        texts = [numbers.texts[at[p.index]] if p.index in at else None for p in self.numbered]
        reasons = {self._position(places[n]): why for n, why in numbers.reasons.items()}
        said = {k: getattr(column, k) for k in ("indicator", "measure", "period_type", "basis", "unit")}
        return (
            {"row": row.row + 1, "name": row.name or None}
            | own
            | self._where(row, places)
            | said
            | {
                "month": month.date.isoformat() if month else own.get("month"),
                "factor": canonical(column.unit or "")[1],
                "decimals": self._array([str(digits) if p.index in at else None for p in self.numbered]),
                "absent": json.dumps(reasons) if reasons else None,
                "values": self._array(texts),
            }
        )

    def _where(self, row: Row, places: Sequence[Place]) -> dict[str, str]:
        """The region and the industry of a row that its name says, or the feed where nothing nearer does."""
        said = {key: next((v for m in row.meanings if (v := getattr(m, key))), None) for key in ("region", "industry")}
        if not said["region"] and "region" not in self.labelled and not any(p.meaning.region for p in places):
            said["region"] = self.feed.region
        return {key: value for key, value in said.items() if value}

    def _count(
        self, row: Row, column: Column, place: Place, own: dict[Label, Any], month: Month | None, cells: Counter[Month]
    ) -> None:
        """Note a number's month, and that nothing else may be of the same."""
        label = own.get("month")
        month = month or place.meaning.month or (Month.of(date.fromisoformat(label)) if label else self.located.month)
        if month:
            cells[month] += 1
        where = (self._where(row, [place]), place.meaning.region, place.meaning.industry)
        key = (column.indicator, column.measure, column.period_type, month, repr(where), *map(own.get, KEPT[:3]))
        if key in self.seen:
            self._tell(rules.finding("row_twice.series", self.sheet.name, row.cell, found=row.name or place.heading))
        self.seen.add(key)

    def _position(self, place: Place) -> int:
        return 1 + self.before + self.numbered.index(place)

    def _array(self, texts: Sequence[str | None]) -> str:
        return "{" + ",".join([*["NULL"] * self.before, *("NULL" if text is None else text for text in texts)]) + "}"

    def finish(self) -> None:
        """What the table as a whole lacks, and the names that its rows are not declared to have."""
        missing = [c.heading for c in self.feed.row_lines if not c.optional and c not in self.named]
        if self.unknown or missing:
            self.found.append(
                rules.finding(
                    "unknown_layout.series",
                    self.sheet.name,
                    self.unknown[0].partition("“")[0] if self.unknown else None,
                    found="、".join(self.unknown[:20]) or None,
                    expected="、".join(missing[:20]) or None,
                )
            )

    def columns(self) -> Iterator[dict[str, Any]]:
        """The rows of raw.delivered_column; what is counted stands in the rows."""
        for position, place in enumerate(self.numbered, 1 + self.before):
            meaning = place.meaning
            month = meaning.month or (None if {"month", "year"} & self.labelled.keys() else self.located.month)
            cell = address(self.located.body - 1, place.index)
            findings = (
                region_finding(self.sheet, cell, meaning.region or self.feed.region),
                industry_finding(self.sheet, cell, meaning.industry),
            )
            self.found += [f for f in findings if f]
            yield column_row(place, None) | {
                "position": position,
                "region": meaning.region,
                "industry": meaning.industry,
                "month": month and month.date,
            }


def read_series(feed: Feed, located: LocatedTable, found: Collector, before: int) -> Iterator[Part]:
    """A table in which rows say what is counted."""
    table, sheet = Crossed(feed, located, found, before), located.sheet
    stray = Stray(feed, located)
    percents = [p for p in table.numbered if p.meaning.column.unit == "%"]
    rates = Rates(percents)
    for chunk in sheet.chunks(located.body):
        stray.note(chunk, found)
        rates.add(chunk, [read_numbers(chunk.columns[p.index], "%", p.meaning.column.measure) for p in percents])
        yield table.part(chunk)
    rates.note(sheet, located.body, found)
    table.finish()
    yield Part(sheet.name, list(table.columns()), no_rows())
