"""The same rows in every format that departments send, and books as clerks and mischief-makers prepare them."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

import xlsxwriter
import xlwt
from odf.number import Number, PercentageStyle, Text
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TableProperties
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

Rows = list[list[Any]]
Merged = list[tuple[int, int, int, int]]


class Percent(float):
    """A number to be written in a percentage format: Percent(0.083) is seen as 8.3%."""

    def __str__(self) -> str:
        return f"{round(self * 100, 9)}%"


def new_book(
    rows: Rows, merged: Merged | None = None, sheet: str = "表1", before: Iterable[tuple[str, Rows]] = ()
) -> bytes:
    """An xlsx book; sheets of `before` stand in front, hidden where their name begins with a point."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        shown = book.add_format({"num_format": "0.0%"})
        for name, cells, ranges in (*((n, r, []) for n, r in before), (sheet, rows, merged or [])):
            page = book.add_worksheet(name)
            for top, left, bottom, right in ranges:
                page.merge_range(top, left, bottom, right, "")
            for r, row in enumerate(cells):
                for c, value in enumerate(row):
                    if value is not None:
                        page.write(r, c, value, shown) if isinstance(value, Percent) else page.write(r, c, value)
            if name.startswith("."):
                page.hide()
            else:
                page.activate()
                page.set_first_sheet()
    return file.getvalue()


