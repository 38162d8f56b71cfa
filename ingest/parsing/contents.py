"""What a file says: typed cells with their addresses, labels as the department writes them, and every finding.

A sheet is read in parts, so that memory does not grow with the file.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import polars as pl

from ingest import rules
from ingest.feed import Feed
from ingest.grammar.confirmation import Confirmation, stated_confirmation
from ingest.grammar.maturity import Statement, settle, statements
from ingest.grammar.months import months_in
from ingest.grammar.revision import RevisionReason, stated_reason
from ingest.layout.drift import SheetLayout
from ingest.layout.locate import locate
from ingest.layout.located import Unreadable
from ingest.layout.sheets import choose_sheets
from ingest.layout.table import LocatedTable
from ingest.parsing.collector import Collector
from ingest.parsing.columns import read_columns
from ingest.parsing.part import Part
from ingest.parsing.register import read_register
from ingest.parsing.series import read_series
from ingest.reading.read import read_sheets, remarks
from ingest.reading.sheet import Refusal, Sheet
from vocabulary.finding import Finding
from vocabulary.maturity import Maturity
from vocabulary.month import Month

# Rows of a text in which its table is looked for; what comes after them is read on in chunks.
HEAD_ROWS = 2000


@dataclass
class Contents:
    """What a file says, or why nothing of it is taken: loadable unless a finding is critical. `named`: month of the file's name."""

    tables: list[Part]
    findings: list[Finding]
    named: Month | None = None
    layout: tuple[SheetLayout, ...] = ()
    reason: RevisionReason | None = None
    maturity: Maturity | None = None
    confirmation: Confirmation | None = None

    @property
    def loadable(self) -> bool:
        return not any(p.severity == "critical" for p in self.findings)

    @property
    def month(self) -> Month | None:
        """The latest month with data, else the one that the file's name gives."""
        return max(self.cells, default=self.named)

    @property
    def cells(self) -> Counter[Month]:
        return sum((t.cells for t in self.tables), Counter[Month]())


class FileReader:
    """A file being read as its feed promises: its tables part by part, once.

    `contents` says what the file says as a whole, without its rows; it holds when all parts have been taken. Never raises
    for what a sender can do wrong.
    """

    def __init__(self, feed: Feed, source: bytes | Path, file_name: str) -> None:
        self.feed, self.source, self.file_name = feed, source, file_name
        self.found = Collector()
        self.layout: list[SheetLayout] = []
        self.cells: Counter[Month] = Counter()
        self.reason: RevisionReason | None = None
        self.confirmation: Confirmation | None = None
        self.statements: list[Statement] = []
        self.maturity: Maturity | None = None

    def parts(self) -> Iterator[Part]:
        try:
            for part in self._parts():
                self.cells.update(part.cells)
                yield part
        except Refusal as e:
            self.found = Collector([e.finding])
        except Unreadable as e:
            self.found += e.findings
        else:
            self.found += _whole_file_findings(self.feed, self.cells, self.found)
            if self.feed.grain != "register":
                self.maturity, findings = settle(self.feed, self.statements, self.file_name)
                self.found += findings

    def _parts(self) -> Iterator[Part]:
        book = read_sheets(self.source, self.file_name, head=HEAD_ROWS)
        sheets = choose_sheets(self.feed, book, self.file_name, self.found)
        self.found += remarks(self.source, book, sheets)
        self.reason, self.confirmation = stated_reason(sheets), stated_confirmation(sheets)
        for sheet in sheets:
            try:
                read = locate(self.feed, sheet, self.file_name)
            except Unreadable as e:
                self.found += e.findings
                self.layout += [e.layout] if e.layout else []
                if e.sound is None:
                    continue
                read = e.sound
            else:
                self.layout.append(read.layout)
            self.found += read.notes
            self.statements += statements(sheet, read.top)
            if sheet.tail and len(read.tables) > 1:
                self.found.append(_tables_in_a_long_text(sheet))
                continue
            before = 0
            for located in read.tables:
                for part in _reader(self.feed)(self.feed, located, self.found, before):
                    self.statements += part.said
                    yield part
                before += len(part.columns or ())

    @property
    def contents(self) -> Contents:
        named = next(iter(months_in(self.file_name)), None)
        nothing = Part("", None, pl.DataFrame(), cells=self.cells)
        return Contents(
            [nothing],
            self.found.told(),
            named,
            tuple(self.layout),
            self.reason,
            self.maturity,
            self.confirmation,
        )


def examine(feed: Feed, source: bytes | Path, file_name: str) -> Contents:
    """What a file says as a whole and what is wrong with it; none of its rows is kept."""
    reading = FileReader(feed, source, file_name)
    for _ in reading.parts():
        pass
    return reading.contents


def read_file(feed: Feed, source: bytes | Path, file_name: str) -> Contents:
    """Read a whole file, with `values` as lists of float and months as dates. For files that fit into memory."""
    reading = FileReader(feed, source, file_name)
    parts = list(reading.parts())
    parsed = reading.contents
    parsed.tables = []
    while parts:
        unfinished = list(takewhile(lambda part: part.columns is None, parts))
        parsed.tables.append(_joined(parts[: len(unfinished) + 1]))
        del parts[: len(unfinished) + 1]
    return parsed


def _joined(parts: list[Part]) -> Part:
    rows = _with_dates(pl.concat([p.rows for p in parts], how="diagonal"))
    numbers = pl.col("values").str.strip_chars("{}").str.split(",").cast(pl.List(pl.Float64), strict=False)
    registers = [_with_dates(p.register) for p in parts if p.register is not None]
    return Part(
        parts[-1].sheet,
        parts[-1].columns,
        rows.with_columns(numbers),
        pl.concat(registers) if registers else None,
        sum((p.cells for p in parts), Counter[Month]()),
        parts[-1].controls,
    )


def _with_dates(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("month").str.to_date("%Y-%m-%d")) if "month" in frame.columns else frame


def _tables_in_a_long_text(sheet: Sheet) -> Finding:
    return rules.finding("unknown_layout.tables_in_text", sheet.name, rows=HEAD_ROWS)


def _reader(feed: Feed) -> Callable[[Feed, LocatedTable, Collector, int], Iterator[Part]]:
    """What reads a table part by part; its columns are counted on from those `before` it on the sheet."""
    if feed.grain == "register":
        return read_register
    return read_series if feed.crossed else read_columns


def _whole_file_findings(feed: Feed, cells: Counter[Month], found: Collector) -> list[Finding]:
    months = sorted(cells)
    if not months and not found.critical:
        return [rules.finding("no_data")]
    if feed.scope == "month" and len(months) > 1:
        named = "、".join(str(m) for m in months[:12])
        return [rules.finding("several_months", found=named)]
    return []
