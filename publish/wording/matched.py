"""What the comparison of matched indicators found, and who is asked."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from publish.wording import Row
from publish.wording.colours import COLOURS, SEVERITY, colour_counts
from publish.wording.dates import months_before, span_zh
from publish.wording.figures import WITHHELD
from publish.wording.growth import TWO_YEAR_CAVEATS, growth_zh
from vocabulary.figure import number

# A figure, or what a cause explains, that may not be told.
UNTOLD = f"（具体数据{WITHHELD}）"


def matched_sentence(rows: Sequence[Row]) -> str:
    """How many comparisons were made, and how they came out."""
    counts = colour_counts(rows)
    told = [f"{COLOURS[c][1]}色（{COLOURS[c][2]}）{counts[c]}组" for c in reversed(SEVERITY) if counts[c]]
    if counts["none"]:
        told.append(f"因一侧资料缺报未评定{counts['none']}组")
    pairs, regions = len({r["pair"] for r in rows}), len({r["region_key"] for r in rows})
    return f"本期对{regions}个地区{pairs}对匹配指标共比对{len(rows)}组，其中{'、'.join(told)}{routed_zh(rows)}。"


def routed_zh(rows: Iterable[Row]) -> str:
    """Who is asked about what no check explains; empty where nothing is left."""
    routes = [r["route"] for r in rows if r["route"]]
    if not routes:
        return ""
    asked = {"supplier": "转数据报送单位核实", "county": "由所在地区说明"}
    told = "、".join(f"{asked[k]}{routes.count(k)}组" for k in asked if k in routes)
    return f"；经检查正常原因仍不能解释的{len(routes)}组，{told}"


def side_zh(row: Row) -> str:
    """The first indicator of a comparison, with its month where it is held against a later one."""
    if not row["lag_months"]:
        return str(row["indicator_a_name"])
    month = months_before(row["month"], row["lag_months"])
    return f"{row['indicator_a_name']}（{span_zh(row['period_type'], month)}）"


def explained_by_zh(row: Row) -> str | None:
    """The cause that explains most of what stands out; None where nothing does."""
    return "差值未超过限值" if row["explained_by"] == "within_limit" else row["explained_by_zh"]


def causes_zh(row: Row) -> str | None:
    """Every cause that was checked, with what it explains; None where the gap does not stand out."""
    return "；".join(_cause(c) for c in row["causes"]) if row["causes"] else None


def _cause(cause: Mapping[str, Any]) -> str:
    return f"{cause['name_zh']}{_verdict(cause)}{_measured(cause)}"


def _verdict(cause: Mapping[str, Any]) -> str:
    if cause["verdict"] == "does_not_help":
        return "不能解释"
    if cause["explained_pp"] is None:
        return f"可解释一部分{UNTOLD}"
    explained = number(cause["explained_pp"], sign=True)
    if cause["verdict"] == "taken_out":
        return f"已剔除{explained}"
    return f"解释{explained}、余{number(cause['remaining_pp'], sign=True)}"


def _measured(cause: Mapping[str, Any]) -> str:
    """By what a cause was measured, where that has to be said."""
    if cause["measured_by"] == "level_ratio":
        return "（按公布水平之比核算）"
    if cause["measured_by"] == "matched_sample" and cause["verdict"] == "does_not_help":
        return "（按两期均在库企业增速核算）"
    if cause["two_year_caveat"]:
        return f"（{TWO_YEAR_CAVEATS[cause['two_year_caveat']]}）"
    return _panel(cause["panel"]) if cause["panel"] else ""


def _panel(panel: Mapping[str, Any]) -> str:
    """What the firms of both years did, and what those that came and went."""
    if panel["matched_n"] is None or panel["matched_growth_pct"] is None:
        return ""
    entrants, leavers = panel["entrants_pp"] or 0, panel["leavers_pp"] or 0
    moved = (
        f"因新进库提高{number(entrants)}个百分点" if entrants > 0 else "",
        f"因退库降低{number(-leavers)}个百分点" if leavers < 0 else "",
    )
    told = "、".join(filter(None, moved))
    same = f"同口径即两期均在库并报数的{panel['matched_n']}户{growth_zh(panel['matched_growth_pct'])}"
    return f"（{same}，名录企业合计增速{told}）" if told else f"（{same}）"


def route_reason_zh(row: Mapping[str, Any]) -> str | None:
    """Why a gap that no cause explains is put to whom it is (int_gap_routes); None where none is left."""
    asked, reason = row.get("route_department_zh"), row.get("route_reason")
    if reason == "flash":
        return f"{row['route_flash_zh']}为快报数，待正式数据确认"
    if reason == "output_alone":
        return f"产值上升而用电、开票均明显下降，由{asked}先行核实产值数据"
    if reason == "odd_one_out":
        return f"{row['route_witnesses_zh'].replace(';', '与')}数据相互吻合，唯{asked}数据与之背离，由{asked}先行核实"
    if reason == "several_counties":
        parted = f"{row['route_regions_n']}个地区中有{row['route_parted_n']}个同向背离"
        return f"{parted}，不是个别县（市、区）的问题，由{asked}先行核实"
    if reason == "whole_area":
        return f"全域数据背离，由{asked}先行核实"
    return "仅该地区背离，各项正常原因均不能解释，由该地区说明" if reason else None
