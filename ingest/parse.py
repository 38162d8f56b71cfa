"""A located table -> typed cells with their addresses, labels as the department writes them, and every problem found.

A sheet is read in parts, so that memory does not grow with the file.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

import numpy as np
import polars as pl

from ingest import labels
from ingest.attributes import read_attribute
from ingest.cells import PLAIN, Cell, Numbers, read_numbers
from ingest.drift import SheetLayout
from ingest.feed import Column, Feed, Label, Maturity
from ingest.headings import Meaning, Place, is_ignored, plain, row_meaning, text_of
from ingest.identity import identity_problems
from ingest.layout import Located, Unreadable, choose_sheets, is_footer, is_skipped, locate
from ingest.maturity import Statement, settle, statements
from ingest.months import months_in, read_month
from ingest.reading.read import CannotRead, cannot_read, read_sheets, remarks
from ingest.reading.sheet import Chunk, Raw, Refusal, Sheet, address, letter
from ingest.refusal import critical
from ingest.revision import RevisionReason, stated_reason
from ingest.stated_units import check_unit, unit_problem
from ingest.totals import CONTROL_SCHEMA, Totals
from warehouse.ledger import Problem, month_text
from warehouse.units import canonical

# More than this many of one kind teach the sender nothing; the rest is counted.
SHOWN_PER_RULE = 200
# Rows of a text in which its table is looked for; what comes after them is read on in chunks.
HEAD_ROWS = 2000

HINTS = {
    "unreadable_cell": "请改填数值；确无数据的请留空或填“—”",
    "unit_in_cell": "请按表头计量单位换算后只填数字",
    "excel_error": "请修正公式后重新报送",
    "formula_without_value": "请用表格软件打开计算并保存，或粘贴为数值后重新报送",
    "date_for_number": "请将单元格格式改为数值",
    "not_a_number": "请改填数值",
    "unreadable_date": "请填写完整的年月日",
    "unreadable_flag": "请填“是”或“否”",
    "unknown_choice": "请从规定的选项中选填",
}

MESSAGES = {
    "unreadable_date": "单元格内容不能识别为日期",
    "unreadable_flag": "单元格内容不能识别为是或否",
    "unknown_choice": "单元格内容不在规定的选项之中",
}

# Decimals of a rate in per cent whose feed declares none: departments print one (domain.md 2.1).
RATE_DECIMALS = 1

# A row's key, how many of them stay in memory, are compared at once, and are read from disk in one go.
KEY = np.dtype([("hash", "u8"), ("row", "i4")])
SPOOLED_KEYS, COMPARED_KEYS, READ_KEYS = 4_000_000, 4_000_000, 500_000

# What makes a row one of a kind within its sheet.
KEYS = ("region", "industry", "entity_id", "month")
REGISTER = ("row", "month", "entity_id", "entity_name", "credit_code", "region", "industry", "attributes")
# A first cell of which comparing (plain) changes nothing.
SIMPLY_WRITTEN = r"^[0-9A-Za-z\x{4e00}-\x{9fff}]+$"

SERIES_SCHEMA: dict[str, Any] = {
    "row": pl.Int32, "region": pl.String, "industry": pl.String, "indicator": pl.String, "measure": pl.String,
    "period_type": pl.String, "basis": pl.String, "unit": pl.String, "factor": pl.Float64, "absent": pl.String,
    "values": pl.String,
}  # fmt: skip


@dataclass
class Table:
    """One sheet's numbers or list, or a part of them, ready for raw.

    rows: the frame of raw.delivered_row without the delivery's id, `values` an array literal, `absent` a JSON text and
    `month` an ISO day. register: the frame of raw.register or None. cells: numbers and marks by month. columns: rows of
    raw.delivered_column likewise; None in all parts of a sheet but its last.
    """

    sheet: str
    columns: list[dict[str, Any]] | None
    rows: pl.DataFrame
    register: pl.DataFrame | None = None
    cells: Counter[date] = field(default_factory=Counter)
    controls: pl.DataFrame | None = None


class Findings(list[Problem]):
    """The problems found. Of each rule only the first are kept and the others counted, so that a bad file stays small."""

    def __init__(self, problems: Sequence[Problem] = ()) -> None:
        super().__init__()
        self.tally: Counter[tuple[str, str]] = Counter()
        self.extend(problems)

    def append(self, problem: Problem) -> None:
        self.tally[problem.rule, problem.severity] += 1
        if self.tally[problem.rule, problem.severity] <= SHOWN_PER_RULE:
            super().append(problem)

    def extend(self, problems: Any) -> None:
        for problem in problems:
            self.append(problem)

    def __iadd__(self, problems: Any) -> "Findings":  # type: ignore[misc, override]
        self.extend(problems)
        return self

    @property
    def critical(self) -> bool:
        return any(severity == "critical" for _, severity in self.tally)

    def told(self) -> list[Problem]:
        """All that is told to the sender: those kept, and how many more of each rule there are."""
        more = [
            Problem("parse", rule, severity, f"同类问题另有{n - SHOWN_PER_RULE}处，未逐一列出")
            for (rule, severity), n in self.tally.items()
            if n > SHOWN_PER_RULE
        ]
        return [*self, *more]


@dataclass
class Parsed:
    """What a file says, or why it says nothing: loadable unless a problem is critical. `named`: month of the file's name."""

    tables: list[Table]
    problems: list[Problem]
    named: date | None = None
    layout: tuple[SheetLayout, ...] = ()
    reason: RevisionReason | None = None
    maturity: Maturity | None = None

    @property
    def loadable(self) -> bool:
        return not any(p.severity == "critical" for p in self.problems)

    @property
    def month(self) -> date | None:
        """The latest month with data, else the one that the file's name gives."""
        return max(self.cells, default=self.named)

    @property
    def cells(self) -> Counter[date]:
        return sum((t.cells for t in self.tables), Counter[date]())


