"""Where a feed's tables lie on a sheet, what each of their columns means, and which month and units the paper states.

What the feed does not know stops the file, with what was added, what is missing and what seems renamed.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Literal

from ingest import rules
from ingest.feed import Feed
from ingest.grammar import labels, period
from ingest.grammar.cells import read_number
from ingest.grammar.months import months_in
from ingest.grammar.paperwork import PAGE_LINE, is_footer
from ingest.grammar.text import first_text, plain, text_of
from ingest.grammar.units import STATED_UNIT, Stated, split_units, units_named
from ingest.layout.drift import Drift, Seen, SheetLayout, compare, sheet_name
from ingest.layout.headings import Heading, Place, place, read_headings, understand
from ingest.layout.units import Line, foreign_units, settle, units_above
from ingest.reading.sheet import Sheet, address, letter
from vocabulary.finding import Finding
from vocabulary.month import Month

# A table's headings stand near the top of its sheet.
SEARCHED_ROWS = 60
# How many rows of a column show what it holds.
SAMPLED_ROWS = 50
HEADING_LEVELS = range(1, 5)
UNIT_ROW = re.compile(r"(?:计量)?单位")


class Unreadable(Exception):
    """The layout does not hold. Carries every finding on the way, and the layout as far as it was seen."""

    def __init__(self, findings: list[Finding], layout: SheetLayout | None = None) -> None:
        super().__init__("; ".join(p.message for p in findings))
        self.findings = findings
        self.layout = layout


@dataclass(frozen=True)
class Located:
    """One table: a sheet on which nothing but its rows is left from `body` (from 0) on, its columns, its month."""

    sheet: Sheet
    body: int
    places: tuple[Place, ...]
    month: Month | None


@dataclass(frozen=True)
class Read:
    """What a sheet holds: its tables, the first from row `top` on, its layout for the fingerprint, what is to be noted."""

    tables: tuple[Located, ...]
    top: int
    layout: SheetLayout
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Band:
    """The rows of one table's headings: `top` to before `body`, from 0."""

    top: int
    levels: int
    body: int
    headings: tuple[Heading, ...]


def choose_sheets(feed: Feed, sheets: list[Sheet], file_name: str, findings: list[Finding]) -> list[Sheet]:
    """The sheets to read: those that the layout names or whose names speak, else the first. Raises Unreadable.

    A further sheet that holds a table of the feed, and is neither read nor left out by the layout, is refused: nobody
    could say which of the two holds. Hidden sheets hold last month's table or lists of choices: they are not the data
    unless the layout names one and no sheet that is shown.
    """
    layout = feed.layout
    everything, sheets = sheets, [s for s in sheets if not s.hidden] or sheets
    if is_text(sheets[0], file_name):
        return sheets[:1]
    named = [s for s in sheets if re.search(layout.sheet or "", s.name)]
    if not named:
        named = sheets = [s for s in everything if re.search(layout.sheet or "", s.name)]
    if not named:
        found = "、".join(s.name for s in everything)
        raise Unreadable([rules.finding("unknown_layout.no_sheet", found=found, expected=layout.sheet)])
    if layout.sheet_says:
        held = [s for s in named if _holds_anything(s, 0)]
        return _sheets_of_month(feed, held, file_name, findings) if layout.sheet_says == "month" else held
    if layout.sheet:
        return named
    for other in sheets[1:]:
        if band := _first_band(feed, other):
            missing = compare(feed, list(_seen(feed, other, band, None))).missing
            if not missing:
                findings.append(rules.finding("sheet_left_in.twin", other.name, found=other.name))
    return sheets[:1]


def _sheets_of_month(feed: Feed, sheets: list[Sheet], file_name: str, findings: list[Finding]) -> list[Sheet]:
    """Of sheets named after months: all for a feed of scope history, else the one of the file's month, or the only one."""
    months = {s.name: months_in(s.name) for s in sheets}
    nameless = [s for s in sheets if len(months[s.name]) != 1]
    findings += [rules.finding("month_missing.sheet", s.name, found=s.name) for s in nameless]
    dated = [s for s in sheets if s not in nameless]
    if feed.scope == "history" or len(dated) < 2:
        return dated
    wanted = months_in(file_name)
    if len(wanted) != 1:
        raise Unreadable([*findings, rules.finding("sheet_left_in.months", dated[1].name, found=dated[1].name)])
    own = [s for s in dated if months[s.name] == wanted]
    if not own:
        found = "、".join(s.name for s in dated)
        disagrees = rules.finding("month_disagrees.no_sheet", found=found, expected=str(wanted[0]))
        raise Unreadable([*findings, disagrees])
    findings += [
        rules.finding("other_month", s.name, found=s.name, expected=own[0].name) for s in dated if s not in own
    ]
    return own


