"""A table as its headings promise it: where each column belongs, and in which unit and month it is."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace

from ingest import rules
from ingest.feed import Column, Feed
from ingest.grammar import labels, period
from ingest.grammar.months import Period, dotted
from ingest.grammar.units import UNIT_WORD, Stated
from ingest.layout.declared import Declared, Meaning, Place
from ingest.layout.headings import Band
from ingest.layout.lines import lines, paperwork_from
from ingest.layout.rows import names_of_series
from ingest.layout.units import column_of_units, settle, units_above, units_beside
from ingest.reading.sheet import Sheet, address
from vocabulary.finding import Finding
from vocabulary.month import Month


@dataclass(frozen=True)
class LocatedTable:
    """One table: a sheet on which nothing but its rows is left from `body` (from 0) on, its columns, its month.

    `year` is the one that its title names. `beside` holds the units at the heading of each column, `above` those over it.
    """

    declared: Declared
    sheet: Sheet
    body: int
    places: tuple[Place, ...]
    month: Month | None
    year: int | None = None
    beside: Mapping[int, Sequence[Stated]] = field(default_factory=dict)
    above: Sequence[Stated] = ()


class Table:
    """The table under one band: its places, each in the unit that the paper states; what does not hold, what is noted."""

    def __init__(self, meant: Declared, band: Band, month: Month | None, year: int | None) -> None:
        self.meant, self.band, self.sheet, self.month, self.year = meant, band, band.sheet, month, year
        self.top = paperwork_from(band.sheet, band.top)
        self.own_units, self.unknown = units_above(lines(band.sheet, self.top, band.top), band.sheet, meant.feed)
        self.places = list(self._dated(self._placed()))
        self.beside: dict[int, Sequence[Stated]] = {}
        self.above: Sequence[Stated] = ()
        self.findings = [
            *self._named_twice(), *self._other_months(), *self._no_months(), *self._unknown_region()
        ]  # fmt: skip
        self.notes: list[Finding] = []

    def _placed(self) -> list[Place]:
        places = [p for h in self.band.headings if (p := self.meant.place(h, self.month))]
        self.dotted = dotted(p.heading for p in places if p.meaning.time)
        places = [_of_month(p, month) if (month := self.dotted.get(p.heading)) else p for p in places]
        if self.meant.in_rows:
            at = names_of_series(self.meant, self.band)
            heading = next(h.path for h in self.band.headings if h.index == at)
            places.insert(0, Place(at, heading, Meaning(Column(heading=heading, label="series"))))
        return places

    def _dated(self, places: Sequence[Place]) -> Iterator[Place]:
        """Of months without their year, each has that of the heading at its left, while months go up, else the title's."""
        left: dict[Column, Month] = {}
        for p in places:
            said, before = p.meaning, left.get(p.meaning.column)
            if said.month_of_year and "year" not in self.meant.feed.labels:
                goes_on = before is None or before.month < said.month_of_year
                year = (before.year if before else self.year) if goes_on else None
                p = _of_month(p, Month(year, said.month_of_year)) if year else p
            if p.meaning.month:
                left[said.column] = p.meaning.month
            yield p

    def _named_twice(self) -> Iterator[Finding]:
        seen: dict[Meaning, Place] = {}
        for p in self.places:
            if before := seen.get(p.meaning):
                cell, both = address(self.band.top, p.index), f"{before.letter}列、{p.letter}列"
                yield rules.finding("heading_twice", self.sheet.name, cell, found=both, heading=p.heading)
            seen[p.meaning] = p

    def _other_months(self) -> Iterator[Finding]:
        for p in self.places:
            for said in p.said:
                if self.month and not said.agrees(self.month):
                    cell = self.band.cell(p.index)
                    yield period.heading_disagrees(said, self.month, p.heading, self.sheet.name, cell)

    def _no_months(self) -> Iterator[Finding]:
        """Headings among months that have no year, may be two months, or are a longer time than the rows promise."""
        for p in self.places:
            time, cell = p.meaning.time, self.band.cell(p.index)
            if p.meaning.month_of_year and "year" not in self.meant.feed.labels:
                yield rules.finding("month_missing.year", self.sheet.name, cell, found=p.heading)
            elif time and self.dotted.get(p.heading, time) is None:
                yield rules.finding("unreadable_month", self.sheet.name, cell, found=p.heading)
            elif other := next((c for c in self.meant.feed.numbers if time and not time.fits(c.period_type)), None):
                yield rules.finding("longer_time", self.sheet.name, cell, found=p.heading, heading=other.heading)

    def _unknown_region(self) -> Iterator[Finding]:
        if self.meant.feed.layout.sheet_says == "region" and not labels.region_is_known(self.sheet.name):
            yield rules.finding("unknown_region.sheet", self.sheet.name, found=self.sheet.name)

    def settle(self, units: Sequence[Stated]) -> None:
        """Put each column into the unit stated for it; `units` stand over the first table, and hold where none are nearer."""
        vendors = units_beside(self.sheet, self.band.top, self.band.body)
        self.beside = {h.index: (*h.units, *filter(None, [vendors.get(h.index)])) for h in self.band.headings}
        self.above = [*(self.own_units or units), *self._units_of_rows()]
        self.places = [self._in_its_unit(p, self.beside[p.index], self.above) for p in self.places]

    def _units_of_rows(self) -> Iterator[Stated]:
        """What a column of units says of columns of numbers, where the feed has no use for it."""
        placed = {p.index for p in self.places}
        for h in self.band.headings if not self.meant.in_rows else ():
            if h.index not in placed and UNIT_WORD.fullmatch(h.path):
                yield from column_of_units(self.sheet, h.index, self.band.body, self.meant.feed)

    def _in_its_unit(self, p: Place, beside: Sequence[Stated], above: Sequence[Stated]) -> Place:
        if not p.meaning.column.unit:
            return p
        cell = self.band.cell(p.index)
        column, finding = settle(p.meaning.column, beside, above, p.heading, self.sheet, cell)
        if finding:
            (self.findings if finding.severity == "critical" else self.notes).append(finding)
        return p if column is p.meaning.column else replace(p, meaning=replace(p.meaning, column=column))

    def sound(self) -> "Table | None":
        """The table without the columns that something is wrong with; None where too little is left to be this table."""
        wrong = {f.cell.rstrip("0123456789") for f in self.findings if f.cell}
        bad = {p.meaning for p in self.places if p.letter in wrong}
        places = [p for p in self.places if p.meaning not in bad]
        names = {p.meaning.column.label for p in places if p.meaning.column.label}
        numbers = [p for p in places if p.meaning.column.unit]
        asked = {c.label for c in self.meant.feed.columns if c.label and not c.optional}
        whole = (
            all(f.cell for f in self.findings) and asked <= names and 2 * len(numbers) >= len(self.meant.feed.measured)
        )
        if self.meant.in_rows or not numbers or not whole:
            return None
        left = copy(self)
        left.places = places
        return left

    @property
    def columns(self) -> tuple[object, ...]:
        """What tables with the same columns share."""
        return tuple((p.index, p.meaning) for p in self.places)


