"""What calamine does not tell of a BIFF xls book (MS-XLS), and what kind of document a compound file (MS-CFB) holds.

WPS `.et` books are the same inside. Counts in a file are compared with its size before anything is reserved for them.
"""

import re
import struct
from collections.abc import Iterator

from ingest.reading.archive import broken, protected, wrong_kind
from ingest.reading.ooxml import PERCENT_IDS, Marks, is_percentage

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SMALL_STREAM = 4096
OTHER_KINDS = {"WordDocument": "Word文档", "PowerPoint Document": "PowerPoint演示文稿", "__nameid_version1.0": "邮件"}

FORMULA, EOF, EXTERNSHEET, FILEPASS, COLINFO, BOUNDSHEET, MULRK, XF = 0x06, 0x0A, 0x17, 0x2F, 0x7D, 0x85, 0xBD, 0xE0
SUPBOOK, NUMBER, ROW, RK, FORMAT, BOF = 0x01AE, 0x0203, 0x0208, 0x027E, 0x041E, 0x0809
# Tokens of a formula that name a sheet by its number in EXTERNSHEET (PtgNameX, PtgRef3d, PtgArea3d).
SHEET_TOKENS = rb"[\x39\x59\x79\x3a\x5a\x7a\x3b\x5b\x7b]"
CALCULATE_ON_OPEN = 0x0002


