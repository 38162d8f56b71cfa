"""An OpenDocument spreadsheet's content.xml -> sheets. Read here whole: calamine tells neither its formats nor merges."""

import io
from collections.abc import Iterator
from datetime import date, datetime

from lxml import etree

from ingest.reading.archive import Archive, broken, protected
from ingest.reading.limits import Limits, within
from ingest.reading.sheet import UNCALCULATED, Raw, Sheet, as_percentage

NS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
TABLE, OFFICE, TEXT, STYLE = (NS % n for n in ("table", "office", "text", "style"))


def read_ods(archive: Archive, limits: Limits) -> list[Sheet]:
    """Every sheet of the book. Raises Refusal."""
    if b"encryption-data" in (archive.part("META-INF/manifest.xml") or b""):
        raise protected()
    content = archive.part("content.xml") or b""
    sheets: list[Sheet] = []
    hidden_styles: set[str] = set()
    reader = etree.iterparse(
        io.BytesIO(content), events=("end",), tag=(f"{STYLE}style", f"{TABLE}table"), resolve_entities=False,
        no_network=True, huge_tree=False, load_dtd=False,
    )  # fmt: skip
    try:
        for _, element in reader:
            if element.tag == f"{STYLE}style":
                shown = element.find(f"{STYLE}table-properties")
                if shown is not None and shown.get(f"{TABLE}display") == "false":
                    hidden_styles.add(element.get(f"{STYLE}name") or "")
                continue
            if element.getparent().tag == f"{OFFICE}spreadsheet":
                within("工作表数", len(sheets) + 1, limits.sheets, "张")
                hidden = element.get(f"{TABLE}style-name") in hidden_styles
                sheets.append(_Reading(element, limits).sheet(hidden))
                element.clear()
    except (etree.XMLSyntaxError, ValueError) as e:
        raise broken("内部XML不完整或不合规范") from e
    return sheets


class _Reading:
    """One table element."""

    def __init__(self, table: etree._Element, limits: Limits) -> None:
        self._table, self._limits = table, limits
        self._name = table.get(f"{TABLE}name") or ""
        self._rows: list[list[Raw]] = []
        self._covered: dict[tuple[int, int], tuple[int, int]] = {}
        self._links: dict[tuple[int, int], str] = {}
        self._hidden_rows: list[int] = []
        self._cells = 0

    def sheet(self, hidden: bool) -> Sheet:
        at = 0
        for row in self._table.iter(f"{TABLE}table-row"):
            repeated = _count(row, "number-rows-repeated")
            cells = self._read_row(row, at)
            if _is_hidden(row):
                self._hidden_rows += range(at, at + min(repeated, 1000))
            if cells:
                self._count_cells(len(cells) * repeated)
                self._rows += ([] for _ in range(at - len(self._rows)))
                self._rows += (list(cells) for _ in range(repeated))
            at += repeated
            within("工作表行数", at if cells else 0, 1_048_576, "行", self._name)
        last = len(self._rows)
        columns = tuple(self._hidden_columns())
        return Sheet(
            self._name,
            self._rows,
            self._covered,
            hidden,
            tuple(r for r in self._hidden_rows if r < last),
            columns,
            self._links,
        )

    def _count_cells(self, more: int) -> None:
        self._cells += more
        within("工作表单元格数", self._cells, self._limits.cells, "个", self._name)

    def _read_row(self, row: etree._Element, at: int) -> list[Raw]:
        cells: list[Raw] = []
        column = 0
        for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            repeated = _count(cell, "number-columns-repeated")
            value = _value(cell) if cell.tag == f"{TABLE}table-cell" else None
            formula = cell.get(f"{TABLE}formula") or ""
            if formula and value is None:
                value = UNCALCULATED
            if value is not None:
                within("工作表列数", column + repeated, self._limits.columns, "列", self._name)
                cells += [None] * (column - len(cells)) + [value] * repeated
                if "file:" in formula or "://" in formula:
                    self._links[at, column] = formula[:200]
            self._cover(cell, at, column)
            column += repeated
        return cells

    def _cover(self, cell: etree._Element, row: int, column: int) -> None:
        across, down = _count(cell, "number-columns-spanned"), _count(cell, "number-rows-spanned")
        if across * down > 1:
            within("合并单元格覆盖", len(self._covered) + across * down, self._limits.covered, "格", self._name)
            self._covered |= {
                (r, c): (row, column) for r in range(row, row + down) for c in range(column, column + across)
            }
            del self._covered[row, column]

    def _hidden_columns(self) -> Iterator[int]:
        at = 0
        for column in self._table.iter(f"{TABLE}table-column"):
            repeated = _count(column, "number-columns-repeated")
            if _is_hidden(column):
                yield from range(at, min(at + repeated, self._limits.columns))
            at += repeated


def _count(element: etree._Element, attribute: str) -> int:
    return max(1, int(element.get(TABLE + attribute) or 1))


def _is_hidden(element: etree._Element) -> bool:
    return element.get(f"{TABLE}visibility") in ("collapse", "filter")


def _value(cell: etree._Element) -> Raw:
    kind = cell.get(f"{OFFICE}value-type")
    if kind in ("float", "currency"):
        return float(cell.get(f"{OFFICE}value") or "nan")
    if kind == "percentage":
        return as_percentage(float(cell.get(f"{OFFICE}value") or "nan"))
    if kind == "date":
        said = cell.get(f"{OFFICE}date-value") or ""
        return datetime.fromisoformat(said) if "T" in said else date.fromisoformat(said)
    if kind == "boolean":
        return cell.get(f"{OFFICE}boolean-value") == "true"
    # Paragraphs of the cell itself; those of its comment are not part of what it says.
    lines = ["".join(_texts(p)) for p in cell.iterchildren(f"{TEXT}p", f"{TEXT}h")]
    return "\n".join(lines) or None


def _texts(paragraph: etree._Element) -> Iterator[str]:
    yield paragraph.text or ""
    for child in paragraph:
        if child.tag == f"{TEXT}s":
            yield " " * min(_spaces(child), 1000)
        elif isinstance(child.tag, str) and child.tag not in (f"{OFFICE}annotation", f"{TEXT}note"):
            yield from _texts(child)
        yield child.tail or ""


def _spaces(child: etree._Element) -> int:
    return int(child.get(f"{TEXT}c") or 1)
