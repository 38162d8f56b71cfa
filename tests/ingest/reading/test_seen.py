"""What a person sees of a cell is what is read of it, in every format; what differs from the stored value is told."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
import xlwt
from odf.element import Element
from odf.number import CurrencyStyle, CurrencySymbol, Number, NumberStyle, Text
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Map, Style, TextProperties
from odf.table import Table, TableCell, TableColumn, TableRow
from odf.text import LineBreak, P, Ruby, RubyBase, RubyText, Span

from ingest.parsing.contents import read_file
from ingest.reading.read import read_sheets
from ingest.reading.sheet import DOUBT, Raw, Sheet
from tests.ingest.books import in_sheet, rezipped
from tests.ingest.paper import FEED, HEAD, ROWS, xlsx

NAME = "2018年6月用电量.xls"


def sheet_of(data: bytes) -> Sheet:
    [sheet] = read_sheets(data, NAME)
    return sheet


def first(data: bytes) -> Raw:
    return sheet_of(data).at(0, 0)


def told(data: bytes) -> list[tuple[str, str | None, str | None]]:
    """The remarks on the second number of a paper whose numbers are all sound."""
    contents = read_file(FEED, data, NAME)
    assert contents.loadable, contents.findings
    return [(p.rule, p.cell, p.found) for p in contents.findings]


def new(value: Any, form: str = "General", zeros: bool = True, **look: Any) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet("表1")
        page.write(0, 0, value, book.add_format({"num_format": form} | look))
        if not zeros:
            page.hide_zero()
    return file.getvalue()


def old(value: Any, form: str = "General", zeros: bool = True, font: str = "") -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("表1")
    page.show_zero_values = zeros
    page.write(0, 0, value, xlwt.easyxf(font and f"font: {font}", num_format_str=form))
    return _saved(book)


def _saved(book: Any) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xml_2003(value: str, form: str = "", kind: str = "Number", style: str = "", options: str = "") -> bytes:
    return (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel" '
        f'xmlns:html="http://www.w3.org/TR/REC-html40"><Styles><Style ss:ID="s1"><NumberFormat ss:Format="{form}"/>{style}</Style>'
        '</Styles><Worksheet ss:Name="表1"><Table><Row><Cell ss:StyleID="s1">'
        f'<ss:Data ss:Type="{kind}">{value}</ss:Data></Cell></Row></Table>'
        f'<x:WorksheetOptions>{options}</x:WorksheetOptions></Worksheet></Workbook>'
    ).encode()  # fmt: skip


def open_book(cell: TableCell, *styles: Any, column: str = "") -> bytes:
    book = OpenDocumentSpreadsheet()
    for style in styles:
        (
            book.styles if isinstance(style, Element) and style.tagName.startswith("number:") else book.automaticstyles
        ).addElement(style)
    table, row = Table(name="表1"), TableRow()
    if column:
        table.addElement(TableColumn(defaultcellstylename=column))
    row.addElement(cell)
    table.addElement(row)
    book.spreadsheet.addElement(table)
    return _saved_ods(book)


def _saved_ods(book: Any) -> bytes:
    file = io.BytesIO()
    book.write(file)
    return file.getvalue()


def in_ods(value: float, *forms: NumberStyle, printed: str | None = None) -> bytes:
    """A number in the last of these number styles."""
    cell = TableCell(valuetype="float", value=repr(value), stylename="c")
    if printed is not None:
        cell.addElement(P(text=printed))
    return open_book(cell, *forms, Style(name="c", family="table-cell", datastylename=forms[-1]))


def number_style(
    name: str = "n", *, after: str = "", before: str = "", digits: bool = True, **said: Any
) -> NumberStyle:
    style = NumberStyle(name=name)
    if before:
        style.addElement(Text(text=before))
    if digits:
        style.addElement(Number(minintegerdigits=1, **({"decimalplaces": 1} | said)))
    if after:
        style.addElement(Text(text=after))
    return style


def letters(*parts: Any, **looks: dict[str, str]) -> bytes:
    """A text cell of an OpenDocument book; `looks` are text styles by name."""
    cell, paragraph = TableCell(valuetype="string"), P()
    for part in parts:
        if isinstance(part, str):
            paragraph.addText(part)
        else:
            paragraph.addElement(part)
    cell.addElement(paragraph)
    styles = []
    for name, look in looks.items():
        style = Style(name=name, family="text")
        style.addElement(TextProperties(**look))
        styles.append(style)
    return open_book(cell, *styles)


def rich_new(*parts: tuple[str, dict[str, Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet("表1")
        flat: list[Any] = []
        for text, look in parts:
            flat += [book.add_format(look), text] if look else [text]
        assert page.write_rich_string(0, 0, *flat) == 0
    return file.getvalue()


def rich_inline(*runs: str) -> bytes:
    cells = f'<c r="A1" t="inlineStr"><is>{"".join(runs)}</is></c>'
    return in_sheet(
        in_sheet(xlsx([[None, "x"]]), '<row r="1"', '<row r="1" x="1"'),
        '<c r="B1"', cells + '<c r="B1"',
    )  # fmt: skip


def rich_old(*parts: tuple[str, str]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("表1")
    page.write_rich_text(0, 0, [(text, xlwt.easyfont(font)) if font else text for text, font in parts])
    return _saved(book)


def page(cell: str, head: str = "") -> bytes:
    return f"<html><head>{head}</head><body><table><tr>{cell}</tr></table></body></html>".encode()


SUPER, STRIKE = {"font_script": 1}, {"font_strikeout": True}
RUNS: dict[str, tuple[bytes, Raw]] = {
    "xlsx, raised": (rich_new(("3.2", {}), ("2", SUPER)), "3.2²"),
    "xlsx, lowered": (rich_new(("3.2", {}), ("2", {"font_script": 2})), "3.2₂"),
    "xlsx, struck before": (rich_new(("1", STRIKE), ("3.2", {"bold": True})), "3.2"),
    "xlsx, struck after": (rich_new(("3.2", {}), ("9", STRIKE), ("\n", {})), "3.2\n"),
    "xlsx, bold alone": (rich_new(("3.", {}), ("2", {"bold": True})), "3.2"),
    "xlsx inline, raised": (
        rich_inline("<r><t>3.2</t></r>", '<r><rPr><vertAlign val="superscript"/></rPr><t>2</t></r>'), "3.2²",
    ),
    "xlsx inline, struck": (rich_inline("<r><rPr><strike/></rPr><t>1</t></r>", "<r><t>3.2</t></r>"), "3.2"),
    "xlsx inline, said above": (rich_inline("<t>3.2</t>", '<rPh sb="0" eb="1"><t>9</t></rPh>'), "3.2"),
    "xls, raised": (rich_old(("3.2", ""), ("2", "escapement superscript")), "3.2²"),
    "xls, lowered": (rich_old(("3.2", ""), ("2", "escapement subscript")), "3.2₂"),
    "xls, struck": (rich_old(("1", "struck_out on"), ("3.2", "")), "3.2"),
    "ods, raised": (letters("3.2", Span(text="2", stylename="s"), s={"textposition": "super 58%"}), "3.2²"),
    "ods, raised by per cent": (letters("3.2", Span(text="2", stylename="s"), s={"textposition": "33% 58%"}), "3.2²"),
    "ods, lowered": (letters("3.2", Span(text="2", stylename="s"), s={"textposition": "sub 58%"}), "3.2₂"),
    "ods, struck": (letters(Span(text="1", stylename="s"), "3.2", s={"textlinethroughstyle": "solid"}), "3.2"),
    "ods, not struck": (letters(Span(text="1", stylename="s"), "3.2", s={"textlinethroughstyle": "none"}), "13.2"),
    "ods, hidden": (letters("3.2", Span(text="9", stylename="s"), s={"display": "none"}), "3.2"),
    "ods, two lines": (letters("3.2", LineBreak(), "4"), "3.2\n4"),
    "html, raised": (page("<td>3.2<sup>2</sup></td>"), "3.2²"),
    "html, raised by style": (page('<td>3.2<span style="vertical-align:super">2</span></td>'), "3.2²"),
    "html, lowered": (page("<td>3.2<sub>2</sub></td>"), "3.2₂"),
    "html, struck": (page("<td><s>1</s>3.2<del>4</del><strike>5</strike></td>"), "3.2"),
    "html, inserted": (page("<td>3.<ins>2</ins></td>"), "3.2"),
    "html, struck by style": (page('<td><span style="text-decoration: line-through red">1</span>3.2</td>'), "3.2"),
    "html, display": (page('<td>3.2<span style="color:red; DISPLAY : None !important">9</span></td>'), "3.2"),
    "html, visibility": (page('<td>3.2<font style="visibility:hidden">9</font></td>'), "3.2"),
    "html, font size": (page('<td>3.2<span style="font-size:0">9</span></td>'), "3.2"),
    "html, attribute": (page("<td>3.2<span hidden>9</span></td>"), "3.2"),
    "html, class": (page('<td>3.2<span class="a b">9</span></td>', "<style>span.b{display:none}</style>"), "3.2"),
    "html, class within class": (
        page('<td class="n">3.2<i>9</i></td>', "<style>/* x */ table .n > i, p {visibility: hidden}</style>"), "3.2",
    ),
    "html, class that shows again": (
        page('<td>3.<b class="a" id="z">2</b></td>', "<style>#z{display:inline} .a{display:none}</style>"), "3.2",
    ),
    "html, only in print": (page("<td>3.<b>2</b></td>", "<style>@media print { b {display:none} }</style>"), "3.2"),
    "html, said above": (page("<td><ruby>3.2<rt>9</rt></ruby></td>"), "3.2"),
    "html, two lines": (page("<td>3.2<br>4</td>"), "3.2\n4"),
    "html, two paragraphs": (page("<td><p>3.2</p><p>4</p></td>"), "3.2\n4"),
    "html, two blocks": (page('<td><span style="display:block">3</span>2</td>'), "3\n2"),
    "html, source lines": (page("<td>\n 3.2\n </td>"), "3.2"),
    "html, a field": (page('<td><input value="3.2"></td>'), "3.2"),
    "xml 2003, raised": (xml_2003("3.2<html:Sup>2</html:Sup>", kind="String"), "3.2²"),
    "xml 2003, struck": (xml_2003("<html:S>1</html:S>3.2", kind="String"), "3.2"),
}  # fmt: skip


@pytest.mark.parametrize("kind", RUNS)
def test_letters_that_are_raised_struck_out_hidden_or_parted_never_fuse_with_a_figure(kind: str) -> None:
    data, seen = RUNS[kind]
    assert first(data) == seen


def test_a_reading_aid_of_ods_is_not_part_of_the_text() -> None:
    ruby = Ruby()
    ruby.addElement(RubyBase(text="3.2"))
    ruby.addElement(RubyText(text="9"))
    assert first(letters(ruby)) == "3.2"


NUMBERS: dict[str, tuple[Callable[[float, str], bytes], str]] = {
    "xlsx": (lambda value, form: new(value, form), "xlsx"),
    "xls": (lambda value, form: old(value, form), "xls"),
    "xml 2003": (lambda value, form: xml_2003(repr(value), form.replace('"', "&quot;")), "xml"),
}


@pytest.mark.parametrize(
    ("form", "stored", "seen"),
    [("0.0,", 7100, 7.1), ("0!.0,", 12345, 1.2345), ("0.0;-0.0;", 0, None), (";;;", 2, None), ('0.0"亿"', 1.25, "1.25亿"),
     ("-0.0", 5, -5), ("0.0%", 0.083, "8.3%"), ("0.00_ ;[Red]-0.00 ", -5.5, -5.5), ("000000", 420, "000420")],
)  # fmt: skip
@pytest.mark.parametrize("kind", NUMBERS)
def test_a_number_is_read_as_its_format_shows_it(kind: str, form: str, stored: float, seen: Raw) -> None:
    assert first(NUMBERS[kind][0](stored, form)) == seen


@pytest.mark.parametrize(
    ("styles", "stored", "seen"),
    [
        ([number_style(displayfactor=1000)], 7100, 7.1),
        ([number_style(after="亿")], 1.25, "1.25亿"),
        ([number_style(before="-")], 5, -5),
        ([number_style(grouping="true")], 7100, 7100),
        ([number_style("p"), number_style("m", before="-"), number_style("z", digits=False)], 0, None),
        ([number_style("p"), number_style("m", before="-"), number_style("z", digits=False)], -5, -5),
    ],
)
def test_a_number_of_an_open_document_is_read_as_its_style_shows_it(
    styles: list[NumberStyle], stored: float, seen: Raw
) -> None:
    if len(styles) == 3:
        styles[-1].addElement(Map(condition="value()>0", applystylename="p"))
        styles[-1].addElement(Map(condition="value()<0", applystylename="m"))
    assert first(in_ods(stored, *styles)) == seen


def test_an_open_document_whose_printing_is_another_number_is_doubtful() -> None:
    assert first(in_ods(12345.0, number_style(), printed="12345.0")) == 12345
    assert first(in_ods(0.125, number_style(decimalplaces=2), printed="0.13")) == 0.125
    for printed in ("1.2", "1.2亿", "-12345"):
        assert DOUBT in str(first(in_ods(12345.0, number_style(), printed=printed)))


def test_the_style_of_its_column_counts_for_a_cell_of_an_open_document() -> None:
    money = CurrencyStyle(name="n")
    money.addElement(CurrencySymbol(text="$"))
    money.addElement(Number(decimalplaces=1, minintegerdigits=1))
    cell = TableCell(valuetype="float", value="5")
    style = Style(name="c", family="table-cell", datastylename="n")
    assert first(open_book(cell, money, style, column="c")) == "$5"


def no_zeros_in_ods() -> bytes:
    data = in_ods(0.0, number_style())
    settings = (
        '<office:document-settings xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:config="urn:oasis:names:tc:opendocument:xmlns:config:1.0"><office:settings>'
        '<config:config-item config:name="ShowZeroValues" config:type="boolean">false</config:config-item>'
        "</office:settings></office:document-settings>"
    )
    return rezipped(data, lambda n, part: None if n == "settings.xml" else part, {"settings.xml": settings.encode()})


@pytest.mark.parametrize(
    "data",
    [new(0, zeros=False), new(0, "0%", zeros=False), old(0, zeros=False), no_zeros_in_ods(),
     xml_2003("0", options="<x:DoNotDisplayZeros/>")],
    ids=["xlsx", "xlsx per cent", "xls", "ods", "xml 2003"],
)  # fmt: skip
def test_a_sheet_that_shows_no_zeros_has_blanks_in_their_places_and_says_so(data: bytes) -> None:
    sheet = sheet_of(data)
    assert sheet.at(0, 0) is None
    assert [kind for kind, _ in sheet.otherwise.values()] == ["hidden_value"]


@pytest.mark.parametrize(
    "data",
    [
        new(3.2, font_strikeout=True), new("3.2", font_strikeout=True), old(3.2, font="struck_out on"),
        rich_new(("3.2", STRIKE), (" ", {})), page("<td><del>3.2</del></td>"),
        xml_2003("3.2", style='<Font ss:StrikeThrough="1"/>'), letters(Span(text="3.2", stylename="s"), s={"textlinethroughstyle": "solid"}),
    ],
)  # fmt: skip
def test_a_cell_struck_out_as_a_whole_is_doubtful(data: bytes) -> None:
    assert str(first(data)).startswith(f"3.2{DOUBT}")


def test_a_cell_whose_style_raises_its_letters_holds_no_number() -> None:
    assert first(new("2", font_script=1)) == "²"
    assert first(old("2", font="escapement superscript")) == "²"


def test_a_cell_that_a_page_leaves_out_alone_in_its_column_is_doubtful_since_the_others_move() -> None:
    rows = "<td>荆门市</td><td>{}</td><td>2</td>"
    gone = '<td style="display:none">9</td>'
    one = f"<table><tr>{rows.format(1)}</tr><tr><td>东宝区</td>{gone}<td>2</td></tr></table>".encode()
    all_of_them = (
        f"<table><tr><td>荆门市</td>{gone}<td>1</td></tr><tr><td>东宝区</td>{gone}<td>2</td></tr></table>".encode()
    )
    assert DOUBT in str(sheet_of(one).at(1, 1))
    assert [sheet_of(all_of_them).at(r, 1) for r in (0, 1)] == [None, None]


def test_a_page_that_hides_by_place_leaves_the_cells_in_doubt_which_that_may_be() -> None:
    style = "<style>td:nth-child(1){display:none} a:hover{display:none}</style>"
    assert DOUBT in str(first(page("<td>3.2</td>", style)))
    assert first(page("<td>3.2</td>", "<style>a:hover{display:none}</style>")) == "3.2"


def paper(form: str, value: float) -> bytes:
    """The paper of the tests with one number in a format."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet("表1")
        shown = book.add_format({"num_format": form})
        for r, row in enumerate(HEAD + ROWS):
            for c, cell in enumerate(row):
                if cell is not None:
                    page.write(r, c, value if (r, c) == (5, 1) else cell, shown if (r, c) == (5, 1) else None)
    return file.getvalue()


