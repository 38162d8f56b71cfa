"""What calamine does not tell of a BIFF xls book (MS-XLS), and what kind of document a compound file (MS-CFB) holds.

WPS `.et` books are the same inside. Counts in a file are compared with its size before anything is reserved for them.
"""

import re
import struct
from collections.abc import Callable, Iterator
from itertools import pairwise

from ingest.reading.archive import broken, protected, wrong_kind
from ingest.reading.number_format import BUILTIN, NumberFormat, number_format
from ingest.reading.ooxml import Marks
from ingest.reading.seen import Run, Shift, Style, seen_runs
from ingest.reading.signatures import COMPOUND_FILE

SMALL_STREAM = 4096
OTHER_KINDS = {"WordDocument": "Word文档", "PowerPoint Document": "PowerPoint演示文稿", "__nameid_version1.0": "邮件"}

FORMULA, EOF, EXTERNSHEET, FILEPASS, COLINFO, BOUNDSHEET, MULRK, XF = 0x06, 0x0A, 0x17, 0x2F, 0x7D, 0x85, 0xBD, 0xE0
SUPBOOK, NUMBER, ROW, RK, FORMAT, BOF = 0x01AE, 0x0203, 0x0208, 0x027E, 0x041E, 0x0809
DATE_1904, FONT, CONTINUE, SST, LABELSST, LABEL, WINDOW2 = 0x22, 0x31, 0x3C, 0xFC, 0xFD, 0x0204, 0x023E
SHOWS_ZEROS = 0x0010
STRUCK = 0x0008
SHIFTS: dict[int, Shift] = {1: "raised", 2: "lowered"}
# Tokens of a formula that name a sheet by its number in EXTERNSHEET (PtgNameX, PtgRef3d, PtgArea3d).
SHEET_TOKENS = rb"[\x39\x59\x79\x3a\x5a\x7a\x3b\x5b\x7b]"
CALCULATE_ON_OPEN = 0x0002


class CompoundFile:
    """The streams of an OLE compound file. Raises Refusal when its header does not fit the file."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 512 or not data.startswith(COMPOUND_FILE):
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


class _Book:
    """The globals of a BIFF book: what its sheets refer to."""

    def __init__(self, stream: bytes) -> None:
        self.codes, self.sheets, self.since_1904 = dict(BUILTIN), list[tuple[str, int]](), False
        self._fonts: list[tuple[bool, Shift]] = []
        self._styles: list[tuple[int, int]] = []
        self._books: dict[int, str] = {}
        self._references: list[int] = []
        strings: list[bytes] = []
        supbooks = 0
        before = 0
        for kind, body in _records(stream):
            if kind == FILEPASS:
                raise protected()
            if kind == EOF:
                break
            if kind == SST or (kind == CONTINUE and before == SST):
                strings.append(body)
                kind = SST
            elif kind == SUPBOOK:
                if len(body) > 5 and body[2:4] not in (b"\x01\x04", b"\x01\x3a"):
                    self._books[supbooks] = _text(body, 2, "<H").lstrip("\x01")[:200]
                supbooks += 1
            else:
                self._take(kind, body)
            before = kind
        self.links = {i: self._books[book] for i, book in enumerate(self._references) if book in self._books}
        looks = [self._look(font) for font, _ in self._styles]
        made = {i: Style(self._form(f), *looks[i]) for i, (_, f) in enumerate(self._styles)}
        self.styles = {i: style for i, style in made.items() if not style.is_plain}
        self.strings = (
            _odd_strings(strings, self._look) if any(struck or shift for struck, shift in self._fonts) else {}
        )

    def _take(self, kind: int, body: bytes) -> None:
        if kind == FORMAT and len(body) > 4:
            self.codes[struct.unpack_from("<H", body)[0]] = _text(body, 2, "<H")
        elif kind == FONT:
            options, _, _, escapement = struct.unpack_from("<4H", body, 2)
            self._fonts.append((bool(options & STRUCK), SHIFTS.get(escapement, "")))
        elif kind == XF:
            font, form = struct.unpack_from("<2H", body)
            self._styles.append((font, form))
        elif kind == BOUNDSHEET:
            self.sheets.append((_text(body, 6, "<B"), struct.unpack_from("<I", body)[0]))
        elif kind == DATE_1904:
            self.since_1904 = body[:1] == b"\x01"
        elif kind == EXTERNSHEET:
            self._references += struct.unpack_from(f"<{(len(body) - 2) // 6 * 3}H", body, 2)[::3]

    def _look(self, font: int) -> tuple[bool, Shift]:
        """Whether a font strikes out, raises or lowers its letters. No font has the number 4 (MS-XLS 2.5.129)."""
        at = font - (font > 4)
        return self._fonts[at] if at < len(self._fonts) else (False, "")

    def _form(self, form: int) -> NumberFormat | None:
        return number_format(self.codes.get(form, "General"))


def _read(stream: bytes) -> dict[str, Marks]:
    book = _Book(stream)
    return {name: _marks(stream, at, book) for name, at in book.sheets}


def _odd_strings(
    parts: list[bytes], look: Callable[[int], tuple[bool, Shift]]
) -> dict[int, tuple[list[tuple[int, tuple[bool, Shift]]], str]]:
    """The shared strings of several looks, by index: where each look begins, and all letters."""
    found = {}
    for i, (text, runs) in enumerate(_strings(parts)):
        looks = [(at, look(font)) for at, font in runs]
        if any(struck or shift for _, (struck, shift) in looks):
            found[i] = looks, text
    return found


def _strings(parts: list[bytes]) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Every shared string with its runs of a place and a font (MS-XLS 2.5.293)."""
    if not parts:
        return
    reader = _Continued(parts)
    for _ in range(min(struct.unpack("<2I", reader.take(8))[1], sum(map(len, parts)))):
        length, flags = struct.unpack("<HB", reader.take(3))
        runs = struct.unpack("<H", reader.take(2))[0] if flags & 8 else 0
        more = struct.unpack("<I", reader.take(4))[0] if flags & 4 else 0
        text = reader.letters(length, flags & 1)
        places = struct.unpack(f"<{2 * runs}H", reader.take(4 * runs))
        reader.take(more)
        yield text, list(zip(places[::2], places[1::2], strict=True))


