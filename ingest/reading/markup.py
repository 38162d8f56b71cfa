"""Tables in markup under a workbook's name: web pages saved as `.xls`, and Excel 2003 XML. Read as spreadsheets show them."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from lxml import etree, html

from ingest import rules
from ingest.reading.archive import broken, refuse_entities
from ingest.reading.css import Look, StyleSheet, hides, without
from ingest.reading.limits import Limits, within
from ingest.reading.number_format import number_format
from ingest.reading.seen import Run, Shift, Style, otherwise, seen_runs
from ingest.reading.sheet import UNCALCULATED, Otherwise, Raw, Refusal, Sheet, doubtful

SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
X = "{urn:schemas-microsoft-com:office:excel}"
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
OPENED, CLOSED = re.compile(r"(?i)<table[\s>]"), re.compile(r"(?i)</table\s*>")
# What is not shown, from what opens it to what closes it.
UNSEEN = {
    re.compile(r"<!--"): re.compile(r"-->"),
    **{re.compile(rf"(?i)<{tag}\b"): re.compile(rf"(?i)</{tag}\s*>") for tag in ("script", "style")},
}
NOT_SHOWN = {
    "script", "style", "head", "title", "meta", "link", "template", "noscript", "xml", "rt", "rp", "datalist", "object",
}  # fmt: skip
INLINE = {
    "a", "abbr", "acronym", "b", "bdi", "big", "cite", "code", "del", "dfn", "em", "font", "i", "input", "ins", "kbd", "label",
    "mark", "nobr", "o:p", "q", "ruby", "rb", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
}  # fmt: skip
STRUCK = {"del", "s", "strike"}
SHIFTS: dict[str, Shift] = {"sup": "raised", "sub": "lowered", "super": "raised"}
# Excel 2003 names some number formats (SpreadsheetML reference, ss:NumberFormat).
NAMED_FORMS = {
    "": "General", "General Number": "General", "Fixed": "0.00", "Standard": "#,##0.00", "Percent": "0.00%", "Currency": "#,##0.00",
    "Euro Currency": "[$€-2]#,##0.00", "Scientific": "0.00E+00", "Yes/No": '"Yes";"Yes";"No"', "True/False": '"True";"True";"False"',
    "On/Off": '"On";"On";"Off"', "General Date": "yyyy-m-d", "Short Date": "yyyy-m-d", "Medium Date": "yyyy-m-d",
    "Long Date": "yyyy-m-d", "Short Time": "h:mm", "Medium Time": "h:mm", "Long Time": "h:mm",
}  # fmt: skip


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
        raise Refusal(rules.finding("web_page.no_table"))
    shown = without(text, UNSEEN)
    if len(OPENED.findall(shown)) > len(CLOSED.findall(shown)):
        raise broken("网页中的表格没有结束，文件不完整")
    return [_Page(name, limits, page).sheet()]


def _page(text: str) -> etree._Element | None:
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        return html.document_fromstring(DECLARATION.sub("", text).encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None


class _Page:
    """A web page laid out on one sheet, as spreadsheet programs open it: texts and tables one below the other."""

    def __init__(self, name: str, limits: Limits, page: etree._Element) -> None:
        self._name, self._limits, self._page = name, limits, page
        self._style = StyleSheet("\n".join(style.text or "" for style in page.iter("style")), limits).of
        self._rows: list[list[Raw]] = []
        self._covered: dict[tuple[int, int], tuple[int, int]] = {}
        self._hidden: list[int] = []
        self._hidden_columns: set[int] = set()
        self._otherwise: dict[tuple[int, int], Otherwise] = {}
        self._cells = 0

    def sheet(self) -> Sheet:
        self._lay(self._page)
        return Sheet(
            self._name, self._rows, self._covered, hidden_rows=tuple(self._hidden),
            hidden_columns=tuple(sorted(self._hidden_columns)), otherwise=self._otherwise,
        )  # fmt: skip

    def _lay(self, element: etree._Element) -> None:
        """Texts outside tables make rows of one cell; a table that holds tables is only their frame."""
        if element.tag == "table" and element.find(".//table") is None:
            self._lay_table(element)
            return
        pending = [Run(_collapsed(element.text))]
        for child in element:
            if isinstance(child.tag, str) and child.tag not in NOT_SHOWN:
                if child.tag in INLINE and child.find(".//table") is None:
                    pending += self._letters(child, Run(""))
                else:
                    self._line(pending)
                    pending = []
                    if self._is_unseen(child):
                        self._tell_hidden(len(self._rows), 0, child)
                    else:
                        self._lay(child)
            pending.append(Run(_collapsed(child.tail)))
        self._line(pending)

    def _is_unseen(self, element: etree._Element) -> bool:
        return element.get("hidden") is not None or hides(self._style(element))

    def _tell_hidden(self, row: int, column: int, element: etree._Element) -> None:
        if text := _collapsed("".join(element.itertext())).strip():
            self._otherwise[row, column] = Otherwise("hidden_text", text[:40])

    def _line(self, runs: list[Run]) -> None:
        text, left = _seen(runs)
        if left:
            self._otherwise[len(self._rows), 0] = Otherwise("hidden_text", left[:40])
        if text:
            self._add([text])

    def _add(self, row: list[Raw]) -> None:
        self._cells += len(row)
        within("单元格数", self._cells, self._limits.cells, "个", self._name)
        self._rows.append(row)

    def _lay_table(self, table: etree._Element) -> None:
        taken: dict[tuple[int, int], tuple[int, int]] = {}
        gone: dict[tuple[int, int], etree._Element] = {}
        if (caption := table.find("caption")) is not None:
            self._line(list(self._letters(caption, Run(""))))
        top = len(self._rows)
        for r, tr in enumerate(table.iter("tr"), top):
            row: list[Raw] = []
            column = 0
            for cell in tr.iterchildren("td", "th"):
                while (r, column) in taken:
                    column += 1
                look = self._style(cell)
                text = None
                if not (look or len(cell) or cell.get("hidden") is not None):
                    text = " ".join((cell.text or "").split())
                elif _is_out_of_place(cell, look):
                    gone[r, column] = cell
                else:
                    text, left = _seen(self._letters(cell, Run("")))
                    if left:
                        self._otherwise[r, column] = Otherwise("hidden_text", left[:40])
                across, down = _span(cell, "colspan", self._limits.columns), _span(cell, "rowspan", 65_536)
                within("工作表列数", column + across, self._limits.columns, "列", self._name)
                row += [None] * (column - len(row)) + [text or None]
                if across * down > 1:
                    within("合并单元格覆盖", len(taken) + across * down, self._limits.covered, "格", self._name)
                    taken |= {(y, x): (r, column) for y in range(r, r + down) for x in range(column, column + across)}
                column += across
            if self._is_unseen(tr) or self._is_unseen(tr.getparent()):
                self._hidden.append(r)
            self._add(row)
        self._covered |= {k: v for k, v in taken.items() if k != v and k[0] < len(self._rows)}
        self._settle_gone(gone, top)
        self._hidden_columns.update(self._unseen_columns(table))

    def _settle_gone(self, gone: dict[tuple[int, int], etree._Element], top: int) -> None:
        """Cells that take no place: a whole column of them is as good as blank, a single one moves those after it."""
        for (r, c), cell in gone.items():
            seen = any(len(row) > c and row[c] is not None for row in self._rows[top:])
            text = _collapsed("".join(cell.itertext())).strip()
            if text and seen:
                self._rows[r][c] = doubtful(text[:40], "该单元格被网页样式隐去，其后各格移位")
            elif text:
                self._otherwise[r, c] = Otherwise("hidden_text", text[:40])

    def _unseen_columns(self, table: etree._Element) -> Iterator[int]:
        at = 0
        for col in table.iter("col"):
            span = _span(col, "span", self._limits.columns)
            if self._is_unseen(col):
                yield from range(at, min(at + span, self._limits.columns))
            at += span

    def _letters(self, element: etree._Element, look: Run) -> Iterator[Run]:
        """The letters within an element as they look; what parts two values is a line's end."""
        said = self._style(element)
        look = _look(element, said, look)
        parts = element.tag not in INLINE or said.get("display", "inline") not in ("inline", "none", "contents")
        if parts:
            yield look._replace(text="\n")
        if element.tag == "input" and (element.get("type") or "text").lower() in ("text", "number"):
            yield look._replace(text=element.get("value") or "")
        if "doubt" in said:
            yield look._replace(text=doubtful("", f"样式表{said['doubt'][:40]}"))
        yield look._replace(text=_collapsed(element.text))
        for child in element:
            if isinstance(child.tag, str) and child.tag not in NOT_SHOWN:
                yield from self._letters(child, look)
            yield look._replace(text=_collapsed(child.tail))
        if parts:
            yield look._replace(text="\n")


