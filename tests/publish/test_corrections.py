"""What a correction lists is what a reader sees changed: every printed cell, and no cell that prints as it did."""

import copy
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from publish.corrections import Corrections, compare
from publish.edition import edition_directory
from publish.page import county_regions, printed_rows, public_rows, render_problem_list, render_report
from publish.reports import read_reports
from publish.sections import SECTIONS
from publish.sections.declared import Row
from tests.publish.conftest import JUNE, BookedMonth

Data = dict[str, list[Row]]
# Columns that name, order or place a row; what is compared is found under them.
NAMES = {
    "month", "indicator", "region_key", "period_type", "pair", "problem_key", "feed", "department", "target", "measure",
    "restated_month", "name_zh", "region_name", "region_type", "ranking_group", "display_order", "rule", "entity_id",
    "department_zh", "title", "leader_name", "follower_name", "indicator_a_name", "indicator_b_name", "kind", "unit",
    "size_unit", "confidential", "subject_zh", "clause",
}  # fmt: skip
# Columns by which rows are chosen or named, without which no edition was ever made.
ALWAYS = {
    "growth_pct", "growth_source", "colour", "owner_department", "looked_without_january_february_n", "looked_two_year_average_n",
}  # fmt: skip
# What persons did with a problem since, which corrects nothing.
HANDLING = {"state", "state_since", "by_whom", "note", "quiet", "reappears", "age_months", "overdue"}
OTHER = {
    "colour": "yellow", "light": "green", "state": "weak", "stability": "unstable", "maturity": "prelim",
    "growth_source": "computed", "judged_by": "limit", "route": "county", "explained_by": "within_limit",
    "lacks": "short", "state_without_shocks": "weak", "comparison": "more_than", "last_kind": "withdrawn", "last_cause": "panel",
    "cause": "panel", "status": "missing", "shock": "covid", "shock_year_ago": "covid", "owner_department": "stat",
    "targets.state": "met",
}  # fmt: skip


def row(section: str, **said: Any) -> Row:
    return {**dict.fromkeys(SECTIONS[section].stated), "month": "2018-06", **said}


def whole(june: BookedMonth) -> Data:
    """June with a row in every section, so filled that all of its cells are printed."""
    with june.engine.connect() as c:
        data = read_reports(c, JUNE)
    there = {"region_key": "420802", "region_name": "东宝区"}
    city = {"region_key": "420800", "region_name": "荆门市"}
    power = {
        "indicator": "PW02",
        "name_zh": "工业用电量",
        "display_order": 3,
        "period_type": "YTD",
        "measure": "growth",
    }
    data |= {
        "composite": [row("composite", **there, ranking_group="county", indicator="PW02", name_zh="工业用电量", display_order=1,
                          history_n=33, score=2, previous_score=1, contribution_points=2.25, scored_n=4, total_score=18,
                          previous_total_score=16, light="yellow_blue", shock_zh="疫情", shock_year_ago_zh="疫情")],
        "rankings": [row("rankings", **there, indicator="PW02", name_zh="工业用电量", display_order=1, ranking_group="county",
                         growth_pct=3.0, score=80.0, maturity="final", rank=2, rank_ties=1, rank_within_band=False, rank_of=5,
                         previous_rank=3, places_gained=1, is_year_end=False)],
        "interviews": [row("interviews", **there, is_candidate=True, colour="orange", fired_n=2, looked_n=6,
                           indicators="PW02", findings_zh="工业用电量低于全市19.4个百分点；连续两期下降", holds_first_release=True,
                           holds_without_january_february=False, holds_two_year_average=True,
                           looked_without_january_february_n=2, looked_two_year_average_n=3, under_verification_zh="工业总产值",
                           without_january_february_caveats_zh="缺逐月水平数", two_year_caveats_zh="统计范围有变动",
                           flash_zh="工业投资下降")],
        "targets": [row("targets", **city, target="T01", name_zh="规模以上工业增加值增速", kind="growth", comparison="at_least",
                        unit="%", target_value=8.5, target_value_to=9.0, actual=8.1, measured_month="2018-05", expected=8.5,
                        completion_pct=95.3, colour="orange", state="behind", required_pct=9.0, best_past_pct=8.2, remaining=1.0,
                        is_stricter=False, clause="一（一）", evidence_zh="统计局", note_zh="无", confidential=False,
                        display_order=1)],
        "timeliness": [row("timeliness", department="tax", department_zh="税务局", owed_n=12, on_time_n=9, late_n=2, absent_n=1,
                           not_judged_n=0, rejected_n=4, redelivered_n=1, mean_days_late=2.5)],
        "revisions": [row("revisions", **power, unit="万千瓦时", first_value=-4.0, current_value=-3.2, revisions_n=1,
                          last_kind="revision", last_cause="correction", mean_abs_size=0.65, revised_n=4, size_unit="pp")],
        "restated": [row("restated", **power, unit="万千瓦时", restated_month="2018-05", old_value=5.5, new_value=5.1,
                         cause="reclass")],
        "ledger": [row("ledger", **there, problem_key="old", rule="stop", rule_version=1, colour="red", subject_zh="用电量下降",
                       statement_zh="…", owner_department="tax", route="county", first_month="2018-04", last_month="2018-05",
                       age_months=2, state="opened", state_since="2018-06-01", by_whom="张某某", note="…", quiet=True, reappears=False,
                       due_on="2018-07-15", overdue=True)],
    }  # fmt: skip
    return data


