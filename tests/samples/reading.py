"""Read simulated files back without the project's own reader: openpyxl and csv only."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from openpyxl.cell import MergedCell

from ingest.feed import Feed
from vocabulary.unit import CANONICAL

UNIT = re.compile(rf"\((?:{'|'.join(map(re.escape, CANONICAL))})\)|%$")


@dataclass(frozen=True)
class File:
    """A file as a clerk sees it: what stands above, headings by path, rows of cells as text or number, the footnote."""

    above: list[str]
    headings: list[str]
    rows: list[list[object]]
    note: str

    def cell(self, label: str, heading: str) -> object:
        return next(r for r in self.rows if r[0] == label)[self.headings.index(heading)]

    def column(self, heading: str) -> dict[str, object]:
        at = self.headings.index(heading)
        return {str(r[0]): r[at] for r in self.rows}


def read(path: Path, feed: Feed) -> File:
    """The table of a file whose feed says how many heading rows it has."""
    lines = _sheet(path) if path.suffix == ".xlsx" else _csv(path)
    first_label = next(c for c in feed.columns if c.label).heading
    top = next(i for i, line in enumerate(lines) if line[0] == first_label)
    depth = feed.layout.header_rows
    headings = [_path([lines[top + k][x] for k in range(depth)]) for x in range(len(lines[top]))]
    body = lines[top + depth :]
    note = str(body[-1][0])
    above = [str(c) for line in lines[:top] for c in line if c]
    return File(list(dict.fromkeys(above)), headings, body[:-1], note)


def _path(levels: list[object]) -> str:
    return "|".join(dict.fromkeys(UNIT.sub("", str(level)) for level in levels if level))


def _sheet(path: Path) -> list[list[object]]:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    covered = {
        (c.row, c.column): sheet.cell(r.min_row, r.min_col).value
        for r in sheet.merged_cells.ranges
        for row in sheet.iter_rows(r.min_row, r.max_row, r.min_col, r.max_col)
        for c in row
        if isinstance(c, MergedCell)
    }
    return [[covered.get((c.row, c.column), c.value) for c in row] for row in sheet.iter_rows()]


def _csv(path: Path) -> list[list[object]]:
    data = path.read_bytes()
    text = data.decode("utf-8-sig") if data.startswith(b"\xef\xbb\xbf") else data.decode("gb18030")
    return [[cell or None for cell in row] for row in csv.reader(text.splitlines())]


def number(cell: object) -> float | None:
    """A printed cell as a number: separators out, 1.4倍 as 140; None for marks and blanks."""
    if isinstance(cell, int | float):
        return float(cell)
    text = str(cell or "").replace(",", "")
    if text.endswith("倍"):
        return float(text[:-1]) * 100
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None
