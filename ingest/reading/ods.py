"""An OpenDocument spreadsheet's content.xml -> sheets. Read here whole: calamine tells neither its formats nor merges."""

import io
from collections.abc import Iterator
from datetime import date, datetime

from lxml import etree

from ingest.reading.archive import Archive, broken, protected
from ingest.reading.limits import Limits, within
from ingest.reading.ods_styles import NS, Styles
from ingest.reading.seen import Run, Style, differs, otherwise, seen_runs
from ingest.reading.sheet import UNCALCULATED, Otherwise, Raw, Sheet, as_percentage

TABLE, OFFICE, TEXT = (NS % n for n in ("table", "office", "text"))
CONFIG = NS % "config"
# What stands at a cell or above a word and is no part of what the cell says.
BESIDE = {f"{OFFICE}annotation", f"{TEXT}note", f"{TEXT}ruby-text", f"{TEXT}hidden-text", f"{TEXT}bibliography-mark"}


def read_ods(archive: Archive, limits: Limits) -> list[Sheet]:
    """Every sheet of the book. Raises Refusal."""
    if b"encryption-data" in (archive.part("META-INF/manifest.xml") or b""):
        raise protected()
    sheets: list[Sheet] = []
    styles = Styles()
    zeros = _HiddenZeros(archive.part("settings.xml"))
    try:
        for element in _elements(archive.part("styles.xml"), *Styles.TAGS):
            styles.add(element)
        for element in _elements(archive.part("content.xml"), *Styles.TAGS, f"{TABLE}table"):
            if element.tag != f"{TABLE}table":
                styles.add(element)
            elif element.getparent().tag == f"{OFFICE}spreadsheet":
                within("工作表数", len(sheets) + 1, limits.sheets, "张")
                sheets.append(_Reading(element, limits, styles, zeros).sheet())
                element.clear()
    except (etree.XMLSyntaxError, ValueError) as e:
        raise broken("内部XML不完整或不合规范") from e
    return sheets


def _elements(part: bytes | None, *tags: str) -> Iterator[etree._Element]:
    if not part:
        return
    reader = etree.iterparse(
        io.BytesIO(part), events=("end",), tag=tags, resolve_entities=False, no_network=True, huge_tree=False,
        load_dtd=False,
    )  # fmt: skip
    for _, element in reader:
        yield element


class _HiddenZeros:
    """Which sheets are set to show no zeros, each by itself or all of the book."""

    def __init__(self, settings: bytes | None) -> None:
        self._by_sheet: dict[str, bool] = {}
        self._all = False
        for item in _elements(settings, f"{CONFIG}config-item"):
            if item.get(f"{CONFIG}name") == "ShowZeroValues":
                hides, view = (item.text or "").strip() == "false", item.getparent()
                tables = view.getparent() if view is not None else None
                if tables is not None and tables.get(f"{CONFIG}name") == "Tables":
                    self._by_sheet[view.get(f"{CONFIG}name") or ""] = hides
                else:
                    self._all |= hides

    def on(self, sheet: str) -> bool:
        return self._by_sheet.get(sheet, self._all)