def is_text(sheet: Sheet, file_name: str) -> bool:
    """Whether the sheet is a text file, whose name says nothing that the file's does not."""
    return sheet.name == PurePath(file_name).stem


def locate(feed: Feed, sheet: Sheet, file_name: str) -> Read:
    """Find the tables, their columns, month and units. Raises Unreadable with all that does not hold."""
    first = _first_band(feed, sheet)
    if first is None:
        raise Unreadable([_no_table(feed, sheet)])
    bands = [first, *_later_bands(feed, sheet, first)]
    above = _lines(sheet, 0, first.top)
    month: Month | None = None
    findings: list[Finding] = []
    if feed.layout.month:
        month = feed.layout.month
    elif feed.layout.month_from == "title":
        name = None if is_text(sheet, file_name) else sheet.name
        month, findings = period.stated_month([a.text for a in above], name, file_name, feed.scope == "month")
    findings += _other_months(sheet, bands, month)
    units, unknown = units_above(above, sheet)
    seen = [s for band in bands for s in _seen(feed, sheet, band, month)]
    if feed.layout.series == "rows":
        seen = [*_series_seen(feed, sheet, first)]
    name = "" if is_text(sheet, file_name) else sheet_name(sheet.name)
    layout = SheetLayout(name, tuple(s.unit for s in units), tuple(dict.fromkeys(s for s in seen if s.path)))
    findings += unknown + _differences(feed, sheet, first, seen)
    notes: list[Finding] = []
    tables: dict[tuple[object, ...], tuple[Band, tuple[Place, ...]]] = {}
    kept: dict[tuple[object, ...], list[int]] = {}
    ends = [_paperwork_from(sheet, b.top) for b in bands[1:]] + [len(sheet.rows)]
    for band, end in zip(bands, ends, strict=True):
        places = tuple(_places(feed, sheet, band, month))
        findings += _named_twice(sheet, band.top, places)
        findings += _months_in_headings(sheet, band, places, month)
        findings += _region_of_sheet(feed, sheet)
        own, unknown = units_above(_lines(sheet, _paperwork_from(sheet, band.top), band.top), sheet)
        findings += unknown if band is not first else []
        places = tuple(_settled(feed, sheet, band, places, own or units, findings, notes))
        key = tuple((p.index, p.meaning or p.month) for p in places)
        tables.setdefault(key, (band, places))
        kept.setdefault(key, []).extend(range(band.body, end))
    findings += foreign_units(feed, sheet, units)
    if findings:
        raise Unreadable(findings, layout)
    return Read(
        tuple(
            Located(_only(sheet, kept[key], len(bands)), band.body, _by_sheet(feed, sheet, places), month)
            for key, (band, places) in tables.items()
        ),
        first.top,
        layout,
        tuple(notes),
    )


def _no_table(feed: Feed, sheet: Sheet) -> Finding:
    first = next((text_of(v) for r in sheet.rows for v in r if text_of(v)), "")
    return rules.finding(
        "unknown_layout.no_table",
        sheet.name,
        found=first[:80],
        expected="、".join(c.heading for c in feed.columns[:8]),
    )


def _first_band(feed: Feed, sheet: Sheet) -> Band | None:
    """The headings: where most declared columns (or, with series in rows, months) are recognised.

    Papers gain and lose a level of headings; the declared number of levels is tried first.
    """
    best: tuple[int, int, int] = (0, 0, 0)
    declared = feed.layout.header_rows
    for levels in (declared, *(n for n in HEADING_LEVELS if n != declared)):
        for row in range(min(len(sheet.rows), SEARCHED_ROWS)):
            known = _known(feed, sheet, row, levels)
            if known > best[0]:
                best = (known, row, levels)
        if best[0] >= sum(not c.optional for c in feed.columns) or feed.layout.series == "rows":
            break
    known, top, levels = best
    if not known:
        return None
    band = _band(sheet, top, levels)
    # Numbers over these headings belong to a table whose own headings are less well known: that one comes first.
    above = next((r for r in range(top) if _holds_numbers(feed, sheet, r, band)), 0)
    return _band(sheet, max(range(above), key=lambda r: _known(feed, sheet, r, levels)), levels) if above else band


def _holds_numbers(feed: Feed, sheet: Sheet, row: int, band: Band) -> bool:
    """Whether a row has two numbers or marks, or its only one, in the columns that the headings give numbers to."""
    placed = [p for h in band.headings if (p := place(feed, h, None, first=False))]
    units = {p.index: p.meaning.column.unit if p.meaning else "%" for p in placed if p.month or p.meaning}
    cells = [read_number(sheet.at(row, i), unit) for i, unit in units.items() if unit]
    return sum(c.value is not None or c.reason is not None for c in cells) >= min(2, len(cells) or 1)


