"""The forms that offices print: each is said by a few lines of YAML, and every number of it is read as what it is."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
import yaml

from expectations.gate import gate_deliveries
from ingest.deliver import deliver
from ingest.feed import Feed
from ingest.feed_faults import FeedFault
from ingest.feeds import read_feed
from ingest.layout.drift import compare
from ingest.layout.fingerprint import fingerprint
from ingest.parsing.contents import Contents, read_file
from ingest.parsing.understood import understood
from tests.ingest.paper import book, csv_text, declare, drop, xlsx
from warehouse.book.deliveries import states
from warehouse.build import load_seeds
from warehouse.settings import ROOT

FORMS = Path(__file__).with_name("forms")
Rows = list[list[Any]]


# What the page shows of a form, which its first line names.
SHOWN = re.compile(r"```yaml\n# (\w+)\n(.*?)```", re.DOTALL)


class Cell(NamedTuple):
    """A number as it was understood: in its canonical unit."""

    indicator: str
    region: str | None
    month: str
    period: str
    measure: str
    value: float


def form(name: str, **changes: Any) -> Feed:
    """The feed of a form, or one like it."""
    text = (FORMS / f"{name}.yml").read_text(encoding="utf-8")
    if changes:
        text = yaml.safe_dump(yaml.safe_load(text) | changes, allow_unicode=True)
    return read_feed(text, f"{name}.yml")


def read(feed: Feed, rows: Rows, name: str = "报表.xlsx", merged: Any = None) -> Contents:
    return read_file(feed, csv_text(rows).encode() if name.endswith("csv") else xlsx(rows, merged), name)


def cells(parsed: Contents) -> dict[str, Cell]:
    """Every number by its address, as raw.observation shows it."""
    assert [f for f in parsed.findings if f.severity == "critical"] == []
    found: dict[str, Cell] = {}
    for cell in understood(parsed):
        assert cell.cell not in found, "a cell says one thing"
        value = float(f"{cell.value * cell.factor:.12g}")
        found[cell.cell] = Cell(cell.indicator, cell.region, str(cell.month), cell.period_type, cell.measure, value)
    return found


def refusals(parsed: Contents) -> set[tuple[str, str | None]]:
    return {(f.rule, f.cell) for f in parsed.findings if f.severity == "critical"}


MONTHLY: Rows = [
    ["2018年6月主要经济指标"],
    ["指标", "计量单位", "本月", "同比增长(%)", "1-6月累计", "累计增长(%)"],
    ["规模以上工业增加值", "%", None, 8.1, None, 8.3],
    ["全社会用电量", "亿千瓦时", 5.3, 3.2, 30.1, 4.4],
    ["一般公共预算收入", "亿元", 11.2, -2.4, 66, 5.1],
]


def monthly(row: int, column: int, value: Any) -> Rows:
    """The monthly report with one cell changed, counted from 0."""
    rows = [list(r) for r in MONTHLY]
    rows[row][column] = value
    return rows


def test_a_monthly_report_has_indicators_in_rows_with_their_units_and_measures_in_columns() -> None:
    assert cells(read(form("stat__main_indicators"), MONTHLY)) == {
        "D3": Cell("ST01", "荆门市", "2018-06", "M", "growth", 8.1),
        "F3": Cell("ST01", "荆门市", "2018-06", "YTD", "growth", 8.3),
        "C4": Cell("PW01", "荆门市", "2018-06", "M", "value", 53000),
        "D4": Cell("PW01", "荆门市", "2018-06", "M", "growth", 3.2),
        "E4": Cell("PW01", "荆门市", "2018-06", "YTD", "value", 301000),
        "F4": Cell("PW01", "荆门市", "2018-06", "YTD", "growth", 4.4),
        "C5": Cell("FI01", "荆门市", "2018-06", "M", "value", 112000),
        "D5": Cell("FI01", "荆门市", "2018-06", "M", "growth", -2.4),
        "E5": Cell("FI01", "荆门市", "2018-06", "YTD", "value", 660000),
        "F5": Cell("FI01", "荆门市", "2018-06", "YTD", "growth", 5.1),
    }


def test_the_unit_in_a_row_is_believed_where_it_is_of_the_declared_kind() -> None:
    parsed = read(form("stat__main_indicators"), monthly(4, 1, "万元"))
    assert [(f.rule, f.severity, f.cell) for f in parsed.findings] == [("unit_converted", "warning", "B5")]
    assert cells(parsed)["C5"].value == 11.2
    assert cells(parsed)["D5"].value == -2.4, "a unit of levels says nothing of their growth"


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ((4, 1, "亿千瓦时"), {("unit_disagrees", "A5")}),
        ((4, 1, "亿大洋"), {("unknown_unit", "B5")}),
        ((4, 0, "社会消费品零售总额"), {("unknown_layout", "A5")}),
        ((4, 2, "约11"), {("unreadable_cell", "C5")}),
        ((4, 0, "全社会用电量"), {("unknown_layout", None), ("unit_disagrees", "A5"), ("row_twice", "A5")}),
        ((1, 3, "同比增长(万元)"), {("unit_disagrees", "D2")}),
        ((1, 4, "1-5月累计"), {("month_disagrees", "E2")}),
        ((1, 5, "累计增长(%)?"), {("unknown_layout", None)}),
    ],
)  # fmt: skip
def test_a_monthly_report_that_says_otherwise_is_refused(
    change: tuple[int, int, Any], refused: set[tuple[str, str | None]]
) -> None:
    assert refusals(read(form("stat__main_indicators"), monthly(*change))) == refused


def test_what_row_and_column_say_differently_or_neither_says_is_refused_at_its_cell() -> None:
    declared = yaml.safe_load((FORMS / "stat__main_indicators.yml").read_text(encoding="utf-8"))
    growing = [declared["rows"][0] | {"measure": "growth"}, *declared["rows"][1:]]
    columns = [c | ({"measure": "value"} if c["heading"] == "本月" else {}) for c in declared["columns"]]
    parsed = read(form("stat__main_indicators", rows=growing, columns=columns), monthly(2, 2, 12.3))
    assert refusals(parsed) == {("said_otherwise", "C3")}
    unitless = [c | ({"measure": "growth"} if c["heading"] == "本月" else {}) for c in declared["columns"]]
    assert refusals(read(form("stat__main_indicators", columns=unitless), MONTHLY)) == {
        ("unsaid", "C4"),
        ("unsaid", "C5"),
    }


BARE: Rows = [
    ["2018年1-6月工业产销"],
    ["地区", "工业总产值(万元)", "增长(%)", "销售产值(万元)", "增长(%)"],
    ["钟祥市", 100, 5, 90, 4],
    ["京山市", 80, -1, 70, -2],
]


def test_a_bare_growth_belongs_to_the_column_left_of_it() -> None:
    found = cells(read(form("stat__output_and_sales"), BARE))
    assert len(found) == 8
    assert found["C3"] == Cell("ST02", "钟祥市", "2018-06", "YTD", "growth", 5)
    assert found["E3"] == Cell("ST03", "钟祥市", "2018-06", "YTD", "growth", 4)
    assert found["C4"] == Cell("ST02", "京山市", "2018-06", "YTD", "growth", -1)
    assert found["E4"] == Cell("ST03", "京山市", "2018-06", "YTD", "growth", -2)
    assert found["D4"] == Cell("ST03", "京山市", "2018-06", "YTD", "value", 70)


def test_a_bare_growth_under_a_common_heading_belongs_to_its_neighbour_there() -> None:
    two = [
        ["2018年1-6月工业产销"],
        ["地区", "产销", None, None, None],
        [None, "工业总产值", "增长", "销售产值", "增长"],
        ["钟祥市", 100, 5, 90, 4],
    ]
    columns = [
        {"heading": "地区", "label": "region"},
        {"heading": "产销|工业总产值", "indicator": "ST02", "unit": "万元"},
        {"heading": "产销|工业总产值|增长", "indicator": "ST02", "measure": "growth", "unit": "%"},
        {"heading": "产销|销售产值", "indicator": "ST03", "unit": "万元"},
        {"heading": "产销|销售产值|增长", "indicator": "ST03", "measure": "growth", "unit": "%"},
    ]
    found = cells(read(form("stat__output_and_sales", columns=columns), two, merged=[(1, 0, 2, 0), (1, 1, 1, 4)]))
    assert {a: c.indicator for a, c in found.items()} == {"B4": "ST02", "C4": "ST02", "D4": "ST03", "E4": "ST03"}


def test_a_bare_heading_with_nothing_to_go_on_from_is_refused() -> None:
    first = [BARE[0], ["地区", "增长(%)", "工业总产值(万元)", "销售产值(万元)", "增长(%)"], *BARE[2:]]
    [finding] = read(form("stat__output_and_sales"), first).findings
    assert (finding.rule, finding.found) == ("unknown_layout", "B列“地区|增长”")
    assert finding.expected == "工业总产值|增长"


TITLED: Rows = [["2018年各县市区分月用电量"], ["地区", "1月", "2月", "3月"], ["钟祥市", 1, 2, 3], ["京山市", 4, 5, 6]]
UNDER_YEARS: Rows = [
    ["各县市区分月用电量(万千瓦时)"],
    ["地区", "2017年", None, "2018年", None],
    [None, "1月", "2月", "1月", "2月"],
    ["钟祥市", 1, 2, 3, 4],
]


def months_of(found: dict[str, Cell]) -> dict[str, str]:
    return {address: cell.month for address, cell in found.items()}


def test_months_in_headings_take_their_year_from_the_title() -> None:
    found = cells(read(form("powr__by_month"), TITLED))
    assert months_of(found) == {
        "B3": "2018-01", "C3": "2018-02", "D3": "2018-03", "B4": "2018-01", "C4": "2018-02", "D4": "2018-03"
    }  # fmt: skip
    assert found["D4"] == Cell("PW01", "京山市", "2018-03", "M", "value", 6)


@pytest.mark.parametrize("merged", [None, [(1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4)]], ids=["left out", "merged"])
def test_months_under_a_year_are_of_that_year(merged: Any) -> None:
    found = cells(read(form("powr__by_month"), UNDER_YEARS, merged=merged))
    assert months_of(found) == {"B4": "2017-01", "C4": "2017-02", "D4": "2018-01", "E4": "2018-02"}
    assert [c.value for c in found.values()] == [1, 2, 3, 4]


def test_a_month_without_its_year_takes_it_from_the_heading_at_its_left() -> None:
    rows = [["分月用电量"], ["地区", "2017年12月", "2018年1月", "2月", "三月份"], ["钟祥市", 1, 2, 3, 4]]
    found = months_of(cells(read(form("powr__by_month"), rows)))
    assert [*found.values()] == ["2017-12", "2018-01", "2018-02", "2018-03"]


def test_a_year_over_the_months_is_believed_before_the_titles() -> None:
    rows = [["2018年报送：分月用电量"], [None, "2017年", None], ["地区", "1月", "2月"], ["钟祥市", 1, 2]]
    assert [*months_of(cells(read(form("powr__by_month"), rows))).values()] == ["2017-01", "2017-02"]
    unsaid = form("powr__by_month", columns=[{"heading": "地区", "label": "region"}, {"heading": "{month}", "indicator": "PW01",
                                             "unit": "万千瓦时"}])  # fmt: skip
    assert {rule for rule, _ in refusals(read(unsaid, rows))} == {"month_missing"}


@pytest.mark.parametrize(
    ("title", "headings", "refused"),
    [
        ("各县市区分月用电量", ["1月", "2月"], {("month_missing", "B2"), ("month_missing", "C2")}),
        ("2017年和2018年分月用电量", ["1月", "2月"], {("month_missing", "B2"), ("month_missing", "C2")}),
        ("2018年分月用电量", ["12月", "1月"], {("month_missing", "C2")}),
        ("分月用电量", ["2017年12月", "1月"], {("month_missing", "C2")}),
        ("2018年分月用电量", ["12月", "13月"], {("unknown_layout", None)}),
        ("2018年分月用电量", ["1月", "1-2月"], {("unknown_layout", None)}),
        ("2018年分月用电量", ["1月", "一月"], {("heading_twice", "C2"), ("month_missing", "C2")}),
    ],
)  # fmt: skip
def test_a_month_whose_year_nobody_says_is_refused(
    title: str, headings: list[str], refused: set[tuple[str, str | None]]
) -> None:
    assert refusals(read(form("powr__by_month"), [[title], ["地区", *headings], ["钟祥市", 1, 2]])) >= refused - {
        ("heading_twice", "C2")
    }


HALVES: Rows = [
    ["2018年6月财政收入"],
    ["地区", "本月(万元)", "累计(万元)", "地区", "本月(万元)", "累计(万元)"],
    ["钟祥市", 1, 2, "京山市", 4, 5],
    ["沙洋县", 3, 6, "东宝区", 7, 9],
]


def test_a_table_in_halves_side_by_side_is_one_table() -> None:
    assert cells(read(form("fisc__halves"), HALVES)) == {
        "B3": Cell("FI01", "钟祥市", "2018-06", "M", "value", 1),
        "C3": Cell("FI01", "钟祥市", "2018-06", "YTD", "value", 2),
        "B4": Cell("FI01", "沙洋县", "2018-06", "M", "value", 3),
        "C4": Cell("FI01", "沙洋县", "2018-06", "YTD", "value", 6),
        "E3": Cell("FI01", "京山市", "2018-06", "M", "value", 4),
        "F3": Cell("FI01", "京山市", "2018-06", "YTD", "value", 5),
        "E4": Cell("FI01", "东宝区", "2018-06", "M", "value", 7),
        "F4": Cell("FI01", "东宝区", "2018-06", "YTD", "value", 9),
    }


def test_halves_of_unequal_length_and_three_parts_are_read() -> None:
    rows = [*HALVES, ["漳河新区", 1, 1, None, None, None]]
    assert len(cells(read(form("fisc__halves"), rows))) == 10
    three = [[*row, *row[:3]] for row in HALVES[1:2]] + [["钟祥市", 1, 2, "京山市", 4, 5, "东宝区", 7, 9]]
    feed = form("fisc__halves", layout={"side_by_side": 3})
    assert len(cells(read(feed, [HALVES[0], *three]))) == 6


@pytest.mark.parametrize(
    ("headings", "cell"),
    [
        (["地区", "本月", "累计", "地区", "本月", "同比"], "F2"),
        (["地区", "本月", "累计", "地区", "累计", "本月"], "E2"),
        (["地区", "本月(万元)", "累计", "地区", "本月(亿元)", "累计"], "E2"),
        (["地区", "本月", "累计"], "A2"),
        (["地区", "本月", "累计", "地区", "本月"], "E2"),
    ],
)
def test_halves_of_different_columns_are_refused(headings: list[str], cell: str) -> None:
    assert refusals(read(form("fisc__halves"), [HALVES[0], headings, *HALVES[2:]])) == {("unknown_layout", cell)}


def test_a_total_under_the_last_half_is_of_all_of_them_and_no_fact() -> None:
    assert len(cells(read(form("fisc__halves"), [*HALVES, [None, None, None, "小计", 15, 22]]))) == 8


YEARS: Rows = [["分月用电量"], ["年份", "1月", "2月", "3月"], ["2017年", 1, 2, 3], [2018, 4, 5, None]]


def test_years_in_rows_and_months_in_columns_make_the_month_together() -> None:
    assert cells(read(form("powr__years_by_months"), YEARS)) == {
        "B3": Cell("PW01", "荆门市", "2017-01", "M", "value", 1),
        "C3": Cell("PW01", "荆门市", "2017-02", "M", "value", 2),
        "D3": Cell("PW01", "荆门市", "2017-03", "M", "value", 3),
        "B4": Cell("PW01", "荆门市", "2018-01", "M", "value", 4),
        "C4": Cell("PW01", "荆门市", "2018-02", "M", "value", 5),
    }


@pytest.mark.parametrize(
    ("year", "refused"),
    [
        ("十八年", ("unreadable_year", "A3")),
        (None, ("label_missing", "A3")),
        ("2018年1-6月", ("unreadable_year", "A3")),
    ],
)
def test_a_year_that_is_none_is_refused(year: Any, refused: tuple[str, str]) -> None:
    assert refused in refusals(read(form("powr__years_by_months"), [*YEARS[:2], [year, 1, 2, 3]]))


def test_a_year_twice_is_refused() -> None:
    assert ("row_twice", "A4") in refusals(read(form("powr__years_by_months"), [*YEARS[:3], ["2017", 4, 5, 6]]))


def test_months_in_rows_and_years_in_columns_make_the_month_together() -> None:
    feed = form(
        "powr__years_by_months",
        layout={"month_from": "row"},
        columns=[{"heading": "月份", "label": "month"}, {"heading": "{year}", "indicator": "PW01", "unit": "万千瓦时"}],
    )
    rows = [["分月用电量"], ["月份", "2017年", "2018年"], ["1月", 1, 4], ["2月", 2, 5]]
    assert {a: (c.month, c.value) for a, c in cells(read(feed, rows)).items()} == {
        "B3": ("2017-01", 1), "C3": ("2018-01", 4), "B4": ("2017-02", 2), "C4": ("2018-02", 5)
    }  # fmt: skip


BY_SHEET = {
    "2018年5月": [["地区", "用电量(万千瓦时)"], ["钟祥市", 1], ["京山市", 2]],
    "2018年6月": [["地区", "用电量(万千瓦时)"], ["钟祥市", 3], ["京山市", 4]],
}


def test_one_sheet_a_month_is_read_with_the_month_of_its_name() -> None:
    parsed = read_file(form("powr__sheet_a_month"), book(BY_SHEET), "用电量.xlsx")
    assert [item for t in parsed.tables for item in cells(Contents([t], parsed.findings)).items()] == [
        ("B2", Cell("PW01", "钟祥市", "2018-05", "M", "value", 1)),
        ("B3", Cell("PW01", "京山市", "2018-05", "M", "value", 2)),
        ("B2", Cell("PW01", "钟祥市", "2018-06", "M", "value", 3)),
        ("B3", Cell("PW01", "京山市", "2018-06", "M", "value", 4)),
    ]
    unnamed = BY_SHEET | {"说明": [["本表说明"]]}
    assert refusals(read_file(form("powr__sheet_a_month"), book(unnamed), "用电量.xlsx")) == {("month_missing", None)}


LONG: Rows = [
    ["2018年6月各县市区主要指标"],
    ["地区", "指标", "口径", "单位", "数值"],
    ["钟祥市", "全社会用电量", "当月", "万千瓦时", 100],
    ["钟祥市", "全社会用电量", "累计", "万千瓦时", 600],
    ["钟祥市", "全社会用电量", "累计同比", "%", 4.5],
    ["京山市", "一般公共预算收入", "当月", "亿元", 1.2],
]


def test_a_long_table_says_indicator_measure_and_unit_in_each_row() -> None:
    assert cells(read(form("stat__long"), LONG)) == {
        "E3": Cell("PW01", "钟祥市", "2018-06", "M", "value", 100),
        "E4": Cell("PW01", "钟祥市", "2018-06", "YTD", "value", 600),
        "E5": Cell("PW01", "钟祥市", "2018-06", "YTD", "growth", 4.5),
        "E6": Cell("FI01", "京山市", "2018-06", "M", "value", 12000),
    }


@pytest.mark.parametrize("merged", [None, [(2, 1, 4, 1), (2, 0, 4, 0)]], ids=["printed once", "merged"])
def test_an_indicator_printed_once_holds_for_the_rows_under_it(merged: Any) -> None:
    rows = [list(r) for r in LONG]
    rows[3][1] = rows[4][1] = None
    if merged:
        rows[3][0] = rows[4][0] = None
    assert len(cells(read(form("stat__long"), rows, merged=merged))) == 4


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        (["钟祥市", "社会消费品零售总额", "当月", "亿元", 3], ("unknown_layout", "B7")),
        (["钟祥市", "一般公共预算收入", "本旬", "亿元", 3], ("unknown_layout", "B7")),
        (["钟祥市", "一般公共预算收入", "当月", "亿千瓦时", 3], ("unit_disagrees", "B7")),
        (["襄阳市", "一般公共预算收入", "当月", "亿元", 3], ("unknown_region", "A7")),
        (["京山市", "全社会用电量", None, "万千瓦时", 3], ("label_missing", "C7")),
        ([None, "一般公共预算收入", "当月", "亿元", 3], ("label_missing", "A7")),
        (["京山市", "一般公共预算收入", "当月", "亿元", 3], ("row_twice", "B7")),
        (["京山市", "一般公共预算收入", "累计同比", "亿元", 3], ("unit_disagrees", "B7")),
    ],
)
def test_a_row_of_a_long_table_that_says_otherwise_is_refused_at_its_cell(
    row: list[Any], refused: tuple[str, str]
) -> None:
    assert refused in refusals(read(form("stat__long"), [*LONG, row]))


ACROSS: Rows = [
    ["2018年6月各县市区主要指标"],
    ["指标", "全市", "钟祥市", "京山市"],
    ["全社会用电量(万千瓦时)", 100, 60, 40],
    ["一般公共预算收入(亿元)", 3, 2, None],
]


def test_indicators_in_rows_and_regions_in_columns_are_read() -> None:
    found = cells(read(form("stat__across_regions"), ACROSS))
    assert found == {
        "B3": Cell("PW01", "全市", "2018-06", "M", "value", 100),
        "C3": Cell("PW01", "钟祥市", "2018-06", "M", "value", 60),
        "D3": Cell("PW01", "京山市", "2018-06", "M", "value", 40),
        "B4": Cell("FI01", "全市", "2018-06", "M", "value", 30000),
        "C4": Cell("FI01", "钟祥市", "2018-06", "M", "value", 20000),
    }


def test_a_column_of_an_unknown_region_is_refused() -> None:
    rows = [ACROSS[0], ["指标", "全市", "襄阳市", "京山市"], *ACROSS[2:]]
    [finding] = read(form("stat__across_regions"), rows).findings
    assert (finding.rule, finding.found) == ("unknown_layout", "C列“襄阳市”")


@pytest.mark.parametrize(
    "written",
    [
        "2018-06-30",
        "2018/6/30",
        "2018M06",
        "2018M6",
        "2018:06",
        "民國107年6月",
        "民国107年6月",
        "201806",
        "2018年06月份",
    ],
)
def test_every_way_to_write_a_month_is_read_in_a_row(written: str) -> None:
    for name in ("a.csv", "a.xlsx"):
        parsed = read(form("powr__history"), [["月份", "当月用电量(万千瓦时)"], [written, 10]], name)
        assert cells(parsed) == {"B2": Cell("PW01", "荆门市", "2018-06", "M", "value", 10)}


@pytest.mark.parametrize("written", ["2018Q2", "2018年2季度", "2018M13", "2018-06-31", "民國107年", "6月"])
def test_what_is_no_month_is_refused_at_its_cell(written: str) -> None:
    parsed = read(form("powr__history"), [["月份", "当月用电量(万千瓦时)"], [written, 10]])
    assert {cell for _, cell in refusals(parsed)} == {"A2"}


APART: Rows = [
    ["用电量"],
    ["年", "月", "当月用电量(万千瓦时)"],
    [2017, 11, 1],
    [None, "12月", 2],
    ["2018年", 1, 3],
    [None, 2, 4],
]


@pytest.mark.parametrize("merged", [None, [(2, 0, 3, 0), (4, 0, 5, 0)]], ids=["printed once", "merged"])
def test_a_month_in_two_columns_takes_the_year_printed_once_over_it(merged: Any) -> None:
    found = cells(read(form("powr__year_and_month"), APART, merged=merged))
    assert months_of(found) == {"C3": "2017-11", "C4": "2017-12", "C5": "2018-01", "C6": "2018-02"}


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        ([2018, 13, 5], ("unreadable_month", "B3")),
        ([None, 3, 5], ("label_missing", "A3")),
        ([2018, "2017年3月", 5], ("unreadable_month", "B3")),
        (["一八年", 3, 5], ("unreadable_year", "A3")),
        ([2018, "1-3月", 5], ("unreadable_month", "B3")),
    ],
)
def test_a_year_and_a_month_that_make_none_are_refused(row: list[Any], refused: tuple[str, str]) -> None:
    assert refused in refusals(read(form("powr__year_and_month"), [*APART[:2], row]))


def test_months_in_rows_take_their_year_from_the_row_above_or_the_title() -> None:
    feed = form("powr__history")
    head = ["月份", "当月用电量(万千瓦时)"]
    rows = [["用电量"], head, ["2017年11月", 1], ["12月", 2], ["2018年1月", 3], ["2月", 4]]
    assert [*months_of(cells(read(feed, rows))).values()] == ["2017-11", "2017-12", "2018-01", "2018-02"]
    titled = [["2018年用电量"], head, ["1月", 1], ["2月", 2]]
    assert [*months_of(cells(read(feed, titled))).values()] == ["2018-01", "2018-02"]
    assert refusals(read(feed, [["用电量"], head, ["2017年12月", 1], ["1月", 2]])) == {("unreadable_month", "A4")}
    assert refusals(read(feed, [["2018年用电量"], head, ["12月", 1], ["1月", 2]])) == {("unreadable_month", "A4")}
    assert refusals(read(feed, [["用电量"], head, ["1月", 1]])) == {("unreadable_month", "A3")}


SETTLED: Rows = [
    ["2018年6月用电量"],
    ["地区", "当月用电量(万千瓦时)", "数据性质"],
    ["钟祥市", 1, "快报数"],
    ["京山市", 2, "快报"],
]


def test_how_settled_figures_are_may_be_said_by_each_row() -> None:
    parsed = read(form("powr__settled_by_row"), SETTLED)
    assert parsed.findings == []
    assert parsed.maturity == "flash"
    assert (
        read(form("powr__settled_by_row"), [*SETTLED[:2], ["钟祥市", 1, "年报"], ["京山市", 2, None]]).maturity
        == "final"
    )


@pytest.mark.parametrize(("word", "said"), [("年报数", "最终数"), ("修订", "修订数"), ("更正数", "更正数")])
def test_rows_that_say_otherwise_of_how_settled_they_are_are_refused(word: str, said: str) -> None:
    [mixed] = read(form("powr__settled_by_row"), [*SETTLED[:3], ["京山市", 2, word]]).findings
    assert (mixed.rule, mixed.found) == ("maturity_disagrees", f"C3注明快报数，C4注明{said}")
    assert refusals(read(form("powr__settled_by_row"), [*SETTLED[:3], ["京山市", 2, "估计"]])) == {
        ("unknown_maturity", "C4")
    }


INDICATORS: Rows = [["主要指标"], ["指标", "计量单位", "2018年5月", "2018年6月"], ["一般公共预算收入", "亿元", 10.5, 11.2],
                    ["全社会用电量", "万千瓦时", 51000, 53000]]  # fmt: skip
IN_ROWS = {
    "feed": "fisc__in_rows", "title": "主要指标", "grain": "region", "scope": "history", "first_month": "2018-01", "due_day": 20,
    "file_pattern": "主要指标", "region": "荆门市", "layout": {"series": "rows", "month_from": "heading"},
    "columns": [
        {"heading": "一般公共预算收入", "indicator": "FI01", "unit": "万元"},
        {"heading": "全社会用电量", "indicator": "PW01", "unit": "万千瓦时"},
    ],
}  # fmt: skip


def test_series_in_rows_are_a_case_of_the_same_with_their_units_beside_them() -> None:
    parsed = read(Feed.model_validate(IN_ROWS), INDICATORS)
    assert [(f.rule, f.cell) for f in parsed.findings] == [("unit_converted", "B3")]
    assert {a: c.value for a, c in cells(parsed).items()} == {"C3": 105000, "D3": 112000, "C4": 51000, "D4": 53000}
    again = Feed.model_validate(
        IN_ROWS | {
            "layout": {"month_from": "heading"}, "rows": IN_ROWS["columns"],
            "columns": [{"heading": "指标", "label": "series"}, {"heading": "计量单位", "label": "unit"}, {"heading": "{month}"}],
        }
    )  # fmt: skip
    assert cells(read(again, INDICATORS)) == cells(parsed)


def test_a_region_or_an_industry_in_the_name_of_a_row_is_a_known_one() -> None:
    lines = [
        {"heading": "{region}用电量", "indicator": "PW01", "unit": "万千瓦时"},
        {"heading": "(?P<industry>.+)产值", "pattern": True, "indicator": "ST02", "unit": "万元"},
    ]
    feed = Feed.model_validate(IN_ROWS | {"columns": lines})
    rows = [
        ["主要指标"],
        ["指标", "2018年6月"],
        ["钟祥市用电量", 1],
        ["汽车制造业产值", 2],
        ["襄阳市用电量", 3],
        ["炼金业产值", 4],
    ]
    assert {(c.indicator, c.region) for c in cells(read(feed, rows[:4])).values()} == {
        ("PW01", "钟祥市"),
        ("ST02", "荆门市"),
    }
    assert refusals(read(feed, rows)) == {("unknown_layout", "A5"), ("unknown_industry", "A6")}


@pytest.mark.parametrize("heading", ["合计", "备注", "2018年6月同比(%)"])
def test_a_heading_that_is_no_month_beside_series_in_rows_is_told_as_one_that_is_not_declared(heading: str) -> None:
    rows = [["指标", "2018年5月", heading], ["一般公共预算收入", 10, 11], ["全社会用电量", 5, 6]]
    (told,) = read(Feed.model_validate(IN_ROWS), rows).findings
    assert (told.rule, told.found) == ("unknown_layout", f"C列“{heading.removesuffix('(%)')}”")
    known = read(Feed.model_validate(IN_ROWS | {"ignore": [heading.removesuffix("(%)")]}), rows)
    assert cells(known).keys() == {"B2", "B3"}


def test_series_in_rows_may_stand_under_months_of_the_titles_year() -> None:
    rows = [["2018年主要指标"], [None, "5月", "6月"], ["一般公共预算收入", 10, 11], ["全社会用电量", 5, 6]]
    found = cells(read(Feed.model_validate(IN_ROWS), rows))
    assert months_of(found) == {"B3": "2018-05", "C3": "2018-06", "B4": "2018-05", "C4": "2018-06"}


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("stat__main_indicators", {"rows": []}, "rows are named by a column labelled series"),
        ("stat__main_indicators", {"layout": {"series": "rows"}}, "series: rows declares the rows under columns"),
        ("powr__by_month", {"layout": {"month_from": "title"}}, "month_from is title, the months stand in the heading"),
        ("powr__years_by_months", {"columns": [{"heading": "年份", "label": "year"}, {"heading": "用电量", "indicator": "PW01",
         "unit": "万千瓦时"}], "layout": {}}, "a year needs its months beside it"),
        ("stat__across_regions", {"columns": [{"heading": "指标", "label": "series"}, {"heading": "地区", "label": "region"},
         {"heading": "{region}"}]}, "region is said in two places"),
        ("powr__history", {"columns": [{"heading": "月份", "label": "month"}, {"heading": "数值", "measure": "value"}]},
         "neither the columns ['数值'] nor rows name an indicator"),
    ],
)  # fmt: skip
def test_a_form_that_makes_no_sense_is_a_fault_of_its_yaml(name: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(FeedFault, match=r"\w") as told:
        form(name, **changes)
    assert said in str(told.value)


def test_the_page_shows_each_form_as_its_test_reads_it() -> None:
    shown = dict(SHOWN.findall((ROOT / "docs" / "forms.md").read_text(encoding="utf-8")))
    assert shown.keys() == {p.stem for p in FORMS.glob("*.yml")} - {"powr__history"}
    for name, text in shown.items():
        declared = yaml.safe_load((FORMS / f"{name}.yml").read_text(encoding="utf-8"))
        assert yaml.safe_load(text).items() <= declared.items(), name


PAPERS = {
    "stat__main_indicators": MONTHLY,
    "stat__output_and_sales": BARE,
    "powr__by_month": UNDER_YEARS,
    "fisc__halves": HALVES,
    "powr__years_by_months": YEARS,
    "stat__long": LONG,
    "stat__across_regions": ACROSS,
    "powr__year_and_month": APART,
    "powr__settled_by_row": SETTLED,
}


def test_every_form_arrives_in_the_one_view_cell_by_cell(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(*map(form, PAPERS))
    for name, rows in PAPERS.items():
        delivery = deliver(form(name), drop(tmp_path, xlsx(rows), f"{name}.xlsx"))
        with warehouse.connect() as c:
            seen: Any = c.exec_driver_sql(
                "select cell, indicator, region_label, to_char(month, 'YYYY-MM'), period_type, measure, value "
                f"from raw.observation where delivery_id = {delivery} and value is not null"
            ).all()
        assert {row[0]: Cell(*row[1:6], float(f"{row[6]:.12g}")) for row in seen} == cells(read(form(name), rows)), name


def test_a_region_in_both_halves_of_a_table_is_refused_at_the_gate(warehouse: sa.Engine, tmp_path: Path) -> None:
    feed = form("fisc__halves")
    declare(feed)
    load_seeds()
    twice = [*HALVES[:3], ["京山市", 3, 6, "东宝区", 7, 9]]
    good, bad = (
        deliver(feed, drop(tmp_path, xlsx(rows), f"{len(rows[3])}{rows[3][0]}.xlsx")) for rows in (HALVES, twice)
    )
    gate_deliveries([good, bad])
    assert states([good, bad]) == {good: "accepted", bad: "rejected"}


def test_a_renamed_row_is_proposed_for_the_one_it_replaces_and_months_are_no_part_of_a_layout() -> None:
    feed = form("stat__main_indicators")
    parsed = read(feed, monthly(4, 0, "一般公共预算收入合计"))
    [renamed] = compare(feed, parsed.layout[0].headings).renamed
    assert (renamed.seen.path, renamed.declared) == ("一般公共预算收入合计", "一般公共预算收入")
    july = [["2018年7月主要经济指标"], [*MONTHLY[1][:4], "1-7月累计", MONTHLY[1][5]], *MONTHLY[2:]]
    assert fingerprint(read(feed, july).layout) == fingerprint(read(feed, MONTHLY).layout)
    by_month = form("powr__by_month")
    longer = [TITLED[0], [*TITLED[1], "4月"], [*TITLED[2], 4]]
    assert fingerprint(read(by_month, longer).layout) == fingerprint(read(by_month, TITLED).layout)
