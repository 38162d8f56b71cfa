"""A table as its headings promise it: where each column belongs, and in which unit and month it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest import rules
from ingest.feed import Feed
from ingest.grammar import labels, period
from ingest.grammar.months import dotted, read_period
from ingest.grammar.units import UNIT_WORD, Stated
from ingest.layout.declared import Declared, Place
from ingest.layout.headings import Band
from ingest.layout.lines import lines, paperwork_from
from ingest.layout.units import column_of_units, settle, units_above, units_beside
from ingest.reading.sheet import Sheet, address
from vocabulary.finding import Finding
from vocabulary.month import Month


@dataclass(frozen=True)
class LocatedTable:
    """One table: a sheet on which nothing but its rows is left from `body` (from 0) on, its columns, its month."""

    declared: Declared
    sheet: Sheet
    body: int
    places: tuple[Place, ...]
    month: Month | None


class Table:
    """The table under one band: its places, each in the unit that the paper states; what does not hold, what is noted."""

    def __init__(self, meant: Declared, band: Band, month: Month | None) -> None:
        self.meant, self.band, self.sheet, self.month = meant, band, band.sheet, month
        self.top = paperwork_from(band.sheet, band.top)
        self.own_units, self.unknown = units_above(lines(band.sheet, self.top, band.top), band.sheet, meant.feed)
        self.places = self._placed()
        self.findings = [
            *self._named_twice(), *self._other_months(), *self._no_months(), *self._unknown_region()
        ]  # fmt: skip
        self.notes: list[Finding] = []

    def _placed(self) -> list[Place]:
        places = [p for h in self.band.headings if (p := self.meant.place(h, self.month))]
        self.dotted = dotted(p.heading for p in places if p.month)
        places = [replace(p, month=self.dotted[p.heading]) if self.dotted.get(p.heading) else p for p in places]
        if self.meant.in_rows:
            names = next(h for h in self.band.headings if h.path)
            if not places or places[0].index != names.index:
                places.insert(0, Place(names.index, names.path, None))
        return places

    def _named_twice(self) -> Iterator[Finding]:
        seen: dict[object, Place] = {}
        for p in self.places:
            key = p.meaning or p.month
            if key is None:
                continue
            if key in seen:
                cell, both = address(self.band.top, p.index), f"{seen[key].letter}列、{p.letter}列"
                yield rules.finding("heading_twice", self.sheet.name, cell, found=both, heading=p.heading)
            seen[key] = p

    def _other_months(self) -> Iterator[Finding]:
        for p in self.places:
            for said in p.said:
                if self.month and not said.agrees(self.month):
                    cell = self.band.cell(p.index)
                    yield period.heading_disagrees(said, self.month, p.heading, self.sheet.name, cell)

    def _no_months(self) -> Iterator[Finding]:
        """Headings among months that may be two of them, or are a longer time than the rows promise: 2018.1, 上半年."""
        for p in self.places:
            time, cell = read_period(p.heading) if p.month else None, self.band.cell(p.index)
            if p.month and self.dotted.get(p.heading, p.month) is None:
                yield rules.finding("unreadable_month", self.sheet.name, cell, found=p.heading)
            elif other := next((c for c in self.meant.feed.numbers if time and not time.fits(c.period_type)), None):
                yield rules.finding("longer_time", self.sheet.name, cell, found=p.heading, heading=other.heading)

    def _unknown_region(self) -> Iterator[Finding]:
        if self.meant.feed.layout.sheet_says == "region" and not labels.region_is_known(self.sheet.name):
            yield rules.finding("unknown_region.sheet", self.sheet.name, found=self.sheet.name)

    def settle(self, units: Sequence[Stated]) -> None:
        """Put each column into the unit stated for it; `units` stand over the first table, and hold where none are nearer."""
        vendors = units_beside(self.sheet, self.band.top, self.band.body)
        beside = {h.index: (*h.units, *filter(None, [vendors.get(h.index)])) for h in self.band.headings}
        above = [*(self.own_units or units), *self._units_of_rows()]
        self.places = [self._in_its_unit(p, beside[p.index], above) for p in self.places]

    def _units_of_rows(self) -> Iterator[Stated]:
        """What a column of units says of columns of numbers, where the feed has no use for it."""
        placed = {p.index for p in self.places}
        for h in self.band.headings if not self.meant.in_rows else ():
            if h.index not in placed and UNIT_WORD.fullmatch(h.path):
                yield from column_of_units(self.sheet, h.index, self.band.body, self.meant.feed)

    def _in_its_unit(self, p: Place, beside: Sequence[Stated], above: Sequence[Stated]) -> Place:
        if not p.meaning or not p.meaning.column.unit:
            return p
        cell = self.band.cell(p.index)
        column, finding = settle(p.meaning.column, beside, above, p.heading, self.sheet, cell)
        if finding:
            (self.findings if finding.severity == "critical" else self.notes).append(finding)
        return p if column is p.meaning.column else replace(p, meaning=replace(p.meaning, column=column))

    @property
    def columns(self) -> tuple[object, ...]:
        """What tables with the same columns share."""
        return tuple((p.index, p.meaning or p.month) for p in self.places)


def joined(tables: Sequence[Table]) -> Iterator[LocatedTable]:
    """Tables with the same columns as one: a page repeats the headings of the page before."""
    rows: dict[tuple[object, ...], list[int]] = {}
    sheet = tables[0].sheet
    for table, end in zip(tables, [*(t.top for t in tables[1:]), len(sheet.rows)], strict=True):
        rows.setdefault(table.columns, []).extend(range(table.band.body, end))
    for columns, kept in rows.items():
        table = next(t for t in tables if t.columns == columns)
        places = tuple(_by_sheet(table.meant.feed, sheet, table.places))
        yield LocatedTable(table.meant, _only(sheet, kept, len(tables)), table.band.body, places, table.month)


def _by_sheet(feed: Feed, sheet: Sheet, places: Sequence[Place]) -> Sequence[Place]:
    """The places with the region that the sheet's name gives."""
    if feed.layout.sheet_says != "region":
        return places
    return [replace(p, meaning=replace(p.meaning, region=sheet.name)) if p.meaning else p for p in places]


def _only(sheet: Sheet, rows: Sequence[int], bands: int) -> Sheet:
    """The sheet with only these rows left, each in its place; the sheet itself where it holds one table."""
    if bands == 1:
        return sheet
    kept = set(rows)
    return replace(sheet, rows=[r if i in kept else () for i, r in enumerate(sheet.rows)])