class Reading:
    """A file being read as its feed promises: its tables part by part, once.

    `parsed` says what the file says as a whole, without its rows; it holds when all parts have been taken. Never raises
    for what a sender can do wrong.
    """

    def __init__(self, feed: Feed, source: bytes | Path, file_name: str) -> None:
        self.feed, self.source, self.file_name = feed, source, file_name
        self.found = Findings()
        self.layout: list[SheetLayout] = []
        self.cells: Counter[date] = Counter()
        self.reason: RevisionReason | None = None
        self.statements: list[Statement] = []
        self.maturity: Maturity | None = None

    def parts(self) -> Iterator[Table]:
        try:
            for part in self._parts():
                self.cells.update(part.cells)
                yield part
        except CannotRead as e:
            self.found = Findings([e.problem])
        except Refusal as e:
            self.found = Findings([cannot_read(e).problem])
        except Unreadable as e:
            self.found += e.problems
        else:
            self.found += _whole_file_problems(self.feed, self.cells, self.found)
            if self.feed.grain != "register":
                self.maturity, problems = settle(self.feed, self.statements, self.file_name)
                self.found += problems

    def _parts(self) -> Iterator[Table]:
        book = read_sheets(self.source, self.file_name, head=HEAD_ROWS)
        sheets = choose_sheets(self.feed, book, self.file_name, self.found)
        self.found += remarks(self.source, book, sheets)
        self.reason = stated_reason(sheets)
        for sheet in sheets:
            try:
                read = locate(self.feed, sheet, self.file_name)
            except Unreadable as e:
                self.found += e.problems
                self.layout += [e.layout] if e.layout else []
                continue
            self.layout.append(read.layout)
            self.found += read.notes
            self.statements += statements(sheet, read.top)
            if sheet.tail and len(read.tables) > 1:
                self.found.append(_tables_in_a_long_text(sheet))
                continue
            before = 0
            for located in read.tables:
                for part in _reader(self.feed)(self.feed, located, self.found, before):
                    yield part
                before += len(part.columns or ())

    @property
    def parsed(self) -> Parsed:
        named = next(iter(months_in(self.file_name)), None)
        nothing = Table("", None, pl.DataFrame(), cells=self.cells)
        return Parsed([nothing], self.found.told(), named, tuple(self.layout), self.reason, self.maturity)


def examine(feed: Feed, source: bytes | Path, file_name: str) -> Parsed:
    """What a file says as a whole and what is wrong with it; none of its rows is kept."""
    reading = Reading(feed, source, file_name)
    for _ in reading.parts():
        pass
    return reading.parsed


def parse(feed: Feed, source: bytes | Path, file_name: str) -> Parsed:
    """Read a whole file, with `values` as lists of float and months as dates. For files that fit into memory."""
    reading = Reading(feed, source, file_name)
    parts = list(reading.parts())
    parsed = reading.parsed
    parsed.tables = []
    while parts:
        unfinished = list(takewhile(lambda part: part.columns is None, parts))
        parsed.tables.append(_joined(parts[: len(unfinished) + 1]))
        del parts[: len(unfinished) + 1]
    return parsed


def _joined(parts: list[Table]) -> Table:
    rows = _with_dates(pl.concat([p.rows for p in parts], how="diagonal"))
    numbers = pl.col("values").str.strip_chars("{}").str.split(",").cast(pl.List(pl.Float64), strict=False)
    registers = [_with_dates(p.register) for p in parts if p.register is not None]
    return Table(
        parts[-1].sheet, parts[-1].columns, rows.with_columns(numbers), pl.concat(registers) if registers else None,
        sum((p.cells for p in parts), Counter[date]()), parts[-1].controls,
    )  # fmt: skip


def _with_dates(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("month").str.to_date("%Y-%m-%d")) if "month" in frame.columns else frame


def _tables_in_a_long_text(sheet: Sheet) -> Problem:
    return critical(
        "unknown_layout", f"超过{HEAD_ROWS}行的文本文件中有多张表，无法判断以下各行属于哪一张", sheet.name,
        hint="请每张表报送一个文件，或另存为 xlsx 报送",
    )  # fmt: skip


def _reader(feed: Feed) -> Callable[[Feed, Located, Findings, int], Iterator[Table]]:
    """What reads a table part by part; its columns are counted on from those `before` it on the sheet."""
    if feed.grain == "register":
        return _read_register
    return _read_series_rows if feed.layout.series == "rows" else _read_columns


