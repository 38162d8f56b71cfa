"""A table that lists things -> rows with what names them, and attributes that describe them."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from ingest.feed import Feed
from ingest.grammar.attributes import read_attribute
from ingest.grammar.paperwork import is_footer
from ingest.grammar.text import first_text, text_of
from ingest.layout.table import LocatedTable
from ingest.parsing.collector import Collector
from ingest.parsing.identity import identity_findings
from ingest.parsing.keys import Keys
from ingest.parsing.part import Part, cell_finding, label_places, no_rows, repeated
from ingest.parsing.row_labels import read_labels
from ingest.parsing.stray import Stray
from ingest.parsing.totals import Totals
from ingest.parsing.years import Years
from ingest.reading.sheet import Chunk
from vocabulary.month import Month

REGISTER = ("row", "month", "entity_id", "entity_name", "credit_code", "region", "industry", "attributes")


def read_register(feed: Feed, located: LocatedTable, found: Collector, before: int) -> Iterator[Part]:
    """A table that lists things: each row has what names it, and attributes that describe it."""
    sheet = located.sheet
    labelled = label_places(located)
    described = [p for p in located.places if p.meaning.column.attribute]
    keys = Keys(("entity_id", "month"))
    stray = Stray(feed, located)
    years = Years(located)
    totals = Totals(feed, located.month, (), labelled)
    for chunk in sheet.chunks(located.body):
        stray.note(chunk, found)
        lists = np.array([_lists_something(located, chunk, i) for i in range(chunk.height)], dtype=bool)
        lists[list(totals.find(sheet, chunk, lists))] = False
        at = np.flatnonzero(lists)
        rows: dict[str, pl.Series] = {"row": pl.Series(at + chunk.first + 1, dtype=pl.Int32)}
        for label, place in labelled.items():
            rows[label] = read_labels(feed, sheet, chunk, at, label, place, years, found)
        if "entity_id" not in rows:
            # Where a list numbers nothing, its rows are the only numbers there are.
            rows["entity_id"] = rows.get("credit_code", rows["row"].cast(pl.String))
        if "month" not in rows:
            rows["month"] = repeated(located.month.date.isoformat() if located.month else None, len(at))
        if feed.region and "region" not in rows:
            rows["region"] = repeated(feed.region, len(at))
        keys.add(rows)
        found += identity_findings(feed, sheet.name, rows, {label: place.index for label, place in labelled.items()})
        said: list[dict[str, Any]] = [{} for _ in at]
        for place in described:
            cells = chunk.columns[place.index]
            values, faults = read_attribute([cells[i] for i in at.tolist()], place.meaning.column)
            found += (cell_finding(sheet, chunk, int(at[i]), place.index, cell) for i, cell in faults.items())
            for attributes, value in zip(said, values, strict=True):
                if value is not None:
                    attributes[place.meaning.column.attribute or ""] = value
        counted: Counter[Month] = Counter()
        for month, attributes in zip(rows["month"], said, strict=True):
            if month:
                counted[Month.of(date.fromisoformat(month))] += 1 + len(attributes)
        rows["attributes"] = pl.Series([json.dumps(a, ensure_ascii=False) for a in said], dtype=pl.String)
        listed = pl.DataFrame({k: rows[k] for k in REGISTER if k in rows}).with_columns(kind=pl.lit(feed.lists))
        yield Part(sheet.name, None, no_rows(), listed, counted)
    keys.note(sheet, found)
    yield Part(sheet.name, [], no_rows())


def _lists_something(located: LocatedTable, chunk: Chunk, i: int) -> bool:
    label = first_text(column[i] for column in chunk.columns)
    if is_footer(label) or located.declared.skips(label):
        return False
    return any(text_of(chunk.columns[p.index][i]) for p in located.places)
