"""Delimited text of any size as one sheet: decoded, split and handed on in chunks, so that memory does not grow with it.

A chunk without quotes is split by polars, any other by Python's csv; both give the same cells.
"""

import codecs
import csv
import io
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from ingest import rules
from ingest.reading.decimal_sign import comma_is_decimal, with_point, with_points
from ingest.reading.limits import limits, within
from ingest.reading.sheet import Chunk, Refusal, Sheet
from vocabulary.label import UNSEEN

DELIMITERS = (",", "\t", ";", "|")
CHUNK_BYTES = 8 << 20
# How much of a text tells its delimiter.
SAMPLE_BYTES = 1 << 16
# GB18030 maps what it cannot name into private use areas; a real table holds next to none of them.
PRIVATE_USE_LIMIT = 0.001
BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# What a cell's text is freed of besides ASCII: blanks, and what nobody sees. As the numbers that two and three bytes of
# UTF-8 make; what takes four is told by the first two of them.
UNTIDY = [c for c in map(chr, range(0x80, 0x10000)) if c.isspace() or UNSEEN.match(c)]
UNTIDY_PAIRS = [int.from_bytes(c.encode(), "big") for c in UNTIDY if c < "\u0800"] + [0xF09B, 0xF09D, 0xF3A0]
UNTIDY_TRIPLES = [int.from_bytes(c.encode(), "big") for c in UNTIDY if c >= "\u0800"]
LONGEST_LINE = 8 << 20


def garbled() -> Refusal:
    return Refusal(rules.finding("garbled_text"))


def _untidy(found: str) -> Refusal:
    return Refusal(rules.finding("unreadable_file.untidy", found=found))


