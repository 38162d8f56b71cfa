"""Tables in markup under a workbook's name: web pages saved as `.xls`, and Excel 2003 XML. Read as spreadsheets show them."""

import re
from collections.abc import Iterator
from datetime import datetime

from lxml import etree, html

from ingest.reading.archive import broken, refuse_entities
from ingest.reading.limits import Limits, within
from ingest.reading.ooxml import is_percentage
from ingest.reading.sheet import UNCALCULATED, Raw, Refusal, Sheet, as_percentage

SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
X = "{urn:schemas-microsoft-com:office:excel}"
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
OPENED, CLOSED = re.compile(r"(?i)<table[\s>]"), re.compile(r"(?i)</table\s*>")
UNSEEN = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->")
NOT_SHOWN = {"script", "style", "head", "title", "meta", "link", "template", "noscript", "xml"}
HIDDEN = re.compile(r"(?i)(?:^|;)\s*display\s*:\s*none")


def looks_like_markup(text: str) -> bool:
    """Whether a text is a web page or XML and not delimited text."""
    head = text[:2000].lstrip("\ufeff \r\n\t").lower()
    return head.startswith(
        ("<html", "<table", "<!doctype", "<?xml", "<!--", "<head", "<meta", "<body", "<div", "<style")
    )


def read_markup(text: str, name: str, limits: Limits) -> list[Sheet]:
    """The sheets of Excel 2003 XML, else the one sheet that a spreadsheet program makes of a web page. Raises Refusal."""
    if SS[1:-1] in text[:5000] and re.search(r"<(?:\w+:)?Workbook\b", text[:5000]):
        return _read_spreadsheet_xml(text, limits)
    page = _page(text)
    if page is None or page.find(".//table") is None:
        raise Refusal(
            "web_page",
            "文件内容为网页，其中没有表格",
            "请用表格软件打开后另存为 xlsx 重新报送",
            expected="含表格的文件",
        )
    shown = UNSEEN.sub("", text)
    if len(OPENED.findall(shown)) > len(CLOSED.findall(shown)):
        raise broken("网页中的表格没有结束，文件不完整")
    return [_Page(name, limits).sheet(page)]


