"""A table whose columns are indicators -> typed cells; each row is a region, an industry, a firm or a month."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from ingest import rules
from ingest.feed import Feed, Label
from ingest.grammar.cells import PLAIN, Numbers, printed_decimals, read_numbers
from ingest.grammar.paperwork import is_footer
from ingest.grammar.text import first_text, text_of
from ingest.layout.declared import Declared, Place
from ingest.layout.table import LocatedTable
from ingest.parsing.collector import Collector
from ingest.parsing.keys import Keys
from ingest.parsing.part import (
    KEPT,
    Part,
    as_texts,
    cell_finding,
    column_row,
    label_places,
    no_rows,
    note_merged,
    repeated,
)
from ingest.parsing.rates import Rates
from ingest.parsing.row_labels import industry_finding, longer_times, read_labels, read_maturities, region_finding
from ingest.parsing.stray import Stray
from ingest.parsing.totals import CONTROL_SCHEMA, Totals
from ingest.parsing.years import Years
from ingest.reading.sheet import Chunk, Raw, Sheet, address
from vocabulary.month import Month

# A first cell of which comparing (plain) changes nothing.
SIMPLY_WRITTEN = r"^[0-9A-Za-z\x{4e00}-\x{9fff}]+$"

# What makes a row one of a kind within its sheet.
KEYS = ("region", "industry", "entity_id", "month")


def read_columns(feed: Feed, located: LocatedTable, found: Collector, before: int) -> Iterator[Part]:
    """A table whose columns are declared: each row is a region, an industry, a firm or a month."""
    sheet = located.sheet
    numbered = [p for p in located.places if p.meaning.column.indicator]
    labelled = label_places(located)
    described = [_delivered_column(feed, located, p, labelled, found) for p in numbered]
    decimals = [0] * len(numbered)
    keys = Keys(KEYS)
    stray = Stray(feed, located)
    years = Years(located)
    rates = Rates(numbered)
    totals = Totals(feed, located.month, numbered, labelled)
    for chunk in _chunks(sheet, located.body):
        stray.note(chunk, found)
        series = [_numbers(chunk, place) for place in numbered]
        rates.add(chunk, series)
        decimals = [max(pair) for pair in zip(decimals, (n.decimals for n in series), strict=True)]
        data = _data_rows(located.declared, chunk, numbered, series)
        for place, numbers in zip(numbered, series, strict=True):
            _note_faults(sheet, chunk, place, numbers, data, found)
        said = data & np.logical_or.reduce([_speaks(n) for n in series])
        summing = totals.find(sheet, chunk, said)
        said[list(summing)] = False
        totals.add(sheet, chunk, series, said, summing)
        at = np.flatnonzero(said)
        rows: dict[str, pl.Series] = {"row": pl.Series(at + chunk.first + 1, dtype=pl.Int32)}
        for label, place in labelled.items():
            if label in KEPT:
                rows[label] = read_labels(feed, sheet, chunk, at, label, place, years, found)
        if "month" in labelled:
            speaking = [(p, _speaks(n)) for p, n in zip(numbered, series, strict=True)]
            found += longer_times(sheet, chunk, at, labelled["month"], speaking)
        if "credit_code" in rows and "entity_id" not in rows:
            rows["entity_id"] = rows["credit_code"]
        keys.add(rows)
        cells = _count_cells(described, series, at, rows.get("month"))
        rows["absent"] = _absent_marks(series, at, before)
        rows["values"] = _array_literals([n.texts for n in series], said, before)
        if "month" in rows:
            rows["decimals"] = _growth_decimals(described, series, said, rows["month"], before)
        said_of_rows = read_maturities(sheet, chunk, at, labelled, found)
        yield Part(sheet.name, None, pl.DataFrame(rows), None, cells, said=said_of_rows)
    keys.note(sheet, found)
    rates.note(sheet, located.body, found)
    for column, most in zip(described, decimals, strict=True):
        column["decimals"] = most if column["decimals"] is None else column["decimals"]
    columns = [{"position": position} | column for position, column in enumerate(described, 1 + before)]
    controls, findings = totals.finish(sheet)
    found += findings
    yield Part(sheet.name, columns, no_rows(), controls=pl.DataFrame(controls, schema=CONTROL_SCHEMA))


def _chunks(sheet: Sheet, start: int) -> Iterator[Chunk]:
    """The sheet's chunks; a column of nothing but texts becomes a series, since that is checked as a whole.

    Merged cells are looked up one by one.
    """
    for chunk in sheet.chunks(start):
        yield chunk if sheet.covered else chunk._replace(columns=[*map(_as_series, chunk.columns)])


def _as_series(column: pl.Series | Sequence[Raw]) -> pl.Series | Sequence[Raw]:
    if isinstance(column, pl.Series) or type(column[0]) is not str or set(map(type, column)) != {str}:
        return column
    texts = pl.Series(column, dtype=pl.String)
    return texts.set(texts == "", None)


def _delivered_column(
    feed: Feed, located: LocatedTable, place: Place, labelled: dict[Label, Place], found: Collector
) -> dict[str, Any]:
    meaning, column = place.meaning, place.meaning.column
    month = meaning.month or (None if "month" in labelled else located.month)
    region = meaning.region or (None if "region" in labelled else feed.region)
    sheet, cell = located.sheet, address(located.body - 1, place.index)
    if not month and "month" not in labelled:
        found.append(rules.finding("month_missing.heading", sheet.name, cell, heading=place.heading))
    for finding in (region_finding(sheet, cell, region), industry_finding(sheet, cell, meaning.industry)):
        if finding:
            found.append(finding)
    return column_row(place, column) | {"month": month and month.date, "region": region, "industry": meaning.industry}


def _numbers(chunk: Chunk, place: Place) -> Numbers:
    column = place.meaning.column
    printed = column.decimals is None or column.unit == "%"
    return read_numbers(chunk.columns[place.index], column.unit or "", column.measure, printed)


def _speaks(numbers: Numbers) -> np.ndarray:
    """Which cells hold a number or a mark."""
    speaks = numbers.texts.is_not_null().to_numpy().copy()
    speaks[list(numbers.reasons)] = True
    return speaks


def _data_rows(declared: Declared, chunk: Chunk, numbered: list[Place], series: list[Numbers]) -> np.ndarray:
    """Which rows are neither blank, skipped by declaration, a heading without numbers nor a footer.

    A row with a plain number is no footer, so only the others are looked at one by one.
    """
    data = np.logical_or.reduce([n.plain.to_numpy() for n in series])
    for i in sorted({i for n in series for i in n.odd if not data[i]}):
        label = first_text(column[i] for column in chunk.columns)
        if is_footer(label):
            data[i] = any(re.fullmatch(PLAIN, text_of(chunk.columns[p.index][i])) for p in numbered)
        else:
            data[i] = not declared.skips(label)
    if skip_labels := declared.feed.layout.skip_labels:
        for i in _may_be_skipped(skip_labels, chunk):
            label = first_text(column[i] for column in chunk.columns)
            data[i] &= is_footer(label) or not declared.skips(label)
    return data


def _may_be_skipped(skip_labels: Sequence[str], chunk: Chunk) -> list[int]:
    """Rows whose first cell the layout may skip: all that the patterns match, and any that is not simply written."""
    first = as_texts(chunk.columns[0], chunk.tidy)
    for column in chunk.columns[1:]:
        if not first.null_count():
            break
        first = first.to_frame("a").select(pl.coalesce("a", as_texts(column, chunk.tidy))).to_series()
    try:
        matched = first.str.contains("|".join(f"^(?:{p})$" for p in skip_labels))
    except pl.exceptions.ComputeError:
        return list(range(chunk.height))
    return (matched | ~first.str.contains(SIMPLY_WRITTEN)).arg_true().to_list()


def _note_faults(
    sheet: Sheet, chunk: Chunk, place: Place, numbers: Numbers, data: np.ndarray, found: Collector
) -> None:
    for i, cell in numbers.faults.items():
        if data[i]:
            found.append(cell_finding(sheet, chunk, i, place.index, cell))
    note_merged(sheet, chunk, place, found)


def _count_cells(
    columns: list[dict[str, Any]], series: list[Numbers], at: np.ndarray, months: pl.Series | None
) -> Counter[Month]:
    """Numbers and marks by month."""
    cells: Counter[Month] = Counter()
    in_row = np.zeros(len(at), dtype=np.int64)
    for column, numbers in zip(columns, series, strict=True):
        speaks = _speaks(numbers)[at]
        if column["month"]:
            cells[Month.of(column["month"])] += int(speaks.sum())
        else:
            in_row += speaks
    if months is not None:
        by_month = pl.DataFrame({"month": months, "cells": in_row}).group_by("month").agg(pl.col("cells").sum())
        for month, n in by_month.drop_nulls().iter_rows():
            cells[Month.of(date.fromisoformat(month))] += n
    return +cells


def _array_literals(texts: list[pl.Series], said: np.ndarray, before: int) -> pl.Series:
    """Each row's numbers as PostgreSQL writes an array."""
    frame = pl.DataFrame([t.alias(str(i)) for i, t in enumerate(texts)])
    parts = [x for name in frame.columns for x in (pl.lit(","), pl.col(name).fill_null("NULL"))]
    literal = pl.concat_str([pl.lit("{" + "NULL," * before), *parts[1:], pl.lit("}")])
    rows = frame if said.all() else frame.filter(pl.Series(said))
    return rows.select(literal).to_series()