def _is_out_of_place(cell: etree._Element, look: Look) -> bool:
    return cell.get("hidden") is not None or look.get("display") == "none"


def _look(element: etree._Element, said: Look, around: Run) -> Run:
    """How the letters of an element look, within those around it."""
    lines = said.get("text-decoration", "") + said.get("text-decoration-line", "")
    shift = SHIFTS.get(element.tag, "")
    if element.tag in INLINE and (where := said.get("vertical-align")):
        shift = SHIFTS.get(where, "")
    return Run(
        "",
        around.struck or "line-through" in lines or (element.tag in STRUCK and "none" not in lines),
        shift or around.shift,
        around.hidden or hides(said) or element.get("hidden") is not None,
    )


def _collapsed(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _seen(runs: Iterable[Run]) -> tuple[str, str]:
    """What is seen of letters and what of them is not; blanks as a page shows them."""
    text, left = seen_runs(runs)
    return re.sub(r" *\n[ \n]*", "\n", re.sub(r" +", " ", text)).strip(), left


def _span(cell: etree._Element, attribute: str, most: int) -> int:
    said = (cell.get(attribute) or "1").strip()
    return min(max(1, int(said)), most) if said.isascii() and said.isdigit() and len(said) < 9 else 1


def _read_spreadsheet_xml(text: str, limits: Limits) -> list[Sheet]:
    data = DECLARATION.sub("", text.lstrip("\ufeff")).encode("utf-8")
    refuse_entities(data)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, encoding="utf-8")
    try:
        book = etree.fromstring(data, parser=parser)
        styles = _Looks(book)
        sheets = [_Worksheet(w, styles, limits).sheet() for w in book.iter(f"{SS}Worksheet")]
    except (etree.XMLSyntaxError, ValueError) as e:
        raise broken("内部XML不完整或不合规范") from e
    within("工作表数", len(sheets), limits.sheets, "张")
    return sheets


