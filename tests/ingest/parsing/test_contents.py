"""A paper is read as its feed promises: layout, month, units, labels and cells, or refused with what differs and where."""

from datetime import date
from typing import Any

import pytest

from ingest.feed import Feed
from ingest.parsing.collector import SHOWN_PER_RULE
from ingest.parsing.contents import Contents, read_file
from tests.ingest.books import FORMATS
from tests.ingest.paper import FEED, HEAD, JUNE, MERGED, ROWS, TITLE, csv_text, xls, xlsx
from vocabulary.month import Month

NAME = "2018年6月用电量.xlsx"


def read(rows: list[list[Any]], feed: Feed = FEED, name: str = NAME, merged: Any = None) -> Contents:
    return read_file(feed, xlsx(rows, merged), name)


def rules(parsed: Contents) -> set[tuple[str, str | None]]:
    return {(p.rule, p.cell) for p in parsed.findings}


def feed_like(**changes: Any) -> Feed:
    return Feed.model_validate(FEED.model_dump() | changes)


@pytest.mark.parametrize(
    "data",
    [
        xlsx(HEAD + ROWS, MERGED), xlsx(HEAD + ROWS), xls(HEAD + ROWS, MERGED), xls(HEAD + ROWS),
        csv_text(HEAD + ROWS).encode(), csv_text(HEAD + ROWS).encode("gb18030"),
    ],
    ids=["xlsx", "xlsx not merged", "xls", "xls not merged", "csv", "csv gb18030"],
)  # fmt: skip
def test_the_same_paper_reads_the_same_in_every_format(data: bytes) -> None:
    parsed = read_file(FEED, data, NAME)
    assert parsed.findings == []
    [table] = parsed.tables
    assert table.rows["row"].to_list() == [5, 6, 7]
    assert table.rows["region"].to_list() == ["荆门市", "东宝区", "其中：大柴湖"]
    assert table.rows["values"].to_list() == [[300.5, 8.3], [100.25, -1.2], [20.0, None]]
    assert table.rows["absent"].to_list() == [None, None, '{"2": "not_applicable"}']
    assert [(c["letter"], c["heading"], c["measure"], c["month"]) for c in table.columns] == [
        ("B", "工业用电量|本月", "value", JUNE.date), ("C", "工业用电量|同比", "growth", JUNE.date)
    ]  # fmt: skip
    assert parsed.cells == {JUNE: 6}


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_growth_of_each_year_has_the_decimals_that_the_year_prints(kind: str) -> None:
    """Electricity was printed to 0.01 at first and to 0.1 later: what follows from 10.3 is not known to a hundredth."""
    _, value, growth = FEED.columns
    feed = feed_like(
        scope="history",
        region="荆门市",
        layout={"header_rows": 1, "month_from": "row"},
        columns=[{"heading": "月份", "label": "month"}, value.model_dump() | {"heading": "工业用电量"},
                 growth.model_dump() | {"heading": "同比"}],
    )  # fmt: skip
    told = [("2004年11月", 2.44), ("2004年12月", 3), ("2018年5月", 10.6), ("2018年6月", 10.3), ("2019年6月", 5.0)]
    rows = [["工业用电量"], ["月份", "工业用电量", "同比"], *([month, 300.25, g] for month, g in told)]
    parsed = read_file(feed, xlsx(rows) if kind == "xlsx" else csv_text(rows).encode(), "用电量.xlsx")
    assert parsed.findings == []
    assert parsed.tables[0].rows["decimals"].to_list() == ["{NULL,2}", "{NULL,2}", "{NULL,1}", "{NULL,1}", "{NULL,1}"]


def dirty(value: Any) -> Any:
    """A text as it comes out of a PDF or a web page: radicals for characters, invisible signs within."""
    if not isinstance(value, str):
        return value
    return "\ufeff" + value.replace("工", "⼯").replace("用", "⽤\u200b").replace("2018", "20\u200d18") + "\ufe0f\u2060"


