"""A file's bytes -> sheets of raw cells, each in its place. Nothing is typed or interpreted here."""

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

from ingest.reading.apart import read_apart
from ingest.reading.archive import MEGABYTE, wrong_kind
from ingest.reading.limits import limits, within
from ingest.reading.markup import looks_like_markup
from ingest.reading.sheet import Refusal, Sheet, address, letter
from ingest.reading.text import Text
from ingest.reading.workbook import ZIP
from vocabulary.finding import Finding

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
# Signs after which a number or a mark may go on, in the encodings that texts come in.
NUMBERS_BEGIN = tuple(bytes([c]) for c in b"0123456789-")
MARKS_BEGIN = tuple(s.encode(e) for s in "—－…" for e in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"))
# A file that is blank so far is taken to be empty.
SNIFFED = 1 << 16


class CannotRead(Exception):
    """The file cannot be opened as a table. Carries the finding in the sender's words."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def read_sheets(source: bytes | Path, file_name: str, head: int | None = None) -> list[Sheet]:
    """Sheets of a workbook (xlsx, xlsm, xlsb, xls, et, ods, Excel 2003 XML), a web page or a text, told apart by their bytes.

    A text or web page is one sheet named as spreadsheet programs name it, after the file. With `head`, only so many rows of
    a text are held and the sheet's `tail` reads the others. Raises CannotRead.
    """
    try:
        return _read(source, PurePath(file_name).stem, head)
    except Refusal as e:
        raise cannot_read(e) from e


def cannot_read(e: Refusal) -> CannotRead:
    """What a reader refused, as a finding of the read stage."""
    return CannotRead(Finding("read", e.rule, "critical", e.message, e.sheet, e.cell, e.found, e.expected, e.hint))


def _read(source: bytes | Path, name: str, head: int | None) -> list[Sheet]:
    start, megabytes = _measured(source)
    if not start.strip(b"\x00 \r\n\t"):
        raise Refusal("empty_file", "文件为空，无任何内容", "请重新导出并报送")
    if start.startswith((ZIP, COMPOUND_FILE)):
        within("文件大小", megabytes, limits().workbook_mb, "MB")
        return read_apart(source if isinstance(source, bytes) else source.read_bytes(), name)
    if kind := next((kind for magic, kind in OTHER_KINDS if start.startswith(magic)), None):
        raise wrong_kind(kind, *(["请解压后报送其中的表格文件"] if kind == "压缩包" else []))
    within("文件大小", megabytes, limits().text_mb, "MB")
    text = Text(source)
    if looks_like_markup(text.sample):
        within("文件大小", megabytes, limits().workbook_mb, "MB")
        return read_apart(text.whole(), name)
    if _ends_in_a_number(source):
        raise Refusal(
            "cut_off", "文件末尾在数字处中断，可能未传输完整，无法判断末位数字是否完整",
            "请核对文件是否完整，在最后一行末尾补换行（回车），或另存为 xlsx 后重新报送", expected="最后一行以换行结束",
        )  # fmt: skip
    return [text.sheet(name, head)]


def _ends_in_a_number(source: bytes | Path) -> bool:
    """Whether a text ends, without a line feed, in what a longer number or mark may begin with.

    Cut off there, 1234 reads as 12 and -4.8 as a dash, and nothing else shows it.
    """
    if isinstance(source, bytes):
        end = source[-4:]
    else:
        with source.open("rb") as file:
            file.seek(max(0, source.stat().st_size - 4))
            end = file.read()
    return end.replace(b"\0", b"")[-1:] in NUMBERS_BEGIN or end.endswith(MARKS_BEGIN)


def _measured(source: bytes | Path) -> tuple[bytes, float]:
    """How a file begins, and its size in MB."""
    if isinstance(source, bytes):
        return source[:SNIFFED], len(source) / MEGABYTE
    with source.open("rb") as file:
        return file.read(SNIFFED), source.stat().st_size / MEGABYTE


def remarks(source: bytes | Path, sheets: Sequence[Sheet], chosen: Sequence[Sheet]) -> list[Finding]:
    """What a workbook keeps out of sight, as warnings: macros, hidden sheets, hidden rows, columns and links of those read."""
    said: list[Finding] = []
    if _has_macros(source):
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
        said += _shown_otherwise(sheet)
        for (row, column), link in list(sheet.links.items())[:20]:
            said.append(
                _remark(
                    "external_link", "单元格公式引用外部文件，已读取其上次计算的结果", sheet.name, cell=address(row, column),
                    found=link, expected="数值", hint="请核对该结果是否为最新，建议粘贴为数值后报送",
                )
            )  # fmt: skip
    return said


# What is told of cells that show something else than they store: what was read, and what to do.
OTHERWISE = {
    "shown_otherwise": (
        "处单元格的显示与存储值不同，已按显示的内容读取",
        "请核对；宜直接填写所显示的数值，并改用常规数字格式",
    ),
    "hidden_value": (
        "处单元格存有数值而不予显示，已按空白处理",
        "确应报送的，请改用常规数字格式或取消隐藏零值后重新报送",
    ),
    "hidden_text": ("处单元格含删除线或隐藏文字，该部分未予读取", "请核对，并删除不应报送的文字"),
}


def _shown_otherwise(sheet: Sheet) -> list[Finding]:
    told = []
    for rule, (message, hint) in OTHERWISE.items():
        places = [(place, said) for place, (kind, said) in sheet.otherwise.items() if kind == rule]
        if places:
            found = "；".join(f"{address(*place)}：{said}" for place, said in places[:10])
            told.append(
                _remark(
                    rule, f"工作表中有{len(places)}{message}", sheet.name, cell=address(*places[0][0]),
                    found=found[:200] + ("等" if len(places) > 10 else ""), hint=hint,
                )
            )  # fmt: skip
    return told


def _has_macros(source: bytes | Path) -> bool:
    if not _measured(source)[0].startswith((ZIP, COMPOUND_FILE)):
        return False
    data = source if isinstance(source, bytes) else source.read_bytes()
    return any(name in data for name in MACROS)


def _remark(rule: str, message: str, sheet: str | None, **more: Any) -> Finding:
    return Finding("read", rule, "warning", message, sheet=sheet, **more)
