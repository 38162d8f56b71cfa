"""What a problem says is made of its facts: codes, figures and names give the sentence of an official document."""

from typing import Any

import pytest

from publish.sections import SECTIONS
from publish.wording.interviews import findings_zh, flash_zh, since_march_caveats_zh, two_year_caveats_zh
from publish.wording.matched import causes_zh, explained_by_zh, route_reason_zh, side_zh
from publish.wording.raised import TWINS, evidence_zh, owner_zh, statement_zh, subject_zh

GAP = {
    "pair_zh": "产值与用电",
    "period_type": "M",
    "lag_months": 0,
    "indicator_a_zh": "总产值",
    "indicator_b_zh": "用电量",
    "method": "growth_gap",
    "run_length": 1,
    "confidential": False,
    "judged_by": "robust_z",
    "growth_a_pct": 50,
    "growth_b_pct": 15,
    "gap_pp": 35,
    "robust_z": 3.5,
    "history_n": 24,
    "benign_causes_zh": "自备电厂发电",
    "route_reason": "county_alone",
}
MIX = {"cause": "mix", "name_zh": "用电结构变化"}
BASE = {"cause": "base_effect", "name_zh": "上年基数异常"}
STOP = {
    "entity_name": "甲公司",
    "state": "stopped",
    "two_witnesses": True,
    "seasonal": False,
    "power": 4,
    "power_baseline": 100,
    "power_share_pct": 4,
    "invoices_share_pct": 0,
}
PACE = {"listed_n": 2, "behind_n": 1, "behind_pct": 50, "list_month": "2018-05-01"}
VERIFY = {
    "confidential": False,
    "output_pct": 12,
    "power_pct": -20,
    "invoices_pct": -15,
    "output_up_pct": 10,
    "others_down_pct": -10,
}


def problem(rule: str, facts: dict[str, Any], month: str = "2018-06", **said: Any) -> dict[str, Any]:
    return {
        "rule": rule,
        "month": month,
        "region_name": "钟祥市",
        "whole": "全市",
        "on_flash": False,
        "facts": facts,
        **said,
    }


@pytest.mark.parametrize(
    ("rule", "facts", "said"),
    [
        ("matched", {}, "钟祥市6月总产值同比增长50.0%，用电量同比增长15.0%，两者相差35.0个百分点。"),
        ("matched", {"period_type": "YTD", "run_length": 3}, "钟祥市1—6月总产值同比增长50.0%，用电量同比增长15.0%，两者相差35.0个百分点，已连续3期偏离。"),
        ("matched", {"lag_months": 1, "rate_adjusted": True}, "钟祥市5月总产值同比增长50.0%，6月用电量按税率变动影响的一半剔除后同比增长15.0%，两者相差35.0个百分点。"),
        ("matched", {"lag_months": 4}, "钟祥市1—2月总产值同比增长50.0%，6月用电量同比增长15.0%，两者相差35.0个百分点。"),
        ("matched", {"growth_b_pct": 0.04}, "钟祥市6月总产值同比增长50.0%，用电量与上年同期持平，两者相差35.0个百分点。"),
        ("matched", {"confidential": True, "industry_zh": "化工"}, "钟祥市化工6月总产值与用电量差异较大（具体数据依法不予公布）。"),
        ("matched", {"judged_by": "ratio", "ratio_deviation_pct": -31.4}, "钟祥市6月总产值与用电量之比较此前12个月的中位水平偏低31.4%。"),
        ("matched", {"judged_by": "ratio", "method": "equality", "ratio_deviation_pct": 5}, "钟祥市6月总产值与用电量之比较应有的一致水平偏高5.0%。"),
        ("matched", {"entity_name": "甲公司"}, "甲公司6月总产值同比增长50.0%，用电量同比增长15.0%，两者相差35.0个百分点。"),
        ("matched", {"route_reason": "flash", "route_flash_zh": "用电量"}, "钟祥市6月总产值同比增长50.0%，用电量同比增长15.0%，两者相差35.0个百分点。（依据快报数据，待正式数据确认。）"),
        ("verify_output", VERIFY, "钟祥市6月工业总产值同比增长12.0%，而工业用电量同比下降20.0%、开票销售收入同比下降15.0%，请核实产值数据。"),
        ("verify_output", {**VERIFY, "confidential": True}, "钟祥市6月工业总产值明显增长（具体数据依法不予公布），而工业用电量同比下降20.0%、开票销售收入同比下降15.0%，请核实产值数据。"),
        ("growth_point", PACE, "钟祥市列入名单的2个工业增长点中，1个新增产值明显落后于序时进度，请分析原因并加快培育。"),
        ("steep_decline", {"fired_n": 1, "findings": [{"name_zh": "用电量"}]}, "钟祥市用电量主要运行指标明显回落或处于低位，请分析原因并提出措施。"),
        ("steep_decline", {"fired_n": 2, "findings": [{"name_zh": "用电量"}, {"name_zh": "开票"}]}, "钟祥市用电量、开票等2项主要运行指标明显回落或处于低位，请分析原因并提出措施。"),
        ("stop", STOP, "甲公司本月用电量4.00万千瓦时，为正常生产月份均值的4.0%，判断为停产（电+票双证）。"),
        ("stop", {**STOP, "state": "half_stopped", "two_witnesses": False, "seasonal": True, "power": 40, "power_share_pct": 40}, "甲公司本月用电量40.00万千瓦时，为正常生产月份均值与上年同月较低者的40.0%，判断为疑似半停产（单证）。"),
        ("big_firm", {"entity_name": "甲公司", "falls": [{"name_zh": "用电量", "growth_pct": -20}]}, "甲公司6月用电量同比下降20.0%，请了解企业生产经营情况。"),
        ("finance_stress", {"entity_name": "甲公司", "warned": True, "fall_pct": 25}, "甲公司有抽贷或逾期预警，贷款余额较上月下降25.0%，请了解融资情况。"),
        ("finance_stress", {"entity_name": "甲公司", "warned": True}, "甲公司有抽贷或逾期预警，请了解融资情况。"),
    ],
)  # fmt: skip
def test_a_problem_is_stated_from_its_facts(rule: str, facts: dict[str, Any], said: str) -> None:
    assert statement_zh(problem(rule, {**GAP, **facts} if rule == "matched" else facts)) == said


