"""What calamine does not tell of an xlsx book: percentage formats, hidden rows, formulas never calculated, links.

Byte searches come first: a sheet that has none of these is not parsed a second time.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.parsers import expat

from ingest.reading.archive import Archive, broken
from ingest.reading.limits import Limits, within
from ingest.reading.sheet import column_index, letter

PERCENT_IDS = {9, 10}
# "0.0%" scales by 100; a percent sign in quotes or after a backslash is only text.
LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
ROW_NUMBER = re.compile(rb'<row\b[^>]*?\sr="(\d+)"')
# An element of a formula, found by the sign that few others share: a search for it costs a third of one for its bracket.
FORMULA = re.compile(rb"f(?<=[<:]f)[\s/>]")
EXTERNAL = re.compile(r"\[(\d+)\]")
CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def is_percentage(form: str) -> bool:
    """Whether a number format shows 0.083 as 8.3%."""
    return "%" in LITERAL.sub("", form)


@dataclass
class Marks:
    """Places on one sheet, counted from 0."""

    percent: set[tuple[int, int]] = field(default_factory=set)
    uncalculated: set[tuple[int, int]] = field(default_factory=set)
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


class Workbook:
    """An xlsx book beside the one that calamine reads. Raises Refusal when its frame is broken."""

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._archive, self._limits = archive, limits
        book = _tree(archive.part("xl/workbook.xml"))
        targets = {
            r.get("Id"): r.get("Target", "")
            for r in _tree(archive.part("xl/_rels/workbook.xml.rels"))
            if r.get("Target")
        }
        self.paths: dict[str, str] = {}
        self._recalculates = False
        for element in book.iter():
            name = _local(element.tag)
            if name == "sheet":
                rel = next((v for k, v in element.attrib.items() if k.endswith("}id")), None)
                self.paths[element.get("name", "")] = _resolve("xl", targets.get(rel, ""))
            elif name == "calcPr":
                self._recalculates = element.get("fullCalcOnLoad") in ("1", "true")
        within("工作表数", len(self.paths), limits.sheets, "张")
        self._percent = self._percent_styles()

    def check_extent(self, name: str) -> None:
        """Refuse a sheet whose outermost cells span more than the limit: it would be laid out in full to be read.

        A stray cell far away is common in honest books, and named here; what is built to deceive meets the memory limit.
        """
        xml = self._archive.part(self.paths.get(name, ""))
        if xml is None:
            return
        last = ROW_NUMBER.match(xml, max(0, xml.rfind(b"<row ")))
        rows = int(last[1]) if last else 1
        hint = "请删除表格以外的行、列及其内容后重新报送"
        widest = max(1, min(self._limits.columns, self._limits.cells // rows))
        for far in re.finditer(rb' r="(' + _beyond(widest) + rb')(\d+)"', xml):
            if xml[xml.find(b">", far.end()) - 1] == ord("/"):
                continue  # a place with a format and no value
            cell, column = (far[1] + far[2]).decode(), column_index(far[1].decode()) + 1
            within("工作表列数", column, self._limits.columns, "列", name, cell, hint)
            within("工作表单元格数（行数×列数）", rows * column, self._limits.cells, "个", name, cell, hint)
        # The merged ranges follow the cells.
        within(
            "合并单元格数", xml.count(b"mergeCell ", max(0, xml.rfind(b"sheetData>"))), self._limits.covered, "处", name
        )

    def marks(self, name: str) -> Marks:
        """The places on a sheet that need more than their value."""
        xml = self._archive.part(self.paths.get(name, ""))
        if xml is None or not (self._percent or FORMULA.search(xml) or b"hidden=" in xml):
            return Marks()
        return _Scan(self._percent, self._recalculates, self._link).run(xml)

    def _link(self, number: str) -> str:
        rels = self._archive.part(f"xl/externalLinks/_rels/externalLink{number}.xml.rels")
        target = next((r.get("Target", "") for r in _tree(rels)), "") if rels else ""
        return target[:200] or f"外部文件[{number}]"

    def _percent_styles(self) -> set[str]:
        """The cell styles, by index, whose number format is a percentage."""
        styles = self._archive.part("xl/styles.xml")
        if styles is None:
            return set()
        tree = _tree(styles)
        own = {
            int(e.get("numFmtId", "-1")): is_percentage(e.get("formatCode", ""))
            for e in tree.iter()
            if _local(e.tag) == "numFmt"
        }
        formats = next((e for e in tree if _local(e.tag) == "cellXfs"), ())
        ids = [int(e.get("numFmtId", "0")) for e in formats]
        return {str(i) for i, f in enumerate(ids) if own.get(f, f in PERCENT_IDS)}


class _Scan:
    """One pass over a sheet's XML."""

    def __init__(self, percent: set[str], recalculates: bool, link: Callable[[str], str]) -> None:
        self._percent, self._recalculates, self._link = percent, recalculates, link
        self._found = Marks()
        self._at = (-1, -1)
        self._formula: str | None = None
        self._shared: dict[str, str] = {}
        self._value = ""
        self._inside = ""

    def run(self, xml: bytes) -> Marks:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(xml, True)
        except (expat.ExpatError, ValueError) as e:
            raise broken("内部XML不完整或不合规范") from e
        return self._found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            ref = CELL.fullmatch(attributes.get("r", ""))
            self._at = (int(ref[2]) - 1, column_index(ref[1])) if ref else (self._at[0], self._at[1] + 1)
            if attributes.get("s") in self._percent:
                self._found.percent.add(self._at)
            self._formula, self._value = None, ""
        elif name == "row":
            row = int(attributes["r"]) - 1 if "r" in attributes else self._at[0] + 1
            self._at = (row, -1)
            if attributes.get("hidden") in ("1", "true"):
                self._found.hidden_rows.add(row)
        elif name == "col":
            if attributes.get("hidden") in ("1", "true"):
                first, last = int(attributes.get("min", "1")), int(attributes.get("max", "1"))
                self._found.hidden_columns.update(range(first - 1, min(last, 16384)))
        elif name == "f":
            self._inside, self._formula = "f", self._shared.get(attributes.get("si", ""), "")
            self._si = attributes.get("si", "")
        elif name in ("v", "t"):
            self._inside = "v"

    def _text(self, text: str) -> None:
        if self._inside == "f":
            self._formula = (self._formula or "") + text
        elif self._inside == "v":
            self._value += text

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "f" and self._si:
            self._shared[self._si] = self._formula or ""
        if name in ("f", "v", "t"):
            self._inside = ""
        elif name == "c" and self._formula is not None:
            if not self._value.strip() or (self._recalculates and self._value == "0"):
                self._found.uncalculated.add(self._at)
            elif link := EXTERNAL.search(self._formula):
                self._found.links[self._at] = self._link(link[1])
            elif "[" in self._formula and re.search(r"\[[^\]]+\.xl\w+\]|://", self._formula):
                self._found.links[self._at] = self._formula[:200]


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