@pytest.fixture
def manifest(june: BookedMonth, draft_again: Callable[[], int]) -> Row:
    told: Row = json.loads((edition_directory(draft_again()) / "manifest.json").read_bytes())
    return told


def seen(data: Data, manifest: Row) -> str:
    """What readers see of an edition: the words of the report and of the counties' lists, without markup."""
    pages = [render_report("jingmen", data, manifest, None)]
    pages += [render_problem_list("jingmen", k, n, data, manifest) for k, n in county_regions(data).items()]
    return "\n".join(re.sub(r"<[^>]*>", "|", page) for page in pages)


def corrected(old: Data, new: Data, manifest: Row) -> Corrections:
    hidden = [r for r in new["regions"] if r["confidential"]]
    before, after = (printed_rows(public_rows(data)[0]) for data in (old, new))
    return compare(manifest, before, after, manifest, hidden)


def otherwise(section: str, column: str, value: Any) -> Any:
    """Another value that the column may hold."""
    if column in OTHER:
        return OTHER.get(f"{section}.{column}", OTHER[column])
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 3
    if column.endswith("_month"):
        return "2017-03"
    if re.match(r"\d{4}-\d\d-\d\d", str(value)):
        return f"{date.fromisoformat(value[:10]) + timedelta(days=9)}{value[10:]}"
    return None if value is None else f"{value}；另有说明"


@pytest.mark.parametrize("section", SECTIONS)
def test_a_cell_is_listed_when_and_only_when_it_reads_differently(
    section: str, june: BookedMonth, manifest: Row
) -> None:
    old = whole(june)
    before = seen(old, manifest)
    at = next((i for i, r in enumerate(old[section]) if r.get("colour") == "red" and r.get("pair")), 0)
    wrong, tried = [], 0
    for column in SECTIONS[section].stated:
        new = copy.deepcopy(old)
        changed = new[section][at]
        changed[column] = otherwise(section, column, changed[column])
        if column in NAMES or (section == "ledger" and column in HANDLING) or changed == old[section][at]:
            continue
        tried += 1
        reads, listed = seen(new, manifest) != before, bool(corrected(old, new, manifest).changes)
        if reads != listed:
            wrong.append(f"{column}: {'not listed' if reads else 'listed, but it reads as before'}")
    assert wrong == []
    assert tried > 0


def listed(old: Data, new: Data, manifest: Row) -> dict[tuple[str, str, str], tuple[str, str]]:
    told = corrected(old, new, manifest)
    return {(c.title, c.subject, c.label): (c.old, c.new) for c in told.changes}