def test_february_is_told_as_january_and_february() -> None:
    fell = {"entity_name": "甲公司", "falls": [{"name_zh": "用电量", "growth_pct": -20}]}
    assert "甲公司1—2月用电量" in statement_zh(problem("big_firm", fell, month="2018-02"))


def test_what_stands_on_a_flash_says_so() -> None:
    assert statement_zh(problem("growth_point", PACE, on_flash=True)).endswith("（依据快报数据，待正式数据确认。）")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"causes": [MIX], "explained_by": "mix"}, "与此前24个月内24期差值相比，稳健标准分为3.5。已检查用电结构变化，其中用电结构变化解释最多（具体数据依法不予公布）。"),
        ({"causes": [BASE, MIX]}, "与此前24个月内24期差值相比，稳健标准分为3.5。已检查上年基数异常、用电结构变化，均不能解释。"),
        ({"causes": [BASE, MIX], "explained_by": "mix", "explained_pp": 23, "unexplained_pp": 12, "robust_z": 0.8, "judged_by": "limit", "limit_pp": 10.0, "two_year_caveat": "panel_change"},
         "与此前24个月内24期差值相比，稳健标准分为0.8，超过10个百分点的界限。已检查上年基数异常、用电结构变化，其中用电结构变化解释最多（+23.0），仍余+12.0。"),
        ({"causes": [BASE], "explained_by": "base_effect", "explained_pp": 23, "unexplained_pp": -12, "two_year_caveat": "panel_change"},
         "与此前24个月内24期差值相比，稳健标准分为3.5。已检查上年基数异常，其中上年基数异常（两年统计范围有变动）解释最多（+23.0），仍余−12.0。"),
        ({"confidential": True}, "该单元企业数过少或一户企业所占比重过高，数据仅供核实。"),
    ],
)  # fmt: skip
def test_a_gap_says_against_what_it_was_held_and_what_was_checked(facts: dict[str, Any], said: str) -> None:
    rest = "其他可能的正常原因：自备电厂发电。仅该地区背离，各项正常原因均不能解释，由该地区说明。"
    assert evidence_zh(problem("matched", {**GAP, **facts})) == said + rest


def test_a_gap_without_a_history_is_held_against_its_limit_in_the_digits_that_it_needs() -> None:
    short = {k: v for k, v in GAP.items() if k not in ("robust_z", "history_n")}
    assert evidence_zh(problem("matched", {**short, "limit_pp": 12.5})).startswith(
        "历史不足，按12.5个百分点的界限判断。"
    )