def _known(feed: Feed, sheet: Sheet, row: int, levels: int) -> int:
    """How many different declared columns the headings from `row` name."""
    width = max((len(r) for r in sheet.rows[row : row + levels]), default=0)
    found = (place(feed, h, None, first=False) for h in read_headings(sheet, row, levels, width) if h.path)
    return len({p.meaning.column if p.meaning else p.month for p in found if p})


def _band(sheet: Sheet, top: int, levels: int) -> Band:
    """The headings with the row of units under them, if there is one."""
    headings = tuple(read_headings(sheet, top, levels, sheet.width))
    body = top + levels
    if body < len(sheet.rows) and (row := _unit_row(sheet, body)) is not None:
        return Band(top, levels, body + 1, tuple(replace(h, units=(*h.units, *row.get(h.index, ()))) for h in headings))
    return Band(top, levels, body, headings)


def _unit_row(sheet: Sheet, row: int) -> dict[int, tuple[Stated, ...]] | None:
    """The units of a row that names nothing else, by column; None for any other row."""
    units: dict[int, tuple[Stated, ...]] = {}
    for index in range(len(sheet.rows[row])):
        text = plain(text_of(sheet.spread(row, index))).removeprefix("(").removesuffix(")")
        named = units_named(text)
        if text and not named and not UNIT_ROW.fullmatch(text):
            return None
        if named:
            units[index] = tuple(Stated(u, address(row, index)) for u in named)
    return units or None


def _later_bands(feed: Feed, sheet: Sheet, first: Band) -> Iterator[Band]:
    """Headings further down: repeated at a page's head, or those of another table under the first."""
    label = next((h.index for h in first.headings if h.path), 0)
    words = {w for c in feed.columns if c.label for h in (c.heading, *c.aliases) for w in (plain(h.split("|")[0]),)}
    words.add(plain(text_of(sheet.spread(first.top, label))))
    initials = tuple({w[0] for w in words if w})
    cells = sheet.column(label, first.body + 1)
    headings = {
        raw
        for raw in set(cells)
        if isinstance(raw, str) and raw.lstrip().startswith(initials) and plain(text_of(raw)) in words
    }
    below = first.body
    for row, raw in enumerate(cells if headings else (), first.body + 1):
        if row > below and raw in headings and _known(feed, sheet, row, first.levels) > 1:
            band = _band(sheet, row, first.levels)
            yield band
            below = band.body


def _paperwork_from(sheet: Sheet, top: int) -> int:
    """The first of the lines right over a later table's headings that only name it: title, unit, page, blank."""
    row = top
    while row and _is_paperwork(sheet, row - 1):
        row -= 1
    return row


def _is_paperwork(sheet: Sheet, row: int) -> bool:
    texts = [plain(t) for v in sheet.rows[row] if (t := text_of(v))]
    return all(months_in(t) or STATED_UNIT.search(t) or PAGE_LINE.fullmatch(t) for t in texts)


def _other_months(sheet: Sheet, bands: Sequence[Band], month: Month | None) -> Iterator[Finding]:
    """A table further down under a title of another month: last month's, left in."""
    for band in bands[1:]:
        for line in _lines(sheet, _paperwork_from(sheet, band.top), band.top):
            named = months_in(line.text)
            if month and named and named != [month]:
                yield rules.finding(
                    "month_disagrees.further_table",
                    sheet.name,
                    address(line.row, line.column),
                    found="、".join(str(m) for m in named),
                    expected=str(month),
                )


def _lines(sheet: Sheet, start: int, end: int) -> list[Line]:
    """The texts of rows, one line a row, each cell once."""
    lines = []
    for row in range(start, end):
        texts = {
            unicodedata.normalize("NFKC", t): c for c, v in reversed([*enumerate(sheet.rows[row])]) if (t := text_of(v))
        }
        if texts:
            lines.append(Line(row, min(texts.values()), " ".join(reversed(texts))))
    return lines


def _seen(feed: Feed, sheet: Sheet, band: Band, month: Month | None) -> Iterator[Seen]:
    """The headings as the fingerprint and the diff take them."""
    for h in band.headings:
        path = h.path if understand(feed, h.path) else period.relative(h.path, month)[0]
        yield Seen(path, h.units[-1].unit if h.units else None, letter(h.index), _kind(sheet, band.body, h.index))


