"""A copy of what was sent with the bad cells coloured and commented, to be mended and sent again.

Cells keep their places; those that stopped the file begin with 【请核对】, so that a copy sent back unmended is refused.
A file too large to be copied whole, one that cannot be copied, or with a fault that lies in no cell, gets the list alone.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, time
from io import BytesIO
from pathlib import Path
from typing import Literal
from zipfile import ZipFile

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from ingest.clerk.causes import causes
from ingest.reading.apart import ask_apart
from ingest.reading.read import read_sheets
from ingest.reading.sheet import Refusal, Sheet, address
from ingest.reading.signatures import ZIP
from vocabulary.finding import STATES_ZH, Finding, State

COLOURS = {"stopped": "FFC7CE", "told": "FFEB9C"}
CHECK = "【请核对】"
LIST_NAME, LIST_HEADINGS = "审核意见", ("性质", "工作表", "单元格", "问题", "报送内容", "应为", "处理办法")
LIST_WIDTHS = (18, 16, 10, 48, 24, 24, 48)

# openpyxl takes 50 times a workbook's size in memory, and a second for a MB of its parts unpacked, were they all blank cells.
MAX_BYTES, MAX_UNPACKED, MAX_CELLS = 32 << 20, 16 << 20, 200_000
LAST_ROW = 1_048_576

Kind = Literal["copy", "list"]

# What was sent may look like a formula or an address and is still text.
AS_TYPED = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}

Marks = Mapping[tuple[str, str], list[Finding]]


def mark(original: Path | None, file_name: str, findings: Iterable[Finding], target: Path) -> Kind | None:
    """Write, as xlsx, the marked copy of the file kept at `original`, or the list of findings alone, as where that is None.

    None where no finding has a cell, or the file cannot be read. The copy's last sheet is the list; formulas are written
    as the values that were read.
    """
    found = list(findings)
    if not any(p.cell and p.sheet for p in found):
        return None
    if (
        original is None
        or original.stat().st_size > MAX_BYTES
        or any(p.state == "stopped" and not p.cell for p in found)
    ):
        return _write_list(found, target)
    data = original.read_bytes()
    try:
        sheets = read_sheets(data, file_name)
    except Refusal:
        return None
    if sum(len(s.rows) * s.width for s in sheets) > MAX_CELLS or any(len(s.rows) > LAST_ROW for s in sheets):
        return _write_list(found, target)
    marks = _marks(found, sheets)
    is_workbook = data.startswith(ZIP) and file_name.lower().endswith((".xlsx", ".xlsm"))
    if is_workbook and sum(part.file_size for part in ZipFile(BytesIO(data)).infolist()) > MAX_UNPACKED:
        return _write_list(found, target)
    try:
        if is_workbook:
            copy = ask_apart(_marked_workbook, data, found, marks)
        else:
            copy = ask_apart(_drawn, sheets, found, marks)
    except Refusal:
        return _write_list(found, target)
    target.write_bytes(copy)
    return "copy"


def _marks(findings: list[Finding], sheets: list[Sheet]) -> Marks:
    """Findings by sheet and cell. One that names a row is put to the row's first filled cell."""
    by_name = {s.name: s for s in sheets}
    marks: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for p in (f for cause in causes(findings) for f in cause.own):
        if p.sheet not in by_name:
            continue
        for cell in re.findall(r"\b[A-Z]{1,3}[1-9]\d{0,6}\b", p.cell or ""):
            marks[p.sheet, cell].append(p)
        for row in re.findall(r"第(\d+)行", p.cell or ""):
            filled = next((c for c in range(by_name[p.sheet].width) if by_name[p.sheet].at(int(row) - 1, c)), 0)
            marks[p.sheet, address(int(row) - 1, filled)].append(p)
    return marks


def _state(findings: list[Finding]) -> State:
    """How a cell is marked: one that was waived need not be mended and is marked like one that was only told."""
    return "stopped" if any(p.state == "stopped" for p in findings) else "told"


def _unread(value: object) -> str:
    """What was sent, in a form that nothing reads: a fault of the file's form may be gone from its copy."""
    return f"{CHECK}{'' if value is None else value}"


def _comment(findings: list[Finding]) -> str:
    said = []
    for p in findings:
        lines = [f"【{STATES_ZH[p.state]}】{p.message}"]
        lines += [f"{name}：{x}" for name, x in (("应为", p.expected), ("处理办法", p.hint)) if x]
        said.append("\n".join(lines))
    return "\n\n".join(said)[:2000]


