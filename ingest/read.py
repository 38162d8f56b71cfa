"""A file's bytes -> sheets of raw cells, each in its place. Nothing is typed or interpreted here."""

import csv
import io
from collections.abc import Sequence
from pathlib import PurePath

from ingest.apart import read_apart
from ingest.archive import MEGABYTE, wrong_kind
from ingest.limits import limits, within
from ingest.markup import looks_like_markup
from ingest.sheet import Raw, Refusal, Sheet, address, letter
from ingest.workbook import ZIP
from warehouse.ledger import Problem

__all__ = ["ZIP", "CannotRead", "Raw", "Sheet", "address", "letter", "read_sheets", "remarks"]

COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Where xlsm and xls keep macros, as the names stand in their directories.
MACROS = (b"vbaProject.bin", "_VBA_PROJECT_CUR".encode("utf-16-le"))
# Other files that come under a table's name, by their first bytes.
OTHER_KINDS = (
    (b"%PDF", "PDF文档"), (b"\x89PNG", "图片"), (b"\xff\xd8\xff", "图片"), (b"GIF8", "图片"), (b"II*\0", "图片"),
    (b"{\\rtf", "RTF文档"), (b"Rar!", "压缩包"), (b"7z\xbc\xaf", "压缩包"), (b"\x1f\x8b", "压缩包"), (b"PK\x05\x06", "空压缩包"),
    (b"MIME-Version:", "单个文件网页"), (b"MZ\x90\x00", "程序文件"), (b"\x7fELF", "程序文件"), (b"\x09\x00\x04\x00", "早期版本的Excel文件"),
    (b"\x09\x02\x06\x00", "早期版本的Excel文件"), (b"\x09\x04\x06\x00", "早期版本的Excel文件"), (b"\x09\x08\x08\x00", "早期版本的Excel文件"),
    (b"\x09\x08\x10\x00", "早期版本的Excel文件"),
)  # fmt: skip
DELIMITERS = (",", "\t", ";", "|")
# GB18030 maps what it cannot name into private use areas; a real table holds next to none of them.
PRIVATE_USE_LIMIT = 0.001


class CannotRead(Exception):
    """The file cannot be opened as a table. Carries the problem in the sender's words."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_sheets(data: bytes, file_name: str) -> list[Sheet]:
    """Sheets of a workbook (xlsx, xlsm, xlsb, xls, et, ods, Excel 2003 XML), a web page or a text, told apart by their bytes.

    A text or web page is one sheet named as spreadsheet programs name it, after the file. Raises CannotRead.
    """
    if not data.strip(b"\x00 \r\n\t"):
        raise _cannot("empty_file", "文件为空，无任何内容", "请重新导出并报送")
    name = PurePath(file_name).stem
    try:
        if data.startswith((ZIP, COMPOUND_FILE)):
            within("文件大小", len(data) / MEGABYTE, limits().workbook_mb, "MB")
            return read_apart(data, name)
        if kind := next((kind for magic, kind in OTHER_KINDS if data.startswith(magic)), None):
            raise wrong_kind(kind, *(["请解压后报送其中的表格文件"] if kind == "压缩包" else []))
        text = _decode(data)
        if looks_like_markup(text):
            within("文件大小", len(data) / MEGABYTE, limits().workbook_mb, "MB")
            return read_apart(text, name)
        return [Sheet(name, _read_text(text))]
    except Refusal as e:
        raise CannotRead(
            Problem("read", e.rule, "critical", e.message, e.sheet, e.cell, e.found, e.expected, e.hint)
        ) from e


def remarks(data: bytes, sheets: Sequence[Sheet], chosen: Sequence[Sheet]) -> list[Problem]:
    """What a workbook keeps out of sight, as warnings: macros, hidden sheets, hidden rows, columns and links of those read."""
    said: list[Problem] = []
    if data.startswith((ZIP, COMPOUND_FILE)) and any(name in data for name in MACROS):
        said.append(
            _remark("macros", "工作簿中含有宏，未予运行，只读取数据", None, hint="请另存为不含宏的 xlsx 后报送")
        )
    if hidden := [s.name for s in sheets if s.hidden]:
        read = "、".join(s.name for s in chosen if s.hidden)
        said.append(
            _remark(
                "hidden_sheet", "工作簿中有隐藏的工作表" + (f"，其中“{read}”已作为数据表读取" if read else "，未予读取"), None,
                found="、".join(hidden)[:200], hint="请核对；不需要的请删除，需要报送的请取消隐藏",
            )
        )  # fmt: skip
    for sheet in chosen:
        for rule, what, places in (
            ("hidden_row", "行", [f"第{r + 1}行" for r in sheet.hidden_rows]),
            ("hidden_column", "列", [f"{letter(c)}列" for c in sheet.hidden_columns]),
        ):
            if places:
                found = "、".join(places[:20]) + ("等" if len(places) > 20 else "")
                message = f"工作表中有{len(places)}{what}被隐藏，已照常读取"
                said.append(_remark(rule, message, sheet.name, found=found, hint=f"请核对；不应报送的{what}请删除"))
        for (row, column), link in list(sheet.links.items())[:20]:
            said.append(
                _remark(
                    "external_link", "单元格公式引用外部文件，已读取其上次计算的结果", sheet.name, cell=address(row, column),
                    found=link, expected="数值", hint="请核对该结果是否为最新，建议粘贴为数值后报送",
                )
            )  # fmt: skip
    return said


def _remark(rule: str, message: str, sheet: str | None, **more: str) -> Problem:
    return Problem("read", rule, "warning", message, sheet=sheet, **more)


def _cannot(rule: str, message: str, hint: str, found: str | None = None) -> CannotRead:
    return CannotRead(Problem("read", rule, "critical", message, found=found, hint=hint))


def _read_text(text: str) -> list[list[str]]:
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