def _series_seen(feed: Feed, sheet: Sheet, band: Band) -> Iterator[Seen]:
    """The names of series in rows."""
    index = next(h.index for h in band.headings if h.path)
    for row in range(band.body, len(sheet.rows)):
        label = first_text(sheet.rows[row])
        if label and not is_skipped(feed, label) and not is_footer(label):
            name, units = split_units(plain(text_of(sheet.spread(row, index))))
            yield Seen(name, units[-1] if units else None, str(row + 1))


def _kind(sheet: Sheet, body: int, index: int) -> Literal["number", "text", "empty"]:
    texts = [t for r in range(body, min(len(sheet.rows), body + SAMPLED_ROWS)) if (t := text_of(sheet.at(r, index)))]
    if not texts:
        return "text" if _holds_anything(sheet, body, index) else "empty"
    return "number" if sum(any(c.isdigit() for c in t) or t in "-—" for t in texts) * 2 >= len(texts) else "text"


def _holds_anything(sheet: Sheet, body: int, index: int | None = None) -> bool:
    columns = range(sheet.width) if index is None else (index,)
    return any(text_of(v) for c in columns for v in sheet.column(c, body))


def _differences(feed: Feed, sheet: Sheet, band: Band, seen: Sequence[Seen]) -> list[Finding]:
    if feed.layout.series == "rows":
        months = any(place(feed, h, None, first=False) for h in band.headings)
        return [] if months else [unknown_layout(sheet, Drift((), ("各月列",), ()))]
    drift = compare(feed, seen)
    return [unknown_layout(sheet, drift)] if drift else []


def unknown_layout(sheet: Sheet, drift: Drift) -> Finding:
    """The diff, for the sender."""
    return rules.finding(
        "unknown_layout.headings",
        sheet.name,
        found="、".join(map(str, drift.added[:20])) or None,
        expected="、".join(drift.missing[:20]) or None,
        drift=drift.in_words(),
    )


def _places(feed: Feed, sheet: Sheet, band: Band, month: Month | None) -> Iterator[Place]:
    first = True
    for heading in band.headings:
        if found := place(feed, heading, month, first):
            first = False
            yield found


def _named_twice(sheet: Sheet, top: int, places: Sequence[Place]) -> Iterator[Finding]:
    seen: dict[object, Place] = {}
    for p in places:
        key = p.meaning or p.month
        if key is None:
            continue
        if key in seen:
            both = f"{seen[key].letter}列、{p.letter}列"
            yield rules.finding("heading_twice", sheet.name, address(top, p.index), found=both, heading=p.heading)
        seen[key] = p


def _months_in_headings(sheet: Sheet, band: Band, places: Sequence[Place], month: Month | None) -> Iterator[Finding]:
    for p in places:
        for said in p.said:
            if month and not said.agrees(month):
                cell = address(band.top + band.levels - 1, p.index)
                yield period.heading_disagrees(said, month, p.heading, sheet.name, cell)


def _settled(
    feed: Feed,
    sheet: Sheet,
    band: Band,
    places: Sequence[Place],
    above: Sequence[Stated],
    findings: list[Finding],
    notes: list[Finding],
) -> Iterator[Place]:
    """The places, each column in the unit that the paper states."""
    units = {h.index: h.units for h in band.headings}
    for p in places:
        if not p.meaning or not p.meaning.column.unit:
            yield p
            continue
        cell = address(band.top + band.levels - 1, p.index)
        column, finding = settle(p.meaning.column, units[p.index], above, p.heading, sheet, cell)
        if finding:
            (findings if finding.severity == "critical" else notes).append(finding)
        yield p if column is p.meaning.column else replace(p, meaning=replace(p.meaning, column=column))


def _region_of_sheet(feed: Feed, sheet: Sheet) -> Iterator[Finding]:
    if feed.layout.sheet_says == "region" and not labels.region_is_known(sheet.name):
        yield rules.finding("unknown_region.sheet", sheet.name, found=sheet.name)


def _by_sheet(feed: Feed, sheet: Sheet, places: tuple[Place, ...]) -> tuple[Place, ...]:
    """The places with the region that the sheet's name gives."""
    if feed.layout.sheet_says != "region":
        return places
    return tuple(replace(p, meaning=replace(p.meaning, region=sheet.name)) if p.meaning else p for p in places)


def _only(sheet: Sheet, rows: Sequence[int], bands: int) -> Sheet:
    """The sheet with only these rows left, each in its place; the sheet itself where it holds one table."""
    if bands == 1:
        return sheet
    kept = set(rows)
    return replace(sheet, rows=[r if i in kept else () for i, r in enumerate(sheet.rows)])


def is_skipped(feed: Feed, label: str) -> bool:
    """Whether a row beginning with `label` carries no data by declaration."""
    patterns = feed.layout.skip_labels
    return bool(patterns) and any(re.fullmatch(p, label) for p in patterns)
