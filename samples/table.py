"""A department's table as it lies on its sheet, and its writing as xlsx or csv: the same table gives the same bytes."""

import csv
import io
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
import xlsxwriter

Form = Literal["xlsx", "gb18030", "utf-8-sig"]
Printed = float | str | None
"""A number as printed (already rounded), a text or mark, or nothing."""
NO_NUMBER = "—"
BASE_NOT_POSITIVE = "--"

_STAMP = datetime(2018, 6, 19)  # noqa: DTZ001 - xlsx properties have no time zone
NOTE = "本表为模拟数据，仅供演示"


def round_half_away(value: float, decimals: int) -> float:
    """Round as departments do, and never print -0."""
    scaled = abs(value) * 10**decimals
    return float(np.copysign(np.floor(scaled + 0.5 + 1e-9), value)) / 10**decimals + 0.0


def print_growth(value: float, base: float, decimals: int = 1) -> Printed:
    """Growth over a base in percent; from 100 % on as 倍 (1.4倍 is +140 %), -- where the base is not positive."""
    if base <= 0:
        return BASE_NOT_POSITIVE
    pct = 100 * (value / base - 1)
    return f"{round_half_away(pct / 100, 1)}倍" if pct >= 100 else round_half_away(pct, decimals)


@dataclass(frozen=True)
class Column:
    """One column: heading levels as printed (units in brackets included), printed decimals, cells from the top."""

    heading: tuple[str, ...]
    cells: tuple[Printed, ...]
    decimals: int | None = None


@dataclass(frozen=True)
class Table:
    """One file of a feed. `period` is as titles print it: 2018年6月, 2018年1-6月; the file's name says the same."""

    feed: str
    period: str
    title: str
    corner: str | None
    columns: tuple[Column, ...]
    form: Form = "xlsx"
    notes: tuple[str, ...] = ()
    numbers_as_text: bool = False

    @property
    def file_name(self) -> str:
        return f"{self.full_title}(模拟).{'xlsx' if self.form == 'xlsx' else 'csv'}"

    @property
    def full_title(self) -> str:
        return f"荆门市{self.period}{self.title}"

    @property
    def note(self) -> str:
        """The footnote: first of all that the table is simulated."""
        if not self.notes:
            return f"注：{NOTE}。"
        return "注：" + "".join(f"{n}.{text}。" for n, text in enumerate((NOTE, *self.notes), 1))

    @property
    def header_rows(self) -> int:
        return max(len(c.heading) for c in self.columns)

    @property
    def labels(self) -> tuple[Printed, ...]:
        """The cells of the first column: what each row is about."""
        return self.columns[0].cells

    def column(self, heading: str) -> int:
        """Position of a column by its heading path, levels joined by |. Raises KeyError that lists them."""
        paths = ["|".join(c.heading) for c in self.columns]
        if heading not in paths:
            raise KeyError(f"{heading!r} is not among {paths}")
        return paths.index(heading)

    def cell(self, label: str, heading: str) -> Printed:
        """The printed cell of a row and a column."""
        return self.columns[self.column(heading)].cells[self.labels.index(label)]

    def with_cell(self, label: str, heading: str, printed: Printed) -> "Table":
        """The same table with one cell changed."""
        at, row = self.column(heading), self.labels.index(label)
        cells = self.columns[at].cells
        changed = replace(self.columns[at], cells=(*cells[:row], printed, *cells[row + 1 :]))
        return replace(self, columns=(*self.columns[:at], changed, *self.columns[at + 1 :]))

    def to_bytes(self) -> bytes:
        """The file."""
        return self._xlsx() if self.form == "xlsx" else self._csv().encode(self.form)

    def write(self, directory: Path) -> Path:
        """Write the file into a directory, which is made if missing; returns its path."""
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / self.file_name
        path.write_bytes(self.to_bytes())
        return path

    def _text(self, column: Column, cell: Printed) -> str:
        if cell is None or isinstance(cell, str):
            return cell or ""
        return f"{cell:,.{column.decimals}f}" if self.numbers_as_text else f"{cell:.{column.decimals}f}"

    def _csv(self) -> str:
        out = io.StringIO()
        write = csv.writer(out, lineterminator="\r\n").writerow
        write([self.full_title])
        if self.corner:
            write([self.corner])
        for level in range(self.header_rows):
            write([c.heading[level] if level < len(c.heading) else "" for c in self.columns])
        for row in range(len(self.labels)):
            write([self._text(c, c.cells[row]) for c in self.columns])
        write([self.note])
        return out.getvalue()

    def _xlsx(self) -> bytes:
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True})
        book.set_properties({"title": self.full_title, "comments": "模拟数据", "created": _STAMP})
        sheet = book.add_worksheet(self.period)
        last = len(self.columns) - 1
        heading = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "border": 1})
        sheet.merge_range(
            0, 0, 0, last, self.full_title, book.add_format({"bold": True, "align": "center", "font_size": 16})
        )
        top = 1
        if self.corner:
            sheet.write_string(1, last, self.corner, book.add_format({"align": "right"}))
            top = 2
        for row, first, last_row, last_column, text in self._merges():
            if (row, first) == (last_row, last_column):
                sheet.write_string(top + row, first, text, heading)
            else:
                sheet.merge_range(top + row, first, top + last_row, last_column, text, heading)
        top += self.header_rows
        sheet.freeze_panes(top, 1)
        sheet.set_column(0, last, 14)
        for x, column in enumerate(self.columns):
            decimals = column.decimals or 0
            form = book.add_format({"num_format": "0" + ("." + "0" * decimals if decimals else "")})
            for y, cell in enumerate(column.cells):
                if cell is None:
                    continue
                if isinstance(cell, str) or self.numbers_as_text:
                    sheet.write_string(top + y, x, self._text(column, cell))
                else:
                    sheet.write_number(top + y, x, cell, form)
        foot = top + len(self.labels)
        sheet.merge_range(foot, 0, foot, last, self.note)
        book.close()
        return out.getvalue()

    def _merges(self) -> list[tuple[int, int, int, int, str]]:
        """Heading cells as rectangles (row, column, last row, last column, text): shared levels lie across."""
        out = []
        depth = self.header_rows
        for level in range(depth):
            x = 0
            while x < len(self.columns):
                path = self.columns[x].heading
                if level >= len(path):
                    x += 1
                    continue
                end = x
                if level < len(path) - 1:
                    while (
                        end + 1 < len(self.columns) and self.columns[end + 1].heading[: level + 1] == path[: level + 1]
                    ):
                        end += 1
                bottom = depth - 1 if level == len(path) - 1 else level
                out.append((level, x, bottom, end, path[level]))
                x = end + 1
        return out