class _Continued:
    """The bytes of a record and of those that continue it. Raises struct.error at their end."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts, self._part, self._at = parts, 0, 0

    def take(self, size: int) -> bytes:
        taken = b""
        while size:
            piece = self._piece(size)
            taken, size = taken + piece, size - len(piece)
        return taken

    def letters(self, count: int, wide: int) -> str:
        """So many letters; where they go on in the next record, a byte tells anew how wide they are."""
        text = ""
        while count:
            if self._at == len(self._parts[self._part]):
                self._next()
                wide = self._piece(1)[0] & 1
            piece = self._piece(count * (2 if wide else 1))
            text += piece.decode("utf-16-le" if wide else "latin-1", "replace")
            count -= len(piece) // (2 if wide else 1)
            if wide and len(piece) % 2:
                raise struct.error("half a letter")
        return text

    def _piece(self, size: int) -> bytes:
        while self._at >= len(self._parts[self._part]):
            self._next()
        piece = self._parts[self._part][self._at : self._at + size]
        self._at += len(piece)
        return piece

    def _next(self) -> None:
        self._part, self._at = self._part + 1, 0
        if self._part == len(self._parts):
            raise struct.error("strings end early")


def _marks(stream: bytes, at: int, book: _Book) -> Marks:
    marks = Marks(since_1904=book.since_1904)
    styles, links = book.styles, book.links
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
            row, column, xf = struct.unpack_from("<3H", body)
            if style := styles.get(xf):
                marks.styles[row, column] = style
            if kind == FORMULA and body[6:14] == bytes(8) and struct.unpack_from("<H", body, 14)[0] & CALCULATE_ON_OPEN:
                marks.uncalculated.add((row, column))
            if links and kind == FORMULA and (found := re.search(external, body[22:], re.S)):
                marks.links[row, column] = links[struct.unpack("<H", found[1])[0]]
        elif kind in (LABELSST, LABEL) and (styles or book.strings):
            row, column, xf = struct.unpack_from("<3H", body)
            if style := styles.get(xf):
                marks.styles[row, column] = style
            if kind == LABELSST and (odd := book.strings.get(struct.unpack_from("<I", body, 6)[0])):
                marks.texts[row, column] = _seen(*odd)
        elif kind == MULRK and styles:
            row, first = struct.unpack_from("<2H", body)
            for i in range((len(body) - 6) // 6):
                if style := styles.get(struct.unpack_from("<H", body, 4 + 6 * i)[0]):
                    marks.styles[row, first + i] = style
        elif kind == WINDOW2:
            marks.hides_zeros = not struct.unpack_from("<H", body)[0] & SHOWS_ZEROS
        elif kind == ROW:
            if struct.unpack_from("<H", body, 12)[0] & 0x20:
                marks.hidden_rows.add(struct.unpack_from("<H", body)[0])
        elif kind == COLINFO and len(body) >= 10:
            first, last, _, _, options = struct.unpack_from("<5H", body)
            if options & 1:
                marks.hidden_columns.update(range(first, min(last, 255) + 1))
    return marks


def _seen(looks: list[tuple[int, tuple[bool, Shift]]], text: str) -> tuple[str, str]:
    """What is seen of a text and what is struck out; `looks` count UTF-16 units."""
    units = text.encode("utf-16-le", "surrogatepass")
    starts = [0, *(at for at, _ in looks), len(units) // 2]
    kinds: list[tuple[bool, Shift]] = [(False, ""), *(look for _, look in looks)]
    pieces = (units[2 * a : 2 * b].decode("utf-16-le", "replace") for a, b in pairwise(starts))
    return seen_runs(Run(piece, *look) for piece, look in zip(pieces, kinds, strict=True))


def _text(body: bytes, at: int, count: str) -> str:
    """A BIFF8 unicode string: its length, a flag byte, then one or two bytes a character."""
    size = struct.calcsize(count)
    length = struct.unpack_from(count, body, at)[0]
    wide = body[at + size] & 1
    start = at + size + 1
    return body[start : start + length * (2 if wide else 1)].decode("utf-16-le" if wide else "latin-1", "replace")
