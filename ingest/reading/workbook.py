"""A workbook's or a web page's bytes -> sheets, by what they are and not by their name. Raises Refusal, or dies trying.

Runs in the process that `ingest.reading.apart` keeps for it: what strangers send may end that process, and no other.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from ingest.reading import biff
from ingest.reading.archive import Archive, broken, protected
from ingest.reading.limits import Limits, within
from ingest.reading.markup import read_markup
from ingest.reading.ods import read_ods
from ingest.reading.ooxml import Marks, Workbook
from ingest.reading.seen import otherwise
from ingest.reading.sheet import UNCALCULATED, Otherwise, Raw, Refusal, Rows, Sheet, address
from ingest.reading.signatures import ZIP


def read_workbook(data: bytes | str, name: str, limits: Limits) -> list[Sheet]:
    """Every sheet of a book; a text is markup already decoded, and `name` names the sheet of a web page."""
    if isinstance(data, str):
        sheets = read_markup(data, name, limits)
    elif data.startswith(ZIP):
        archive = Archive(data, limits)
        sheets = read_ods(archive, limits) if archive.kind == "ods" else _read_ooxml(data, archive, limits)
    else:
        marks = biff.read_marks(data)
        sheets = _by_calamine(data, limits, lambda name: marks.get(name, Marks()))
    for sheet in sheets:
        _check_texts(sheet, limits)
    return sheets


def _read_ooxml(data: bytes, archive: Archive, limits: Limits) -> list[Sheet]:
    if archive.kind == "xlsb":
        return _by_calamine(data, limits, lambda name: Marks())
    book = Workbook(archive, limits)
    for name in book.paths:
        book.check_extent(name)
    return _by_calamine(data, limits, book.marks)


def _by_calamine(data: bytes, limits: Limits, marks: Callable[[str], Marks]) -> list[Sheet]:
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            within("工作表数", len(book.sheet_names), limits.sheets, "张")
            hidden = {m.name: m.visible != SheetVisibleEnum.Visible for m in book.sheets_metadata}
            return [
                _sheet(book.get_sheet_by_name(n), n, hidden.get(n, False), marks(n), limits) for n in book.sheet_names
            ]
    except PasswordError as e:
        raise protected() from e
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as e:
        # The reader is Rust: on damaged files it panics, and a panic is no Exception.
        raise e if isinstance(e, Refusal) else broken("表格内容损坏") from e


def _sheet(sheet: CalamineSheet, name: str, hidden: bool, marks: Marks, limits: Limits) -> Sheet:
    within("工作表单元格数（行数×列数）", sheet.total_height * sheet.total_width, limits.cells, "个", name)
    covered: dict[tuple[int, int], tuple[int, int]] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        within("合并单元格覆盖", len(covered) + (bottom - top + 1) * (right - left + 1), limits.covered, "格", name)
        covered |= {
            (r, c): (top, left) for r in range(top, bottom + 1) for c in range(left, right + 1) if (r, c) != (top, left)
        }
    rows: list[list[Raw]] = sheet.to_python(skip_empty_area=False)
    told = _mark(rows, marks)
    width = max(map(len, rows), default=0)
    return Sheet(
        name, Rows(rows), covered, hidden,
        hidden_rows=tuple(sorted(r for r in marks.hidden_rows if r < len(rows))),
        hidden_columns=tuple(sorted(c for c in marks.hidden_columns if c < width)),
        links=marks.links, otherwise=told,
    )  # fmt: skip


def _mark(rows: list[list[Raw]], marks: Marks) -> dict[tuple[int, int], Otherwise]:
    """Cells become what people see of them, and uncalculated formulas what they are; tells which show another value."""
    told: dict[tuple[int, int], Otherwise] = {}
    for (r, c), (text, left) in marks.texts.items():
        if r < len(rows) and c < len(rows[r]):
            rows[r][c] = text or None
            if left:
                told[r, c] = Otherwise("hidden_text", left)
    for (r, c), style in marks.styles.items():
        if r < len(rows) and c < len(rows[r]) and (value := rows[r][c]) is not None and value != "":
            rows[r][c] = shown = style.seen(value, marks.since_1904)
            if shown is not value and (said := otherwise(value, shown, style.form)):
                told[r, c] = said
    if marks.hides_zeros:
        told |= _hide_zeros(rows)
    for r, c in marks.uncalculated:
        told.pop((r, c), None)
        if r < len(rows) and c < len(rows[r]):
            rows[r][c] = UNCALCULATED
        else:
            _place(rows, r, c)
    return told


def _hide_zeros(rows: list[list[Raw]]) -> dict[tuple[int, int], Otherwise]:
    """A sheet that is set to show no zeros shows blanks in their places."""
    zeros = [(r, c) for r, row in enumerate(rows) for c, raw in enumerate(row) if raw in (0, "0%") and raw is not False]
    for r, c in zeros:
        rows[r][c] = None
    return {place: Otherwise("hidden_value", "0（工作表不显示零值）") for place in zeros}


def _place(rows: list[list[Raw]], row: int, column: int) -> None:
    """A formula without a value lies beyond the last cell that has one: the sheet grows by its cell."""
    rows += ([] for _ in range(row + 1 - len(rows)))
    rows[row] += [None] * (column + 1 - len(rows[row]))
    rows[row][column] = UNCALCULATED


def _check_texts(sheet: Sheet, limits: Limits) -> None:
    for c in range(sheet.width):
        column = sheet.column(c)
        longest = _longest_text(column)
        if len(longest) > limits.cell_text:
            within("单元格文字", len(longest), limits.cell_text, "字", sheet.name, address(column.index(longest), c))


def _longest_text(column: Sequence[Any]) -> str:
    try:
        return max(column, key=len, default="")
    except TypeError:  # not texts alone
        return max((raw for raw in column if type(raw) is str), key=len, default="")