def _page(text: str) -> etree._Element | None:
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        return html.document_fromstring(DECLARATION.sub("", text).encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None


class _Page:
    """A web page laid out on one sheet, as spreadsheet programs open it: texts and tables one below the other."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name, self._limits = name, limits
        self._rows: list[list[Raw]] = []
        self._covered: dict[tuple[int, int], tuple[int, int]] = {}
        self._hidden: list[int] = []
        self._cells = 0

    def sheet(self, page: etree._Element) -> Sheet:
        self._lay(page)
        return Sheet(self._name, self._rows, self._covered, hidden_rows=tuple(self._hidden))

    def _lay(self, element: etree._Element) -> None:
        """Texts outside tables make rows of one cell; a table that holds tables is only their frame."""
        if element.tag == "table" and element.find(".//table") is None:
            self._lay_table(element)
            return
        pending: list[str] = [element.text or ""]
        for child in element:
            if isinstance(child.tag, str) and child.tag not in NOT_SHOWN:
                if child.tag in ("b", "strong", "font", "span", "i", "u", "em", "a") and child.find(".//table") is None:
                    pending.append("".join(child.itertext()))
                else:
                    self._line(pending)
                    self._lay(child)
                    pending = []
            pending.append(child.tail or "")
        self._line(pending)

    def _line(self, texts: list[str]) -> None:
        if text := _joined(texts):
            self._add([text])

    def _add(self, row: list[Raw]) -> None:
        self._cells += len(row)
        within("单元格数", self._cells, self._limits.cells, "个", self._name)
        self._rows.append(row)

    def _lay_table(self, table: etree._Element) -> None:
        top = len(self._rows)
        taken: dict[tuple[int, int], tuple[int, int]] = {}
        if (caption := table.find("caption")) is not None:
            self._line(["".join(caption.itertext())])
            top = len(self._rows)
        for r, tr in enumerate(table.iter("tr"), top):
            row: list[Raw] = []
            column = 0
            for cell in tr.iterchildren("td", "th"):
                while (r, column) in taken:
                    column += 1
                text = _joined(cell.itertext())
                if HIDDEN.search(cell.get("style") or ""):
                    text = ""
                across, down = _span(cell, "colspan", self._limits.columns), _span(cell, "rowspan", 65_536)
                within("工作表列数", column + across, self._limits.columns, "列", self._name)
                row += [None] * (column - len(row)) + [text or None]
                if across * down > 1:
                    within("合并单元格覆盖", len(taken) + across * down, self._limits.covered, "格", self._name)
                    taken |= {(y, x): (r, column) for y in range(r, r + down) for x in range(column, column + across)}
                column += across
            if HIDDEN.search(tr.get("style") or ""):
                self._hidden.append(r)
            self._add(row)
        self._covered |= {k: v for k, v in taken.items() if k != v and k[0] < len(self._rows)}


def _joined(texts: Iterator[str] | list[str]) -> str:
    return re.sub(r"\s+", " ", "".join(texts)).strip() if texts else ""


def _span(cell: etree._Element, attribute: str, most: int) -> int:
    said = (cell.get(attribute) or "1").strip()
    return min(max(1, int(said)), most) if said.isascii() and said.isdigit() and len(said) < 9 else 1


def _read_spreadsheet_xml(text: str, limits: Limits) -> list[Sheet]:
    data = DECLARATION.sub("", text.lstrip("\ufeff")).encode("utf-8")
    refuse_entities(data)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, encoding="utf-8")
    try:
        book = etree.fromstring(data, parser=parser)
        percent = {
            style.get(f"{SS}ID")
            for style in book.iter(f"{SS}Style")
            for form in style.iter(f"{SS}NumberFormat")
            if (form.get(f"{SS}Format") or "") == "Percent" or is_percentage(form.get(f"{SS}Format") or "")
        }
        sheets = [_Worksheet(w, percent, limits).sheet() for w in book.iter(f"{SS}Worksheet")]
    except (etree.XMLSyntaxError, ValueError) as e:
        raise broken("内部XML不完整或不合规范") from e
    within("工作表数", len(sheets), limits.sheets, "张")
    return sheets


class _Worksheet:
    """One worksheet of Excel 2003 XML."""

    def __init__(self, worksheet: etree._Element, percent: set[str | None], limits: Limits) -> None:
        self._element, self._percent, self._limits = worksheet, percent, limits
        self._name = worksheet.get(f"{SS}Name") or ""
        self._covered: dict[tuple[int, int], tuple[int, int]] = {}
        self._links: dict[tuple[int, int], str] = {}

    def sheet(self) -> Sheet:
        rows: list[list[Raw]] = []
        hidden: list[int] = []
        cells = 0
        for row in self._element.iter(f"{SS}Row"):
            at = int(row.get(f"{SS}Index") or len(rows) + 1) - 1
            within("工作表行数", at + 1, 1_048_576, "行", self._name)
            values = self._read_row(row, at)
            cells += len(values)
            within("工作表单元格数", cells, self._limits.cells, "个", self._name)
            rows += ([] for _ in range(at - len(rows)))
            rows.append(values)
            if row.get(f"{SS}Hidden") == "1":
                hidden.append(at)
            rows += ([] for _ in range(min(int(row.get(f"{SS}Span") or 0), 1_048_576 - len(rows))))
        shown = self._element.find(f"{X}WorksheetOptions/{X}Visible")
        is_hidden = shown is not None and (shown.text or "").startswith("SheetHidden")
        return Sheet(
            self._name, rows, self._covered, is_hidden, tuple(hidden), tuple(self._hidden_columns()), self._links
        )

    def _read_row(self, row: etree._Element, at: int) -> list[Raw]:
        values: list[Raw] = []
        column = 0
        for cell in row.iterchildren(f"{SS}Cell"):
            column = int(cell.get(f"{SS}Index") or column + 1) - 1
            across, down = int(cell.get(f"{SS}MergeAcross") or 0), int(cell.get(f"{SS}MergeDown") or 0)
            within("工作表列数", column + across + 1, self._limits.columns, "列", self._name)
            values += [None] * (column - len(values)) + [self._value(cell)]
            if across or down:
                area = (across + 1) * (down + 1)
                within("合并单元格覆盖", len(self._covered) + area, self._limits.covered, "格", self._name)
                self._covered |= {
                    (r, c): (at, column)
                    for r in range(at, at + down + 1)
                    for c in range(column, column + across + 1)
                    if (r, c) != (at, column)
                }
            formula = cell.get(f"{SS}Formula") or ""
            if "[" in formula and (".xl" in formula.lower() or "://" in formula):
                self._links[at, column] = formula[:200]
            column += across + 1
        return values

    def _value(self, cell: etree._Element) -> Raw:
        data = cell.find(f"{SS}Data")
        text = "".join(data.itertext()) if data is not None else ""
        if not text:
            return UNCALCULATED if cell.get(f"{SS}Formula") else None
        kind = data.get(f"{SS}Type") if data is not None else None
        if kind == "Number":
            return as_percentage(float(text)) if cell.get(f"{SS}StyleID") in self._percent else float(text)
        if kind == "DateTime":
            return datetime.fromisoformat(text)
        return text == "1" if kind == "Boolean" else text

    def _hidden_columns(self) -> Iterator[int]:
        at = 0
        for column in self._element.iter(f"{SS}Column"):
            at = int(column.get(f"{SS}Index") or at + 1) - 1
            span = min(int(column.get(f"{SS}Span") or 0), self._limits.columns)
            if column.get(f"{SS}Hidden") == "1":
                yield from range(at, at + span + 1)
            at += span + 1