def test_a_threshold_is_printed_like_any_other_figure() -> None:
    said = evidence_zh(problem("verify_output", VERIFY))
    assert said == "产值增速高于10%而用电、开票增速均低于−10%，先核实数据，再由县区说明。"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ({"route_reason": "flash", "route_flash_zh": "用电量、开票"}, "用电量、开票为快报数，待正式数据确认"),
        ({"route_reason": "output_alone", "route_department_zh": "统计局"}, "产值上升而用电、开票均明显下降，由统计局先行核实产值数据"),
        ({"route_reason": "odd_one_out", "route_department_zh": "税务局", "route_witnesses_zh": "统计局;供电公司"}, "统计局与供电公司数据相互吻合，唯税务局数据与之背离，由税务局先行核实"),
        ({"route_reason": "several_counties", "route_department_zh": "税务局", "route_parted_n": 4, "route_regions_n": 7}, "7个地区中有4个同向背离，不是个别县（市、区）的问题，由税务局先行核实"),
        ({"route_reason": "whole_area", "route_department_zh": "税务局"}, "全域数据背离，由税务局先行核实"),
        ({"route_reason": None}, None),
    ],
)  # fmt: skip
def test_the_reason_of_a_route_names_what_speaks_against_whom(reason: dict[str, Any], said: str | None) -> None:
    assert route_reason_zh(reason) == said


def test_the_subject_names_the_firm_or_the_trade_and_each_list_says_which_it_is() -> None:
    assert subject_zh(problem("matched", GAP)) == "产值与用电"
    assert subject_zh(problem("matched", {**GAP, "industry_zh": "化工"})) == "化工：产值与用电"
    assert (
        subject_zh(problem("matched", {**GAP, "industry_zh": "化工", "entity_name": "甲公司"})) == "甲公司：产值与用电"
    )
    twin = {"listed_n": 3, "months_after": 6.0, "started_in": "2017-12-01", "revenue_10k_yuan": 2000.0}
    said = {f: problem("matched", {**twin, "finding": f}) for f in TWINS}
    assert {subject_zh(p) for p in said.values()} == {*TWINS.values()}
    assert (
        statement_zh(said["panel_without_tax"])
        == "钟祥市有3户规上企业在税务登记名录中没有正常户记录，请核实是否应当退库。"
    )
    assert "近12个月开票销售收入达到2,000万元而" in statement_zh(said["taxed_not_in_panel"])
    assert "钟祥市2017年12月报有亿元以上工业项目新开工，其前后6个月" in statement_zh(
        said["starts_without_power_or_land"]
    )


def test_an_office_of_the_county_answers_where_no_department_does() -> None:
    assert owner_zh(problem("stop", STOP, owner_department=None, owner_office="finance")) == "钟祥市金融工作部门"
    assert owner_zh(problem("stop", STOP, owner_department="供电公司、统计局", owner_office=None)) == "供电公司、统计局"


def cause(name: str, verdict: str, explained: float | None, left: float | None = None, **said: Any) -> dict[str, Any]:
    known = {"measured_by": None, "two_year_caveat": None, "panel": None}
    return {"name_zh": name, "verdict": verdict, "explained_pp": explained, "remaining_pp": left, **known, **said}


PANEL = {"matched_n": 120, "matched_growth_pct": 5, "entrants_pp": 3.24, "leavers_pp": -1}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (cause("统计范围变动", "closes", 12, 4, measured_by="matched_sample", panel=PANEL), "统计范围变动解释+12.0、余+4.0（同口径即两期均在库并报数的120户同比增长5.0%，名录企业合计增速因新进库提高3.2个百分点、因退库降低1.0个百分点）"),
        (cause("统计范围变动", "closes", 12, 4, measured_by="matched_sample", panel={**PANEL, "entrants_pp": 0, "leavers_pp": None}), "统计范围变动解释+12.0、余+4.0（同口径即两期均在库并报数的120户同比增长5.0%）"),
        (cause("统计范围变动", "closes", 12, 4, measured_by="level_ratio"), "统计范围变动解释+12.0、余+4.0（按公布水平之比核算）"),
        (cause("统计范围变动", "does_not_help", -1, 17, measured_by="matched_sample", panel=PANEL), "统计范围变动不能解释（按两期均在库企业增速核算）"),
        (cause("上年基数异常", "narrows", 10, 6, two_year_caveat="flash"), "上年基数异常解释+10.0、余+6.0（两年增速含快报数）"),
        (cause("税率变动", "taken_out", 4.2), "税率变动已剔除+4.2"),
        (cause("用电结构变化", "narrows", None), "用电结构变化可解释一部分（具体数据依法不予公布）"),
    ],
)  # fmt: skip
def test_a_cause_says_what_it_explains_and_by_what_it_was_measured(found: dict[str, Any], said: str) -> None:
    assert causes_zh({"causes": [found]}) == said