class CompoundFile:
    """The streams of an OLE compound file. Raises Refusal when its header does not fit the file."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 512 or not data.startswith(MAGIC):
            raise broken("文件不完整")
        major, _, shift, mini_shift = struct.unpack_from("<4H", data, 26)
        fat, directory = struct.unpack_from("<2I", data, 44)
        mini_fat_at, mini_fat, double_at, double = struct.unpack_from("<4I", data, 60)
        # Counts larger than the file make readers reserve hundreds of gigabytes.
        most = len(data) >> shift if shift in (9, 12) else 0
        if (major, shift) not in {(3, 9), (4, 12)} or mini_shift != 6 or max(fat, mini_fat, double) > most:
            raise broken("文件头不合规范")
        self._data, self._size = data, 1 << shift
        sectors = [s for s in struct.unpack_from("<109I", data, 76) if s < most]
        at = double_at
        for _ in range(double):
            if at >= most:
                break
            table = struct.unpack(f"<{self._size // 4}I", self._sector(at))
            sectors += [s for s in table[:-1] if s < most]
            at = table[-1]
        self._fat = [n for s in sectors[:most] for n in struct.unpack(f"<{self._size // 4}I", self._sector(s))]
        self._entries = dict(self._directory(self._chain(directory)))
        self._mini_fat = self._chain(mini_fat_at) if mini_fat else b""
        if "Root Entry" not in self._entries:
            raise broken("文件不完整")
        root_at = self._entries["Root Entry"][1]
        self._mini = self._chain(root_at)

    @property
    def names(self) -> set[str]:
        return {name for name, (kind, _, _) in self._entries.items() if kind in (1, 2)}

    def stream(self, name: str) -> bytes:
        _, start, size = self._entries[name]
        if size > len(self._data):
            raise broken("文件不完整")
        if size >= SMALL_STREAM:
            return self._chain(start)[:size]
        links = memoryview(self._mini_fat).cast("I") if len(self._mini_fat) % 4 == 0 else ()
        parts: list[bytes] = []
        at = start
        while at < len(links) and len(parts) * 64 < size:
            parts.append(self._mini[at * 64 : at * 64 + 64])
            at = links[at]
        return b"".join(parts)[:size]

    def _sector(self, number: int) -> bytes:
        return self._data[(number + 1) * self._size : (number + 2) * self._size].ljust(self._size, b"\0")

    def _chain(self, start: int) -> bytes:
        parts: list[bytes] = []
        at = start
        while at < len(self._fat):
            if len(parts) > len(self._fat):
                raise broken("文件内部链接成环")
            parts.append(self._sector(at))
            at = self._fat[at]
        return b"".join(parts)

    def _directory(self, listing: bytes) -> Iterator[tuple[str, tuple[int, int, int]]]:
        for at in range(0, len(listing) - 127, 128):
            length, kind = struct.unpack_from("<HB", listing, at + 64)
            if kind and 2 <= length <= 64:
                name = listing[at : at + length - 2].decode("utf-16-le", "replace")
                start, size = struct.unpack_from("<2I", listing, at + 116)
                yield name, (kind, start, size)


def read_marks(data: bytes) -> dict[str, Marks]:
    """The places of note on the sheets of a BIFF book, by sheet name.

    Raises Refusal for a protected book, another document, or a file that is damaged.
    """
    file = CompoundFile(data)
    names = file.names
    if "EncryptedPackage" in names:
        raise protected()
    for stream, kind in OTHER_KINDS.items():
        if stream in names:
            raise wrong_kind(kind)
    stream = next((n for n in ("Workbook", "Book", "WORKBOOK", "BOOK") if n in names), "")
    if not stream:
        raise wrong_kind("其他办公文档")
    try:
        return _read(file.stream(stream))
    except (struct.error, IndexError) as e:
        raise broken("记录不完整") from e


def _records(stream: bytes, at: int = 0) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<2H", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _read(stream: bytes) -> dict[str, Marks]:
    formats: dict[int, bool] = {}
    styles: list[int] = []
    sheets: list[tuple[str, int]] = []
    books: dict[int, str] = {}
    references: list[int] = []
    supbooks = 0
    for kind, body in _records(stream):
        if kind == FILEPASS:
            raise protected()
        if kind == EOF:
            break
        if kind == FORMAT and len(body) > 4:
            formats[struct.unpack_from("<H", body)[0]] = is_percentage(_text(body, 2, "<H"))
        elif kind == XF:
            styles.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == BOUNDSHEET:
            sheets.append((_text(body, 6, "<B"), struct.unpack_from("<I", body)[0]))
        elif kind == SUPBOOK and len(body) > 5 and body[2:4] not in (b"\x01\x04", b"\x01\x3a"):
            books[supbooks] = _text(body, 2, "<H").lstrip("\x01")[:200]
        elif kind == EXTERNSHEET:
            references += struct.unpack_from(f"<{(len(body) - 2) // 6 * 3}H", body, 2)[::3]
        supbooks += kind == SUPBOOK
    percent = {i for i, f in enumerate(styles) if formats.get(f, f in PERCENT_IDS)}
    links = {i: books[book] for i, book in enumerate(references) if book in books}
    return {name: _marks(stream, at, percent, links) for name, at in sheets}


def _marks(stream: bytes, at: int, percent: set[int], links: dict[int, str]) -> Marks:
    marks = Marks()
    external = SHEET_TOKENS + b"(" + b"|".join(re.escape(struct.pack("<H", i)) for i in links) + b")"
    depth = 0
    for kind, body in _records(stream, at):
        if kind == BOF:
            depth += 1
        elif kind == EOF:
            depth -= 1
            if depth <= 0:
                break
        elif kind in (NUMBER, RK, FORMULA):
            row, column, style = struct.unpack_from("<3H", body)
            if style in percent:
                marks.percent.add((row, column))
            if kind == FORMULA and body[6:14] == bytes(8) and struct.unpack_from("<H", body, 14)[0] & CALCULATE_ON_OPEN:
                marks.uncalculated.add((row, column))
            if links and kind == FORMULA and (found := re.search(external, body[22:], re.S)):
                marks.links[row, column] = links[struct.unpack("<H", found[1])[0]]
        elif kind == MULRK and percent:
            row, first = struct.unpack_from("<2H", body)
            for i in range((len(body) - 6) // 6):
                if struct.unpack_from("<H", body, 4 + 6 * i)[0] in percent:
                    marks.percent.add((row, first + i))
        elif kind == ROW:
            if struct.unpack_from("<H", body, 12)[0] & 0x20:
                marks.hidden_rows.add(struct.unpack_from("<H", body)[0])
        elif kind == COLINFO and len(body) >= 10:
            first, last, _, _, options = struct.unpack_from("<5H", body)
            if options & 1:
                marks.hidden_columns.update(range(first, min(last, 255) + 1))
    return marks


def _text(body: bytes, at: int, count: str) -> str:
    """A BIFF8 unicode string: its length, a flag byte, then one or two bytes a character."""
    size = struct.calcsize(count)
    length = struct.unpack_from(count, body, at)[0]
    wide = body[at + size] & 1
    start = at + size + 1
    return body[start : start + length * (2 if wide else 1)].decode("utf-16-le" if wide else "latin-1", "replace")