@pytest.mark.parametrize("kind", [k for k in FORMATS if k not in ("html gbk", "csv gb18030", "xml 2003")])
def test_invisible_signs_and_radicals_change_nothing(kind: str) -> None:
    numbers = [[name, f"{value}\u200b", growth] for name, value, growth in ROWS]
    parsed = read_file(FEED, FORMATS[kind]([[dirty(v) for v in row] for row in [*HEAD, *numbers]]), NAME)
    assert parsed.findings == []
    [table] = parsed.tables
    assert table.rows["values"].to_list() == [[300.5, 8.3], [100.25, -1.2], [20.0, None]]
    assert [c["heading"] for c in table.columns] == ["工业用电量|本月", "工业用电量|同比"]
    assert table.rows["region"].to_list() == ["荆门市", "东宝区", "其中：大柴湖"]


@pytest.mark.parametrize(
    ("row", "rule"),
    [(["荆门市", "\u202e3.12", 1], "unreadable_cell"), (["荆门\u202e市", 1, 2], "unknown_region")],
)
def test_what_turns_the_direction_of_writing_is_not_overlooked(row: list[Any], rule: str) -> None:
    assert [p.rule for p in read([*HEAD, row]).findings] == [rule]


def test_blank_rows_notes_and_section_lines_do_not_end_the_table() -> None:
    rows = [["一、县市"], ["荆门市", 1, 2], [], [None, None, None], ["东宝区", 3, 4], ["注：本表含线损。", "x"], ["*初步数"],
            ["填表人：张三", None, "联系电话：13800000000"], ["钟祥市", 5, 6]]  # fmt: skip
    parsed = read(HEAD + rows)
    assert parsed.findings == []
    assert parsed.tables[0].rows["row"].to_list() == [6, 9, 13]


def test_a_row_without_any_number_is_absent_and_not_zero() -> None:
    parsed = read([*HEAD, ["荆门市", 1, 2], ["东宝区", None, ""]])
    assert parsed.tables[0].rows["region"].to_list() == ["荆门市"]


def test_every_bad_cell_is_named_with_what_was_found() -> None:
    parsed = read([*HEAD, ["荆门市", "约300", 8.3], ["东宝区", "#REF!", "8.3"], ["钟祥市", date(2018, 5, 6), 2]])
    assert rules(parsed) == {("unreadable_cell", "B5"), ("excel_error", "B6"), ("date_for_number", "B7")}
    first = parsed.findings[0]
    assert (first.sheet, first.found, first.expected) == ("表1", "约300", "以万千瓦时计的数值")
    assert not parsed.loadable


def test_an_unknown_column_and_a_missing_one_stop_the_file_with_a_diff() -> None:
    head = [[TITLE], [], ["地区", "工业用电量", None, "环比"], [None, "本月", "增幅", None]]
    [finding] = read([*head, ["荆门市", 1, 2, 3]]).findings
    assert finding.rule == "unknown_layout"
    assert finding.found == "C列“工业用电量|增幅”、D列“环比”"
    assert finding.expected == "工业用电量|同比"


def test_an_optional_column_may_be_missing_and_an_ignored_one_present() -> None:
    feed = feed_like(
        columns=[
            *FEED.model_dump()["columns"],
            {"heading": "排名", "indicator": "PW06", "unit": "户", "optional": True},
        ]
    )
    head = [[TITLE], [], ["县市区", "工业用电量", None, None, "备注"], [None, "本月", "同比"]]
    parsed = read([*head, ["荆门市", 1, 2, None, "全口径"]], feed)
    assert parsed.findings == []
    assert parsed.tables[0].rows["values"].to_list() == [[1, 2]]


def test_a_number_without_a_heading_stops_the_file_unless_declared() -> None:
    rows = [*HEAD, ["荆门市", 1, 2, None, 99]]
    assert [p.rule for p in read(rows).findings] == ["unknown_layout"]
    assert read(rows, feed_like(ignore=["备注", ""])).findings == []


def test_a_heading_twice_is_refused() -> None:
    head = [[TITLE], [], ["地区", "工业用电量", None, None], [None, "本月", "同比", "本月"]]
    assert "heading_twice" in {p.rule for p in read([*head, ["荆门市", 1, 2, 3]]).findings}


def test_another_departments_paper_is_refused() -> None:
    [finding] = read([["2018年6月财政收入"], ["项目", "金额"], ["税收", 5]]).findings
    assert (finding.rule, finding.found) == ("unknown_layout", "2018年6月财政收入")


