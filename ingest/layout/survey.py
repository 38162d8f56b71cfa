"""How a sheet is laid out, as the fingerprint and the diff take it: its headings, their units and what lies under them."""

from collections.abc import Iterator, Sequence
from typing import Literal

from ingest.grammar import period
from ingest.grammar.paperwork import is_footer
from ingest.grammar.text import first_text, plain, text_of
from ingest.grammar.units import split_units
from ingest.layout.declared import Declared
from ingest.layout.drift import Seen
from ingest.layout.headings import Band
from ingest.reading.sheet import Sheet, letter
from vocabulary.month import Month

# How many rows of a column show what it holds.
SAMPLED_ROWS = 50


def survey(declared: Declared, bands: Sequence[Band], month: Month | None) -> list[Seen]:
    """The headings of all tables, or the names of series in rows."""
    if declared.in_rows:
        return list(_series(declared, bands[0]))
    return [seen for band in bands for seen in headings_seen(declared, band, month)]


def headings_seen(declared: Declared, band: Band, month: Month | None) -> Iterator[Seen]:
    """The headings of one table, their months named from the table's."""
    for h in band.headings:
        path = h.path if declared.understand(h.path) else period.relative(h.path, month)[0]
        unit = h.units[-1].unit if h.units else None
        yield Seen(path, unit, letter(h.index), _kind(band.sheet, band.body, h.index))


def _series(declared: Declared, band: Band) -> Iterator[Seen]:
    for row in range(band.body, len(band.sheet.rows)):
        label = first_text(band.sheet.rows[row])
        if label and not declared.skips(label) and not is_footer(label):
            name, units = split_units(plain(text_of(band.sheet.spread(row, band.labels_at))))
            yield Seen(name, units[-1] if units else None, str(row + 1))


def _kind(sheet: Sheet, body: int, index: int) -> Literal["number", "text", "empty"]:
    texts = [t for r in range(body, min(len(sheet.rows), body + SAMPLED_ROWS)) if (t := text_of(sheet.at(r, index)))]
    if not texts:
        return "text" if holds_anything(sheet, body, index) else "empty"
    return "number" if sum(any(c.isdigit() for c in t) or t in "-—" for t in texts) * 2 >= len(texts) else "text"


def holds_anything(sheet: Sheet, body: int, index: int | None = None) -> bool:
    """Whether a sheet, or one column of it, holds anything from row `body` on."""
    columns = range(sheet.width) if index is None else (index,)
    return any(text_of(v) for c in columns for v in sheet.column(c, body))
