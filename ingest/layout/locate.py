"""Where a feed's tables lie on a sheet, what each of their columns means, and which month and units the paper states.

What the feed does not know stops the file, with what was added, what is missing and what seems renamed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest import rules
from ingest.feed import Feed
from ingest.grammar import labels, period
from ingest.grammar.months import months_in
from ingest.grammar.text import text_of
from ingest.grammar.units import Stated
from ingest.layout.bands import Search
from ingest.layout.declared import Declared, Place, declared
from ingest.layout.drift import Drift, Seen, SheetLayout, Unreadable, compare, sheet_name
from ingest.layout.headings import Band
from ingest.layout.lines import lines, paperwork_from
from ingest.layout.sheets import is_text
from ingest.layout.survey import survey
from ingest.layout.units import foreign_units, settle, units_above
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


@dataclass(frozen=True)
class LocatedSheet:
    """What a sheet holds: its tables, the first from row `top` on, its layout for the fingerprint, what is to be noted."""

    tables: tuple[LocatedTable, ...]
    top: int
    layout: SheetLayout
    notes: tuple[Finding, ...]


def locate(feed: Feed, sheet: Sheet, file_name: str) -> LocatedSheet:
    """Find the tables, their columns, month and units. Raises Unreadable with all that does not hold."""
    meant = declared(feed)
    bands = Search(meant, sheet).bands()
    if not bands:
        raise Unreadable([_no_table(feed, sheet)])
    name = None if is_text(sheet, file_name) else sheet.name
    above = lines(sheet, 0, bands[0].top)
    month, findings = _month([a.text for a in above], feed, name, file_name)
    findings += _other_months(bands, month)
    units, unknown = units_above(above, sheet)
    seen = survey(meant, bands, month)
    layout = SheetLayout(
        sheet_name(name or ""), tuple(s.unit for s in units), tuple(dict.fromkeys(s for s in seen if s.path))
    )
    findings += unknown + _differences(meant, bands[0], seen)
    tables = [_Table(meant, band, month) for band in bands]
    for table in tables:
        table.findings += table.unknown if table.band is not bands[0] else []
        table.settle(units)
        findings += table.findings
    findings += foreign_units(feed, sheet, units)
    if findings:
        raise Unreadable(findings, layout)
    notes = tuple(note for table in tables for note in table.notes)
    return LocatedSheet(tuple(_joined(tables)), bands[0].top, layout, notes)


def _month(above: list[str], feed: Feed, sheet: str | None, file_name: str) -> tuple[Month | None, list[Finding]]:
    """The month of a table as its layout says where to find it; None where rows or headings name theirs."""
    if feed.layout.month:
        return feed.layout.month, []
    if feed.layout.month_from != "title":
        return None, []
    return period.stated_month(above, sheet, file_name, feed.scope == "month")


def _no_table(feed: Feed, sheet: Sheet) -> Finding:
    first = next((text_of(v) for r in sheet.rows for v in r if text_of(v)), "")
    return rules.finding(
        "unknown_layout.no_table",
        sheet.name,
        found=first[:80],
        expected="、".join(c.heading for c in feed.columns[:8]),
    )


def _other_months(bands: Sequence[Band], month: Month | None) -> Iterator[Finding]:
    """A table further down under a title of another month: last month's, left in."""
    for band in bands[1:]:
        for line in lines(band.sheet, paperwork_from(band.sheet, band.top), band.top):
            named = months_in(line.text)
            if month and named and named != [month]:
                yield rules.finding(
                    "month_disagrees.further_table",
                    band.sheet.name,
                    address(line.row, line.column),
                    found="、".join(str(m) for m in named),
                    expected=str(month),
                )


def _differences(meant: Declared, band: Band, seen: Sequence[Seen]) -> list[Finding]:
    if meant.in_rows:
        drift = Drift((), () if any(map(meant.place, band.headings)) else ("各月列",), ())
    else:
        drift = compare(meant.feed, seen)
    return [_unknown_layout(band.sheet, drift)] if drift else []


def _unknown_layout(sheet: Sheet, drift: Drift) -> Finding:
    """The diff, for the sender."""
    return rules.finding(
        "unknown_layout.headings",
        sheet.name,
        found="、".join(map(str, drift.added[:20])) or None,
        expected="、".join(drift.missing[:20]) or None,
        drift=drift.in_words(),
    )


class _Table:
    """The table under one band: its places, each in the unit that the paper states; what does not hold, what is noted."""

    def __init__(self, meant: Declared, band: Band, month: Month | None) -> None:
        self.meant, self.band, self.sheet, self.month = meant, band, band.sheet, month
        self.top = paperwork_from(band.sheet, band.top)
        self.own_units, self.unknown = units_above(lines(band.sheet, self.top, band.top), band.sheet)
        self.places = self._placed()
        self.findings = [*self._named_twice(), *self._other_months(), *self._unknown_region()]
        self.notes: list[Finding] = []

    def _placed(self) -> list[Place]:
        places = [p for h in self.band.headings if (p := self.meant.place(h, self.month))]
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

    def _unknown_region(self) -> Iterator[Finding]:
        if self.meant.feed.layout.sheet_says == "region" and not labels.region_is_known(self.sheet.name):
            yield rules.finding("unknown_region.sheet", self.sheet.name, found=self.sheet.name)

    def settle(self, units: Sequence[Stated]) -> None:
        """Put each column into the unit stated for it; `units` stand over the first table, and hold where none are nearer."""
        beside = {h.index: h.units for h in self.band.headings}
        above = self.own_units or units
        self.places = [self._in_its_unit(p, beside[p.index], above) for p in self.places]

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


def _joined(tables: Sequence[_Table]) -> Iterator[LocatedTable]:
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