def _whole_file_problems(feed: Feed, cells: Counter[date], found: Findings) -> list[Problem]:
    months = sorted(cells)
    if not months and not found.critical:
        return [critical("no_data", "表中没有任何数据", expected="至少一个数值", hint="请核对是否误报空表")]
    if feed.scope == "month" and len(months) > 1:
        named = "、".join(month_text(m) for m in months[:12])
        return [critical("several_months", "一份报表只应包含一个统计月份", found=named, hint="请按月分别报送")]
    return []


def _read_columns(feed: Feed, located: Located, found: Findings, before: int) -> Iterator[Table]:
    """A table whose columns are declared: each row is a region, an industry, a firm or a month."""
    sheet = located.sheet
    numbered = [p for p in located.places if p.meaning and p.meaning.column.indicator]
    labelled = _labelled(located)
    described = [_delivered_column(feed, located, p, labelled, found) for p in numbered]
    decimals = [0] * len(numbered)
    keys = _Keys(KEYS)
    stray = _Stray(feed, located)
    rates = _Rates(numbered)
    totals = Totals(feed, located.month, numbered, labelled)
    for chunk in _chunks(sheet, located.body):
        stray.note(chunk, found)
        series = [_numbers(chunk, place) for place in numbered]
        rates.add(chunk, series)
        decimals = [max(pair) for pair in zip(decimals, (n.decimals for n in series), strict=True)]
        data = _data_rows(feed, chunk, numbered, series)
        for place, numbers in zip(numbered, series, strict=True):
            _note_faults(sheet, chunk, place, numbers, data, found)
        said = data & np.logical_or.reduce([_speaks(n) for n in series])
        summing = totals.find(sheet, chunk, said)
        said[list(summing)] = False
        if not sheet.tail:
            totals.add(sheet, chunk, series, said, summing)
        at = np.flatnonzero(said)
        rows: dict[str, pl.Series] = {"row": pl.Series(at + chunk.first + 1, dtype=pl.Int32)}
        for label, place in labelled.items():
            rows[label] = _read_labels(feed, sheet, chunk, at, label, place, found)
        if "credit_code" in rows and "entity_id" not in rows:
            rows["entity_id"] = rows["credit_code"]
        keys.add(rows)
        cells = _count_cells(described, series, at, rows.get("month"))
        rows["absent"] = _absent_marks(series, at, before)
        rows["values"] = _array_literals([n.texts for n in series], said, before)
        yield Table(sheet.name, None, pl.DataFrame(rows), None, cells)
    keys.note(sheet, found)
    rates.note(sheet, located.body, found)
    if sheet.tail and totals.found:
        _sum_again(feed, sheet, located, numbered, totals)
    for column, most in zip(described, decimals, strict=True):
        column["decimals"] = most if column["decimals"] is None else column["decimals"]
    columns = [{"position": position} | column for position, column in enumerate(described, 1 + before)]
    controls, problems = totals.finish(sheet)
    found += problems
    yield Table(sheet.name, columns, _no_rows(), controls=pl.DataFrame(controls, schema=CONTROL_SCHEMA))


def _sum_again(feed: Feed, sheet: Sheet, located: Located, numbered: list[Place], totals: Totals) -> None:
    """Sums for the total rows of a long text, which is read once more for them: few long texts have any."""
    for chunk in sheet.chunks(located.body):
        series = [_numbers(chunk, place) for place in numbered]
        said = _data_rows(feed, chunk, numbered, series) & np.logical_or.reduce([_speaks(n) for n in series])
        summing = totals.find(sheet, chunk, said)
        said[list(summing)] = False
        totals.add(sheet, chunk, series, said, summing)


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


def _no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.Int32, "values": pl.String})


def _labelled(located: Located) -> dict[Label, Place]:
    return {p.meaning.column.label: p for p in located.places if p.meaning and p.meaning.column.label}


def _read_series_rows(feed: Feed, located: Located, found: Findings, before: int) -> Iterator[Table]:
    """A table whose rows are declared series and whose columns are months."""
    sheet = located.sheet
    name_at = next(p.index for p in located.places if not p.month)
    months = [p for p in located.places if p.month]
    lines: list[tuple[int, Meaning]] = []
    unknown: list[str] = []
    decimals = 0
    stray = _Stray(feed, located)
    for chunk in sheet.chunks(located.body):
        stray.note(chunk, found)
        read: list[tuple[int, Meaning, Numbers]] = []
        for i in range(chunk.height):
            label = _first_text(chunk, i)
            if not label or is_skipped(feed, label) or is_footer(label):
                continue
            r = chunk.first + i
            heading = text_of(_spread(sheet, chunk, name_at, i))
            meaning, units, path = row_meaning(feed, heading)
            if meaning and meaning.column.indicator:
                lines.append((r, meaning))
                if stated := check_unit(meaning.column, units):
                    found.append(unit_problem(sheet, address(r, name_at), meaning.column, heading, stated))
                read.append((r, meaning, _numbers_across(sheet, chunk, i, meaning.column, months, found)))
            elif not is_ignored(feed, path) and len(unknown) < SHOWN_PER_RULE:
                unknown.append(f"{address(r, name_at)}“{heading}”")
        decimals = max([decimals, *(n.decimals for _, _, n in read)])
        yield _series_part(feed, sheet, months, read, before)
    _note_series(feed, sheet, name_at, lines, unknown, found)
    columns = [
        _column(p, None) | {"position": i, "month": p.month, "decimals": decimals}
        for i, p in enumerate(months, 1 + before)
    ]
    yield Table(sheet.name, columns, _no_rows())