@pytest.mark.parametrize("title", ["荆门市2018年5月工业用电量", "荆门市2017年6月工业用电量"])
def test_a_title_that_disagrees_with_the_files_name_is_refused(title: str) -> None:
    [finding] = read([[title], *HEAD[1:], *ROWS]).findings
    assert finding.rule == "month_disagrees"
    assert finding.expected == "文件名为2018-06"


def test_a_paper_without_a_month_or_with_two_is_refused() -> None:
    assert [p.rule for p in read([["工业用电量"], *HEAD[1:], *ROWS]).findings] == ["month_missing"]
    assert [p.rule for p in read([["2018年6月、2017年6月工业用电量"], *HEAD[1:], *ROWS]).findings] == [
        "month_ambiguous"
    ]
    assert [
        p.rule for p in read_file(FEED, csv_text([["用电量"], *HEAD[1:], *ROWS]).encode(), "2018年6月.csv").findings
    ] == ["month_missing"], "a text file's name alone does not date it"


def test_the_sheets_name_may_give_the_month() -> None:
    parsed = read_file(FEED, xlsx([["工业用电量"], *HEAD[1:], *ROWS], sheet="2018年6月"), "用电.xlsx")
    assert set(parsed.cells) == {JUNE}


@pytest.mark.parametrize(
    ("unit_line", "headings", "cell"),
    [
        ("单位:亿千瓦时", ["工业用电量", None], "B4"),
        ("单位:万千瓦时", ["工业用电量(亿千瓦时)", None], "B4"),
        ("单位：万元", ["工业用电量", None], "B1"),
        ("单位：亿元时", ["工业用电量", None], "B1"),
    ],
)  # fmt: skip
def test_a_unit_that_disagrees_with_the_declared_one_is_refused(unit_line: str, headings: list[Any], cell: str) -> None:
    head = [[TITLE, unit_line], [], ["地区", *headings], [None, "本月", "同比"]]
    parsed = read([*head, *ROWS], merged=[(2, 1, 2, 2)] if headings[1] is None else None)
    assert [p.cell for p in parsed.findings][:1] == [cell]
    assert {p.rule for p in parsed.findings} <= {"unit_disagrees", "unknown_unit"}
    assert not parsed.loadable


def test_units_in_headings_in_a_row_of_their_own_and_over_the_table_are_understood() -> None:
    assert (
        read(
            [[TITLE, "单位:万千瓦时、%"], [], ["地区", "工业用电量", None], [None, "本月（万kWh）", "同比(%)"], *ROWS]
        ).findings
        == []
    )
    skip = feed_like(layout={"header_rows": 2, "skip_labels": ["计量单位"]})
    assert read([*HEAD, ["计量单位", "万千瓦时", "%"], *ROWS], skip).findings == []
    wrong = read([*HEAD, ["计量单位", "亿千瓦时", "%"], *ROWS], skip)
    assert [p.rule for p in wrong.findings] == ["unit_disagrees"]
    three = feed_like(layout={"header_rows": 3})
    assert read([*HEAD, [None, "万千瓦时", "%"], *ROWS], three, merged=[(2, 0, 4, 0), (2, 1, 2, 2)]).findings == []


def test_an_office_named_in_a_unit_line_is_not_a_unit() -> None:
    assert read([[TITLE, "填报单位:荆门供电公司"], *HEAD[1:], *ROWS]).findings == []


def test_an_unknown_region_is_refused_and_every_alias_is_known() -> None:
    assert rules(read([*HEAD, ["襄阳市", 1, 2]])) == {("unknown_region", "A5")}
    assert (
        read(
            [*HEAD, *([r, 1, 2] for r in ("全市", "京山县", "荆门高新区?掇刀区", "屈家岭", "漳河", "钟 祥 市"))]
        ).findings
        == []
    )
    assert rules(read([*HEAD, [None, 1, 2]])) == {("label_missing", "A5")}


def test_a_region_twice_is_refused() -> None:
    assert rules(read([*HEAD, ["荆门市", 1, 2], ["荆门市", 3, 4]])) == {("row_twice", "第6行")}


