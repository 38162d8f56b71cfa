"""A copy of what was sent with the bad cells coloured and commented, to be mended and sent again.

Cells keep their places. A workbook keeps its looks; other files, and those too large for that, are drawn anew.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, time
from io import BytesIO
from pathlib import Path

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils.cell import coordinate_from_string

from ingest.reading.read import ZIP, CannotRead, Sheet, address, read_sheets
from warehouse.ledger import Problem

COLOURS = {"critical": "FFC7CE", "warning": "FFEB9C"}
WORDS = {"critical": "退回", "warning": "提示"}
LIST_NAME, LIST_HEADINGS = "审核意见", ("性质", "工作表", "单元格", "问题", "报送内容", "应为", "处理办法")
LIST_WIDTHS = (6, 16, 10, 48, 24, 24, 48)

# openpyxl takes 50 times a workbook's size in memory; beyond these a copy shows the rows with findings only.
MAX_BYTES, MAX_CELLS = 32 << 20, 200_000
ROWS_ABOVE = 10
LAST_ROW = 1_048_576

Marks = Mapping[tuple[str, str], list[Problem]]


def mark(original: Path, file_name: str, problems: Iterable[Problem], target: Path) -> bool:
    """Write the marked copy of the file kept at `original` as xlsx; False where no finding has a cell, or the file cannot be copied.

    The last sheet lists every finding. Formulas are written as the values that were read.
    """
    found = list(problems)
    if original.stat().st_size > MAX_BYTES or not any(p.cell and p.sheet for p in found):
        return False
    data = original.read_bytes()
    try:
        sheets = read_sheets(data, file_name)
    except CannotRead:
        return False
    marks = _marks(found, sheets)
    cells = sum(len(s.rows) * s.width for s in sheets)
    if data.startswith(ZIP) and cells <= MAX_CELLS and file_name.lower().endswith((".xlsx", ".xlsm")):
        _mark_workbook(data, found, marks, target)
    else:
        _draw(sheets, found, marks, target, whole=cells <= MAX_CELLS)
    return True


def _marks(problems: list[Problem], sheets: list[Sheet]) -> Marks:
    """Findings by sheet and cell. One that names a row is put to the row's first filled cell."""
    by_name = {s.name: s for s in sheets}
    marks: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    for p in problems:
        if p.sheet not in by_name:
            continue
        for cell in re.findall(r"\b[A-Z]{1,3}[1-9]\d{0,6}\b", p.cell or ""):
            marks[p.sheet, cell].append(p)
        for row in re.findall(r"第(\d+)行", p.cell or ""):
            filled = next((c for c in range(by_name[p.sheet].width) if by_name[p.sheet].at(int(row) - 1, c)), 0)
            marks[p.sheet, address(int(row) - 1, filled)].append(p)
    return marks


def _severity(problems: list[Problem]) -> str:
    return "critical" if any(p.severity == "critical" for p in problems) else "warning"


def _comment(problems: list[Problem]) -> str:
    said = []
    for p in problems:
        lines = [f"【{WORDS[p.severity]}】{p.message}"]
        lines += [f"{name}：{x}" for name, x in (("应为", p.expected), ("处理办法", p.hint)) if x]
        said.append("\n".join(lines))
    return "\n\n".join(said)[:2000]


def _listed(problems: list[Problem]) -> list[tuple[str, ...]]:
    return [
        (WORDS[p.severity], p.sheet or "", p.cell or "", p.message, p.found or "", p.expected or "", p.hint or "")
        for p in problems
    ]


def _mark_workbook(data: bytes, problems: list[Problem], marks: Marks, target: Path) -> None:
    book = openpyxl.load_workbook(BytesIO(data), data_only=True, keep_links=False)
    for (sheet_name, cell), found in marks.items():
        sheet = book[sheet_name]
        anchor = next((r.coord.split(":")[0] for r in sheet.merged_cells.ranges if cell in r), cell)
        colour = COLOURS[_severity(found)]
        sheet[anchor].fill = PatternFill("solid", start_color=colour, end_color=colour)
        sheet[anchor].comment = Comment(_comment(found), "审核", height=160, width=320)
    listed = book.create_sheet(LIST_NAME)
    listed.append(LIST_HEADINGS)
    for row in _listed(problems):
        listed.append(row)
        for cell in listed[listed.max_row]:
            cell.data_type = "s"  # what was sent may begin with = and is still text
    for letter, width in zip("ABCDEFG", LIST_WIDTHS, strict=True):
        listed.column_dimensions[letter].width = width
    book.save(target)


def _draw(sheets: list[Sheet], problems: list[Problem], marks: Marks, target: Path, *, whole: bool) -> None:
    """Every sheet with its cells in their places; where not `whole`, only the top rows and those with findings, the others
    hidden.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(target), options) as book:
        fills = {s: book.add_format({"bg_color": f"#{c}"}) for s, c in COLOURS.items()}
        for number, sheet in enumerate(sheets, 1):
            drawn = book.add_worksheet(_sheet_name(sheet.name, number))
            here = {cell: found for (name, cell), found in marks.items() if name == sheet.name}
            wanted = {int(coordinate_from_string(cell)[1]) - 1 for cell in here} | set(range(ROWS_ABOVE))
            if not whole:
                drawn.set_default_row(hide_unused_rows=True)
            for r in range(len(sheet.rows)) if whole else sorted(wanted):
                for c, value in enumerate(sheet.rows[r] if r < min(len(sheet.rows), LAST_ROW) else ()):
                    if value is None or value == "":
                        continue
                    found = here.get(address(r, c))
                    drawn.write(
                        r, c, str(value) if isinstance(value, date | time) else value,
                        fills[_severity(found)] if found else None,
                    )  # fmt: skip
            for cell, found in here.items():
                column, row = coordinate_from_string(cell)
                if int(row) <= LAST_ROW:
                    if not sheet.at(int(row) - 1, openpyxl.utils.column_index_from_string(column) - 1):
                        drawn.write_blank(cell, None, fills[_severity(found)])
                    drawn.write_comment(cell, _comment(found), {"x_scale": 2.5, "y_scale": 2})
        listed = book.add_worksheet(LIST_NAME)
        for c, width in enumerate(LIST_WIDTHS):
            listed.set_column(c, c, width)
        for r, row in enumerate([LIST_HEADINGS, *_listed(problems)]):
            for c, text in enumerate(row):
                listed.write_string(r, c, text)


def _sheet_name(name: str, number: int) -> str:
    """A name that a workbook allows: a text file's may be longer or hold signs that it forbids."""
    plain = re.sub(r"[\[\]:*?/\\]", "_", name).strip("'")[:31]
    return plain if plain and plain != LIST_NAME else f"Sheet{number}"
