"""How a sheet is laid out, as the fingerprint and the diff take it: its headings, their units and what lies under them."""

from collections.abc import Iterator, Sequence
from typing import Literal

from ingest.grammar import period
from ingest.grammar.text import text_of
from ingest.layout.declared import Declared
from ingest.layout.drift import Seen
from ingest.layout.headings import Band
from ingest.layout.rows import rows_named
from ingest.reading.sheet import Sheet, letter
from vocabulary.month import Month

# How many rows of a column show what it holds.
SAMPLED_ROWS = 50


def survey(declared: Declared, bands: Sequence[Band], month: Month | None) -> list[Seen]:
    """The headings of all tables, and of the rows where they say what is counted, each once."""
    columns = () if declared.in_rows else (seen for band in bands for seen in _headings_seen(declared, band, month))
    rows = (seen for band in bands for seen in _rows_seen(declared, band)) if declared.feed.row_lines else ()
    return list({(seen.path, seen.letter.isdigit() or seen.letter): seen for seen in (*columns, *rows)}.values())


def _headings_seen(declared: Declared, band: Band, month: Month | None) -> Iterator[Seen]:
    """The headings of one table, their months named from the table's; of many months one stands for all."""
    many: set[str] = set()
    for h in band.headings:
        meaning = declared.columns.understand(h.path)
        unit = h.units[-1].unit if h.units else None
        path = h.path if meaning else period.relative(h.path, month)[0]
        if meaning and meaning.column.open & {"year", "month"}:
            path = meaning.column.heading
            if path in many:
                continue
            many.add(path)
        yield Seen(path, unit, letter(h.index), _kind(band.sheet, band.body, h.index))


def _rows_seen(declared: Declared, band: Band) -> Iterator[Seen]:
    for row, levels, units in rows_named(declared, band):
        if levels:
            yield Seen("|".join(levels), units[-1] if units else None, str(row + 1))


def _kind(sheet: Sheet, body: int, index: int) -> Literal["number", "text", "empty"]:
    texts = [t for r in range(body, min(len(sheet.rows), body + SAMPLED_ROWS)) if (t := text_of(sheet.at(r, index)))]
    if not texts:
        return "text" if holds_anything(sheet, body, index) else "empty"
    return "number" if sum(any(c.isdigit() for c in t) or t in "-—" for t in texts) * 2 >= len(texts) else "text"


def holds_anything(sheet: Sheet, body: int, index: int | None = None) -> bool:
    """Whether a sheet, or one column of it, holds anything from row `body` on."""
    columns = range(sheet.width) if index is None else (index,)
    return any(text_of(v) for c in columns for v in sheet.column(c, body))