def test_a_number_merged_over_two_rows_is_refused_and_a_label_so_merged_is_not() -> None:
    rows = [*HEAD, ["荆门市", 1, 2], ["东宝区", None, 4]]
    assert rules(read(rows, merged=[(4, 1, 5, 1)])) == {("merged_number", "B6")}


def test_an_empty_table_is_refused() -> None:
    assert [p.rule for p in read([*HEAD, ["荆门市", None, None]]).findings] == ["no_data"]


def test_a_thousand_bad_cells_are_counted_and_not_all_listed() -> None:
    feed = feed_like(
        grain="enterprise", columns=[{"heading": "户号", "label": "entity_id"}, *FEED.model_dump()["columns"][1:]]
    )
    parsed = read(
        [
            [TITLE],
            [],
            ["户号", "工业用电量", None],
            [None, "本月", "同比"],
            *([f"{i:05}", "坏", 1] for i in range(1000)),
        ],
        feed,
    )
    assert len(parsed.findings) == SHOWN_PER_RULE + 1
    assert "800" in parsed.findings[-1].message


FIRMS = Feed.model_validate(
    {
        "feed": "tax__firms", "title": "企业开票", "grain": "enterprise", "first_month": "2015-01", "due_day": 8, "file_pattern": "开票",
        "columns": [
            {"heading": "统一社会信用代码", "label": "credit_code"}, {"heading": "企业名称", "label": "entity_name"},
            {"heading": "地区", "label": "region"}, {"heading": "行业", "label": "industry"},
            {"heading": "开票", "indicator": "TX03", "unit": "万元"},
        ],
    }
)  # fmt: skip
FIRM_HEAD = [["2018年6月企业开票"], ["统一社会信用代码", "企业名称", "地区", "行业", "开票"]]


def test_a_firm_goes_by_its_credit_code() -> None:
    parsed = read([*FIRM_HEAD, ["91350200ma2yj1xr9g ", "甲公司", "钟祥", "26", 5]], FIRMS)
    assert parsed.findings == []
    [table] = parsed.tables
    assert table.rows.select("entity_id", "entity_name", "credit_code", "industry").row(0) == (
        "91350200MA2YJ1XR9G", "甲公司", "91350200MA2YJ1XR9G", "26"
    )  # fmt: skip


def test_a_credit_code_that_fails_its_check_is_a_warning_and_is_kept() -> None:
    parsed = read(
        [*FIRM_HEAD, ["91350200MA2YJ1XR9A", "甲", "钟祥", "26", 5], ["91350200MO2YJ", "乙", "钟祥", "26", 5]], FIRMS
    )
    assert [(p.rule, p.severity, p.cell) for p in parsed.findings] == [
        ("credit_code", "warning", "A3"), ("credit_code", "warning", "A4")
    ]  # fmt: skip
    assert parsed.loadable
    assert len(parsed.tables[0].rows) == 2


def test_a_code_that_a_spreadsheet_rounded_is_refused() -> None:
    parsed = read([*FIRM_HEAD, [9.142080012345678e17, "甲", "钟祥", "26", 5]], FIRMS)
    assert ("code_truncated", "A3") in rules(parsed)
    parsed = read([*FIRM_HEAD, ["9.14E+17", "甲", "钟祥", "26", 5]], FIRMS)
    assert rules(parsed) == {("code_truncated", "A3")}


def test_an_unknown_industry_is_refused() -> None:
    assert rules(read([*FIRM_HEAD, ["91350200MA2YJ1XR9G", "甲", "钟祥", "99", 5]], FIRMS)) == {
        ("unknown_industry", "D3")
    }


BY_MONTH = Feed.model_validate(
    {
        "feed": "stat__months", "title": "月度", "grain": "region", "scope": "history", "first_month": "2015-01", "due_day": 8, "file_pattern": "月",
        "region": "荆门市", "layout": {"month_from": "row"},
        "columns": [{"heading": "月份", "label": "month"}, {"heading": "当月", "indicator": "PW02", "unit": "亿千瓦时"}],
    }
)  # fmt: skip


