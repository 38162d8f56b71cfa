"""How numbers, changes and states are put into words."""

import re

import pytest

from expectations.suite import load_suite
from ingest.rules import rules
from publish.wording.correlated import correlation_zh, stability_zh, surprise_zh
from publish.wording.dates import moment_zh, period_zh
from publish.wording.figures import amount, ordinal_zh
from publish.wording.growth import change_zh, growth_zh
from publish.wording.problems import PROBLEM_STATES, standing_zh
from publish.wording.rules import RULES
from publish.wording.sources import BACKFILLED_AFTER_DAYS, late_zh
from publish.wording.targets import TARGET_STATES, progress_zh, target_zh, targets_sentence
from warehouse.seeds import rows as seed


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        (298399800.0, "万元", ("29,839.98", "亿元")), (99999.0, "万元", ("99,999", "万元")), (9.53, "万元", ("9.5", "万元")),
        (None, "万元", ("—", "万元")), (1234.0, "家", ("1,234", "家")), (5.0, "家", ("5", "家")), (5.42, "家", ("5.4", "家")), (79.64, "%", ("79.6", "%")),
        (-612345.0, "万元", ("−61.23", "亿元")), (100.3, "指数", ("100.3", "指数")), (353554.0, "万千瓦时", ("35.36", "亿千瓦时")),
    ],
)  # fmt: skip
def test_large_amounts_are_printed_in_yi(value: float | None, unit: str, printed: tuple[str, str]) -> None:
    assert amount(value, unit) == printed


@pytest.mark.parametrize(
    ("growth", "change", "told"),
    [
        (8.1, 0.2, "同比增长8.1%，增速比上期提高0.2个百分点"),
        (8.1, -0.2, "同比增长8.1%，增速比上期回落0.2个百分点"),
        (8.1, 0.04, "同比增长8.1%，增速与上期持平"),
        (-3.2, 0.8, "同比下降3.2%，降幅比上期收窄0.8个百分点"),
        (-3.2, -0.8, "同比下降3.2%，降幅比上期扩大0.8个百分点"),
        (-0.3, -0.8, "同比下降0.3%，由增转降，比上期回落0.8个百分点"),
        (0.3, 0.8, "同比增长0.3%，由降转增，比上期回升0.8个百分点"),
        (0.0, None, "与上年同期持平"),
    ],
)
def test_growth_and_its_change_are_said_in_official_words(growth: float, change: float | None, told: str) -> None:
    assert growth_zh(growth) + change_zh(growth, change) == told


@pytest.mark.parametrize(
    ("period_type", "month", "told"),
    [
        ("YTD", "2018-06", "1—6月"), ("YTD", "2018-02", "1—2月"), ("YTD", "2018-01", "1月"), ("M", "2018-06", "6月"),
        ("M12", "2018-02", "1—2月"), ("Q", "2018-06", "二季度"), ("Y", "2018-12", "2018年"),
    ],
)  # fmt: skip
def test_a_period_is_named_by_the_stretch_it_covers(period_type: str, month: str, told: str) -> None:
    assert period_zh(period_type, month) == told


def test_a_moment_is_told_by_beijing_time() -> None:
    assert moment_zh("2018-07-24T17:05:00+00:00") == "2018年7月25日1时05分"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "历史上呈正相关，甲领先约2个月；供研判参考"),
        ({"best_lag_months": -3}, "历史上呈正相关，甲滞后约3个月；供研判参考"),
        ({"best_lag_months": 0}, "历史上呈正相关，甲大致同步；供研判参考"),
        ({"state": "not_established"}, "相关不显著，尚不能认定"),
        ({"state": "weak", "lacks": "faint"}, "相关偏弱，仅作参考"),
        ({"state": "weak", "lacks": "uncertain"}, "显著性不足，仅作参考"),
        ({"state": "weak", "lacks": "short", "pearson": 0.99}, "样本偏短，仅作参考"),
        ({"state": "weak", "lacks": "unstable"}, "前后期不一致，仅作参考"),
        ({"last_month": "2020-04"}, "历史上呈正相关，甲领先约2个月；样本止于2020年4月，不作本期研判依据"),
        ({"state": "anything else"}, "相关不显著，尚不能认定"),
        ({"pearson": None}, "样本不足，尚不能认定"),
        ({"pearson": -0.9}, "方向与预期相反，尚不能认定"),
        ({"pearson": -0.9, "expected_sign": -1}, "历史上呈负相关，甲领先约2个月；供研判参考"),
    ],
)
def test_a_correlation_is_never_said_to_be_more_than_established(change: dict[str, object], told: str) -> None:
    row = {
        "best_lag_months": 2, "pearson": 0.7, "state": "established", "expected_sign": 1, "leader_name": "甲",
        "month": "2025-03", "last_month": "2025-03",
    }  # fmt: skip
    assert correlation_zh({**row, **change}) == told