def _listed(findings: list[Finding]) -> list[tuple[int, tuple[str, ...]]]:
    """The rows of the list: each mistake, and at level 1 below it the findings that tell of it where there are several."""
    rows: list[tuple[int, tuple[str, ...]]] = []
    for cause in causes(findings):
        alone = len(cause.findings) == 1
        first = cause.first
        facts = (first.found or "", first.expected or "") if alone else ("", "")
        said = (STATES_ZH[cause.state], cause.sheet, cause.where, cause.message, *facts, first.hint or "")
        rows.append((0, said))
        rows += [(1, _row(f)) for f in cause.findings if not alone]
    return rows


def _row(f: Finding) -> tuple[str, ...]:
    return (STATES_ZH[f.state], f.sheet or "", f.cell or "", f.message, f.found or "", f.expected or "", f.hint or "")


def _marked_workbook(data: bytes, findings: list[Finding], marks: Marks) -> bytes:
    book = openpyxl.load_workbook(BytesIO(data), data_only=True, keep_links=False)
    for (sheet_name, cell), found in marks.items():
        sheet = book[sheet_name]
        anchor = next((r.coord.split(":")[0] for r in sheet.merged_cells.ranges if cell in r), cell)
        colour = COLOURS[_state(found)]
        sheet[anchor].fill = PatternFill("solid", start_color=colour, end_color=colour)
        if _state(found) == "stopped":
            sheet[anchor].value = _unread(sheet[anchor].value)
        sheet[anchor].comment = Comment(_comment(found), "审核", height=160, width=320)
    listed = book.create_sheet(LIST_NAME)
    listed.append(LIST_HEADINGS)
    for level, row in _listed(findings):
        listed.append(row)
        listed.row_dimensions[listed.max_row].outlineLevel = level
        listed.row_dimensions[listed.max_row].hidden = level > 0
        for cell in listed[listed.max_row]:
            cell.data_type = "s"  # what was sent may begin with = and is still text
    listed.sheet_properties.outlinePr.summaryBelow = False
    for letter, width in zip("ABCDEFG", LIST_WIDTHS, strict=True):
        listed.column_dimensions[letter].width = width
    copy = BytesIO()
    book.save(copy)
    return copy.getvalue()


def _drawn(sheets: list[Sheet], findings: list[Finding], marks: Marks) -> bytes:
    """Every sheet with all its cells in their places."""
    copy = BytesIO()
    with xlsxwriter.Workbook(copy, AS_TYPED) as book:
        fills = {s: book.add_format({"bg_color": f"#{c}"}) for s, c in COLOURS.items()}
        for number, sheet in enumerate(sheets, 1):
            drawn = book.add_worksheet(_sheet_name(sheet.name, number))
            here = {cell: found for (name, cell), found in marks.items() if name == sheet.name}
            for r in range(len(sheet.rows)):
                for c, value in enumerate(sheet.rows[r]):
                    if value is None or value == "":
                        continue
                    found = here.get(address(r, c))
                    drawn.write(
                        r,
                        c,
                        str(value) if isinstance(value, date | time) else value,
                        fills[_state(found)] if found else None,
                    )
            for cell, found in here.items():
                column, row = coordinate_from_string(cell)
                value = sheet.at(int(row) - 1, column_index_from_string(column) - 1)
                if _state(found) == "stopped":
                    drawn.write_string(cell, _unread(value), fills["stopped"])
                elif value is None:
                    drawn.write_blank(cell, None, fills["told"])
                drawn.write_comment(cell, _comment(found), {"x_scale": 2.5, "y_scale": 2})
        _list(book, findings)
    return copy.getvalue()


def _write_list(findings: list[Finding], target: Path) -> Kind:
    with xlsxwriter.Workbook(str(target), AS_TYPED) as book:
        _list(book, findings)
    return "list"


def _list(book: xlsxwriter.Workbook, findings: list[Finding]) -> None:
    listed = book.add_worksheet(LIST_NAME)
    for c, width in enumerate(LIST_WIDTHS):
        listed.set_column(c, c, width)
    listed.outline_settings(symbols_below=False)
    for r, (level, row) in enumerate([(0, LIST_HEADINGS), *_listed(findings)]):
        listed.set_row(r, None, None, {"level": level, "hidden": level > 0})
        for c, text in enumerate(row):
            listed.write_string(r, c, text)


def _sheet_name(name: str, number: int) -> str:
    """A name that a workbook allows: a text file's may be longer or hold signs that it forbids."""
    plain = re.sub(r"[\[\]:*?/\\]", "_", name).strip("'")[:31]
    return plain if plain and plain != LIST_NAME else f"Sheet{number}"