def test_a_history_speaks_for_every_month_it_holds() -> None:
    parsed = read_file(
        BY_MONTH, csv_text([["月份", "当月"], ["2010.1", 1], ["2010.10", 2], ["2010年11月", ""]]).encode(), "a.csv"
    )
    assert parsed.findings == []
    assert parsed.cells == {Month(2010, 1): 1, Month(2010, 10): 1}
    assert parsed.tables[0].columns[0]["factor"] == 1e4
    assert parsed.tables[0].columns[0]["region"] == "荆门市"


def test_a_month_typed_as_a_number_is_refused_because_january_and_october_look_alike() -> None:
    assert rules(read([["月份", "当月"], [2010.1, 1]], BY_MONTH)) == {("unreadable_month", "A2")}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "said", ["2018年1-2月", "2018年上半年", "2018年一季度", "2018年前三季度", "2018年全年", "2018年6月份累计"]
)
def test_a_longer_time_is_not_stored_as_a_month(kind: str, said: str) -> None:
    rows = [["月份", "当月"], ["2018年5月", 1], [said, 20], ["2018年4月", 2]]
    [finding] = read_file(BY_MONTH, FORMATS[kind](rows), "月.xls").findings
    assert (finding.rule, finding.cell, finding.found, finding.severity) == ("longer_time", "A3", said, "critical")
    assert "当月" in finding.message


def test_a_longer_time_is_read_where_its_numbers_are_promised() -> None:
    columns = [
        *BY_MONTH.model_dump()["columns"],
        {"heading": "累计", "indicator": "PW02", "period_type": "YTD", "unit": "亿千瓦时"},
    ]
    feed = Feed.model_validate(BY_MONTH.model_dump() | {"columns": columns})
    parsed = read([["月份", "当月", "累计"], ["2018年1-2月", None, 20], ["2018年3月", 11, 31]], feed)
    assert parsed.findings == []
    assert parsed.tables[0].rows["values"].to_list() == [[None, 20], [11, 31]]


@pytest.mark.parametrize("said", ["2018年合计", "6月份累计", "本年累计"])
def test_a_row_that_names_a_time_is_not_dropped_as_a_total_of_the_months(said: str) -> None:
    rows = [["月份", "当月"], ["2018年5月", 1], ["2018年6月", 2], [said, 3]]
    assert rules(read(rows, BY_MONTH)) == {("unreadable_month", "A4")}
    assert read([*rows[:3], ["合计", 3]], BY_MONTH).findings == []


def test_a_sum_of_the_year_so_far_is_not_dropped_as_a_total_of_the_regions() -> None:
    assert ("unknown_region", "A8") in rules(read([*HEAD, *ROWS, ["1-6月累计", 1000, 2]]))


def test_an_october_that_lost_its_zero_is_october_or_refused() -> None:
    october = read([["月份", "当月"], ["2018.01", 1], ["2018.09", 9], ["2018.1", 10], ["2018.11", 11]], BY_MONTH)
    assert october.findings == []
    assert october.tables[0].rows["month"].to_list()[2] == date(2018, 10, 1)
    assert rules(read([["月份", "当月"], ["2018.9", 9], ["2018.1", 10], ["2018.11", 11]], BY_MONTH)) == {
        ("unreadable_month", "A3")
    }


def test_a_month_twice_is_refused() -> None:
    parsed = read_file(BY_MONTH, csv_text([["月份", "当月"], ["2010.1", 1], ["2010年1月", 2]]).encode(), "a.csv")
    assert [p.rule for p in parsed.findings] == ["row_twice"]


def test_a_paper_of_one_month_may_not_hold_two() -> None:
    monthly = Feed.model_validate(BY_MONTH.model_dump() | {"scope": "month"})
    parsed = read_file(monthly, csv_text([["月份", "当月"], ["2010.1", 1], ["2010.2", 2]]).encode(), "a.csv")
    assert [p.rule for p in parsed.findings] == ["several_months"]