def _series_part(
    feed: Feed, sheet: Sheet, months: list[Place], read: list[tuple[int, Meaning, Numbers]], before: int
) -> Table:
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
    return Table(sheet.name, None, pl.DataFrame(rows, schema={k: SERIES_SCHEMA[k] for k in rows}), None, cells)


def _array_literal(numbers: Numbers, before: int) -> str:
    return "{" + "NULL," * before + ",".join("NULL" if text is None else text for text in numbers.texts) + "}"


def _read_register(feed: Feed, located: Located, found: Findings, before: int) -> Iterator[Table]:
    """A table that lists things: each row has what names it, and attributes that describe it."""
    sheet = located.sheet
    labelled = _labelled(located)
    described = [p for p in located.places if p.meaning and p.meaning.column.attribute]
    keys = _Keys(("entity_id", "month"))
    stray = _Stray(feed, located)
    totals = Totals(feed, located.month, (), labelled)
    for chunk in sheet.chunks(located.body):
        stray.note(chunk, found)
        lists = np.array([_lists_something(feed, chunk, i, located.places) for i in range(chunk.height)], dtype=bool)
        lists[list(totals.find(sheet, chunk, lists))] = False
        at = np.flatnonzero(lists)
        rows: dict[str, pl.Series] = {"row": pl.Series(at + chunk.first + 1, dtype=pl.Int32)}
        for label, place in labelled.items():
            rows[label] = _read_labels(feed, sheet, chunk, at, label, place, found)
        if "entity_id" not in rows:
            # Where a list numbers nothing, its rows are the only numbers there are.
            rows["entity_id"] = rows.get("credit_code", rows["row"].cast(pl.String))
        if "month" not in rows:
            rows["month"] = _constant(located.month.isoformat() if located.month else None, len(at))
        if feed.region and "region" not in rows:
            rows["region"] = _constant(feed.region, len(at))
        keys.add(rows)
        found += identity_problems(feed, sheet.name, rows, {label: place.index for label, place in labelled.items()})
        said: list[dict[str, Any]] = [{} for _ in at]
        for place in described:
            assert place.meaning
            cells = chunk.columns[place.index]
            values, faults = read_attribute([cells[i] for i in at.tolist()], place.meaning.column)
            found += (_cell_problem(sheet, chunk, int(at[i]), place.index, cell) for i, cell in faults.items())
            for attributes, value in zip(said, values, strict=True):
                if value is not None:
                    attributes[place.meaning.column.attribute or ""] = value
        counted: Counter[date] = Counter()
        for month, attributes in zip(rows["month"], said, strict=True):
            if month:
                counted[date.fromisoformat(month)] += 1 + len(attributes)
        rows["attributes"] = pl.Series([json.dumps(a, ensure_ascii=False) for a in said], dtype=pl.String)
        listed = pl.DataFrame({k: rows[k] for k in REGISTER if k in rows}).with_columns(kind=pl.lit(feed.lists))
        yield Table(sheet.name, None, _no_rows(), listed, counted)
    keys.note(sheet, found)
    yield Table(sheet.name, [], _no_rows())


def _constant(text: str | None, height: int) -> pl.Series:
    return pl.repeat(text, height, dtype=pl.String, eager=True)


def _lists_something(feed: Feed, chunk: Chunk, i: int, places: Sequence[Place]) -> bool:
    label = _first_text(chunk, i)
    if is_footer(label) or is_skipped(feed, label):
        return False
    return any(p.meaning and text_of(chunk.columns[p.index][i]) for p in places)


def _first_text(chunk: Chunk, i: int) -> str:
    """First cell of a row that is not blank, for comparing with labels and footers."""
    return next((plain(t) for column in chunk.columns if (t := text_of(column[i]))), "")


def _spread(sheet: Sheet, chunk: Chunk, column: int, i: int) -> Raw:
    """A cell's value, or that of the merged range which covers it."""
    anchor = sheet.covered.get((chunk.first + i, column))
    value = sheet.at(*anchor) if anchor else chunk.columns[column][i]
    return None if value == "" else value


class _Stray:
    """What stands under no heading, below the rows in which the table was looked for."""

    def __init__(self, feed: Feed, located: Located) -> None:
        sheet, body = located.sheet, located.body
        headings = range(max(0, body - feed.layout.header_rows), body)
        placed = {p.index for p in located.places}
        self.name = sheet.name
        self.seen = len(sheet.rows)
        self.width = sheet.width
        self.blank = [] if is_ignored(feed, "") else [
            c for c in range(self.width) if c not in placed and not any(text_of(sheet.spread(r, c)) for r in headings)
        ]  # fmt: skip

    def note(self, chunk: Chunk, found: Findings) -> None:
        if chunk.first < self.seen:
            return
        for c in (*self.blank, *range(self.width, len(chunk.columns))):
            i = next((i for i, raw in enumerate(chunk.columns[c]) if text_of(raw)), None)
            if i is not None:
                found.append(
                    critical(
                        "unknown_layout", f"{letter(c)}列无表头而有内容", self.name, cell=address(chunk.first + i, c),
                        found=text_of(chunk.columns[c][i])[:80], hint="请删除该内容，或按模板填写表头",
                    )
                )  # fmt: skip