def _growth_decimals(
    columns: list[dict[str, Any]], series: list[Numbers], said: np.ndarray, months: pl.Series, before: int
) -> pl.Series:
    """For each row kept, with how many decimals its year prints growth: a column of many years is not printed alike."""
    years = months.str.slice(0, 4)
    digits = []
    for column, numbers in zip(columns, series, strict=True):
        texts = numbers.texts.filter(pl.Series(said))
        printed = {
            # one at least where the column has any: 5.0 is kept as 5
            year: str(min(max(printed_decimals(texts.filter(years == year)), 1), numbers.decimals))
            for year in years.unique().drop_nulls()
            if column["measure"] == "growth" and column["decimals"] is None
        }
        digits.append(years.replace_strict(printed, default=None, return_dtype=pl.String))
    return _array_literals(digits, np.ones(len(years), dtype=bool), before)


def _absent_marks(series: list[Numbers], at: np.ndarray, before: int) -> pl.Series:
    """For each row kept, its marks by column position as JSON."""
    marks: dict[int, str] = {}
    for position, numbers in enumerate(series, 1 + before):
        for i, reason in numbers.reasons.items():
            mark = f'"{position}": "{reason}"'
            marks[i] = f"{marks[i]}, {mark}" if i in marks else mark
    kept = [(j, f"{{{marks[i]}}}") for j, i in enumerate(at.tolist()) if i in marks] if marks else []
    absent = repeated(None, len(at))
    return absent.scatter([j for j, _ in kept], [text for _, text in kept]) if kept else absent
