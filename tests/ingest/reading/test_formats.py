"""What workbooks keep beside their values: percentages, merges, hidden parts, formulas, links, in every format."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt

from ingest.grammar.months import read_month
from ingest.parsing.contents import Contents, read_file
from ingest.reading.read import read_sheets
from ingest.reading.sheet import Raw, Refusal, Sheet
from tests.ingest.books import FORMATS, in_sheet, ods, percentages, rezipped
from tests.ingest.paper import FEED, HEAD, MERGED, ROWS, xls, xlsx
from vocabulary.finding import Finding
from vocabulary.month import Month

NAME = "2018年6月用电量.xls"


def refusal(data: bytes, name: str = NAME) -> Finding:
    with pytest.raises(Refusal) as e:
        read_sheets(data, name)
    return e.value.finding


def warnings(parsed: Contents) -> list[tuple[str, str | None, str | None]]:
    assert parsed.loadable, parsed.findings
    return [(p.rule, p.sheet, p.found) for p in parsed.findings]


def values(parsed: Contents) -> list[list[float | None]]:
    return [row for t in parsed.tables for row in t.rows["values"].to_list()]


@pytest.mark.parametrize("merged", [MERGED, None], ids=["merged", "not merged"])
@pytest.mark.parametrize("kind", FORMATS)
def test_one_paper_reads_the_same_in_every_format(kind: str, merged: Any) -> None:
    parsed = read_file(FEED, FORMATS[kind](HEAD + ROWS, merged), NAME)
    assert parsed.findings == []
    assert values(parsed) == [[300.5, 8.3], [100.25, -1.2], [20.0, None]]
    assert [c["letter"] for c in parsed.tables[0].columns] == ["B", "C"]
    assert parsed.tables[0].rows["row"].to_list() == [5, 6, 7]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods", "html", "xml 2003"])
def test_a_merged_range_spreads_its_value_in_every_format_that_merges(kind: str) -> None:
    [sheet] = read_sheets(FORMATS[kind](HEAD + ROWS, MERGED), NAME)
    assert sheet.spread(3, 0) == sheet.at(2, 0) == "地区"
    assert (sheet.at(3, 0), sheet.spread(2, 2)) == (None, "工业用电量")


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_number_in_a_percentage_format_is_what_people_see(kind: str) -> None:
    assert read_sheets(percentages(kind), NAME)[0].at(0, 0) == "8.3%"
    assert read_sheets(percentages(kind, -0.07), NAME)[0].at(0, 0) == "-7%"


@pytest.mark.parametrize(
    ("form", "seen"), [('0.0"%"', "8.3%"), ("0.0\\%", "8.3%"), ("General", 8.3), ("0.0_%;[Red]-0.0", 8.3)]
)
@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_a_percent_sign_that_is_only_text_scales_nothing(kind: str, form: str, seen: Raw) -> None:
    assert read_sheets(percentages(kind, 8.3, form), NAME)[0].at(0, 0) == seen


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_percentages_among_plain_numbers_are_read_in_a_percent_column_and_refused_elsewhere(kind: str) -> None:
    def book(column: int, value: float) -> bytes:
        file = io.BytesIO()
        if kind == "xls":
            old = xlwt.Workbook()
            page: Any = old.add_sheet("表1")
            shown: Any = xlwt.easyxf(num_format_str="0.0%")
        else:
            new = xlsxwriter.Workbook(file, {"in_memory": True})
            page, shown = new.add_worksheet("表1"), new.add_format({"num_format": "0.0%"})
        for r, row in enumerate([*HEAD, ["荆门市", 300.5, 8.3], ["东宝区", 100.25, -1.2], ["沙洋县", 7, 6]]):
            for c, cell in enumerate(row):
                if (r, c) == (5, column):
                    page.write(r, c, value, shown)
                elif cell is not None:
                    page.write(r, c, cell)
        if kind == "xls":
            old.save(file)
        else:
            new.close()
        return file.getvalue()

    parsed = read_file(FEED, book(2, -0.012), NAME)
    assert parsed.findings == []
    assert values(parsed) == [[300.5, 8.3], [100.25, -1.2], [7, 6]]
    refused = read_file(FEED, book(1, 1.0025), NAME)
    assert [(p.rule, p.cell, p.found) for p in refused.findings] == [("unit_in_cell", "B6", "100.25%")]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_hidden_rows_are_read_and_listed(kind: str) -> None:
    if kind == "ods":
        data = ods(HEAD + ROWS, MERGED, hidden=[5])
    elif kind == "xls":
        old = xlwt.Workbook()
        page = old.add_sheet("表1")
        for r, row in enumerate(HEAD + ROWS):
            for c, value in enumerate(row):
                if value is not None:
                    page.write(r, c, value)
        page.row(5).hidden = True
        page.col(2).hidden = True
        file = io.BytesIO()
        old.save(file)
        data = file.getvalue()
    else:
        data = in_sheet(xlsx(HEAD + ROWS, MERGED), '<row r="6"', '<row hidden="1" r="6"')
        data = in_sheet(data, "<sheetData>", '<cols><col min="3" max="9" hidden="1" width="0"/></cols><sheetData>')
    parsed = read_file(FEED, data, NAME)
    columns = [("hidden_column", "表1", "C列")] if kind != "ods" else []
    assert warnings(parsed) == [("hidden_row", "表1", "第6行"), *columns]
    assert values(parsed)[1] == [100.25, -1.2]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_listed_and_is_not_the_data(state: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(HEAD + ROWS, MERGED)))
    last_month = book.copy_worksheet(book["表1"])
    last_month.title, last_month.sheet_state = "上月", state
    last_month["B5"] = 999
    book.move_sheet("上月", -1)
    file = io.BytesIO()
    book.save(file)
    parsed = read_file(FEED, file.getvalue(), NAME)
    assert warnings(parsed) == [("hidden_sheet", None, "上月")]
    assert values(parsed)[0] == [300.5, 8.3]


def test_a_formula_that_nobody_calculated_is_refused_by_its_cell_and_never_read_as_nought() -> None:
    by_openpyxl = openpyxl.load_workbook(io.BytesIO(xlsx(HEAD + ROWS)))
    by_openpyxl["表1"]["B5"] = "=SUM(B6:B7)"
    file = io.BytesIO()
    by_openpyxl.save(file)
    for data in (file.getvalue(), xlsx([*HEAD, ["荆门市", "=SUM(B6:B7)", 8.3], *ROWS[1:]])):
        [finding] = read_file(FEED, data, NAME).findings
        assert (finding.rule, finding.severity, finding.cell) == ("formula_without_value", "critical", "B5")
        assert finding.hint


@pytest.mark.parametrize("formula", ["<f>B6</f>", "<x:f>B6</x:f>", '<f t="shared" si="0"/>', "<f\n>B6</f>"])
def test_a_formula_is_seen_however_its_element_is_written(formula: str) -> None:
    data = in_sheet(xlsx(HEAD + ROWS), "<v>300.5</v>", formula)
    assert [(p.rule, p.cell) for p in read_file(FEED, data, NAME).findings] == [("formula_without_value", "B5")]


def test_a_calculated_formula_is_read_by_its_cached_value() -> None:
    data = in_sheet(xlsx(HEAD + ROWS), "<v>300.5</v>", "<f>SUM(B6:B7)+1/0</f><v>300.5</v>")
    parsed = read_file(FEED, data, NAME)
    assert parsed.findings == []
    assert values(parsed)[0] == [300.5, 8.3]


def test_a_link_to_another_book_is_read_as_last_calculated_with_a_warning_that_names_both() -> None:
    data = in_sheet(xlsx(HEAD + ROWS), "<v>300.5</v>", "<f>[1]表1!A1</f><v>300.5</v>")
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="x" Target="file:///D:/报表/上月.xlsx" TargetMode="External"/></Relationships>'
    )
    data = rezipped(data, lambda name, part: part, {"xl/externalLinks/_rels/externalLink1.xml.rels": rels.encode()})
    parsed = read_file(FEED, data, NAME)
    assert [(p.rule, p.cell, p.found) for p in parsed.findings] == [
        ("external_link", "B5", "file:///D:/报表/上月.xlsx")
    ]
    assert parsed.loadable
    assert values(parsed)[0] == [300.5, 8.3]


DATE = (
    '<table:table-cell office:value-type="date" office:date-value="2018-06-01"><text:p>六月</text:p></table:table-cell>'
)
TEXT = '<table:table-cell office:value-type="string"><text:p>X</text:p></table:table-cell>'


@pytest.mark.parametrize(
    "data",
    [xlsx([["月份"], [date(2018, 6, 1)]]), in_sheet(ods([["月份"], ["X"]]), TEXT, DATE, "content.xml")],
    ids=["xlsx", "ods"],
)
def test_dates_in_workbooks_are_dates_and_not_serial_numbers(data: bytes) -> None:
    [sheet] = read_sheets(data, NAME)
    assert read_month(sheet.at(1, 0)) == Month(2018, 6)


def test_a_web_page_is_laid_out_as_spreadsheet_programs_open_it() -> None:
    page = """<html><body><h3>荆门市2018年6月<b>工业用电量</b></h3><p>单位：万千瓦时</p>
      <table><tr><td><table>
        <tr><th rowspan=2>地区</th><th colspan=2>工业用电量</th></tr><tr><td>本月</td><td>同比</td></tr>
        <tr><td>荆门市</td><td>300.5</td><td>8.3</td></tr>
        <tr style="display:none"><td>东宝区</td><td>1&nbsp;</td><td>&nbsp;</td></tr>
      </table></td></tr></table><script>var x="<table>"</script></body></html>"""
    [sheet] = read_sheets(page.encode("gbk"), NAME)
    assert [r[0] for r in sheet.rows[:2]] == ["荆门市2018年6月工业用电量", "单位：万千瓦时"]
    assert (sheet.spread(3, 0), sheet.at(3, 0), sheet.spread(2, 2)) == ("地区", None, "工业用电量")
    parsed = read_file(FEED, page.encode("gbk"), NAME)
    assert warnings(parsed) == [("hidden_row", "2018年6月用电量", "第6行")]
    assert values(parsed) == [[300.5, 8.3], [1.0, None]]


def test_several_tables_of_a_page_stand_below_each_other() -> None:
    [sheet] = read_sheets(b"<table><tr><td>a</td></tr></table>x<table><tr><td>b</td><td>c</td></tr></table>", "a.xls")
    assert sheet == Sheet("a", [["a"], ["x"], ["b", "c"]])


@pytest.mark.parametrize("kind", ["xls", "xlsx", "ods", "html"])
def test_the_bytes_decide_and_not_the_suffix(kind: str) -> None:
    for suffix in ("et", "xls", "csv", "txt", "docx"):
        parsed = read_file(FEED, FORMATS[kind](HEAD + ROWS, MERGED), f"2018年6月用电量.{suffix}")
        assert values(parsed)[0] == [300.5, 8.3], suffix


def test_a_document_of_another_kind_is_refused_by_what_it_is() -> None:
    word = rezipped(
        xlsx([["a"]]), lambda n, part: None if n.startswith("xl/") else part, {"word/document.xml": b"<a/>"}
    )
    packed = rezipped(xlsx([["a"]]), lambda n, part: None, {"用电量.xlsx": b"x"})
    for data, kind in (
        (b"%PDF-1.7 ...", "PDF文档"), (b"\x89PNG\r\n", "图片"), (b"\xff\xd8\xff\xe0", "图片"), (b"{\\rtf1", "RTF文档"),
        (b"Rar!\x1a", "压缩包"), (b"7z\xbc\xaf\x27\x1c", "压缩包"), (b"\x1f\x8b\x08", "压缩包"), (word, "Word文档"),
        (packed, "压缩包"), (b"MIME-Version: 1.0\r\n", "单个文件网页"),
    ):  # fmt: skip
        finding = refusal(data)
        assert (finding.rule, finding.found, finding.expected) == ("not_a_table", kind, "电子表格")
        assert kind in finding.message
        assert finding.hint


def test_macros_are_left_alone_and_noted() -> None:
    data = rezipped(xlsx(HEAD + ROWS, MERGED), lambda n, p: p, {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 not read"})
    parsed = read_file(FEED, data, NAME)
    assert warnings(parsed) == [("macros", None, None)]
    assert values(parsed)[0] == [300.5, 8.3]


def test_old_books_of_another_kind_are_told_apart_by_their_streams() -> None:
    data = xls(HEAD + ROWS).replace("Workbook".encode("utf-16-le"), "WordDocu".encode("utf-16-le"))
    assert refusal(data).found == "其他办公文档"