class Text:
    """A text file. `sample` is its beginning. Raises Refusal wherever it turns out not to be one."""

    def __init__(self, source: bytes | Path, chunk_bytes: int | None = None) -> None:
        self.source, self.chunk_bytes = source, chunk_bytes or CHUNK_BYTES
        self.columns = limits().columns
        start = b""
        with closing(self._blocks()) as blocks:
            while len(start) < SAMPLE_BYTES and (block := next(blocks, None)):
                start += block
        self.sample = start[:SAMPLE_BYTES].decode(errors="ignore")
        lines = self.sample.splitlines()[:50]
        self.delimiter = max(DELIMITERS, key=lambda d: sum(line.count(d) for line in lines))

    @cached_property
    def has_commas(self) -> bool:
        """Whether a comma is the decimal sign, told by the whole lines of the sample. Raises Refusal where it may be."""
        return comma_is_decimal(self.sample[: self.sample.rfind("\n") + 1], self.delimiter)

    def whole(self) -> str:
        return b"".join(self._blocks()).decode()

    def sheet(self, name: str, head: int | None = None) -> Sheet:
        """The text as a table; with `head`, only so many rows are held and its `tail` reads the others."""
        rows, is_all = self.first_rows(head)
        width = max([1, *map(len, rows)])
        return Sheet(name, rows, tail=None if is_all else lambda: self.chunks(len(rows), width))

    def first_rows(self, head: int | None) -> tuple[list[list[str]], bool]:
        """The first `head` rows, or all, and whether these are all."""
        rows: list[list[str]] = []
        with closing(self._blocks()) as blocks:
            for row in self._records(_Lines(blocks)):
                if len(rows) == head:
                    return rows, False
                rows.append(row)
        return rows, True

    def chunks(self, start: int, width: int) -> Iterator[Chunk]:
        """The rows from `start` on, `width` columns of them; more where a row has more."""
        first = 0
        with closing(self._blocks()) as blocks:
            for block in blocks:
                tidy = _is_tidy(block, self.delimiter)
                columns = self._split(block, width)
                if columns is None:
                    tidy, columns = False, self._split_quoted(_Lines(blocks, block), width)
                height = len(columns[0])
                skipped = min(max(start - first, 0), height)
                if skipped < height:
                    yield Chunk(first + skipped, height - skipped, [c[skipped:] for c in columns], tidy)
                first += height

    def _split(self, block: bytes, width: int) -> list[pl.Series] | None:
        """The columns of a block by polars; None where that may not be what csv makes of it, or a row is wider."""
        quoted = b'"' in block
        if quoted and not _is_quoted_tidily(block, self.delimiter):
            return None
        # A first line of the full width, since polars takes the number of columns from the first.
        ruler = self.delimiter.encode() * (width - 1) + b"\n"
        try:
            frame = pl.read_csv(
                ruler + block,
                has_header=False,
                schema={str(c): pl.String for c in range(width)},
                separator=self.delimiter,
                quote_char='"' if quoted else None,
            )
        except pl.exceptions.PolarsError:
            return None
        lines = _count(block, "\n") + (not block.endswith(b"\n"))
        if frame.height != lines + 1:
            return None
        if quoted:
            frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
        columns = frame.slice(1).get_columns()
        return [*map(with_points, columns)] if self.has_commas else columns

    def _split_quoted(self, lines: "_Lines", width: int) -> list[pl.Series]:
        """The columns of a block by Python's csv. A quoted cell may reach into the next block, which is then split too."""
        rows: list[list[str]] = []
        records = self._records(lines)
        while not lines.at_border():
            rows.append(next(records))
        width = max([width, *map(len, rows)])
        columns: list[list[str | None]] = [[None] * len(rows) for _ in range(width)]
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                columns[c][r] = cell or None
        return [pl.Series(c, dtype=pl.String) for c in columns]

    def _records(self, lines: "_Lines") -> Iterator[list[str]]:
        try:
            for row in csv.reader(lines, delimiter=self.delimiter):
                if len(row) > self.columns:
                    within("文本每行列数", len(row), self.columns, "列", rule="over_limit.delimiters")
                yield [*map(with_point, row)] if self.has_commas else row
        except csv.Error as e:
            raise _untidy(str(e)) from e

    def _blocks(self) -> Generator[bytes, None, None]:
        """UTF-8 blocks of whole lines that end in `\\n`, the last one perhaps without. Raises Refusal for what is no text."""
        left = b""
        for piece in _with_line_feeds(self._decoded()):
            end = piece.rfind(b"\n") + 1
            if not end:
                left += piece
                if len(left) > LONGEST_LINE:
                    raise _untidy(f"一行超过{LONGEST_LINE >> 20}MB")
                continue
            yield left + piece[:end] if left else piece[:end]
            left = piece[end:]
        if left:
            yield left

    def _decoded(self) -> Iterator[bytes]:
        """The file as UTF-8, in pieces that never part a character."""
        with self._open() as file:
            piece = file.read(self.chunk_bytes)
            bom = next((b for b in BOMS if piece.startswith(b)), b"")
            piece, decode = piece[len(bom) :], _Decoder(BOMS.get(bom))
            while piece:
                following = file.read(self.chunk_bytes)
                text = decode(piece, final=not following)
                if _is_garbled(text):
                    raise garbled()
                if text:
                    yield text
                piece = following

    def _open(self) -> BinaryIO:
        return io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")


