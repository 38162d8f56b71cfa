"""Where a feed's tables lie on a sheet, what each of their columns means, and which month and units the paper states.

What the feed does not know stops the file, with what was added, what is missing and what seems renamed.
"""

from collections.abc import Iterator, Sequence

from ingest import rules
from ingest.feed import Feed
from ingest.grammar import period
from ingest.grammar.months import months_in, own_months
from ingest.grammar.text import text_of
from ingest.layout.bands import Search
from ingest.layout.declared import Declared, declared
from ingest.layout.drift import Drift, Seen, SheetLayout, compare, sheet_name
from ingest.layout.headings import Band, Heading, side_by_side
from ingest.layout.lines import Line, lines, paperwork_from
from ingest.layout.located import LocatedSheet, Unreadable
from ingest.layout.rows import names_of_series
from ingest.layout.sheets import is_text
from ingest.layout.survey import survey
from ingest.layout.table import Table, joined
from ingest.layout.units import foreign_units, units_above, units_under
from ingest.reading.sheet import Sheet, address, letter
from vocabulary.finding import Finding
from vocabulary.month import Month


def locate(feed: Feed, sheet: Sheet, file_name: str) -> LocatedSheet:
    """Find the tables, their columns, month and units. Raises Unreadable with all that does not hold."""
    meant = declared(feed)
    bands = _apart(meant, Search(meant, sheet).bands())
    if not bands:
        raise Unreadable([_no_table(feed, sheet)])
    name = None if is_text(sheet, file_name) else sheet.name
    above = lines(sheet, 0, bands[0].top)
    month, findings = _month([a.text for a in above], feed, name, file_name)
    findings += _two_months(above, sheet) if feed.layout.month_from == "title" and not feed.layout.month else ()
    findings += _other_months(bands, month)
    units, unknown = units_above(above, sheet, feed)
    under, strange = units_under(sheet, range(bands[0].body, _end(bands)), feed)
    units, unknown = units + under, unknown + strange
    seen = survey(meant, bands, month)
    layout = SheetLayout(
        sheet_name(name or ""), tuple(s.unit for s in units), tuple(dict.fromkeys(s for s in seen if s.path))
    )
    doubts = [*findings, *unknown]
    findings += unknown + _differences(meant, bands[0], seen)
    year = None if month else period.stated_year([a.text for a in above], name)
    tables = [Table(meant, band, month, year) for band in bands]
    for table in tables:
        further = table.unknown if table.band.top != bands[0].top else []
        table.findings += further
        doubts += further
        table.settle(units)
        findings += table.findings
    foreign = list(foreign_units(feed, sheet, units))
    findings += foreign
    if findings:
        sound = [] if doubts or foreign else [left for table in tables if (left := table.sound())]
        raise Unreadable(findings, layout, _located(sound, layout) if len(sound) == len(tables) else None)
    return _located(tables, layout)


def _located(tables: Sequence[Table], layout: SheetLayout) -> LocatedSheet:
    notes = tuple(note for table in tables for note in table.notes)
    return LocatedSheet(tuple(joined(tables)), tables[0].band.top, layout, notes)


def _end(bands: Sequence[Band]) -> int:
    """The row with which what belongs to the first table ends: the lines over the next, or the sheet."""
    later = next((band for band in bands if band.top > bands[0].top), None)
    return paperwork_from(later.sheet, later.top) if later else len(bands[0].sheet.rows)


def _apart(meant: Declared, bands: Sequence[Band]) -> list[Band]:
    """The tables of headings that are declared to stand several times side by side. Raises Unreadable where they do not."""
    count, apart = meant.feed.layout.side_by_side, list[Band]()
    for band in bands if count > 1 else ():
        parts = side_by_side(band, count)
        if isinstance(parts, Heading):
            cell, found = band.cell(parts.index), parts.path or None
            raise Unreadable(
                [rules.finding("unknown_layout.side_by_side", band.sheet.name, cell, found=found, count=count)]
            )
        apart += parts
    return apart or list(bands)


def _month(above: list[str], feed: Feed, sheet: str | None, file_name: str) -> tuple[Month | None, list[Finding]]:
    """The month of a table as its layout says where to find it; None where rows or headings name theirs."""
    if feed.layout.month:
        return feed.layout.month, []
    if feed.layout.month_from != "title":
        return None, []
    return period.stated_month(above, sheet, file_name, feed.scope == "month")


def _two_months(above: Sequence[Line], sheet: Sheet) -> Iterator[Finding]:
    """Lines over a table that name different months: one of them is last month's, left in."""
    dated = [(line, months) for line in above if (months := own_months(line.text))]
    for line, months in dated[1:]:
        title, named = dated[0]
        if not set(named) & set(months):
            both = ((title, named), (line, months))
            found = "，".join(f"{address(at.row, at.column)}为{'、'.join(map(str, said))}" for at, said in both)
            yield rules.finding("month_disagrees.lines", sheet.name, address(line.row, line.column), found=found)


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
    for band in (b for b in bands if b.top != bands[0].top):
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
    drift = _beside_series(meant, band) if meant.in_rows else compare(meant.feed, seen, rows=False)
    return [_unknown_layout(band.sheet, drift)] if drift else []


def _beside_series(meant: Declared, band: Band) -> Drift:
    """What else than months and a column of units stands beside the names of series, and whether months do."""
    placed = [(h, meant.place(h)) for h in band.headings if h.path and h.index != names_of_series(meant, band)]
    added = [Seen(h.path, None, letter(h.index)) for h, place in placed if not place and not meant.ignores(h.path)]
    months = any(place.meaning.column.counts for _, place in placed if place)
    return Drift(tuple(added), () if months else ("各月列",), ())


def _unknown_layout(sheet: Sheet, drift: Drift) -> Finding:
    """The diff, for the sender."""
    return rules.finding(
        "unknown_layout.headings",
        sheet.name,
        found="、".join(map(str, drift.added[:20])) or None,
        expected="、".join(drift.missing[:20]) or None,
        drift=drift.in_words(),
    )