def old_book(rows: Rows, merged: Merged | None = None, sheet: str = "表1") -> bytes:
    """A BIFF xls book."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(sheet)
    shown, plain = xlwt.easyxf(num_format_str="0.0%"), xlwt.easyxf()
    anchors, _ = _covered(merged or [])
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            style = shown if isinstance(value, Percent) else plain
            if (r, c) in anchors:
                high, wide = anchors[r, c]
                page.write_merge(r, r + high - 1, c, c + wide - 1, value, style)
            elif value is not None:
                page.write(r, c, value, style)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _covered(
    merged: Iterable[tuple[int, int, int, int]],
) -> tuple[dict[tuple[int, int], tuple[int, int]], set[tuple[int, int]]]:
    """Anchors with their height and width, and the places that they cover."""
    anchors = {(t, left): (b - t + 1, r - left + 1) for t, left, b, r in merged}
    inside = {(y, x) for (t, left), (h, w) in anchors.items() for y in range(t, t + h) for x in range(left, left + w)}
    return anchors, inside - anchors.keys()


def ods(rows: Rows, merged: Merged | None = None, sheet: str = "表1", hidden: Iterable[int] = ()) -> bytes:
    """An OpenDocument book, as a program that knows nothing of this project writes it."""
    book = OpenDocumentSpreadsheet()
    gone = Style(name="gone", family="table")
    gone.addElement(TableProperties(display="false"))
    book.automaticstyles.addElement(gone)
    book.spreadsheet.addElement(_ods_table(sheet, rows, merged or [], set(hidden)))
    file = io.BytesIO()
    book.write(file)
    return file.getvalue()


def _ods_table(name: str, rows: Rows, merged: Merged, hidden: set[int]) -> Table:
    table = Table(name=name)
    anchors, covered = _covered(merged)
    width = max([len(r) for r in rows] + [r + 1 for _, _, _, r in merged])
    for y, row in enumerate(rows):
        line = TableRow(**({"visibility": "collapse"} if y in hidden else {}))
        for x in range(width):
            if (y, x) in covered:
                line.addElement(CoveredTableCell())
                continue
            value = row[x] if x < len(row) else None
            high, wide = anchors.get((y, x), (1, 1))
            more: dict[str, Any] = (
                {"numberrowsspanned": high, "numbercolumnsspanned": wide} if (y, x) in anchors else {}
            )
            if isinstance(value, Percent):
                more |= {"valuetype": "percentage", "value": repr(float(value))}
            elif isinstance(value, int | float):
                more |= {"valuetype": "float", "value": repr(value)}
            elif value is not None:
                more |= {"valuetype": "string"}
            cell = TableCell(**more)
            if value is not None:
                cell.addElement(P(text=str(value)))
            line.addElement(cell)
        table.addElement(line)
    return table


def html(rows: Rows, merged: Merged | None = None, encoding: str = "utf-8") -> bytes:
    """A web page saved as `.xls`, as many an export button writes it."""
    anchors, covered = _covered(merged or [])
    lines = []
    for y, row in enumerate(rows):
        cells = []
        for x in range(max(len(row), max((right + 1 for _, _, _, right in merged or ()), default=0))):
            if (y, x) not in covered:
                value = row[x] if x < len(row) else None
                high, wide = anchors.get((y, x), (1, 1))
                span = f' rowspan="{high}" colspan="{wide}"' if (y, x) in anchors else ""
                cells.append(f"<td{span}>{'' if value is None else escape(str(value))}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    page = f'<html><head><meta charset="{encoding}"><title>导出</title></head><body><table>{"".join(lines)}</table></body></html>'
    return page.encode(encoding)


def spreadsheet_xml(rows: Rows, merged: Merged | None = None) -> bytes:
    """Excel 2003 XML, which some systems still export under `.xls`."""
    anchors, covered = _covered(merged or [])
    lines = []
    for y, row in enumerate(rows):
        cells = []
        for x, value in enumerate(row):
            if (value is None and (y, x) not in anchors) or (y, x) in covered:
                continue
            high, wide = anchors.get((y, x), (1, 1))
            kind = "Number" if isinstance(value, int | float) and not isinstance(value, Percent) else "String"
            across = f' ss:MergeAcross="{wide - 1}"' * (wide > 1) + f' ss:MergeDown="{high - 1}"' * (high > 1)
            cells.append(f'<Cell ss:Index="{x + 1}"{across}><Data ss:Type="{kind}">{escape(str(value))}</Data></Cell>')
        lines.append(f'<Row ss:Index="{y + 1}">{"".join(cells)}</Row>')
    return (
        '<?xml version="1.0" encoding="gb2312"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="表1"><Table>{"".join(lines)}</Table></Worksheet></Workbook>'
    ).encode("gb18030")


def _text(delimiter: str, encoding: str) -> Callable[..., bytes]:
    def write(rows: Rows, merged: Merged | None = None) -> bytes:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter).writerows(rows)
        return out.getvalue().encode(encoding)

    return write


FORMATS: dict[str, Callable[..., bytes]] = {
    "xlsx": new_book,
    "xls": old_book,
    "ods": ods,
    "html": html,
    "html gbk": lambda rows, merged=None: html(rows, merged, "gbk"),
    "xml 2003": spreadsheet_xml,
    "csv": _text(",", "utf-8"),
    "csv gb18030": _text(",", "gb18030"),
    "csv utf-16": _text(",", "utf-16"),
    "tsv utf-8-sig": _text("\t", "utf-8-sig"),
}


def percentages(kind: str, value: float = 0.083, form: str = "0.0%") -> bytes:
    """One sheet whose A1 holds a number in a percentage format."""
    file = io.BytesIO()
    if kind == "xlsx":
        with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
            book.add_worksheet("表1").write_number(0, 0, value, book.add_format({"num_format": form}))
    elif kind == "xls":
        old = xlwt.Workbook()
        old.add_sheet("表1").write(0, 0, value, xlwt.easyxf(num_format_str=form))
        old.save(file)
    else:
        open_book = OpenDocumentSpreadsheet()
        shown = PercentageStyle(name="p")
        shown.addElement(Number(decimalplaces=1))
        shown.addElement(Text(text="%"))
        open_book.automaticstyles.addElement(shown)
        table, row = Table(name="表1"), TableRow()
        cell = TableCell(valuetype="percentage", value=repr(value))
        cell.addElement(P(text=f"{value:.1%}"))
        row.addElement(cell)
        table.addElement(row)
        open_book.spreadsheet.addElement(table)
        open_book.write(file)
    return file.getvalue()


def rezipped(data: bytes, change: Callable[[str, bytes], bytes | None], extra: dict[str, bytes] | None = None) -> bytes:
    """An archive with its parts changed, or dropped where `change` gives None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
        for name, part in (extra or {}).items():
            new.writestr(name, part)
    return out.getvalue()


def in_sheet(data: bytes, old: str, new: str, part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """An xlsx book with a text of one of its parts replaced. AssertionError where the part does not hold it."""

    def change(name: str, body: bytes) -> bytes:
        if name != part:
            return body
        assert old.encode() in body, f"{part} holds no {old}"
        return body.replace(old.encode(), new.encode())

    return rezipped(data, change)