def _with_line_feeds(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same text with `\\n` for `\\r\\n` and `\\r`, also where a piece ends between the two."""
    left = b""
    for piece in pieces:
        piece = left + piece
        left = b"\r" if piece.endswith(b"\r") else b""
        piece = piece.removesuffix(left)
        yield piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in piece else piece
    if left:
        yield b"\n"


class _Decoder:
    """Bytes to UTF-8: by byte order mark, else UTF-8 as long as it holds, else GB18030 (domain.md 2.10).

    The first piece that is not ASCII decides. A later piece that breaks it makes the file garbled.
    """

    def __init__(self, encoding: str | None) -> None:
        self.encoding = encoding
        self.left = b""
        self.decoder = codecs.getincrementaldecoder(encoding or "gb18030")()

    def __call__(self, piece: bytes, final: bool) -> bytes:
        if self.encoding in (None, "utf-8"):
            piece = self.left + piece
            whole = piece if final else piece[: _whole_utf8(piece)]
            if self.encoding is None and not whole.isascii():
                self.encoding = "utf-8" if _is_utf8(whole) else "gb18030"
            if self.encoding != "gb18030":
                # What the first piece showed to be UTF-8 is checked again only as it is split.
                self.left = piece[len(whole) :]
                return whole
            self.left = b""
        try:
            text = self.decoder.decode(piece, final)
        except UnicodeDecodeError as e:
            raise garbled() from e
        return text.encode()


def _whole_utf8(piece: bytes) -> int:
    """How much of a piece ends between characters, were it UTF-8."""
    for back in range(1, min(len(piece), 3) + 1):
        byte = piece[-back]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(piece) - back if length > back else len(piece)
        if byte < 0x80:
            break
    return len(piece)


def _is_utf8(piece: bytes) -> bool:
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_garbled(text: bytes) -> bool:
    """Whether text holds what only wrong encodings leave behind: U+FFFD, 锟斤拷, zero bytes, private use characters."""
    if b"\x00" in text or "锟斤拷".encode() in text:
        return True
    # U+E000 to U+F8FF are EE xx xx and EF 80..A3 xx, U+FFFD is EF BF BD; most texts hold neither first byte.
    if b"\xee" not in text and b"\xef" not in text:
        return False
    if "\ufffd".encode() in text:
        return True
    codes = np.frombuffer(text, np.uint8)
    after_ef = codes[np.flatnonzero(codes[:-1] == 0xEF) + 1]
    private = int(np.count_nonzero(codes == 0xEE)) + int(np.count_nonzero(after_ef <= 0xA3))
    return private > PRIVATE_USE_LIMIT * int(np.count_nonzero((codes & 0xC0) != 0x80))


def _is_tidy(block: bytes, delimiter: str) -> bool:
    """Whether a block of lines holds no blanks and nothing unseen; looking costs far less than stripping each cell."""
    codes = np.frombuffer(block, np.uint8)
    low = np.count_nonzero(codes <= 0x20) - _count(block, "\n") - (_count(block, "\t") if delimiter == "\t" else 0)
    if low or not block.endswith(b"\n"):
        return False
    # First bytes from C2 to E3 and from EF on: those between begin the signs of Chinese.
    leads = np.flatnonzero((codes - np.uint8(0xC2) < 34) | (codes >= 0xEF))
    leads = leads[leads < len(codes) - 2]
    wide = (codes[leads].astype(np.int32) << 16) + (codes[leads + 1].astype(np.int32) << 8) + codes[leads + 2]
    return not np.isin(wide, UNTIDY_TRIPLES).any() and not np.isin(wide >> 8, UNTIDY_PAIRS).any()


def _count(block: bytes, sign: str) -> int:
    """How often an ASCII sign occurs: where it does so on every line, numpy counts it four times as fast as bytes.count."""
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord(sign)))


def _is_quoted_tidily(block: bytes, delimiter: str) -> bool:
    """Whether every quote opens a cell, closes one or is doubled within one, and no quoted cell holds a line's end.

    Then all readers of delimited text agree on it.
    """
    codes = np.frombuffer(b"\n" + block + b"\n", np.uint8)
    quotes = np.flatnonzero(codes == ord('"'))
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    ends = (codes == ord("\n")) | (codes == ord(delimiter))
    # Between two quotes of one cell stands nothing: the second closes what the first seems to open anew.
    doubled = closing[:-1] + 1 == opening[1:]
    opens, closes = ends[opening - 1], ends[closing + 1]
    opens[1:] |= doubled
    closes[:-1] |= doubled
    breaks = np.searchsorted(quotes, np.flatnonzero(codes == ord("\n")))
    return bool(opens.all() and closes.all() and not (breaks % 2).any())


class _Lines:
    """The lines of blocks, for csv, which asks for the next block only when a quoted cell reaches into it."""

    def __init__(self, blocks: Iterator[bytes], block: bytes = b"") -> None:
        self.blocks = blocks
        self.lines: list[str] = []
        self.next = 0
        self._take(block)

    def _take(self, block: bytes) -> None:
        try:
            self.lines, self.next = io.StringIO(block.decode(), newline="\n").readlines(), 0
        except UnicodeDecodeError as e:
            raise garbled() from e

    def at_border(self) -> bool:
        return self.next == len(self.lines)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.at_border():
            self._take(next(self.blocks))
        self.next += 1
        return self.lines[self.next - 1]