def _of_month(place: Place, month: Month) -> Place:
    return replace(place, meaning=replace(place.meaning, time=Period(month), month_of_year=None))


def joined(tables: Sequence[Table]) -> Iterator[LocatedTable]:
    """Tables with the same columns as one: a page repeats the headings of the page before."""
    rows: dict[tuple[object, ...], list[int]] = {}
    sheet, tops = tables[0].sheet, sorted({t.top for t in tables})
    ends = dict(zip(tops, [*tops[1:], len(sheet.rows)], strict=True))
    for table in tables:
        rows.setdefault(table.columns, []).extend(range(table.band.body, ends[table.top]))
    for columns, kept in rows.items():
        table = next(t for t in tables if t.columns == columns)
        places = tuple(_by_sheet(table.meant.feed, sheet, table.places))
        left = _only(sheet, kept, len(tops))
        yield LocatedTable(
            table.meant, left, table.band.body, places, table.month, table.year, table.beside, table.above
        )


def _by_sheet(feed: Feed, sheet: Sheet, places: Sequence[Place]) -> Sequence[Place]:
    """The places with the region that the sheet's name gives."""
    if feed.layout.sheet_says != "region":
        return places
    return [replace(p, meaning=replace(p.meaning, region=sheet.name)) for p in places]


def _only(sheet: Sheet, rows: Sequence[int], bands: int) -> Sheet:
    """The sheet with only these rows left, each in its place; the sheet itself where it holds one table."""
    if bands == 1:
        return sheet
    kept = set(rows)
    return replace(sheet, rows=[r if i in kept else () for i, r in enumerate(sheet.rows)])