class _Reading:
    """One table element."""

    def __init__(self, table: etree._Element, limits: Limits, styles: Styles, zeros: _HiddenZeros) -> None:
        self._table, self._limits, self._styles = table, limits, styles
        self._name = table.get(f"{TABLE}name") or ""
        self._rows: list[list[Raw]] = []
        self._covered: dict[tuple[int, int], tuple[int, int]] = {}
        self._links: dict[tuple[int, int], str] = {}
        self._hidden_rows: list[int] = []
        self._otherwise: dict[tuple[int, int], Otherwise] = {}
        self._hides_zeros = zeros.on(self._name)
        self._usual = [c.get(f"{TABLE}default-cell-style-name") or "" for c in self._columns()]
        self._cells = 0

    def sheet(self) -> Sheet:
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
            self._table.get(f"{TABLE}style-name") in self._styles.hidden_tables,
            tuple(r for r in self._hidden_rows if r < last),
            columns,
            self._links,
            self._otherwise,
        )

    def _count_cells(self, more: int) -> None:
        self._cells += more
        within("工作表单元格数", self._cells, self._limits.cells, "个", self._name)

    def _read_row(self, row: etree._Element, at: int) -> list[Raw]:
        cells: list[Raw] = []
        column = 0
        for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            repeated = _count(cell, "number-columns-repeated")
            value = self._value(cell, row, at, column) if cell.tag == f"{TABLE}table-cell" else None
            formula = cell.get(f"{TABLE}formula") or ""
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

    def _columns(self) -> Iterator[etree._Element]:
        """The element of each column, as far as the limit goes."""
        left = self._limits.columns
        for column in self._table.iter(f"{TABLE}table-column"):
            repeated = min(_count(column, "number-columns-repeated"), left)
            left -= repeated
            yield from (column for _ in range(repeated))

    def _hidden_columns(self) -> Iterator[int]:
        return (at for at, column in enumerate(self._columns()) if _is_hidden(column))

    def _value(self, cell: etree._Element, row: etree._Element, at: int, column: int) -> Raw:
        """What is seen of a cell; a formula without a result is marked."""
        text, left = seen_runs(self._runs(cell))
        value = _stored(cell, text)
        if value is None:
            return UNCALCULATED if cell.get(f"{TABLE}formula") else None
        usual = self._usual[column] if column < len(self._usual) else ""
        style = self._styles.of_cell(
            cell.get(f"{TABLE}style-name") or row.get(f"{TABLE}default-cell-style-name") or usual
        )
        shown = self._shown(cell, value, text, style)
        if value is text and left:
            self._otherwise[at, column] = Otherwise("hidden_text", left)
        elif shown is not value and (said := otherwise(value, shown, style.form)):
            self._otherwise[at, column] = said
        return shown

    def _shown(self, cell: etree._Element, value: Raw, text: str, style: Style) -> Raw:
        if isinstance(value, float) and self._hides_zeros and value == 0:
            return None
        shown = style.seen(value)
        if cell.get(f"{OFFICE}value-type") == "percentage" and isinstance(shown, float) and isinstance(value, float):
            shown = as_percentage(value)
        return differs(shown, value, text, style) if isinstance(value, float) else shown

    def _runs(self, cell: etree._Element) -> Iterator[Run]:
        """The letters of the cell itself; those of its comment are not part of what it says."""
        for i, paragraph in enumerate(cell.iterchildren(f"{TEXT}p", f"{TEXT}h")):
            if i:
                yield Run("\n")
            yield from self._letters(paragraph, Run(""))

    def _letters(self, element: etree._Element, look: Run) -> Iterator[Run]:
        yield look._replace(text=element.text or "")
        for child in element:
            if child.tag == f"{TEXT}s":
                yield look._replace(text=" " * min(_spaces(child), 1000))
            elif child.tag in (f"{TEXT}line-break", f"{TEXT}tab"):
                yield look._replace(text="\n")
            elif child.tag == f"{TEXT}span":
                yield from self._letters(child, self._styles.run("", child.get(f"{TEXT}style-name") or "", look))
            elif isinstance(child.tag, str) and child.tag not in BESIDE:
                yield from self._letters(child, look)
            yield look._replace(text=child.tail or "")


def _count(element: etree._Element, attribute: str) -> int:
    return max(1, int(element.get(TABLE + attribute) or 1))


def _is_hidden(element: etree._Element) -> bool:
    return element.get(f"{TABLE}visibility") in ("collapse", "filter")


def _stored(cell: etree._Element, text: str) -> Raw:
    """A cell's value by its type, else its text."""
    kind = cell.get(f"{OFFICE}value-type")
    if kind in ("float", "currency", "percentage"):
        return float(cell.get(f"{OFFICE}value") or "nan")
    if kind == "date":
        said = cell.get(f"{OFFICE}date-value") or ""
        return datetime.fromisoformat(said) if "T" in said else date.fromisoformat(said)
    if kind == "boolean":
        return cell.get(f"{OFFICE}boolean-value") == "true"
    return text or None


def _spaces(child: etree._Element) -> int:
    return int(child.get(f"{TEXT}c") or 1)