def test_a_comparison_names_the_month_of_its_first_side_where_that_is_another() -> None:
    row = {"month": "2018-06", "period_type": "M", "indicator_a_name": "总产值"}
    assert side_zh({**row, "lag_months": 0}) == "总产值"
    assert side_zh({**row, "lag_months": 1}) == "总产值（5月）"
    assert side_zh({**row, "period_type": "YTD", "lag_months": 1}) == "总产值（1—5月）"


def test_a_gap_within_its_limit_says_so_and_nothing_checked_says_nothing() -> None:
    assert explained_by_zh({"explained_by": "within_limit", "explained_by_zh": None}) == "差值未超过限值"
    assert explained_by_zh({"explained_by": None, "explained_by_zh": None}) is None
    assert causes_zh({"causes": None}) is None


POWER = {
    "name_zh": "工业用电量",
    "period_type": "YTD",
    "growth_pct": -9.0,
    "below_top_pp": 11.0,
    "negative_again": True,
}


def interview(*findings: dict[str, Any], flashes: Any = None) -> dict[str, Any]:
    return {"month": "2018-06", "whole": "全市", "findings": list(findings) or None, "flashes": flashes}


def test_a_finding_tells_every_test_that_its_figure_met() -> None:
    assert findings_zh(interview(POWER)) == "工业用电量1—6月同比下降9.0%（低于全市11.0个百分点、连续两期下降）"
    floor = {
        "name_zh": "增加值",
        "period_type": "YTD",
        "growth_pct": 4.0,
        "growth_error_pp": 0.3,
        "fell_pp": 1.5,
        "last_twice": True,
        "floor_pct": 7.0,
        "below_floor_pp": 3.0,
    }
    assert findings_zh(interview(floor)) == (
        "增加值1—6月同比增长4.0%（误差±0.3个百分点）（较上期回落1.5个百分点、连续两期居同组末位、低于7%的年度底线3.0个百分点）"
    )
    assert findings_zh(interview()) is None


def test_a_hidden_figure_is_told_without_itself() -> None:
    assert findings_zh(interview({"name_zh": "总产值", "confidential": True})) == "总产值（数据依法不予公布）"
    flashes = [{"name_zh": "总产值"}, {"name_zh": "开票", "growth_pct": -6.0}]
    assert flash_zh(interview(flashes=flashes)) == "总产值（数据依法不予公布）、开票同比下降6.0%"


def test_the_other_looks_say_what_they_lack() -> None:
    invoices = {**POWER, "name_zh": "开票", "two_year_caveat": "panel_change", "top_two_year_caveat": "growth_basis"}
    row = interview({**POWER, "unknown_since_march": "top"}, {**invoices, "unknown_since_march": "region"})
    assert two_year_caveats_zh(row) == "开票两年统计范围有变动，全市两年增速一为实际增速、一为名义增速，不作两年平均"
    assert since_march_caveats_zh(row) == (
        "开票、全市工业用电量既无同一次报送的累计水平数，也无3月以来逐月水平数，不能剔除"
    )
    assert (two_year_caveats_zh(interview(POWER)), since_march_caveats_zh(interview(POWER))) == (None, None)


def test_the_ledger_does_not_say_again_what_may_no_longer_be_said() -> None:
    row = dict.fromkeys(SECTIONS["ledger"].read) | {"region_name": "钟祥市", "subject_zh": "产值与用电"}
    kept = SECTIONS["ledger"].tell({**row, "confidential": False, "statement_zh": "用电下降5.5%。"})
    assert kept["statement_zh"] == "用电下降5.5%。"
    hidden = SECTIONS["ledger"].tell({**row, "confidential": True})
    assert hidden["statement_zh"] == "钟祥市产值与用电（具体数据依法不予公布）。"