def _numbers(chunk: Chunk, place: Place) -> Numbers:
    assert place.meaning
    column = place.meaning.column
    printed = column.decimals is None or column.unit == "%"
    return read_numbers(chunk.columns[place.index], column.unit or "", column.measure, printed)


def _numbers_across(
    sheet: Sheet, chunk: Chunk, i: int, column: Column, months: list[Place], found: Findings
) -> Numbers:
    numbers = read_numbers([chunk.columns[p.index][i] for p in months], column.unit or "", column.measure)
    for at, cell in numbers.faults.items():
        found.append(_cell_problem(sheet, chunk, i, months[at].index, cell))
    return numbers


class _Rates:
    """Columns of per cent, watched for fractions: 0.083 pasted without its format is 8.3 % and would read as 0.083 %.

    A column none of whose values exceeds 1, printed with more decimals than rates are, is one or the other, and only the
    sender knows which (domain.md 2.4). Cells that carry their own % sign say it themselves.
    """

    def __init__(self, numbered: list[Place]) -> None:
        self.watched = {i: p for i, p in enumerate(numbered) if p.meaning and p.meaning.column.unit == "%"}
        self.largest = dict.fromkeys(self.watched, 0.0)
        self.decimals = dict.fromkeys(self.watched, 0)

    def add(self, chunk: Chunk, series: list[Numbers]) -> None:
        for i in list(self.watched):
            values = series[i].texts.cast(pl.Float64).to_numpy()
            self.largest[i] = max(self.largest[i], float(np.nanmax(np.abs(values), initial=0.0)))
            self.decimals[i] = max(self.decimals[i], series[i].decimals)
            cells = chunk.columns[self.watched[i].index]
            if self.largest[i] > 1 or any("%" in str(cells[at]) for at in series[i].odd):
                del self.watched[i]

    def note(self, sheet: Sheet, body: int, found: Findings) -> None:
        for i, place in self.watched.items():
            assert place.meaning
            usual = RATE_DECIMALS if place.meaning.column.decimals is None else place.meaning.column.decimals
            if self.decimals[i] > usual:
                found.append(
                    critical(
                        "percent_or_fraction", f"“{place.heading}”各值均不超过1且小数位数偏多，无法判断是百分数还是小数",
                        sheet.name, cell=address(body - 1, place.index),
                        found=f"绝对值最大为{self.largest[i]:.9g}，小数{self.decimals[i]}位", expected=f"以%计的数值，小数不超过{usual}位",
                        hint="增长8.3%应填8.3而不是0.083；确为不足1%的，请按约定的小数位数填报",
                    )
                )  # fmt: skip


def _speaks(numbers: Numbers) -> np.ndarray:
    """Which cells hold a number or a mark."""
    speaks = numbers.texts.is_not_null().to_numpy().copy()
    speaks[list(numbers.reasons)] = True
    return speaks


def _data_rows(feed: Feed, chunk: Chunk, numbered: list[Place], series: list[Numbers]) -> np.ndarray:
    """Which rows are neither blank, skipped by declaration, a heading without numbers nor a footer.

    A row with a plain number is no footer, so only the others are looked at one by one.
    """
    data = np.logical_or.reduce([n.plain.to_numpy() for n in series])
    for i in sorted({i for n in series for i in n.odd if not data[i]}):
        label = _first_text(chunk, i)
        if is_footer(label):
            data[i] = any(re.fullmatch(PLAIN, text_of(chunk.columns[p.index][i])) for p in numbered)
        else:
            data[i] = not is_skipped(feed, label)
    if feed.layout.skip_labels:
        for i in _may_be_skipped(feed, chunk):
            label = _first_text(chunk, i)
            data[i] &= is_footer(label) or not is_skipped(feed, label)
    return data


def _may_be_skipped(feed: Feed, chunk: Chunk) -> list[int]:
    """Rows whose first cell the layout may skip: all that the patterns match, and any that is not simply written."""
    first = _texts(chunk.columns[0], chunk.tidy)
    for column in chunk.columns[1:]:
        if not first.null_count():
            break
        first = first.to_frame("a").select(pl.coalesce("a", _texts(column, chunk.tidy))).to_series()
    try:
        matched = first.str.contains("|".join(f"^(?:{p})$" for p in feed.layout.skip_labels))
    except pl.exceptions.ComputeError:
        return list(range(chunk.height))
    return (matched | ~first.str.contains(SIMPLY_WRITTEN)).arg_true().to_list()


def _note_faults(sheet: Sheet, chunk: Chunk, place: Place, numbers: Numbers, data: np.ndarray, found: Findings) -> None:
    for i, cell in numbers.faults.items():
        if data[i]:
            found.append(_cell_problem(sheet, chunk, i, place.index, cell))
    if not sheet.covered:
        return
    for i in range(chunk.height):
        anchor = sheet.covered.get((chunk.first + i, place.index))
        if anchor and anchor[1] == place.index and re.search(r"\d", text_of(sheet.at(*anchor))):
            found.append(
                critical(
                    "merged_number", "数值单元格被合并，无法判断属于哪一行", sheet.name,
                    cell=address(chunk.first + i, place.index), found=text_of(sheet.at(*anchor)),
                    expected="每个单元格一个数值", hint="请取消合并后逐格填写",
                )
            )  # fmt: skip


