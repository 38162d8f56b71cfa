"""A file's bytes -> sheets of raw cells, each in its place. Nothing is typed or interpreted here."""

from collections.abc import Sequence
from pathlib import Path, PurePath

from ingest import rules
from ingest.reading.apart import ask_apart
from ingest.reading.archive import MEGABYTE, wrong_kind
from ingest.reading.limits import limits, within
from ingest.reading.markup import looks_like_markup
from ingest.reading.sheet import Refusal, Sheet, address, letter
from ingest.reading.signatures import COMPOUND_FILE, ZIP
from ingest.reading.text import Text
from ingest.reading.workbook import read_workbook
from vocabulary.finding import Finding

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


def read_sheets(source: bytes | Path, file_name: str, head: int | None = None) -> list[Sheet]:
    """Sheets of a workbook (xlsx, xlsm, xlsb, xls, et, ods, Excel 2003 XML), a web page or a text, told apart by their bytes.

    A text or web page is one sheet named as spreadsheet programs name it, after the file. With `head`, only so many rows of
    a text are held and the sheet's `tail` reads the others. Raises Refusal.
    """
    return _read(source, PurePath(file_name).stem, head)


def _read(source: bytes | Path, name: str, head: int | None) -> list[Sheet]:
    start, megabytes = _measured(source)
    if not start.strip(b"\x00 \r\n\t"):
        raise Refusal(rules.finding("empty_file"))
    if start.startswith((ZIP, COMPOUND_FILE)):
        within("文件大小", megabytes, limits().workbook_mb, "MB")
        return ask_apart(read_workbook, source if isinstance(source, bytes) else source.read_bytes(), name, limits())
    if kind := next((kind for magic, kind in OTHER_KINDS if start.startswith(magic)), None):
        raise wrong_kind(kind)
    within("文件大小", megabytes, limits().text_mb, "MB")
    text = Text(source)
    if looks_like_markup(text.sample):
        within("文件大小", megabytes, limits().workbook_mb, "MB")
        return ask_apart(read_workbook, text.whole(), name, limits())
    if _ends_in_a_number(source):
        raise Refusal(rules.finding("cut_off"))
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
        said.append(rules.finding("macros"))
    if hidden := [s.name for s in sheets if s.hidden]:
        read = "、".join(s.name for s in chosen if s.hidden)
        name = "hidden_sheet.read" if read else "hidden_sheet.unread"
        said.append(rules.finding(name, found="、".join(hidden)[:200], read=read))
    for sheet in chosen:
        for name, places in (
            ("hidden_row", [f"第{r + 1}行" for r in sheet.hidden_rows]),
            ("hidden_column", [f"{letter(c)}列" for c in sheet.hidden_columns]),
        ):
            if places:
                found = "、".join(places[:20]) + ("等" if len(places) > 20 else "")
                said.append(rules.finding(name, sheet.name, found=found, count=len(places)))
        said += _shown_otherwise(sheet)
        for (row, column), link in list(sheet.links.items())[:20]:
            said.append(rules.finding("external_link", sheet.name, address(row, column), found=link))
    return said


# The rules of cells that show something else than they store.
OTHERWISE = {
    "shown_otherwise": "shown_otherwise.read",
    "hidden_value": "hidden_value",
    "hidden_text": "hidden_text",
}


def _shown_otherwise(sheet: Sheet) -> list[Finding]:
    told = []
    for kind, name in OTHERWISE.items():
        places = [(place, o.said) for place, o in sheet.otherwise.items() if o.rule == kind]
        if places:
            found = "；".join(f"{address(*place)}：{said}" for place, said in places[:10])
            found = found[:200] + ("等" if len(places) > 10 else "")
            told.append(rules.finding(name, sheet.name, address(*places[0][0]), found=found, count=len(places)))
    return told


def _has_macros(source: bytes | Path) -> bool:
    if not _measured(source)[0].startswith((ZIP, COMPOUND_FILE)):
        return False
    data = source if isinstance(source, bytes) else source.read_bytes()
    return any(name in data for name in MACROS)