class _Looks:
    """The styles of an Excel 2003 book by name: what each changes of what is seen."""

    def __init__(self, book: etree._Element) -> None:
        self._elements = {style.get(f"{SS}ID") or "": style for style in book.iter(f"{SS}Style")}
        self._made: dict[str, Style] = {}

    def style(self, name: str) -> Style:
        if name not in self._made:
            said = self._said(name or "Default", 20)
            code = said.get("Format", "")
            shift = SHIFTS.get({"Superscript": "sup", "Subscript": "sub"}.get(said.get("VerticalAlign", ""), ""), "")
            form = number_format(NAMED_FORMS.get(code, code))
            self._made[name] = Style(form, said.get("StrikeThrough", "0") == "1", shift)
        return self._made[name]

    def _said(self, name: str, deep: int) -> dict[str, str]:
        style = self._elements.get(name)
        if style is None or not deep:
            return {}
        said = self._said(style.get(f"{SS}Parent") or ("" if name == "Default" else "Default"), deep - 1)
        for part in (*style.iterchildren(f"{SS}NumberFormat"), *style.iterchildren(f"{SS}Font")):
            said |= {key.removeprefix(SS): value for key, value in part.attrib.items()}
        return said


class _Worksheet:
    """One worksheet of Excel 2003 XML."""

    def __init__(self, worksheet: etree._Element, looks: _Looks, limits: Limits) -> None:
        self._element, self._looks, self._limits = worksheet, looks, limits
        self._name = worksheet.get(f"{SS}Name") or ""
        self._covered: dict[tuple[int, int], tuple[int, int]] = {}
        self._links: dict[tuple[int, int], str] = {}
        self._otherwise: dict[tuple[int, int], Otherwise] = {}
        self._hides_zeros = worksheet.find(f"{X}WorksheetOptions/{X}DoNotDisplayZeros") is not None
        self._usual = dict(self._column_styles())

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
            self._name, rows, self._covered, is_hidden, tuple(hidden), tuple(self._hidden_columns()), self._links,
            self._otherwise,
        )  # fmt: skip

    def _read_row(self, row: etree._Element, at: int) -> list[Raw]:
        values: list[Raw] = []
        column = 0
        for cell in row.iterchildren(f"{SS}Cell"):
            column = int(cell.get(f"{SS}Index") or column + 1) - 1
            across, down = int(cell.get(f"{SS}MergeAcross") or 0), int(cell.get(f"{SS}MergeDown") or 0)
            within("工作表列数", column + across + 1, self._limits.columns, "列", self._name)
            values += [None] * (column - len(values)) + [self._value(cell, row, at, column)]
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

    def _value(self, cell: etree._Element, row: etree._Element, at: int, column: int) -> Raw:
        """What is seen of a cell."""
        data = cell.find(f"{SS}Data")
        text, left = seen_runs(_xml_runs(data, Run(""))) if data is not None else ("", "")
        value = _typed(text, data.get(f"{SS}Type") if data is not None else None)
        if not text:
            return UNCALCULATED if cell.get(f"{SS}Formula") and not left else None
        if self._hides_zeros and isinstance(value, float) and value == 0:
            shown: Raw = None
            self._otherwise[at, column] = Otherwise("hidden_value", "0（工作表不显示零值）")
            return shown
        name = cell.get(f"{SS}StyleID") or row.get(f"{SS}StyleID") or self._usual.get(column, "")
        style = self._looks.style(name)
        shown = style.seen(value)
        if left:
            self._otherwise[at, column] = Otherwise("hidden_text", left)
        elif shown is not value and (said := otherwise(value, shown, style.form)):
            self._otherwise[at, column] = said
        return shown

    def _column_styles(self) -> Iterator[tuple[int, str]]:
        at = 0
        for column in self._element.iter(f"{SS}Column"):
            at = int(column.get(f"{SS}Index") or at + 1) - 1
            span = min(int(column.get(f"{SS}Span") or 0), self._limits.columns)
            if name := column.get(f"{SS}StyleID"):
                yield from ((c, name) for c in range(at, at + span + 1))
            at += span + 1

    def _hidden_columns(self) -> Iterator[int]:
        at = 0
        for column in self._element.iter(f"{SS}Column"):
            at = int(column.get(f"{SS}Index") or at + 1) - 1
            span = min(int(column.get(f"{SS}Span") or 0), self._limits.columns)
            if column.get(f"{SS}Hidden") == "1":
                yield from range(at, at + span + 1)
            at += span + 1


def _typed(text: str, kind: str | None) -> Raw:
    if not text or kind == "String":
        return text
    if kind == "Number":
        return float(text)
    if kind == "DateTime":
        return datetime.fromisoformat(text)
    return text == "1" if kind == "Boolean" else text


def _xml_runs(element: etree._Element, around: Run) -> Iterator[Run]:
    """The letters of a cell of Excel 2003 XML, which marks them up as a page does."""
    tag = element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
    look = Run("", around.struck or tag in STRUCK, SHIFTS.get(tag, around.shift))
    yield look._replace(text="\n" if tag == "br" else element.text or "")
    for child in element:
        yield from _xml_runs(child, look)
        yield look._replace(text=child.tail or "")
