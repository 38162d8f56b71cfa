"""A list of things is read with what describes them, row by row, or refused with the cell that cannot be read."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ingest.clerk.template import write_template
from ingest.deliver import deliver, status
from ingest.feed import Feed
from ingest.parsing.contents import read_file
from tests.ingest.paper import JUNE, csv_text, declare, drop, xlsx

PROJECTS = Feed.model_validate(
    {
        "feed": "ndrc__projects", "title": "工业项目清单", "grain": "register", "lists": "project", "first_month": "2015-01", "due_day": 12,
        "file_pattern": "工业项目清单",
        "columns": [
            {"heading": "项目代码", "label": "entity_id"},
            {"heading": "项目名称", "label": "entity_name"},
            {"heading": "统一社会信用代码", "label": "credit_code"},
            {"heading": "县市区", "label": "region"},
            {"heading": "行业代码", "label": "industry"},
            {"heading": "计划总投资", "attribute": "planned_investment_10k_yuan", "type": "number", "unit": "亿元"},
            {"heading": "开工日期", "attribute": "started_on", "type": "date"},
            {"heading": "战略性新兴产业", "attribute": "strategic", "type": "flag"},
            {"heading": "级别", "attribute": "level",
             "choices": [{"printed": "省级", "stored": "province"}, {"printed": "市级", "stored": "city"}]},
            {"heading": "建设内容", "attribute": "contents"},
        ],
    }
)  # fmt: skip
NAME = "2018年6月工业项目清单.xlsx"
HEAD: list[list[Any]] = [
    ["荆门市2018年6月工业项目清单"],
    ["项目代码", "项目名称", "统一社会信用代码", "县市区", "行业代码", "计划总投资(亿元)", "开工日期", "战略性新兴产业", "级别", "建设内容"],
]  # fmt: skip
CODE = "91350200776049653A"
FIRST = ["P001", "锂电池", CODE, "东宝区", "38", 12.5, date(2018, 3, 9), "是", "省 级", "年产2亿安时"]
SECOND = ["P002", "磷肥", None, "钟祥市", None, 0.8, "2018年4月1日", "否", None, "—"]
FOOT = ["注：本表为内部资料。"]


def read(*rows: list[Any], feed: Feed = PROJECTS) -> Any:
    return read_file(feed, xlsx([*HEAD, *rows]), NAME)


def test_a_list_is_read_with_its_attributes_in_canonical_form() -> None:
    parsed = read(FIRST, [], [*SECOND[:5], 0.8, *SECOND[6:]], FOOT)
    assert parsed.findings == []
    [table] = parsed.tables
    listed = table.register.to_dicts()
    assert [(r["row"], r["entity_id"], r["credit_code"], r["region"]) for r in listed] == [
        (3, "P001", CODE, "东宝区"), (5, "P002", None, "钟祥市")
    ]  # fmt: skip
    assert [json.loads(r["attributes"]) for r in listed] == [
        {"planned_investment_10k_yuan": 125000.0, "started_on": "2018-03-09", "strategic": True, "level": "province",
         "contents": "年产2亿安时"},
        {"planned_investment_10k_yuan": 8000.0, "started_on": "2018-04-01", "strategic": False},
    ]  # fmt: skip
    assert {(r["kind"], r["month"]) for r in listed} == {("project", JUNE.date)}
    assert parsed.cells == {JUNE: 10}


def test_every_number_of_a_list_is_kept_as_it_should_have_been_typed() -> None:
    meter = {"heading": "电表编号", "attribute": "meter_id"}
    feed = Feed.model_validate(PROJECTS.model_dump() | {"columns": [*PROJECTS.model_dump()["columns"][:5], meter]})
    head = [HEAD[0], [*HEAD[1][:5], "电表编号"]]

    def meters(*written: str) -> Any:
        rows = [[f"'00{i}", "乙", f'="{CODE}"', "东宝区", "38", text] for i, text in enumerate(written)]
        return read_file(feed, csv_text([*head, *rows]).encode(), NAME)

    listed = meters("０４２０\u200b１", "'04202", "04 203").tables[0].register.to_dicts()
    assert [(r["entity_id"], r["credit_code"]) for r in listed] == [(f"00{i}", CODE) for i in range(3)]
    assert [json.loads(r["attributes"])["meter_id"] for r in listed] == ["04201", "04202", "04203"]
    assert [(p.rule, p.cell) for p in meters("04201", "=A1").findings] == [("code_without_value", "F4")]


def test_a_list_without_anything_on_it_is_refused() -> None:
    assert [p.rule for p in read(FOOT).findings] == ["no_data"]


@pytest.mark.parametrize(
    ("column", "cell", "rule", "expected"),
    [
        (5, "约10", "unreadable_cell", "以亿元计的数值"),
        (6, "2018年4月", "unreadable_date", "如“2018-06-15”或“2018年6月15日”"),
        (6, "2018-02-30", "unreadable_date", "如“2018-06-15”或“2018年6月15日”"),
        (6, "2018115", "unreadable_date", "如“2018-06-15”或“2018年6月15日”"),
        (6, 43266, "unreadable_date", "如“2018-06-15”或“2018年6月15日”"),
        (7, "部分", "unreadable_flag", "是、否"),
        (8, "县级", "unknown_choice", "省级、市级"),
    ],
)
def test_an_attribute_that_cannot_be_read_is_named_by_its_cell(
    column: int, cell: object, rule: str, expected: str
) -> None:
    parsed = read(FIRST, [*SECOND[:column], cell])
    [finding] = parsed.findings
    assert (finding.rule, finding.cell, finding.found, finding.expected) == (
        rule, f"{'ABCDEFGHIJ'[column]}4", str(cell), expected,
    )  # fmt: skip
    assert finding.severity == "critical"


@pytest.mark.parametrize(("column", "blank", "rule"), [(0, "", "label_missing"), (3, "", "label_missing"),
                                                        (3, "江夏区", "unknown_region"), (0, "P001", "row_twice")])  # fmt: skip
def test_a_thing_without_a_number_or_a_place_or_listed_twice_is_refused(column: int, blank: str, rule: str) -> None:
    second = list(SECOND)
    second[column] = blank
    assert [p.rule for p in read(FIRST, second).findings] == [rule]


def test_the_unit_of_an_attribute_is_held_to_what_was_promised() -> None:
    head = [HEAD[0], [h.replace("亿元", "万元") for h in HEAD[1]]]
    [finding] = read_file(PROJECTS, xlsx([*head, FIRST]), NAME).findings
    assert (finding.rule, finding.found, finding.expected) == ("unit_disagrees", "万元", "亿元")


def test_a_delivered_list_lies_in_the_register_at_its_row(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(PROJECTS)
    delivery_id = deliver(PROJECTS, drop(tmp_path, xlsx([*HEAD, FIRST]), NAME))
    assert status(delivery_id).status == "loaded"
    with warehouse.connect() as c:
        row = c.execute(sa.text("select * from raw.register")).mappings().one()
        cells = c.execute(sa.text("select count(*) from raw.observation")).scalar()
    assert (row["kind"], row["row"], row["month"], row["entity_name"], cells) == ("project", 3, JUNE.date, "锂电池", 0)
    assert row["attributes"]["started_on"] == "2018-03-09"


def test_a_template_of_a_list_reads_back(tmp_path: Path) -> None:
    path = tmp_path / NAME
    write_template(PROJECTS, JUNE, path)
    assert [p.rule for p in read_file(PROJECTS, path.read_bytes(), NAME).findings] == ["no_data"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lists": None}, "says what it lists"),
        ({"grain": "enterprise"}, "says what it lists"),
        ({"scope": "history"}, "speaks for its month as a whole"),
        ({"columns": [{"heading": "代码", "label": "entity_id"}, {"heading": "电", "indicator": "PW02", "unit": "万千瓦时"}]},
         "registers hold attributes"),
        ({"columns": [{"heading": "代码", "label": "entity_id"}, {"heading": "投资", "attribute": "cost", "type": "number"}]},
         "needs a unit"),
    ],
)  # fmt: skip
def test_a_register_promises_things_and_nothing_else(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Feed.model_validate(PROJECTS.model_dump(exclude_unset=True) | changes)


ACCOUNTS = Feed.model_validate(
    {
        "feed": "tax__taxpayers", "title": "纳税人名录", "grain": "register", "lists": "enterprise", "first_month": "2015-01", "due_day": 12,
        "file_pattern": "名录",
        "columns": [
            {"heading": "纳税人识别号", "label": "entity_id"},
            {"heading": "名称", "label": "entity_name"},
            {"heading": "统一社会信用代码", "label": "credit_code"},
        ],
    }
)  # fmt: skip
OTHER = "91440101MA5CJQ4N59"


def test_numbers_and_names_that_speak_of_different_firms_are_warned_of() -> None:
    head = [["2018年6月纳税人名录"], ["纳税人识别号", "名称", "统一社会信用代码"]]
    rows = [
        ["350200776049653", "甲(荆门)化工有限公司", CODE],
        [CODE, "甲（荆门）化工有限责任公司", CODE],
        ["440101MA5CJQ4N5", "乙建材有限公司", CODE],
        [OTHER, "乙建材有限公司", OTHER],
        ["440101776049654", "乙建材有限公司", OTHER],
        ["X7", "丙纺织有限公司", None],
    ]
    parsed = read_file(ACCOUNTS, xlsx([*head, *rows]), "2018年6月纳税人名录.xlsx")
    assert [(p.severity, p.rule, p.cell, p.found, p.expected) for p in parsed.findings] == [
        ("warning", "numbers_disagree", "A5", "440101MA5CJQ4N5", "含776049653的识别号"),
        ("warning", "name_disagrees", "B5", "乙建材有限公司", "甲(荆门)化工有限公司"),
    ]
    assert parsed.loadable


def test_a_total_under_a_list_is_nothing_listed() -> None:
    parsed = read(FIRST, ["合计", *[None] * 4, 12.5, *[None] * 4])
    assert parsed.findings == []
    assert parsed.tables[0].register["entity_id"].to_list() == ["P001"]