ROWWISE = Feed.model_validate(
    {
        "feed": "stat__rows", "title": "行", "grain": "industry", "scope": "history", "first_month": "2015-01", "due_day": 8, "file_pattern": "行",
        "region": "荆门市", "layout": {"series": "rows", "month_from": "heading", "skip_labels": ["数据库:.*"]},
        "columns": [
            {"heading": "工业增加值同比增长", "indicator": "ST01", "measure": "growth", "unit": "%", "basis": "comparable_real"},
            {"heading": "(?P<industry>.+)增加值同比增长", "pattern": True, "indicator": "ST01", "measure": "growth", "unit": "%",
             "basis": "comparable_real"},
        ],
    }
)  # fmt: skip
ROWWISE_ROWS: list[list[Any]] = [
    ["数据库：月度"], ["指标", "2018年4月", "2018年3月"], ["工业增加值同比增长(%)", 7.0, 6.0],
    ["汽车制造业增加值同比增长(%)", "—", 1.5], ["数据来源：统计局"],
]  # fmt: skip


def test_series_in_rows_are_read_with_their_months_in_the_headings() -> None:
    parsed = read(ROWWISE_ROWS, ROWWISE)
    assert parsed.findings == []
    [table] = parsed.tables
    assert [c["month"] for c in table.columns] == [date(2018, 4, 1), date(2018, 3, 1)]
    assert table.rows.select("row", "industry", "indicator", "measure").rows() == [
        (3, None, "ST01", "growth"), (4, "汽车制造业", "ST01", "growth")
    ]  # fmt: skip
    assert table.rows["values"].to_list() == [[7.0, 6.0], [None, 1.5]]


def test_headings_among_months_that_are_none_are_refused() -> None:
    rows = [[*ROWWISE_ROWS[1], "2018年上半年", "2018.1", "2018.11"], [*ROWWISE_ROWS[2], 5, 6, 7]]
    found = {(p.rule, p.cell) for p in read(rows, ROWWISE).findings}
    assert found == {("longer_time", "D1"), ("unreadable_month", "E1")}


def test_an_unknown_series_a_missing_one_and_a_wrong_unit_are_refused() -> None:
    extra = read([*ROWWISE_ROWS, ["发电量(万千瓦时)", 1, 2]], ROWWISE)
    assert [(p.rule, p.found) for p in extra.findings] == [("unknown_layout", "A6“发电量(万千瓦时)”")]
    missing = read([*ROWWISE_ROWS[:2], ROWWISE_ROWS[3]], ROWWISE)
    assert [p.expected for p in missing.findings] == ["工业增加值同比增长"]
    unit = read([*ROWWISE_ROWS[:2], ["工业增加值同比增长(亿元)", 1, 2], ROWWISE_ROWS[3]], ROWWISE)
    assert [(p.rule, p.cell) for p in unit.findings] == [("unit_disagrees", "A3")]


def test_the_sheet_is_chosen_by_name_and_a_missing_one_is_refused() -> None:
    named = feed_like(layout={"header_rows": 2, "sheet": "^用电$"})
    assert read_file(named, xlsx(HEAD + ROWS, sheet="用电"), NAME).findings == []
    assert read_file(named, xlsx(HEAD + ROWS, sheet="⽤\u200b电"), NAME).findings == [], "written as a PDF writes it"
    assert [p.rule for p in read_file(named, xlsx(HEAD + ROWS), NAME).findings] == ["unknown_layout"]
    assert read_file(named, csv_text(HEAD + ROWS).encode(), "2018年6月.csv").findings == [], (
        "a text file has no sheets to name"
    )


def test_repeated_rows_are_found_however_few_keys_are_compared_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    regions = ["荆门市", "东宝区", "沙洋县", "京山市", "钟祥市"]
    rows = [[name, 1.0, 1.0] for name in (*regions, "沙洋县", "荆门市", "沙洋县")]
    data = csv_text([*HEAD, *rows]).encode()

    def twice() -> list[tuple[str | None, str | None]]:
        findings = read_file(FEED, data, "2018年6月用电量.csv").findings
        return [(p.cell, p.found) for p in findings if p.rule == "row_twice"]

    expected = [("第10行", "与第7行为同一对象"), ("第11行", "与第5行为同一对象"), ("第12行", "与第10行为同一对象")]
    assert twice() == expected
    monkeypatch.setattr("ingest.parsing.keys.SPOOLED_KEYS", 2)
    monkeypatch.setattr("ingest.parsing.keys.COMPARED_KEYS", 2)
    monkeypatch.setattr("ingest.parsing.keys.READ_KEYS", 3)
    assert twice() == expected
