"""A unit may be stated in a title, a line, a note, a row, a column or a corner: it is the paper's word wherever it stands."""

from typing import Any

import pytest

from ingest.feed import Feed
from ingest.parsing.contents import Contents, read_file
from tests.ingest.books import FORMATS
from tests.ingest.paper import FEED, HEAD, ROWS, TITLE
from tests.ingest.parsing.test_contents import BY_MONTH, NAME, feed_like, read

HEADINGS = HEAD[2:]
VALUES = [[300.5, 8.3], [100.25, -1.2], [20.0, None]]
# Each place with its statement, `{}` for the unit.
PLACES: dict[str, list[list[Any]]] = {
    "title": [[f"{TITLE}（{{}}）"], *HEADINGS, *ROWS],
    "title in square brackets": [[f"{TITLE}[{{}}]"], *HEADINGS, *ROWS],
    "line": [[TITLE], ["单位：{}"], *HEADINGS, *ROWS],
    "line, spaced out": [[TITLE], ["单 位 ： {}"], *HEADINGS, *ROWS],
    "line, no colon": [[TITLE], ["计量单位 {}"], *HEADINGS, *ROWS],
    "line, two cells": [[TITLE], [None, "单位：", "{}"], *HEADINGS, *ROWS],
    "corner": [[TITLE], [None, None, "{}、%"], *HEADINGS, *ROWS],
    "note under": [[TITLE], *HEADINGS, *ROWS, ["注：本表单位为{}。"]],
    "note under, another form": [[TITLE], *HEADINGS, *ROWS, ["注：1.含线损；2.以{}计"]],
    "note over": [[TITLE], ["注：本表单位为{}"], *HEADINGS, *ROWS],
    "line under": [[TITLE], *HEADINGS, *ROWS, ["单位：{}"]],
}


def stating(place: str, unit: str) -> list[list[Any]]:
    return [[v.replace("{}", unit) if isinstance(v, str) else v for v in row] for row in PLACES[place]]


def found(parsed: Contents) -> list[tuple[str, str | None, str | None]]:
    return [(p.rule, p.severity, p.found) for p in parsed.findings]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("place", PLACES)
def test_a_unit_of_another_scale_is_refused_wherever_the_paper_states_it_for_the_table(kind: str, place: str) -> None:
    unit = "亿 千 瓦 时" if "spaced" in place else "亿千瓦时"
    parsed = read_file(FEED, FORMATS[kind](stating(place, unit)), NAME)
    [(rule, severity, said)] = found(parsed)
    assert (rule, severity) == ("unit_disagrees", "critical")
    assert said
    assert said.startswith("亿千瓦时（")


@pytest.mark.parametrize("place", [*PLACES, "heading"])
def test_tonnes_and_ten_thousands_of_them_are_of_one_kind_though_each_is_some_indicators_own_unit(place: str) -> None:
    label, value, growth = FEED.model_dump(exclude_unset=True)["columns"]
    coal = feed_like(columns=[label, value | {"indicator": "EN01", "unit": "吨"}, growth | {"indicator": "EN01"}])
    headed = [[TITLE], HEADINGS[0], [None, "本月(万吨)", "同比"], *ROWS]
    rows = headed if place == "heading" else stating(place, "万 吨" if "spaced" in place else "万吨")
    assert [(rule, severity) for rule, severity, _ in found(read(rows, coal))] == [("unit_disagrees", "critical")]


@pytest.mark.parametrize("place", PLACES)
def test_the_declared_unit_may_be_stated_anywhere(place: str) -> None:
    parsed = read(stating(place, "万千瓦时"))
    assert parsed.findings == []
    assert parsed.tables[0].rows["values"].to_list() == VALUES


@pytest.mark.parametrize(
    "line", ["填报单位：荆门供电公司", "2018年6（份）", "（户）", "工业（企业）", "注：规模以上指年主营业务收入2000万元及以上", "联系电话：0724-1234567"]
)  # fmt: skip
def test_a_line_that_states_no_unit_of_the_table_changes_nothing(line: str) -> None:
    assert read([[TITLE], [line], *HEADINGS, *ROWS]).findings == []
    assert read([[TITLE], *HEADINGS, *ROWS, [f"注：{line}"]]).findings == []


