"""A ZIP archive that claims to be a workbook: opened only as far as it is sound, and never larger than the limits.

Checked before any other program inflates it: sizes are measured and not believed, parts may not overlap, lead out of the
archive or declare entities.
"""

import io
import re
import struct
import zipfile
import zlib

from ingest import rules
from ingest.reading.limits import Limits, within
from ingest.reading.sheet import Refusal

ARCHIVE = "压缩包"
MEGABYTE = 1 << 20
HEAD = 1 << 18
# What inflates no further than this harms nobody, however well it was packed.
FLOOR = 16 << 20
# Parts that hold no cells: pictures and embedded objects are not inflated.
NO_CELLS = re.compile(r"(?i).*(?:/media/|/embeddings/|vbaProject\.bin|^Pictures/|^Object|^Thumbnails/).*")
KINDS = (
    (re.compile(r"^xl/workbook\.xml$"), "xlsx"),
    (re.compile(r"^xl/workbook\.bin$"), "xlsb"),
    (re.compile(r"^word/"), "Word文档"),
    (re.compile(r"^ppt/"), "PowerPoint演示文稿"),
)


def broken(found: str | None = None) -> Refusal:
    return Refusal(rules.finding("unreadable_file.broken", found=found))


class Archive:
    """The parts of a sound archive. `kind` is xlsx, xlsb or ods. Raises Refusal for any other and for an unsound one."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._data, self._limits = data, limits
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as z:
                self._entries = z.infolist()
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, struct.error) as e:
            raise broken("文件不完整，压缩目录缺失或损坏") from e
        within("压缩包内文件数", len(self._entries), limits.members, "个")
        self.names = {e.filename: e for e in self._entries}
        if len(self.names) < len(self._entries):
            raise broken("压缩包内有同名文件")
        self._check_entries()
        self.kind = self._kind()
        self._parts = self._inflated()

    def part(self, name: str) -> bytes | None:
        """A part's inflated bytes; None when the archive has none of that name."""
        return self._parts.get(name.removeprefix("/"))

    def _check_entries(self) -> None:
        end = 0
        for entry in sorted(self._entries, key=lambda e: e.header_offset):
            name = entry.filename
            if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name:
                raise Refusal(rules.finding("unsafe_archive.path", found=name[:80]))
            if entry.header_offset < end:
                raise Refusal(rules.finding("unsafe_archive.overlap", found=name[:80]))
            end = entry.header_offset + entry.compress_size + 30
            if entry.flag_bits & 1:
                raise protected()
        within("文件解压后大小", sum(e.file_size for e in self._entries) / MEGABYTE, self._limits.inflated_mb, "MB")

    def _kind(self) -> str:
        for pattern, kind in KINDS:
            if any(pattern.match(n) for n in self.names):
                if kind in ("xlsx", "xlsb"):
                    return kind
                raise wrong_kind(kind)
        if "content.xml" in self.names and "mimetype" in self.names:
            said = self._inflate(self.names["mimetype"]).decode("ascii", "replace")
            if "opendocument.spreadsheet" in said:
                return "ods"
            raise wrong_kind("OpenDocument文档")
        if "[Content_Types].xml" in self.names:
            raise broken()
        raise wrong_kind(ARCHIVE)

    def _inflated(self) -> dict[str, bytes]:
        parts: dict[str, bytes] = {}
        total = 0
        for name, entry in self.names.items():
            if NO_CELLS.match(name) or entry.is_dir():
                continue
            parts[name] = part = self._inflate(entry)
            total += len(part)
            within("文件解压后大小", total / MEGABYTE, self._limits.inflated_mb, "MB")
            if name.endswith((".xml", ".rels")):
                refuse_entities(part)
        return parts

    def _inflate(self, entry: zipfile.ZipInfo) -> bytes:
        """A part as it really inflates, whatever its header declares."""
        name_length, extra = struct.unpack_from("<HH", self._data, entry.header_offset + 26)
        start = entry.header_offset + 30 + name_length + extra
        packed = self._data[start : start + entry.compress_size]
        if len(packed) < entry.compress_size:
            raise broken("文件不完整")
        if entry.compress_type == zipfile.ZIP_STORED:
            return packed
        if entry.compress_type != zipfile.ZIP_DEFLATED:
            raise broken(f"压缩方式{entry.compress_type}")
        allowed = max(FLOOR, min(len(packed) * self._limits.ratio, self._limits.inflated_mb * MEGABYTE))
        inflate = zlib.decompressobj(-15)
        try:
            part = inflate.decompress(packed, allowed + 1)
        except zlib.error as e:
            raise broken(f"{entry.filename[:60]}压缩数据损坏") from e
        if len(part) > allowed:
            raise Refusal(
                rules.finding(
                    "over_limit.inflated",
                    name=entry.filename[:60],
                    packed=len(packed),
                    allowed=allowed,
                    ratio=self._limits.ratio,
                    inflated_mb=self._limits.inflated_mb,
                )
            )
        if not inflate.eof or len(part) != entry.file_size or zlib.crc32(part) != entry.CRC:
            raise broken(f"{entry.filename[:60]}校验不符")
        return part


def wrong_kind(what: str) -> Refusal:
    return Refusal(rules.finding("not_a_table.archive" if what == ARCHIVE else "not_a_table.kind", found=what))


def protected() -> Refusal:
    return Refusal(rules.finding("password_protected"))


def refuse_entities(xml: bytes) -> None:
    """Office programs write no document type; one that declares entities is there to grow when it is read."""
    head = xml[:HEAD].replace(b"\x00", b"")
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise Refusal(rules.finding("unsafe_archive.entities"))
