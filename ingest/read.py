"""A file's bytes -> sheets of raw cells, each in its place. Nothing is typed or interpreted here."""

import csv
import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import PurePath

from python_calamine import CalamineWorkbook

from warehouse.ledger import Problem

Raw = str | float | int | bool | date | time | timedelta | None

ZIP, COMPOUND_FILE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DELIMITERS = (",", "\t", ";", "|")
# GB18030 maps what it cannot name into private use areas; a real table holds next to none of them.
PRIVATE_USE_LIMIT = 0.001


class CannotRead(Exception):
    """The file cannot be opened as a table. Carries the problem in the sender's words."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True)
class Sheet:
    """One sheet. `rows[r][c]` counts from 0 and keeps the file's own places; `covered` maps a merged cell to its anchor."""

    name: str
    rows: Sequence[Sequence[Raw]]
    covered: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    def at(self, row: int, column: int) -> Raw:
        """The cell's own value; None beyond the edge."""
        if row < len(self.rows) and column < len(self.rows[row]):
            value = self.rows[row][column]
            return None if value == "" else value
        return None

    def spread(self, row: int, column: int) -> Raw:
        """The cell's value, or that of the merged range which covers it."""
        return self.at(*self.covered.get((row, column), (row, column)))

    @property
    def width(self) -> int:
        return max((len(r) for r in self.rows), default=0)


def address(row: int, column: int) -> str:
    """`C7` of row 6 and column 2, both counted from 0."""
    return f"{letter(column)}{row + 1}"


def letter(column: int) -> str:
    """`A`, `Z`, `AA` of column 0, 25, 26."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def read_sheets(data: bytes, file_name: str) -> list[Sheet]:
    """Sheets of a csv, txt, xlsx or BIFF xls file, told apart by their bytes and not by their suffix.

    A text file is one sheet named as spreadsheet programs name it, after the file. Raises CannotRead.
    """
    if not data.strip(b"\x00 \r\n\t"):
        raise _cannot("empty_file", "文件为空，无任何内容", "请重新导出并报送")
    if data.startswith((ZIP, COMPOUND_FILE)):
        return _read_workbook(data)
    return [Sheet(PurePath(file_name).stem, _read_text(data))]


def _cannot(rule: str, message: str, hint: str, found: str | None = None) -> CannotRead:
    return CannotRead(Problem("read", rule, "critical", message, found=found, hint=hint))


def _read_workbook(data: bytes) -> list[Sheet]:
    broken = _cannot(
        "unreadable_file", "文件已损坏或不是有效的电子表格，无法打开", "请用表格软件打开核对后另存为 xlsx 重新报送"
    )
    if data.startswith(COMPOUND_FILE) and not _compound_file_is_sound(data):
        raise broken
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            return [_sheet(book, name) for name in book.sheet_names]
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as e:
        # The reader is Rust: on damaged files it panics, and a panic is no Exception.
        raise broken from e


def _sheet(book: CalamineWorkbook, name: str) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    covered = {
        (r, c): (top, left)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        for r in range(top, bottom + 1)
        for c in range(left, right + 1)
        if (r, c) != (top, left)
    }
    return Sheet(name, sheet.to_python(skip_empty_area=False), covered)


def _compound_file_is_sound(data: bytes) -> bool:
    """Whether the counts in an OLE header fit the file (MS-CFB 2.2).

    Counts larger than the file make the reader reserve hundreds of gigabytes, which ends the process.
    """
    if len(data) < 512:
        return False
    major, _, shift, mini_shift = struct.unpack_from("<4H", data, 26)
    fat, mini_fat, double_fat = (struct.unpack_from("<I", data, at)[0] for at in (44, 64, 72))
    return (
        (major, shift) in {(3, 9), (4, 12)} and mini_shift == 6 and max(fat, mini_fat, double_fat) <= len(data) >> shift
    )


def _read_text(data: bytes) -> list[list[str]]:
    text = _decode(data)
    if text[:200].lstrip().lower().startswith(("<html", "<table", "<!doctype", "<?xml")):
        raise _cannot("web_page", "文件内容为网页，不是电子表格", "请用表格软件打开后另存为 xlsx 重新报送")
    sample = text[:20000].splitlines()[:50]
    delimiter = max(DELIMITERS, key=lambda d: sum(line.count(d) for line in sample))
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as e:
        raise _cannot(
            "unreadable_file", "文本文件的分隔或引号不成对，无法拆分为表格", "请另存为 xlsx 重新报送", str(e)
        ) from e


def _decode(data: bytes) -> str:
    """Text by byte order mark, else strict UTF-8, else GB18030 (domain.md 2.10). Raises CannotRead for mojibake."""
    garbled = _cannot(
        "garbled_text", "文字编码不能识别或已成乱码", "请以 UTF-8 或 GB18030 编码重新导出，或另存为 xlsx 报送"
    )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise garbled
    private = sum("\ue000" <= c <= "\uf8ff" for c in text) if not text.isascii() else 0
    if "\ufffd" in text or "锟斤拷" in text or "\x00" in text or private > PRIVATE_USE_LIMIT * len(text):
        raise garbled
    return text