def test_a_change_is_told_by_the_names_and_in_the_figures_of_the_page(june: BookedMonth, manifest: Row) -> None:
    old = whole(june)
    old["headline"].append(
        row("headline", indicator="PW01", period_type="M", name_zh="全社会用电量", unit="万千瓦时", value=228_595.3)
    )
    new = copy.deepcopy(old)
    new["headline"][-1]["value"] = 228_595.0
    new["composite"][0].update(light="blue", total_score=16)
    new["targets"][0].update(actual=7.8, completion_pct=91.8)
    new["interviews"][0]["findings_zh"] = "工业用电量低于全市19.0个百分点；连续两期下降"
    new["revisions"][0]["current_value"] = -3.0
    assert listed(old, new, manifest) == {
        ("综合信号灯", "东宝区", "信号灯"): ("◤ 黄蓝灯·趋冷", "▼ 蓝灯·偏冷"),
        ("综合信号灯", "东宝区", "综合分"): ("18", "16"),
        ("目标进度", "荆门市·T01 规模以上工业增加值增速", "完成"): ("8.1%（截至2018年5月）", "7.8%（截至2018年5月）"),
        ("目标进度", "荆门市·T01 规模以上工业增加值增速", "完成比（%）"): ("95.3", "91.8"),
        ("约谈建议", "东宝区", "依据（内容有调整）"): (
            "工业用电量低于全市19.4个百分点",
            "工业用电量低于全市19.0个百分点",
        ),
        ("本期主要指标的修订", "工业用电量（2018年1—6月）增速（%）", "现为"): ("−3.2", "−3.0"),
    }
    assert corrected(old, new, manifest).unseen == 1, "22.86 亿千瓦时 both times"


def test_a_sentence_on_a_county_with_a_confidential_cell_is_not_said_again(june: BookedMonth, manifest: Row) -> None:
    old = whole(june)
    new = copy.deepcopy(old)
    hidden = next(r for r in new["regions"] if (r["indicator"], r["region_key"]) == ("PW02", "420802"))
    hidden.update(confidential=True, growth_pct=None, rank=None, rank_ties=None)
    new["interviews"][0]["findings_zh"] = "连续两期下降"
    new["rankings"][0].update(rank=None, growth_pct=None)
    told = listed(old, new, manifest)
    assert told["分地区情况", "东宝区·工业用电量", "同比增速（%）"] == ("***", "***")
    assert told["约谈建议", "东宝区", "依据（内容有调整）"][0] == "***"
    assert told["排位", "东宝区·工业用电量", "位次"] == ("***", "—")


def test_many_changes_of_a_section_are_counted_by_cell_and_each_is_in_the_data(
    june: BookedMonth, manifest: Row
) -> None:
    old = whole(june)
    new = copy.deepcopy(old)
    for r in new["matched"]:
        r["growth_a_pct"] += 1
        r["history_n"] += 1
    told = corrected(old, new, manifest)
    assert len(told.changes) == 2 * len(old["matched"])
    page = render_report("jingmen", new, manifest, told)
    section = page[page.index("更正说明</span>") : page.index('aria-labelledby="headline"')]
    assert f"列示数据变动{2 * len(old['matched'])}处" in section
    assert f"前者增速（%）{len(old['matched'])}处、历史点数n{len(old['matched'])}处" in section
    assert section.count("<td>") < 10


def test_a_section_that_an_edition_lacked_is_new_in_its_successor(june: BookedMonth, manifest: Row) -> None:
    new = whole(june)
    old = copy.deepcopy(new)
    del old["targets"]
    told = listed(old, new, manifest)
    assert told["目标进度", "荆门市·T01 规模以上工业增加值增速", "完成"] == ("未列", "8.1%（截至2018年5月）")
    assert {title for title, *_ in told} == {"目标进度"}


@pytest.mark.parametrize("section", SECTIONS)
def test_what_an_edition_said_without_a_column_of_today_is_not_told_as_a_change(
    section: str, june: BookedMonth, manifest: Row
) -> None:
    new = whole(june)
    for column in set(SECTIONS[section].stated) - NAMES - ALWAYS:
        old = copy.deepcopy(new)
        for r in old[section]:
            del r[column]
        assert listed(old, new, manifest) == {}, column
