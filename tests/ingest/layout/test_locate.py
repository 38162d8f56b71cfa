"""Where tables lie: headings, spacers, page breaks, several tables and sheets; what is not understood stops the file."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feed import Feed
from ingest.parsing.contents import Contents, read_file
from tests.ingest.paper import FEED, HEAD, JUNE, MERGED, ROWS, TITLE, book, csv_text, xls, xlsx
from tests.ingest.parsing.test_contents import NAME, feed_like, read, rules
from vocabulary.month import Month

VALUES = [[300.5, 8.3], [100.25, -1.2], [20.0, None]]


def values(parsed: Contents) -> list[list[float | None]]:
    assert parsed.findings == []
    return [v for t in parsed.tables for v in t.rows["values"].to_list()]


def addresses(parsed: Contents) -> list[str]:
    return [c["letter"] for t in parsed.tables for c in t.columns]


def moved(rows: list[list[Any]], down: int, right: int) -> list[list[Any]]:
    return [[] for _ in range(down)] + [[None] * right + row for row in rows]


@given(st.integers(0, 12), st.integers(0, 5), st.booleans(), st.booleans())
def test_a_table_may_start_at_any_row_and_column(down: int, right: int, merged: bool, biff: bool) -> None:
    ranges = [(t + down, a + right, b + down, z + right) for t, a, b, z in MERGED] if merged else None
    rows = moved(HEAD + ROWS, down, right)
    parsed = read_file(FEED, (xls if biff else xlsx)(rows, ranges), NAME)
    assert values(parsed) == VALUES
    assert parsed.tables[0].rows["row"].to_list() == [5 + down, 6 + down, 7 + down]


@pytest.mark.parametrize("merged", [None, [(0, 0, 0, 4), (2, 0, 3, 0), (2, 2, 2, 4)]], ids=["left out", "merged"])
def test_blank_spacer_columns_are_passed_over(merged: Any) -> None:
    head = [[TITLE], [], ["地区", None, "工业用电量", None, None], [None, None, "本月", None, "同比"]]
    parsed = read([*head, ["荆门市", None, 1, None, 2]], merged=merged)
    assert values(parsed) == [[1, 2]]
    assert addresses(parsed) == ["C", "E"]


def test_a_spacer_that_holds_something_is_refused() -> None:
    head = [[TITLE], [], ["地区", None, "工业用电量", None], [None, None, "本月", "同比"]]
    [finding] = read([*head, ["荆门市", "x", 1, 2]]).findings
    assert finding.found == "B列（无表头而有内容）"


@pytest.mark.parametrize("extra", [["", "(万千瓦时)", "(%)"], ["计量单位", "万千瓦时", "%"], [None, "亿千瓦时", None]])
def test_a_row_of_units_under_the_headings_needs_no_declaration(extra: list[Any]) -> None:
    parsed = read([[TITLE], [], *HEAD[2:], extra, ["荆门市", 1, 2]])
    assert [t.rows["values"].to_list() for t in parsed.tables] == [[[1, 2]]]
    assert parsed.tables[0].columns[0]["factor"] == (1e4 if extra[1] == "亿千瓦时" else 1)


def test_a_level_of_headings_more_or_less_than_declared_is_found() -> None:
    three = [[TITLE], [], ["地区", "工业用电量", None], ["县市区", None, None], [None, "本月", "同比"]]
    merged = [(2, 1, 3, 2), (2, 0, 4, 0)]
    assert values(read([*three, ["荆门市", 1, 2]], merged=merged)) == [[1, 2]]
    single = feed_like(
        columns=[
            {"heading": "地区", "label": "region"}, {"heading": "用电量", "indicator": "PW02", "unit": "万千瓦时"},
        ]
    )  # fmt: skip
    assert values(read([[TITLE], ["地区", "用电量"], ["荆门市", 1]], single)) == [[1]]


@pytest.mark.parametrize(
    "again", [HEAD[2:], [["续表"], *HEAD[2:]], [[TITLE], [None, None, "单位：万千瓦时"], *HEAD[2:]]]
)
def test_headings_repeated_at_a_page_break_are_no_rows(again: list[list[Any]]) -> None:
    parsed = read([*HEAD, *ROWS[:2], *again, ROWS[2]])
    assert values(parsed) == VALUES
    assert parsed.tables[0].rows["row"].to_list() == [5, 6, 7 + len(again)]


def test_last_months_table_under_this_months_is_refused() -> None:
    parsed = read([*HEAD, *ROWS[:1], [], ["荆门市2018年5月工业用电量"], *HEAD[2:], ["东宝区", 9, 9]])
    assert [(p.rule, p.cell, p.found) for p in parsed.findings] == [("month_disagrees", "A7", "2018-05")]


TWO = feed_like(
    columns=[
        *FEED.model_dump()["columns"],
        {"heading": "全社会用电量|本月", "indicator": "PW01", "unit": "亿千瓦时"},
    ]
)  # fmt: skip


def test_two_tables_on_one_sheet_are_read_each_with_its_own_columns() -> None:
    second = [
        ["二、全社会用电量"],
        [None, None, "单位：亿千瓦时"],
        ["地区", None, "全社会用电量"],
        [None, None, "本月"],
        ["荆门市", None, "—"],
        ["东宝区", None, 7],
    ]
    parsed = read([*HEAD, *ROWS, [], *second], TWO)
    assert parsed.findings == []
    first, other = parsed.tables
    assert [(c["position"], c["letter"]) for c in [*first.columns, *other.columns]] == [(1, "B"), (2, "C"), (3, "C")]
    assert other.rows["values"].to_list() == [[None, None, None], [None, None, 7]]
    assert other.rows["absent"].to_list() == ['{"3": "not_applicable"}', None]
    assert other.rows["row"].to_list() == [13, 14]


def test_what_neither_of_two_tables_holds_is_missing() -> None:
    parsed = read([*HEAD, *ROWS], TWO)
    assert [p.expected for p in parsed.findings] == ["全社会用电量|本月"]


MONTHLY = feed_like(
    columns=[
        {"heading": "地区", "label": "region"},
        {"heading": "工业用电量|本月", "indicator": "PW02", "unit": "万千瓦时"},
        {"heading": "工业用电量|1-本月累计", "indicator": "PW02", "period_type": "YTD", "unit": "万千瓦时"},
        {"heading": "工业用电量|上年1-本月累计", "indicator": "PW02", "measure": "base", "period_type": "YTD", "unit": "万千瓦时"},
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    "levels",
    [("6月", "1-6月累计", "上年1-6月累计"), ("２０１８年６月", "1—6月份累计", "2017年1～6月累计"), ("六月", "前6个月累计", "去年1至六月累计")],
)  # fmt: skip
def test_a_month_in_a_heading_is_read_from_the_tables_own(levels: tuple[str, ...]) -> None:
    parsed = read([[TITLE], [], ["地区", "工业用电量"], [None, *levels], ["荆门市", 1, 2, 3]], MONTHLY)
    assert values(parsed) == [[1, 2, 3]]
    assert [(c["measure"], c["period_type"]) for c in parsed.tables[0].columns] == [
        ("value", "M"), ("value", "YTD"), ("base", "YTD")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("levels", "cell"),
    [(("6月", "1-5月累计", "上年1-6月累计"), "C4"), (("2016年6月", "1-6月累计", "上年1-6月累计"), "B4")],
)
def test_a_heading_of_another_month_than_the_titles_is_refused(levels: tuple[str, ...], cell: str) -> None:
    parsed = read([[TITLE], [], ["地区", "工业用电量"], [None, *levels], ["荆门市", 1, 2, 3]], MONTHLY)
    assert rules(parsed) == {("month_disagrees", cell)}


def test_a_sheet_named_after_another_month_than_its_title_is_refused() -> None:
    parsed = read_file(FEED, xlsx(HEAD + ROWS, sheet="2018年5月"), NAME)
    assert [(p.rule, p.expected) for p in parsed.findings] == [("month_disagrees", "工作表名为2018-05")]


def test_a_unit_of_another_scale_beside_the_heading_is_taken_at_its_word_and_noted() -> None:
    parsed = read([[TITLE], [], ["地区", "工业用电量(亿千瓦时)", None], [None, "本月", "同比(%)"], ["荆门市", 1.5, 2]])
    assert [(p.rule, p.severity, p.cell, p.found) for p in parsed.findings] == [
        ("unit_converted", "warning", "B3", "亿千瓦时")
    ]
    [amount, growth] = parsed.tables[0].columns
    assert (amount["unit"], amount["factor"], growth["unit"]) == ("亿千瓦时", 1e4, "%")


def test_a_suffix_in_a_cell_restates_the_unit_that_the_paper_states() -> None:
    parsed = read(
        [[TITLE], [], ["地区", "工业用电量(亿千瓦时)", None], [None, "本月", "同比"], ["荆门市", "25000万", 2]]
    )
    assert parsed.tables[0].rows["values"].to_list() == [[2.5, 2]]


@pytest.mark.parametrize(
    ("rows", "both"),
    [
        ([[TITLE, "单位：万千瓦时"], [], ["地区", "工业用电量(亿千瓦时)", None], [None, "本月", "同比"]], "B3注明亿千瓦时，B1注明万千瓦时"),
        ([[TITLE], [], ["地区", "工业用电量(亿千瓦时)", None], [None, "本月(万千瓦时)", "同比"]], "B3注明亿千瓦时，B4注明万千瓦时"),
        ([[TITLE], [], ["地区", "工业用电量", None], [None, "本月(万千瓦时)", "同比"], [None, "亿千瓦时", "%"]], "B4注明万千瓦时，B5注明亿千瓦时"),
    ],
    ids=["heading and corner", "two levels", "heading and unit row"],
)  # fmt: skip
def test_two_places_that_contradict_each_other_refuse_the_file_and_are_both_named(rows: Any, both: str) -> None:
    parsed = read([*rows, ["荆门市", 1, 2]], merged=[(2, 1, 2, 2)])
    assert [(p.rule, p.found) for p in parsed.findings if p.severity == "critical"] == [("unit_disagrees", both)]


def test_the_units_word_and_the_unit_may_stand_in_two_cells() -> None:
    parsed = read([[TITLE], ["单位：", "亿千瓦时"], *HEAD[2:], *ROWS])
    assert [(p.rule, p.found) for p in parsed.findings] == [("unit_disagrees", "亿千瓦时（A2）")]


BY_COUNTY = Feed.model_validate(
    {
        "feed": "stat__by_county", "title": "分县行业", "grain": "industry", "first_month": "2015-01", "due_day": 8, "file_pattern": "行业",
        "layout": {"sheet_says": "region"},
        "columns": [{"heading": "行业", "label": "industry"}, {"heading": "产值", "indicator": "ST02", "unit": "万元"}],
    }
)  # fmt: skip
COUNTY_ROWS: list[list[Any]] = [["2018年6月分行业产值"], ["行业", "产值"], ["26", 5], ["13", 6]]


def test_each_sheet_named_after_a_county_is_that_countys_table() -> None:
    parsed = read_file(
        BY_COUNTY, book({"钟祥": COUNTY_ROWS, "京山市": COUNTY_ROWS, "Sheet3": []}), "行业2018年6月.xlsx"
    )
    assert parsed.findings == []
    assert [(t.sheet, t.columns[0]["region"]) for t in parsed.tables] == [("钟祥", "钟祥"), ("京山市", "京山市")]


def test_a_sheet_named_after_no_county_is_refused() -> None:
    parsed = read_file(BY_COUNTY, book({"钟祥": COUNTY_ROWS, "汇总(备份)": COUNTY_ROWS}), "行业2018年6月.xlsx")
    assert [(p.rule, p.sheet) for p in parsed.findings] == [("unknown_region", "汇总(备份)")]


BY_SHEET = feed_like(layout={"header_rows": 2, "sheet_says": "month"})


def test_of_sheets_by_month_the_files_own_is_read_and_the_others_are_listed() -> None:
    may = [["荆门市2018年5月工业用电量"], *HEAD[1:], ["荆门市", 9, 9]]
    parsed = read_file(BY_SHEET, book({"2018年5月": may, "2018年6月": HEAD + ROWS}), NAME)
    assert [(p.rule, p.severity, p.sheet) for p in parsed.findings] == [("other_month", "warning", "2018年5月")]
    assert set(parsed.cells) == {JUNE}
    assert [p.rule for p in read_file(BY_SHEET, book({"2018年5月": may, "2018年4月": may}), NAME).findings] == [
        "month_disagrees"
    ]
    assert [p.rule for p in read_file(BY_SHEET, book({"2018年5月": may, "说明": [["x"]]}), "用电.xlsx").findings] == [
        "month_missing"
    ]
    assert [
        p.rule for p in read_file(BY_SHEET, book({"2018年5月": may, "2018年6月": HEAD + ROWS}), "用电.xlsx").findings
    ] == ["sheet_left_in"]


def test_a_history_reads_every_sheet_by_its_month() -> None:
    history = Feed.model_validate(BY_SHEET.model_dump() | {"scope": "history"})
    plain_title = [["工业用电量"], *HEAD[1:], ["荆门市", 9, 9]]
    parsed = read_file(history, book({"2018年5月": plain_title, "2018年6月": plain_title}), "用电.xlsx")
    assert parsed.findings == []
    assert parsed.cells == {Month(2018, 5): 2, JUNE: 2}


def test_last_months_sheet_left_in_is_refused_where_sheets_are_not_declared() -> None:
    may = [["荆门市2018年5月工业用电量"], *HEAD[1:], ["荆门市", 9, 9]]
    parsed = read_file(FEED, book({"报表": HEAD + ROWS, "上月": may, "说明": [["填表说明"]]}), NAME)
    assert [(p.rule, p.sheet) for p in parsed.findings] == [("sheet_left_in", "上月")]
    assert "“报表”与“上月”" in parsed.findings[0].message, "both are named"


def test_a_text_file_of_the_same_table_reads_the_same() -> None:
    assert values(read_file(FEED, csv_text(moved(HEAD + ROWS, 2, 1)).encode(), "2018年6月用电.csv")) == VALUES


def test_two_lines_over_a_table_that_name_different_months_are_refused_with_both_cells() -> None:
    [finding] = read([[TITLE], [None, "报告期：2018年5月"], *HEAD[1:], *ROWS]).findings
    assert (finding.rule, finding.cell) == ("month_disagrees", "B2")
    assert finding.found == "A1为2018-06，B2为2018-05"


@pytest.mark.parametrize(
    "line",
    ["2018年6月", "2018年1-6月", "与2017年6月相比", "有效期至：2019年6月", "注：2018年1月起含线损", "2018年7月6日"],
)
def test_a_line_that_speaks_of_another_time_does_not_date_the_table(line: str) -> None:
    assert values(read([[TITLE], [line], *HEAD[1:], *ROWS])) == VALUES
