"""Total rows are told by label, held against their parts, kept as control totals and never taken for facts."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from ingest.deliver import deliver, status
from ingest.feed import Feed
from ingest.parsing.contents import Contents, read_file
from tests.ingest.paper import FEED, HEAD, JUNE, csv_text, declare, drop, xlsx
from tests.ingest.parsing.test_contents import BY_MONTH, NAME, feed_like, read

FIRMS = Feed.model_validate(
    {
        "feed": "tax__firms", "title": "企业开票", "grain": "enterprise", "first_month": "2015-01", "due_day": 8, "file_pattern": "开票",
        "columns": [
            {"heading": "户号", "label": "entity_id"}, {"heading": "户名", "label": "entity_name"},
            {"heading": "开票", "indicator": "TX03", "unit": "万元"},
            {"heading": "增幅", "indicator": "TX03", "measure": "growth", "unit": "%"},
            {"heading": "用电", "indicator": "PW03", "unit": "万千瓦时", "optional": True},
        ],
    }
)  # fmt: skip
FIRM_HEAD: list[list[Any]] = [["2018年6月企业开票"], ["户号", "户名", "开票", "增幅", "用电"]]
ROWS: list[list[Any]] = [
    ["001", "甲", 1.25, 5, 10.5], ["002", "乙", 2.5, 6, 20.5], ["003", "某某设计", 3.75, 7, 30.5], ["004", "丁", 4.5, 8, 44.5],
]  # fmt: skip


def firms(*rows: list[Any], feed: Feed = FIRMS) -> Contents:
    return read_file(feed, xlsx([*FIRM_HEAD, *rows]), NAME)


def ids(parsed: Contents) -> list[str]:
    return parsed.tables[0].rows["entity_id"].to_list()


def controls(parsed: Contents) -> list[tuple[Any, ...]]:
    frame = parsed.tables[0].controls
    assert frame is not None
    return frame.select("cell", "label", "stated", "summed").rows()


@pytest.mark.parametrize("label", [["合计", None], [None, "合　计"], [None, "总计:"], ["全部企业共计", "-"]])
@pytest.mark.parametrize("at_top", [True, False])
def test_a_total_that_adds_up_is_a_control_total_and_no_fact(label: list[Any], at_top: bool) -> None:
    total = [*label, 12, 6.5, 106]
    parsed = firms(total, *ROWS) if at_top else firms(*ROWS, total)
    assert parsed.findings == []
    assert ids(parsed) == ["001", "002", "003", "004"]
    row = 3 if at_top else 7
    name = next(x for x in label if x and x != "-")
    assert controls(parsed) == [(f"C{row}", name, 12, 12), (f"D{row}", name, 6.5, None), (f"E{row}", name, 106, 106)]


def test_a_total_that_does_not_add_up_names_its_cell_and_both_numbers() -> None:
    parsed = firms(*ROWS, [None, "合计", 13.1, 6.5, 106])
    [finding] = parsed.findings
    assert (finding.rule, finding.severity, finding.cell) == ("total_disagrees", "critical", "C7")
    assert (finding.found, finding.expected) == ("13.1万元", "4行之和12.00万元")
    [finding] = firms(["001", "甲", -64466.25, 5, 10.5], *ROWS[1:], [None, "合计", 12346.1, 6.5, 106]).findings
    assert (finding.found, finding.expected) == ("12,346.1万元", "4行之和−64,455.50万元"), "printed as in an edition"


def test_subtotals_are_held_against_the_rows_just_above_or_below_them() -> None:
    above = [
        [None, "小计", 3.75, None, 31],
        *ROWS[:2],
        [None, "小计", 8.25, None, 75],
        *ROWS[2:],
        [None, "合计", 12, None, 106],
    ]
    below = [
        *ROWS[:2],
        [None, "甲县小计", 3.75, None, 31],
        *ROWS[2:],
        [None, "乙县小计", 8.25, None, 75],
        [None, "总计", 12, None, 106],
    ]
    for rows in (above, below):
        parsed = firms(*rows)
        assert parsed.findings == []
        assert [c[3] for c in controls(parsed)] == [3.75, 31, 8.25, 75, 12, 106]
    wrong = firms(*ROWS[:2], [None, "小计", 3.75, None, 32], *ROWS[2:], [None, "小计", 8.25, None, 75])
    assert [(p.cell, p.expected) for p in wrong.findings] == [("E5", "2行之和31.0万千瓦时")]


@given(st.lists(st.decimals(0, 1000, places=1), min_size=1, max_size=30), st.integers(0, 1))
def test_rounding_of_the_parts_is_no_disagreement_and_more_than_it_is(amounts: list[Any], places: int) -> None:
    rows = [[f"{i:03}", "厂", f"{round(a, places)}", None, "1"] for i, a in enumerate(amounts)]
    exact = sum(amounts)
    assert firms(*rows, ["合计", None, f"{round(exact, places)}", None, len(rows)]).loadable
    beyond = float(sum(round(a, places) for a in amounts)) + (len(rows) + 2) * 0.5
    told = firms(*rows, ["合计", None, f"{beyond:.1f}", None, len(rows)]).findings
    assert [p.cell for p in told if p.rule == "total_disagrees"] == [f"C{len(rows) + 3}"]


def test_what_is_suppressed_cannot_be_summed_and_is_not_compared() -> None:
    parsed = firms(*ROWS, ["005", "戊", "***", None, 5], [None, "合计", 99, None, 111])
    assert parsed.findings == []
    assert controls(parsed) == [("C8", "合计", 99, None), ("E8", "合计", 111, 111)]


def test_a_feed_whose_totals_are_wider_than_its_rows_keeps_them_without_a_complaint() -> None:
    wider = Feed.model_validate(FIRMS.model_dump() | {"layout": {"totals": "wider"}})
    parsed = firms(*ROWS, [None, "合计", 13.1, None, 106], feed=wider)
    assert parsed.findings == []
    assert controls(parsed)[0] == ("C7", "合计", 13.1, 12)


def test_a_firm_with_a_number_of_its_own_is_never_a_total() -> None:
    parsed = firms(*ROWS, ["005", "会计合计", 1, None, 2])
    assert ids(parsed)[-1] == "005"


def test_a_row_that_equals_all_others_without_saying_so_is_suspected() -> None:
    parsed = firms(*ROWS, ["999", "全市", 12, 6.5, 106])
    [finding] = parsed.findings
    assert (finding.rule, finding.severity, finding.cell) == ("suspected_total", "warning", "C7")
    assert firms(*ROWS, ["999", "全市", 12, 6.5, 105]).findings == []


def test_it_is_suspected_far_down_in_a_long_text_too() -> None:
    rows = [[f"{i:04}", f"第{i}户", "1000.5", "5", "2000"] for i in range(1, 3001)]
    parsed = read_file(
        FIRMS, csv_text([*FIRM_HEAD, *rows, ["9999", "全市", "3001500", "6.5", "6000000"]]).encode(), "a.csv"
    )
    assert [(p.rule, p.cell) for p in parsed.findings] == [("suspected_total", "C3003")]


def test_the_top_region_is_a_fact_and_a_subtotal_of_regions_is_none() -> None:
    rows = [["全市合计", 60, 1], ["东宝区", 10, 1], ["钟祥市", 20, 2], ["其中：大柴湖", 5, 2], ["县域小计", 30, 1.5]]
    parsed = read([*HEAD, *rows])
    assert parsed.findings == []
    assert parsed.tables[0].rows["region"].to_list() == ["全市合计", "东宝区", "钟祥市", "其中：大柴湖"]
    assert controls(parsed) == [("B9", "县域小计", 30, 30), ("C9", "县域小计", 1.5, None)]
    wrong = read([*HEAD, *rows[:-1], ["县域小计", 35, 1.5]])
    assert [(p.rule, p.cell, p.expected) for p in wrong.findings] == [("total_disagrees", "B9", "2行之和30万千瓦时")]


def test_rates_and_stocks_that_do_not_add_up_are_kept_and_not_compared() -> None:
    load = feed_like(
        columns=[{"heading": "地区", "label": "region"}, {"heading": "最大负荷", "indicator": "PW06", "unit": "万千瓦"}],
        layout={},
    )  # fmt: skip
    parsed = read([["2018年6月"], ["地区", "最大负荷"], ["东宝区", 1], ["钟祥市", 2], ["小计", 2.5]], load)
    assert parsed.findings == []
    assert controls(parsed) == [("B5", "小计", 2.5, None)]


def test_the_total_of_industries_is_a_fact_and_other_totals_are_none() -> None:
    feed = Feed.model_validate(
        {
            "feed": "stat__i", "title": "行业", "grain": "industry", "first_month": "2015-01", "due_day": 8, "file_pattern": "行业", "region": "荆门市",
            "columns": [{"heading": "行业", "label": "industry"}, {"heading": "产值", "indicator": "ST02", "unit": "万元"}],
        }
    )  # fmt: skip
    rows = [["合计", 6], ["制造业", 6], ["13", 1], ["26", 2], ["30", 3], ["轻重工业小计", 6]]
    parsed = read([["2018年6月"], ["行业", "产值"], *rows], feed)
    assert parsed.findings == []
    assert parsed.tables[0].rows["industry"].to_list() == ["合计", "制造业", "13", "26", "30"]
    assert controls(parsed) == [("B8", "轻重工业小计", 6, 6)]


def test_a_total_over_months_is_no_month() -> None:
    parsed = read_file(
        BY_MONTH, csv_text([["月份", "当月"], ["2010.1", 1], ["2010.10", 2], ["合计", 3]]).encode(), "a.csv"
    )
    assert parsed.findings == []
    assert controls(parsed) == [("B4", "合计", 3, None)]


def test_the_totals_of_a_long_text_are_found_and_held_against_all_its_rows() -> None:
    rows = [[f"{i:05}", "厂", "1.5", "", "2"] for i in range(5000)]
    text = csv_text([*FIRM_HEAD, *rows, ["合计", "", "7500.0", "", "9999"]])
    parsed = read_file(FIRMS, text.encode(), "2018年6月.csv")
    assert len(parsed.tables[0].rows) == 5000
    assert controls(parsed) == [("C5003", "合计", 7500, 7500), ("E5003", "合计", 9999, 10000)]
    assert parsed.findings == [], "within half a unit of each of 5000 whole numbers"


def test_control_totals_are_kept_in_raw_with_their_cells(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    rows = [["东宝区", 10, 1], ["钟祥市", 20, 2], ["小计", 30, 1.5]]
    delivery = deliver(FEED, drop(tmp_path, xlsx([*HEAD, *rows])))
    assert (status(delivery).status, status(delivery).cells) == ("loaded", 4)
    with warehouse.connect() as c:
        kept = c.exec_driver_sql(
            "select sheet, cell, label, indicator, measure, period_type, month, unit, factor, stated, summed "
            "from raw.control_total order by cell"
        ).all()
        facts = c.exec_driver_sql("select count(*) from raw.observation").scalar()
    assert tuple(kept[0]) == ("表1", "B7", "小计", "PW02", "value", "M", JUNE.date, "万千瓦时", 1, 30, 30)
    assert (kept[1].cell, kept[1].summed) == ("C7", None)
    assert facts == 4
