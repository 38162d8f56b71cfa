"""What calamine does not tell of an xlsx book: how values are shown, hidden rows, formulas never calculated, links.

Byte searches come first: a sheet that has none of these is not parsed a second time.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

from ingest.reading.archive import Archive, broken
from ingest.reading.limits import Limits, within
from ingest.reading.number_format import BUILTIN, number_format
from ingest.reading.seen import Run, Shift, Style, seen_runs
from ingest.reading.sheet import column_index, letter

ROW_NUMBER = re.compile(rb'<row\b[^>]*?\sr="(\d+)"')
# An element of a formula, found by the sign that few others share: a search for it costs a third of one for its bracket.
FORMULA = re.compile(rb"f(?<=[<:]f)[\s/>]")
NO_ZEROS = re.compile(rb"""sheetView\b[^>]*\sshowZeros=["'](?:0|false)["']""")
TRUE = ("1", "true", "on")
SHIFTS: dict[str, Shift] = {"superscript": "raised", "subscript": "lowered"}
# Cells with a format and no value, which hold nothing to be seen; they count where a cell after them says no place.
BLANK = re.compile(rb'<c r="[A-Z]+[0-9]+"[^<>]*/>')
UNPLACED = re.compile(rb'<c(?! r=")[\s/>]')
EXTERNAL = re.compile(r"\[(\d+)\]")
CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")


@dataclass
class Marks:
    """Places on one sheet, counted from 0.

    `styles` are those of cells that may show another value than they store, `texts` what is seen of texts of several looks
    and what is struck out of them.
    """

    styles: dict[tuple[int, int], Style] = field(default_factory=dict)
    texts: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    uncalculated: set[tuple[int, int]] = field(default_factory=set)
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    hides_zeros: bool = False
    since_1904: bool = False


class Workbook:
    """An xlsx book beside the one that calamine reads. Raises Refusal when its frame is broken."""

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._archive, self._limits = archive, limits
        book = _tree(archive.part("xl/workbook.xml"))
        links = [r for r in _tree(archive.part("xl/_rels/workbook.xml.rels")) if r.get("Target")]
        targets = {r.get("Id"): r.get("Target", "") for r in links}
        strings = next((r.get("Target", "") for r in links if r.get("Type", "").endswith("/sharedStrings")), "")
        self.paths: dict[str, str] = {}
        self._recalculates = self._since_1904 = False
        for element in book.iter():
            name = _local(element.tag)
            if name == "sheet":
                rel = next((v for k, v in element.attrib.items() if k.endswith("}id")), None)
                self.paths[element.get("name", "")] = _resolve("xl", targets.get(rel, ""))
            elif name == "calcPr":
                self._recalculates = element.get("fullCalcOnLoad") in TRUE
            elif name == "workbookPr":
                self._since_1904 = element.get("date1904") in TRUE
        within("工作表数", len(self.paths), limits.sheets, "张")
        self._styles = self._odd_styles()
        self._strings = _odd_strings(archive.part(_resolve("xl", strings)) or b"")

    def check_extent(self, name: str) -> None:
        """Refuse a sheet whose outermost cells span more than the limit: it would be laid out in full to be read.

        A stray cell far away is common in honest books, and named here; what is built to deceive meets the memory limit.
        """
        xml = self._archive.part(self.paths.get(name, ""))
        if xml is None:
            return
        last = ROW_NUMBER.match(xml, max(0, xml.rfind(b"<row ")))
        rows = int(last[1]) if last else 1
        rule = "over_limit.extent"
        widest = max(1, min(self._limits.columns, self._limits.cells // rows))
        for far in re.finditer(rb' r="(' + _beyond(widest) + rb')(\d+)"', xml):
            if xml[xml.find(b">", far.end()) - 1] == ord("/"):
                continue  # a place with a format and no value
            cell, column = (far[1] + far[2]).decode(), column_index(far[1].decode()) + 1
            within("工作表列数", column, self._limits.columns, "列", name, cell, rule)
            within("工作表单元格数（行数×列数）", rows * column, self._limits.cells, "个", name, cell, rule)
        # The merged ranges follow the cells.
        within(
            "合并单元格数", xml.count(b"mergeCell ", max(0, xml.rfind(b"sheetData>"))), self._limits.covered, "处", name
        )

    def marks(self, name: str) -> Marks:
        """The places on a sheet that need more than their value."""
        xml = self._archive.part(self.paths.get(name, ""))
        if xml is None:
            return Marks()
        styles = self._styles if self._uses_odd_styles(xml) else {}
        marks = Marks(hides_zeros=bool(NO_ZEROS.search(xml, 0, xml.find(b"sheetData"))), since_1904=self._since_1904)
        if (
            styles
            or self._strings
            or FORMULA.search(xml)
            or b"hidden=" in xml
            or (b"inlineStr" in xml and _looks_mixed(xml))
        ):
            _Scan(marks, styles, self._strings, self._recalculates, self._link).run(xml)
        return marks

    def _uses_odd_styles(self, xml: bytes) -> bool:
        # A cell without a style has the first one.
        ids = b"|".join(i.encode() for i in self._styles)
        return bool(ids) and ("0" in self._styles or bool(re.search(rb"""\ss=["'](?:%s)["']""" % ids, xml)))

    def _link(self, number: str) -> str:
        rels = self._archive.part(f"xl/externalLinks/_rels/externalLink{number}.xml.rels")
        target = next((r.get("Target", "") for r in _tree(rels)), "") if rels else ""
        return target[:200] or f"外部文件[{number}]"

    def _odd_styles(self) -> dict[str, Style]:
        """The cell styles, by index, that show something else than is stored."""
        styles = self._archive.part("xl/styles.xml")
        if styles is None:
            return {}
        tree = _tree(styles)
        codes = BUILTIN | {
            int(e.get("numFmtId", "-1")): e.get("formatCode", "") for e in tree.iter() if _local(e.tag) == "numFmt"
        }
        fonts = [_look(e) for e in next((e for e in tree if _local(e.tag) == "fonts"), ())]
        formats = next((e for e in tree if _local(e.tag) == "cellXfs"), ())
        made = {str(i): _style(e, codes, fonts) for i, e in enumerate(formats)}
        return {i: style for i, style in made.items() if not style.is_plain}


def _style(xf: ElementTree.Element, codes: dict[int, str], fonts: list[tuple[bool, Shift]]) -> Style:
    font = int(xf.get("fontId", "0"))
    look = fonts[font] if font < len(fonts) else (False, "")
    return Style(number_format(codes.get(int(xf.get("numFmtId", "0")), "General")), *look)


def _look(font: ElementTree.Element) -> tuple[bool, Shift]:
    """Whether a font strikes its letters out, and whether it raises or lowers them."""
    said = {_local(e.tag): e.get("val") for e in font}
    return said.get("strike", "0") in (None, *TRUE), SHIFTS.get(said.get("vertAlign") or "", "")


def _looks_mixed(xml: bytes) -> bool:
    """Whether some letters of a text may be struck out or raised."""
    return b"vertAlign" in xml or b"strike" in xml


def _odd_strings(xml: bytes) -> dict[str, tuple[str, str]]:
    """Of the shared strings, by index, those of which something else is seen than all their letters."""
    if not _looks_mixed(xml):
        return {}
    strings = _Strings()
    _parse(xml, strings.start, strings.end, strings.text)
    return strings.odd


class _Runs:
    """The runs of one text, as its elements come; what is written above it to say how it is read (`rPh`) is left out."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self._run = Run("")
        self._above = self._inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "r":
            self._run = Run("")
        elif name == "rPh":
            self._above = True
        elif name == "t":
            self._inside = not self._above
        elif name == "strike":
            self._run = self._run._replace(struck=attributes.get("val", "1") in TRUE)
        elif name == "vertAlign":
            self._run = self._run._replace(shift=SHIFTS.get(attributes.get("val", ""), ""))

    def text(self, text: str) -> None:
        if self._inside:
            self.runs.append(self._run._replace(text=text))

    def end(self, name: str) -> None:
        if name == "t":
            self._inside = False
        elif name == "rPh":
            self._above = False
        elif name == "r":
            self._run = Run("")

    def seen(self) -> tuple[str, str] | None:
        """What is seen and what is struck out; None where all letters look alike."""
        return seen_runs(self.runs) if any(run.struck or run.shift for run in self.runs) else None


class _Strings:
    def __init__(self) -> None:
        self.odd: dict[str, tuple[str, str]] = {}
        self._count = 0
        self._runs = _Runs()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "si":
            self._runs = _Runs()
        self._runs.start(name, attributes)

    def text(self, text: str) -> None:
        self._runs.text(text)

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        self._runs.end(name)
        if name == "si":
            if seen := self._runs.seen():
                self.odd[str(self._count)] = seen
            self._count += 1


def _parse(
    xml: bytes, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None], text: Callable[[str], None]
) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as e:
        raise broken("内部XML不完整或不合规范") from e


class _Scan:
    """One pass over a sheet's XML, which fills its marks."""

    def __init__(
        self, marks: Marks, styles: dict[str, Style], strings: dict[str, tuple[str, str]], recalculates: bool,
        link: Callable[[str], str],
    ) -> None:  # fmt: skip
        self._found, self._styles, self._strings = marks, styles, strings
        self._recalculates, self._link = recalculates, link
        self._at = (-1, -1)
        self._formula: str | None = None
        self._shared: dict[str, str] = {}
        self._value = self._kind = ""
        self._inside = ""
        self._runs: _Runs | None = None
        self._style: Style | None = None

    def run(self, xml: bytes) -> None:
        if not UNPLACED.search(xml):
            xml = BLANK.sub(b"", xml)
        _parse(xml, self._start, self._end, self._text)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            ref = CELL.fullmatch(attributes.get("r", ""))
            self._at = (int(ref[2]) - 1, column_index(ref[1])) if ref else (self._at[0], self._at[1] + 1)
            self._style = self._styles.get(attributes.get("s", "0"))
            self._formula, self._value, self._kind = None, "", attributes.get("t", "")
        elif name == "row":
            row = int(attributes["r"]) - 1 if "r" in attributes else self._at[0] + 1
            self._at = (row, -1)
            if attributes.get("hidden") in TRUE:
                self._found.hidden_rows.add(row)
        elif name == "col":
            if attributes.get("hidden") in TRUE:
                first, last = int(attributes.get("min", "1")), int(attributes.get("max", "1"))
                self._found.hidden_columns.update(range(first - 1, min(last, 16384)))
        elif name == "f":
            self._inside, self._formula = "f", self._shared.get(attributes.get("si", ""), "")
            self._si = attributes.get("si", "")
        elif name in ("v", "t"):
            self._inside = "v"
        elif name == "is":
            self._runs = _Runs()
        if self._runs:
            self._runs.start(name, attributes)

    def _text(self, text: str) -> None:
        if self._inside == "f":
            self._formula = (self._formula or "") + text
        elif self._inside == "v":
            self._value += text
        if self._runs:
            self._runs.text(text)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "f" and self._si:
            self._shared[self._si] = self._formula or ""
        if name in ("f", "v", "t"):
            self._inside = ""
        if self._runs:
            self._runs.end(name)
        if name == "c" and self._style and self._value:
            self._found.styles[self._at] = self._style
        if name == "is":
            self._end_of_text(self._runs.seen() if self._runs else None)
        elif name == "c" and self._kind == "s":
            self._end_of_text(self._strings.get(self._value.strip()))
        elif name == "c" and self._formula is not None:
            if not self._value.strip() or (self._recalculates and self._value == "0"):
                self._found.uncalculated.add(self._at)
            elif link := EXTERNAL.search(self._formula):
                self._found.links[self._at] = self._link(link[1])
            elif "[" in self._formula and re.search(r"\[[^\]]+\.xl\w+\]|://", self._formula):
                self._found.links[self._at] = self._formula[:200]

    def _end_of_text(self, seen: tuple[str, str] | None) -> None:
        self._runs = None
        if seen:
            self._found.texts[self._at] = seen


def _beyond(columns: int) -> bytes:
    """A pattern of the letters of every column after the first `columns`."""
    last = letter(columns - 1)
    longer = [f"[A-Z]{{{n}}}" for n in range(len(last) + 1, 4)]
    same = [
        f"{last[:i]}[{chr(ord(sign) + 1)}-Z]" + "[A-Z]" * (len(last) - i - 1)
        for i, sign in enumerate(last)
        if sign != "Z"
    ]
    # Most places have fewer letters and are let go at once.
    return f"(?=[A-Z]{{{len(last)}}})(?:{'|'.join([*longer, *same] or ['(?!)'])})".encode()


def _tree(xml: bytes | None) -> ElementTree.Element:
    if xml is None:
        raise broken("缺少工作簿目录")
    try:
        return ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError, LookupError) as e:
        raise broken("内部XML不完整或不合规范") from e


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _resolve(folder: str, target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"{folder}/{target.removeprefix('./')}"