def _count_cells(
    columns: list[dict[str, Any]], series: list[Numbers], at: np.ndarray, months: pl.Series | None
) -> Counter[date]:
    """Numbers and marks by month."""
    cells: Counter[date] = Counter()
    in_row = np.zeros(len(at), dtype=np.int64)
    for column, numbers in zip(columns, series, strict=True):
        speaks = _speaks(numbers)[at]
        if column["month"]:
            cells[column["month"]] += int(speaks.sum())
        else:
            in_row += speaks
    if months is not None:
        by_month = pl.DataFrame({"month": months, "cells": in_row}).group_by("month").agg(pl.col("cells").sum())
        for month, n in by_month.drop_nulls().iter_rows():
            cells[date.fromisoformat(month)] += n
    return +cells


def _array_literals(texts: list[pl.Series], said: np.ndarray, before: int) -> pl.Series:
    """Each row's numbers as PostgreSQL writes an array."""
    frame = pl.DataFrame([t.alias(str(i)) for i, t in enumerate(texts)])
    parts = [x for name in frame.columns for x in (pl.lit(","), pl.col(name).fill_null("NULL"))]
    literal = pl.concat_str([pl.lit("{" + "NULL," * before), *parts[1:], pl.lit("}")])
    rows = frame if said.all() else frame.filter(pl.Series(said))
    return rows.select(literal).to_series()


def _cell_problem(sheet: Sheet, chunk: Chunk, i: int, column: int, cell: Cell) -> Problem:
    assert cell.fault
    return critical(
        cell.fault, MESSAGES.get(cell.fault, "单元格内容不能识别为数值"), sheet.name, cell=address(chunk.first + i, column),
        found=text_of(chunk.columns[column][i])[:80], expected=cell.expected, hint=HINTS[cell.fault],
    )  # fmt: skip


def _column(place: Place, column: Column | None) -> dict[str, Any]:
    """The row of raw.delivered_column that a column of the file makes, before its dimensions."""
    described = {
        key: getattr(column, key) if column else None
        for key in ("indicator", "measure", "period_type", "basis", "unit", "decimals")
    }
    factor = canonical(column.unit)[1] if column and column.unit else 1.0
    blank = {"region": None, "industry": None, "month": None}
    return {"letter": place.letter, "heading": place.heading, "factor": factor} | blank | described


def _delivered_column(
    feed: Feed, located: Located, place: Place, labelled: dict[Label, Place], found: Findings
) -> dict[str, Any]:
    assert place.meaning
    meaning, column = place.meaning, place.meaning.column
    month = meaning.month or (None if "month" in labelled else located.month)
    region = meaning.region or (None if "region" in labelled else feed.region)
    sheet, cell = located.sheet, address(located.body - 1, place.index)
    if not month and "month" not in labelled:
        found.append(critical("month_missing", f"表头“{place.heading}”未写明统计月份", sheet.name, cell=cell))
    for problem in (_region_problem(sheet, cell, region), _industry_problem(sheet, cell, meaning.industry)):
        if problem:
            found.append(problem)
    return _column(place, column) | {"month": month, "region": region, "industry": meaning.industry}


def _read_labels(
    feed: Feed, sheet: Sheet, chunk: Chunk, at: np.ndarray, label: Label, place: Place, found: Findings
) -> pl.Series:
    """A column of labels as the department writes them, without the blanks around; each bad one is a problem."""
    raws = _labels_at(sheet, chunk, at, place.index)
    if label == "month":
        return _read_months(sheet, chunk, at, place.index, raws, found)
    texts = _texts(raws, chunk.tidy)
    if not _may_be_blank(feed, label):
        for i in at[texts.is_null().to_numpy()]:
            found.append(_blank_label(sheet, address(chunk.first + int(i), place.index), label))
    if not isinstance(raws, pl.Series) and float in set(map(type, raws)):
        for i, raw in zip(at, raws, strict=True):
            if isinstance(raw, float) and (not raw.is_integer() or abs(raw) >= 1e15):
                found.append(_truncated_code(sheet, address(chunk.first + int(i), place.index), raw))
    suspect, check = _LABEL_CHECKS[label]
    bad = suspect(texts).fill_null(False)
    if bad.any():
        for i, text in zip(at[bad.to_numpy()], texts.filter(bad), strict=True):
            if problem := check(sheet, address(chunk.first + int(i), place.index), text):
                found.append(problem)
        if label == "credit_code":
            cleaned = {text: labels.clean_credit_code(text) for text in texts.filter(bad).unique()}
            texts = texts.replace(list(cleaned), list(cleaned.values()))
    return texts


def _may_be_blank(feed: Feed, label: Label) -> bool:
    if label == "entity_name":
        return True
    if label == "credit_code" and "entity_id" not in {c.label for c in feed.columns}:
        return False
    return label in ("industry", "credit_code") and feed.grain in ("enterprise", "register")