@pytest.mark.parametrize(
    ("stability", "power", "told"),
    [
        ("stable", 0.38, "样本不足以检验（检验力38%）"),
        ("stable", 0.8, "未见不一致（检验力80%）"),
        ("unstable", 0.2, "不一致"),
        ("too_short", None, "尚短"),
        (None, None, "—"),
    ],
)
def test_a_test_that_could_not_have_told_says_nothing_of_two_halves(
    stability: str | None, power: float | None, told: str
) -> None:
    assert stability_zh({"stability": stability, "stability_power": power}) == told


def test_a_surprise_is_of_the_month_reported_or_none_is_told() -> None:
    row = {"month": "2025-03", "last_month": "2025-03", "state": "established", "surprise_z": -2.1, "surprise_pp": -3.2}
    assert surprise_zh(row) == "−3.2（−2.1倍标准误），明显低于预期"
    assert surprise_zh({**row, "last_month": "2020-04"}) == "无本期数（样本止于2020年4月）"


@pytest.mark.parametrize(
    ("days", "accepted", "told"),
    [
        (0, "x", "按时"),
        (3, "x", "逾期3天"),
        (3000, "x", "历史补录"),
        (None, "x", "—"),
        (5, None, "逾期5天未报"),
        (0, None, "未到期"),
    ],
)
def test_lateness_is_judged_only_where_it_can_be(days: int | None, accepted: str | None, told: str) -> None:
    assert late_zh(days, accepted) == told


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"state": "fixed"}, "已整改，待销号（2018年4月起）"),
        ({"state": "fixed", "reappears": True}, "整改后再次出现"),
        ({"state": "closed"}, "已销号"),
        ({"state": "closed", "reappears": True}, "销号后再次出现"),
    ],
)
def test_what_is_over_and_is_printed_again_is_said_to_reappear(item: dict[str, object], told: str) -> None:
    row = {"reappears": False, "first_month": "2018-04", "age_months": 2, "overdue": False}
    assert standing_zh({**row, **item}) == told


def test_every_rule_that_an_edition_may_print_has_a_name() -> None:
    asked = {r.rule for suite in ("month", "delivery") for r in load_suite(suite).expectations}
    read = {name.partition(".")[0] for name, rule in rules().items() if rule.severity == "warning"}
    assert {"unit_converted", "macros", "credit_code", "name_disagrees"} <= read
    assert asked | read == RULES.keys()


@pytest.mark.parametrize(
    ("years", "told"),
    [
        ({"best_past_years_n": 2}, "（近5年有数的2年同期最好30.0%）"),
        ({"best_past_years_n": 5}, "（近5年同期最好30.0%）"),
        ({}, "（近5年同期最好30.0%）"),
    ],
)
def test_the_best_of_fewer_than_five_years_says_of_how_many(years: dict[str, object], told: str) -> None:
    row = {
        "state": "behind",
        "evidence_zh": "",
        "required_pct": 60.0,
        "best_past_pct": 30.0,
        "is_stricter": None,
        "note_zh": None,
    }
    assert progress_zh({**row, **years}) == f"落后于进度；余期需增长60.0%{told}"


def test_points_are_counted_with_their_measure_word() -> None:
    asked = {"target_value": 10.0, "unit": "百分点", "comparison": "at_least"}
    assert target_zh(asked) == "≥10个百分点"


def test_no_target_names_an_indicator_by_its_code() -> None:
    assert [r["target"] for r in seed("targets") if re.search(r"[A-Z]{2}\d\d", r["note_zh"])] == []


def test_sections_are_counted_in_chinese() -> None:
    assert [ordinal_zh(n) for n in (1, 9, 10, 12, 20, 21)] == ["一", "九", "十", "十二", "二十", "二十一"]


def test_the_parts_of_the_targets_add_up_to_the_whole_and_a_target_of_every_county_is_one() -> None:
    def row(target: str, colour: str | None, state: str, kind: str = "ratio") -> dict[str, object]:
        return {"target": target, "colour": colour, "state": state, "kind": kind}

    each = [row("T37", "red", "behind", "count_per_county"), row("T37", None, "exempt", "count_per_county")]
    rows = [row("T01", "green", "met"), row("T20", None, "no_data"), *each]
    told = targets_sentence(rows, "工作方案")
    assert (
        "对照《工作方案》3项目标（其中T37按县（市、区）分列2项，共考核4项）：可评定2项，其中绿1项、黄0项、橙0项、红1项；"
        in told
    )
    assert told.endswith("；方案规定除外1项；暂无数据1项。")
    assert "2项目标：可评定1项，其中绿1项" in targets_sentence(rows[:2], "工作方案")


def test_the_dictionary_calls_a_state_what_editions_call_it() -> None:
    said = next(r["meaning_zh"] for r in seed("terms") if (r["table_name"], r["column_name"]) == ("", "state"))
    states = TARGET_STATES | PROBLEM_STATES
    assert [f"{code}{words}" for code, words in states.items() if f"{code}{words}" not in said] == []


def test_a_file_fills_in_history_on_paper_where_it_does_in_the_marts() -> None:
    days = {r["parameter"]: float(r["value"]) for r in seed("thresholds") if r["rule"] == "timeliness"}
    assert days == {"backfilled_after_days": BACKFILLED_AFTER_DAYS}