def test_two_lines_that_contradict_each_other_are_refused_though_one_is_as_declared() -> None:
    [finding] = read([[f"{TITLE}（万千瓦时）"], ["单位：亿千瓦时"], *HEADINGS, *ROWS]).findings
    assert (finding.rule, finding.found) == ("unit_disagrees", "亿千瓦时（A2）")


def test_an_unknown_unit_in_a_title_is_named() -> None:
    assert found(read([[f"{TITLE}（百万万千瓦时）"], *HEADINGS, *ROWS])) == [
        ("unknown_unit", "critical", "百万万千瓦时")
    ]


EXPORT = Feed.model_validate(
    BY_MONTH.model_dump()
    | {
        "layout": {"month_from": "row", "skip_labels": ["指标名称", "指标ID", "频率", "单位", "来源"]},
        "columns": [
            {"heading": "日期", "label": "month"},
            {"heading": "用电量:当月值", "indicator": "PW02", "unit": "亿千瓦时"},
            {"heading": "用电量:当月同比", "indicator": "PW02", "measure": "growth", "unit": "%"},
        ],
        "ignore": ["序号", "居民收入"],
    }
)


def export(power: str, first: str = "单位") -> list[list[Any]]:
    return [
        ["序号", "日期", "用电量:当月值", "用电量:当月同比", "居民收入"], [None, "指标名称", "用电量:当月值", "用电量:当月同比", "居民收入"],
        [None, "指标ID", "EMM00088684", "EMM00634713", "EMM1"], [None, "频率", "月", "月", "季"], [None, first, power, "%", "元/人"],
        [None, "来源", "能源局", "能源局", "统计局"], [1, "2018-06", 5.3, 8.1, 1], [2, "2018-05", 5.1, 7.9, 1], ["数据来源：东方财富Choice数据"],
    ]  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("unit", "factor", "noted"), [("亿千瓦时", 1e4, []), ("万千瓦时", 1, ["unit_converted"])])
def test_the_row_of_units_in_an_export_is_taken_at_its_word(
    kind: str, unit: str, factor: float, noted: list[str]
) -> None:
    parsed = read_file(EXPORT, FORMATS[kind](export(unit)), "月.xls")
    assert [p.rule for p in parsed.findings] == noted
    assert [c["factor"] for t in parsed.tables for c in t.columns] == [factor, 1]


@pytest.mark.parametrize(("unit", "rule"), [("万吨", "unit_disagrees"), ("百万万千瓦时", "unknown_unit")])
def test_a_unit_in_an_export_that_cannot_be_is_refused(unit: str, rule: str) -> None:
    assert [(p.rule, p.severity) for p in read(export(unit), EXPORT).findings] == [(rule, "critical")]


def test_a_row_of_units_may_stand_over_the_headings_too() -> None:
    rows = export("万千瓦时")
    parsed = read([rows[3], rows[4], rows[0], *rows[6:]], EXPORT)
    assert [p.rule for p in parsed.findings] == ["unit_converted"]
    assert parsed.tables[0].columns[0]["factor"] == 1


def test_a_column_of_units_that_the_feed_has_no_use_for_is_held_against_it() -> None:
    feed = feed_like(ignore=["计量单位"])
    head = [[TITLE], [], ["地区", "计量单位", "工业用电量", None], [None, None, "本月", "同比"]]
    assert read([*head, ["荆门市", "万千瓦时", 1, 2], ["东宝区", "万千瓦时", 3, 4]], feed).findings == []
    [finding] = read([*head, ["荆门市", "亿千瓦时", 1, 2], ["东宝区", "亿千瓦时", 3, 4]], feed).findings
    assert (finding.rule, finding.found) == ("unit_disagrees", "亿千瓦时（B5）")
