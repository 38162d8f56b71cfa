"""A part of a table on its way into raw, and its cells as people see them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ingest import rules
from ingest.feed import Column, Label
from ingest.grammar.cells import Cell
from ingest.grammar.maturity import Statement
from ingest.grammar.text import UNSEEN, text_of
from ingest.layout.declared import Place
from ingest.layout.table import LocatedTable
from ingest.parsing.collector import Collector
from ingest.reading.sheet import Chunk, Raw, Sheet, address
from vocabulary.finding import Finding
from vocabulary.month import Month
from vocabulary.unit import canonical

# The labels of a row that raw keeps.
KEPT: tuple[Label, ...] = ("region", "industry", "entity_id", "entity_name", "credit_code", "month")


@dataclass
class Part:
    """One sheet's numbers or list, or a part of them, ready for raw.

    rows: the frame of raw.delivered_row without the delivery's id, `values` an array literal, `absent` a JSON text and
    `month` an ISO day. register: the frame of raw.register or None. cells: numbers and marks by month. columns: rows of
    raw.delivered_column likewise; None in all parts of a sheet but its last. said: what rows say of how settled they are.
    """

    sheet: str
    columns: list[dict[str, Any]] | None
    rows: pl.DataFrame
    register: pl.DataFrame | None = None
    cells: Counter[Month] = field(default_factory=Counter)
    controls: pl.DataFrame | None = None
    said: Sequence[Statement] = ()


def no_rows() -> pl.DataFrame:
    """The rows of a part that has none: only columns are still to be told."""
    return pl.DataFrame(schema={"row": pl.Int32, "values": pl.String})


def label_places(located: LocatedTable) -> dict[Label, Place]:
    """Where each label of a row stands."""
    return {p.meaning.column.label: p for p in located.places if p.meaning.column.label}


def column_row(place: Place, column: Column | None) -> dict[str, Any]:
    """The row of raw.delivered_column that a column of the file makes, before its dimensions."""
    described = {
        key: getattr(column, key) if column else None
        for key in ("indicator", "measure", "period_type", "basis", "unit", "decimals")
    }
    factor = canonical(column.unit)[1] if column and column.unit else 1.0
    blank = {"region": None, "industry": None, "month": None}
    return {"letter": place.letter, "heading": place.heading, "factor": factor} | blank | described


def repeated(text: str | None, height: int) -> pl.Series:
    """A column that says the same in each of `height` rows."""
    return pl.repeat(text, height, dtype=pl.String, eager=True)


def spread(sheet: Sheet, chunk: Chunk, column: int, i: int) -> Raw:
    """A cell's value, or that of the merged range which covers it."""
    anchor = sheet.covered.get((chunk.first + i, column))
    value = sheet.at(*anchor) if anchor else chunk.columns[column][i]
    return None if value == "" else value


def as_texts(raws: pl.Series | Sequence[Raw], tidy: bool) -> pl.Series:
    """Cells as people see them, without the blanks around; null where there is nothing to see."""
    if tidy and isinstance(raws, pl.Series):
        return raws
    if not isinstance(raws, pl.Series):
        texts = raws if set(map(type, raws)) <= {str} else [r if type(r) is str else text_of(r) for r in raws]
        raws = pl.Series(texts, dtype=pl.String)
    if raws.str.contains(UNSEEN).any():
        raws = raws.map_elements(text_of, return_dtype=pl.String)
    stripped = raws.str.strip_chars()
    return stripped.set(stripped == "", None)


def note_merged(sheet: Sheet, chunk: Chunk, place: Place, found: Collector) -> None:
    """Numbers that stand in several rows of a column at once."""
    for i in range(chunk.height) if sheet.covered else ():
        anchor = sheet.covered.get((chunk.first + i, place.index))
        if anchor and anchor[1] == place.index and re.search(r"\d", text_of(sheet.at(*anchor))):
            said = text_of(sheet.at(*anchor))
            found.append(rules.finding("merged_number", sheet.name, address(chunk.first + i, place.index), found=said))


def cell_finding(sheet: Sheet, chunk: Chunk, i: int, column: int, cell: Cell) -> Finding:
    """What is told of a cell that cannot be read; `i` is its row in the chunk."""
    assert cell.fault
    said = text_of(chunk.columns[column][i])[:80]
    return rules.finding(cell.fault, sheet.name, address(chunk.first + i, column), found=said, expected=cell.expected)