def _labels_at(sheet: Sheet, chunk: Chunk, at: np.ndarray, column: int) -> pl.Series | Sequence[Raw]:
    """The cells of a column in the rows `at`; a merged range gives its value to each of its rows."""
    cells = chunk.columns[column]
    if isinstance(cells, pl.Series):
        return cells if len(at) == chunk.height else cells.gather(at)
    if not sheet.covered:
        return cells if len(at) == chunk.height else [cells[i] for i in at.tolist()]
    return [_spread(sheet, chunk, column, int(i)) for i in at]


def _texts(raws: pl.Series | Sequence[Raw], tidy: bool) -> pl.Series:
    """Cells as people see them, without the blanks around; null where there is nothing to see."""
    if tidy and isinstance(raws, pl.Series):
        return raws
    if not isinstance(raws, pl.Series):
        texts = raws if set(map(type, raws)) <= {str} else [r if type(r) is str else text_of(r) for r in raws]
        raws = pl.Series(texts, dtype=pl.String)
    if raws.str.contains(r"[\x00-\x08\x0b-\x1f]").any():
        raws = raws.map_elements(text_of, return_dtype=pl.String)
    stripped = raws.str.strip_chars()
    return stripped.set(stripped == "", None)


def _read_months(
    sheet: Sheet, chunk: Chunk, at: np.ndarray, column: int, raws: pl.Series | Sequence[Raw], found: Findings
) -> pl.Series:
    """Months as ISO days; each different writing is read once."""
    if isinstance(raws, pl.Series):
        different = raws.unique().drop_nulls()
        said = [m and m.isoformat() for m in map(read_month, different)]
        months = pl.Series(said, dtype=pl.String).gather(raws.cast(pl.Enum(different)).to_physical())
    else:
        # Cells of different types may be equal (1 and True) and yet not say the same.
        typed = list(zip(map(type, raws), raws, strict=True))
        iso = {pair: m and m.isoformat() for pair in set(typed) for m in (read_month(pair[1]),)}
        months = pl.Series([iso[pair] for pair in typed], dtype=pl.String)
    for j in months.is_null().arg_true():
        found.append(_month_problem(sheet, address(chunk.first + int(at[j]), column), raws[j]))
    return months


def _region_problem(sheet: Sheet, cell: str, text: str | None) -> Problem | None:
    if text is None or labels.region_is_known(text):
        return None
    return critical(
        "unknown_region", f"地区名称“{text}”不在区划目录中", sheet.name, cell=cell, found=text[:80],
        expected="区划目录所列县市区及功能区名称", hint="请使用规范的地区名称；新增名称请与市经信委联系",
    )  # fmt: skip


def _industry_problem(sheet: Sheet, cell: str, text: str | None) -> Problem | None:
    if text is None or labels.industry_is_known(text):
        return None
    return critical(
        "unknown_industry", f"行业“{text}”不在国民经济行业分类目录中", sheet.name, cell=cell, found=text[:80],
        expected="GB/T 4754 行业大类名称或两位代码", hint="请使用规范的行业名称或代码",
    )  # fmt: skip


def _credit_code_problem(sheet: Sheet, cell: str, text: str) -> Problem | None:
    """A warning and not a refusal: some genuine early codes fail the check (domain.md 2.9)."""
    if rounded := _code_problem(sheet, cell, text):
        return rounded
    fault = labels.credit_code_fault(labels.clean_credit_code(text))
    if fault is None:
        return None
    return Problem(
        "parse", "credit_code", "warning", f"统一社会信用代码有误：{fault}", sheet=sheet.name, cell=cell, found=text[:80],
        expected="18位统一社会信用代码", hint="请与营业执照核对；确属早期试点代码的请说明",
    )  # fmt: skip


def _code_problem(sheet: Sheet, cell: str, text: str) -> Problem | None:
    """A long code that a spreadsheet has turned into a rounded number."""
    return _truncated_code(sheet, cell, text) if re.fullmatch(r"\d(\.\d+)?[eE]\+\d+", text) else None


def _unknown(is_known: Callable[[str], bool]) -> Callable[[pl.Series], pl.Series]:
    """Which labels of a column the seeds do not know; each different one is looked up once."""
    return lambda texts: texts.is_in([t for t in texts.unique().drop_nulls() if not is_known(t)])


def _rounded(texts: pl.Series) -> pl.Series:
    return texts.str.contains(r"^\d(\.\d+)?[eE]\+\d+$")


# What may be wrong with a column of labels, all at once; and what is wrong with one of those.
_LABEL_CHECKS: dict[str, tuple[Callable[[pl.Series], pl.Series], Callable[[Sheet, str, str], Problem | None]]] = {
    "region": (_unknown(labels.region_is_known), _region_problem),
    "industry": (_unknown(labels.industry_is_known), _industry_problem),
    "credit_code": (lambda texts: ~labels.are_credit_codes(texts), _credit_code_problem),
    "entity_id": (_rounded, _code_problem),
    "entity_name": (lambda texts: texts.is_null() & False, lambda sheet, cell, text: None),
}


