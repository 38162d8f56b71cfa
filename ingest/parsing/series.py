"""A table whose rows are indicators and whose columns are months -> typed cells."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import polars as pl

from ingest import rules
from ingest.feed import Column, Feed
from ingest.grammar.cells import Numbers, read_numbers
from ingest.grammar.paperwork import is_footer
from ingest.grammar.text import first_text, text_of
from ingest.layout.declared import Meaning, Place
from ingest.layout.table import LocatedTable
from ingest.layout.units import check_unit, unit_finding
from ingest.parsing.collector import SHOWN_PER_RULE, Collector
from ingest.parsing.part import Part, cell_finding, column_row, no_rows, spread
from ingest.parsing.rates import Rate
from ingest.parsing.row_labels import industry_finding, region_finding
from ingest.parsing.stray import Stray
from ingest.reading.sheet import Chunk, Sheet, address
from vocabulary.unit import canonical

SERIES_SCHEMA: dict[str, Any] = {
    "row": pl.Int32,
    "region": pl.String,
    "industry": pl.String,
    "indicator": pl.String,
    "measure": pl.String,
    "period_type": pl.String,
    "basis": pl.String,
    "unit": pl.String,
    "factor": pl.Float64,
    "absent": pl.String,
    "values": pl.String,
}


def read_series_rows(feed: Feed, located: LocatedTable, found: Collector, before: int) -> Iterator[Part]:
    """A table whose rows are declared series and whose columns are months."""
    sheet = located.sheet
    name_at = next(p.index for p in located.places if not p.month)
    months = [p for p in located.places if p.month]
    lines: list[tuple[int, Meaning]] = []
    unknown: list[str] = []
    decimals = 0
    stray = Stray(feed, located)
    for chunk in sheet.chunks(located.body):
        stray.note(chunk, found)
        read: list[tuple[int, Meaning, Numbers]] = []
        for i in range(chunk.height):
            label = first_text(column[i] for column in chunk.columns)
            if not label or located.declared.skips(label) or is_footer(label):
                continue
            r = chunk.first + i
            heading = text_of(spread(sheet, chunk, name_at, i))
            meaning, units, path = located.declared.row(heading)
            if meaning and meaning.column.indicator:
                lines.append((r, meaning))
                if stated := check_unit(meaning.column, units):
                    found.append(unit_finding(sheet, address(r, name_at), meaning.column, heading, stated))
                read.append((r, meaning, _numbers_across(sheet, chunk, i, meaning.column, months, found)))
            elif not located.declared.ignores(path) and len(unknown) < SHOWN_PER_RULE:
                unknown.append(f"{address(r, name_at)}“{heading}”")
        decimals = max([decimals, *(n.decimals for _, _, n in read)])
        yield _series_part(feed, sheet, months, read, before)
    _note_series(feed, sheet, name_at, lines, unknown, found)
    columns = [
        column_row(p, None) | {"position": i, "month": p.month and p.month.date, "decimals": decimals}
        for i, p in enumerate(months, 1 + before)
    ]
    yield Part(sheet.name, columns, no_rows())


def _series_part(
    feed: Feed, sheet: Sheet, months: list[Place], read: list[tuple[int, Meaning, Numbers]], before: int
) -> Part:
    rows: dict[str, list[Any]] = {
        "row": [r + 1 for r, _, _ in read],
        "region": [m.region or feed.region for _, m, _ in read],
        "industry": [m.industry for _, m, _ in read],
        "factor": [canonical(m.column.unit or "")[1] for _, m, _ in read],
        "values": [_array_literal(n, before) for _, _, n in read],
        "absent": [
            json.dumps({p + 1 + before: why for p, why in n.reasons.items()}) if n.reasons else None for _, _, n in read
        ],
    }
    for key in ("indicator", "measure", "period_type", "basis", "unit"):
        rows[key] = [getattr(m.column, key) for _, m, _ in read]
    cells = Counter(
        place.month
        for _, _, n in read
        for i, (place, text) in enumerate(zip(months, n.texts, strict=True))
        if place.month and (text is not None or i in n.reasons)
    )
    return Part(sheet.name, None, pl.DataFrame(rows, schema={k: SERIES_SCHEMA[k] for k in rows}), None, cells)


def _array_literal(numbers: Numbers, before: int) -> str:
    return "{" + "NULL," * before + ",".join("NULL" if text is None else text for text in numbers.texts) + "}"


def _numbers_across(
    sheet: Sheet, chunk: Chunk, i: int, column: Column, months: list[Place], found: Collector
) -> Numbers:
    raws = [chunk.columns[p.index][i] for p in months]
    numbers = read_numbers(raws, column.unit or "", column.measure)
    for at, cell in numbers.faults.items():
        found.append(cell_finding(sheet, chunk, i, months[at].index, cell))
    if column.unit == "%":
        rate = Rate(column)
        rate.add(numbers, raws, lambda at: address(chunk.first + i, months[at].index))
        found += rate.findings(column.heading, sheet, address(chunk.first + i, months[0].index))
    return numbers


def _note_series(
    feed: Feed,
    sheet: Sheet,
    name_at: int,
    lines: list[tuple[int, Meaning]],
    unknown: list[str],
    found: Collector,
) -> None:
    """Series in rows: unknown, missing and repeated ones, and labels that the seeds do not know."""
    named = {m.column.heading for _, m in lines}
    missing = [c.heading for c in feed.numbers if not c.optional and c.heading not in named]
    if unknown or missing:
        found.append(
            rules.finding(
                "unknown_layout.series",
                sheet.name,
                found="、".join(unknown[:20]) or None,
                expected="、".join(missing[:20]) or None,
            )
        )
    seen: set[Meaning] = set()
    for r, meaning in lines:
        cell = address(r, name_at)
        if meaning in seen:
            found.append(rules.finding("row_twice.series", sheet.name, cell, found=text_of(sheet.spread(r, name_at))))
        seen.add(meaning)
        for finding in (
            region_finding(sheet, cell, meaning.region or feed.region),
            industry_finding(sheet, cell, meaning.industry),
        ):
            if finding:
                found.append(finding)
