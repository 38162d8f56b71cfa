"""What a title, a line, a note or a cell says of units of measure, and what only looks so."""

import pytest

from ingest.grammar.units import units_said


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("单位：万千瓦时", ["万千瓦时"]), ("单 位 ： 万 千 瓦 时", ["万千瓦时"]), ("单  位：万 元", ["万元"]), ("计量单位 万千瓦时", ["万千瓦时"]),
        ("计量单位：万元、%", ["万元", "%"]), ("单位:万元,%", ["万元", "%"]), ("（单位：亿元）", ["亿元"]), ("【单位：亿元】", ["亿元"]),
        ("金额单位：人民币万元", ["人民币万元"]), ("填报单位：某某局 单位：万元", ["万元"]), ("单位：万元 2018年6月", ["万元"]),
        ("2018年6月全社会用电量（万千瓦时）", ["万千瓦时"]), ("全社会用电量[万千瓦时]", ["万千瓦时"]), ("万千瓦时、%", ["万千瓦时", "%"]),
        ("（亿元）", ["亿元"]), ("注：本表单位为万元。", ["万元"]), ("注：产值以万元计", ["万元"]), ("以万元为计量单位", ["万元"]), ("按亿元计算。", ["亿元"]),
        ("单⽴：亿元", []), ("单位：亿元⼈", ["亿元人"]), ("单位：亿元时", ["亿元时"]), ("全社会用电量(百万万元)", ["百万万元"]),
    ],
)  # fmt: skip
def test_units_are_found_wherever_a_text_states_them(text: str, units: list[str]) -> None:
    assert [word.unit for word in units_said(text)] == units


@pytest.mark.parametrize(
    "text",
    [
        "", "单位", "单位：", "填报单位：荆门供电公司", "制表单位：万元公司", "填表单位 元", "单位负责人：张三", "报送单位：元", "主管单位 元", "单位GDP能耗",
        "规模以上工业企业(年主营业务收入2000万元及以上)", "按户计费", "按人计划", "以上均为快报数", "荆门市2018年6月(模拟)", "注：本表含线损",
        "各单位万元产值能耗", "数据来源：统计局", "2018年1—6月",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_statement_of_units_is_none(text: str) -> None:
    assert list(units_said(text)) == []