def _month_problem(sheet: Sheet, cell: str, raw: Raw) -> Problem:
    return critical(
        "unreadable_month", "所属月份不能识别", sheet.name, cell=cell, found=text_of(raw)[:80],
        expected="如“2018年6月”或“2018-06”，以文本填写", hint="请按规定格式填写月份；数字格式的2010.1与2010.10无法区分",
    )  # fmt: skip


def _blank_label(sheet: Sheet, cell: str, label: str) -> Problem:
    name = {"region": "地区", "industry": "行业", "entity_id": "单位编号", "credit_code": "统一社会信用代码"}[label]
    return critical(
        "label_missing", f"该行有数据而{name}为空", sheet.name, cell=cell, expected=name, hint=f"请补填{name}"
    )


def _truncated_code(sheet: Sheet, cell: str, raw: Raw) -> Problem:
    return critical(
        "code_truncated", "编号已被表格软件转为数字，末位丢失", sheet.name, cell=cell, found=str(raw)[:80],
        expected="文本格式的完整编号", hint="请将该列设为文本格式后重新填写",
    )  # fmt: skip


def _note_series(
    feed: Feed,
    sheet: Sheet,
    name_at: int,
    lines: list[tuple[int, Meaning]],
    unknown: list[str],
    found: Findings,
) -> None:
    """Series in rows: unknown, missing and repeated ones, and labels that the seeds do not know."""
    named = {m.column.heading for _, m in lines}
    missing = [c.heading for c in feed.numbers if not c.optional and c.heading not in named]
    if unknown or missing:
        found.append(
            critical(
                "unknown_layout", "指标行与约定不符", sheet.name, found="、".join(unknown[:20]) or None,
                expected="、".join(missing[:20]) or None, hint="请按模板指标名称填报",
            )
        )  # fmt: skip
    seen: set[Meaning] = set()
    for r, meaning in lines:
        cell = address(r, name_at)
        if meaning in seen:
            heading = text_of(sheet.spread(r, name_at))
            found.append(
                critical(
                    "row_twice", f"指标“{heading}”出现两次", sheet.name, cell=cell, found=heading, hint="请保留一行"
                )
            )
        seen.add(meaning)
        for problem in (
            _region_problem(sheet, cell, meaning.region or feed.region),
            _industry_problem(sheet, cell, meaning.industry),
        ):
            if problem:
                found.append(problem)


class _Keys:
    """What makes a row one of a kind within its sheet: 12 bytes a row are kept, beyond a bound on disk, and compared at the
    end in parts that fit into memory.
    """

    def __init__(self, among: Sequence[str]) -> None:
        self.among = among
        self.kept = SpooledTemporaryFile(max_size=SPOOLED_KEYS * KEY.itemsize)  # noqa: SIM115 - closed by note
        self.count = 0

    def add(self, rows: dict[str, pl.Series]) -> None:
        keys = [rows[k].alias(k) for k in self.among if k in rows]
        if keys:
            frame = pl.DataFrame(keys)
            named = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
            hashes = frame.hash_rows(seed=20180619).filter(named).to_numpy()
            records = np.empty(len(hashes), KEY)
            records["hash"], records["row"] = hashes, rows["row"].filter(named).to_numpy()
            self.kept.write(records.tobytes())
            self.count += len(records)

    def note(self, sheet: Sheet, found: Findings) -> None:
        parts = 1 + self.count // COMPARED_KEYS
        again = sorted(pair for part in range(parts) for pair in self._repeats(part, parts))
        self.kept.close()
        for row, before in again:
            found.append(
                critical(
                    "row_twice", "同一对象出现两行", sheet.name, cell=f"第{row}行", found=f"与第{before}行为同一对象",
                    expected="每个对象一行", hint="请保留一行",
                )
            )  # fmt: skip

    def _repeats(self, part: int, parts: int) -> list[tuple[int, int]]:
        """Rows of a part of all keys that repeat an earlier row, each with that one."""
        self.kept.seek(0)
        blocks = []
        while data := self.kept.read(READ_KEYS * KEY.itemsize):
            block = np.frombuffer(data, KEY)
            blocks.append(block if parts == 1 else block[block["hash"] % np.uint64(parts) == part])
        keys = np.concatenate(blocks) if blocks else np.empty(0, KEY)
        in_order = np.sort(keys["hash"])
        if not (in_order[1:] == in_order[:-1]).any():
            return []
        keys = keys[np.argsort(keys["hash"], kind="stable")]
        again = np.flatnonzero(keys["hash"][1:] == keys["hash"][:-1]) + 1
        return [(int(keys["row"][i]), int(keys["row"][i - 1])) for i in again]


def _absent_marks(series: list[Numbers], at: np.ndarray, before: int) -> pl.Series:
    """For each row kept, its marks by column position as JSON."""
    marks: dict[int, str] = {}
    for position, numbers in enumerate(series, 1 + before):
        for i, reason in numbers.reasons.items():
            mark = f'"{position}": "{reason}"'
            marks[i] = f"{marks[i]}, {mark}" if i in marks else mark
    kept = [(j, f"{{{marks[i]}}}") for j, i in enumerate(at.tolist()) if i in marks] if marks else []
    absent = _constant(None, len(at))
    return absent.scatter([j for j, _ in kept], [text for _, text in kept]) if kept else absent