@pytest.mark.parametrize(
    ("form", "value", "remark"),
    [
        ("0.0,", 100250, [("shown_otherwise", "B6", "B6：存储100250、显示100.25（格式0.0,）")]),
        ("0.0;-0.0;", 0, [("hidden_value", "B6", "B6：0（格式0.0;-0.0;）")]),
        ('0.00"万千瓦时"', 100.25, [("shown_otherwise", "B6", 'B6：存储100.25、显示100.25万千瓦时（格式0.00"万千瓦时"）')]),
        ("#,##0.0_ ", 100.25, []),
    ],
)  # fmt: skip
def test_what_shows_another_value_than_it_stores_is_read_as_shown_with_a_remark_on_cell_and_format(
    form: str, value: float, remark: list[tuple[str, str, str]]
) -> None:
    assert told(paper(form, value)) == remark


def test_a_unit_that_a_format_prints_is_believed_as_if_it_were_typed() -> None:
    contents = read_file(FEED, paper('0.0"亿千瓦时"', 1.5), NAME)
    assert contents.tables[0].rows["values"].to_list()[1] == [15000, -1.2]
    [problem] = [p for p in read_file(FEED, paper('0.0"吨"', 1.5), NAME).findings if p.severity == "critical"]
    assert (problem.rule, problem.cell, problem.found) == ("unit_in_cell", "B6", "1.5吨")


def test_a_doubtful_cell_is_refused_with_its_place_its_format_and_what_is_seen() -> None:
    [problem] = read_file(FEED, paper("0;[Red]0", -5), NAME).findings
    assert (problem.rule, problem.severity, problem.cell) == ("shown_otherwise", "critical", "B6")
    assert problem.found == "5〔核对：存储值-5，格式“0;[Red]0”不显示负号〕"
    assert problem.hint


def test_a_label_struck_out_is_refused_too() -> None:
    data = in_sheet(
        xlsx(HEAD + ROWS), "<si><t>东宝区</t></si>",
        "<si><r><rPr><strike/></rPr><t>东宝区</t></r></si>", "xl/sharedStrings.xml",
    )  # fmt: skip
    assert ("shown_otherwise", "A6") in [(p.rule, p.cell) for p in read_file(FEED, data, NAME).findings]
