"""Matched sample growth and the points of entrants and leavers (domain.md 2.3), reckoned firm by firm."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np

from tests.dbt.delivered import World, containing
from tests.dbt.grown import grown, settled

WENT = {"dropped": "left_dropped", "closed": "left_closed", "merged": "left_merged"}
CAME = {"new_built": "entered_new_built", "graduated": "entered_graduated"}
ENTERED = (*CAME.values(), "entered_moved", "entered_unknown")
LEFT = (*WENT.values(), "left_moved", "left_unknown")
PARTS = (*ENTERED, *LEFT, "matched", "entrants", "leavers")


@dataclass(frozen=True)
class Listed:
    """A line of a month's list: where a firm is and how it stands."""

    region: str
    industry: str
    status: str


Lists = Mapping[date, Mapping[str, Listed]]
Figures = Mapping[tuple[str, date], float]


def year_before(month: date) -> date:
    return month.replace(year=month.year - 1)


def within(line: Listed | None, region: str | None, industry: str | None) -> bool:
    """Whether a firm is in the panel and in a cell; None for a cell of every region or industry."""
    return (
        line is not None
        and line.status not in WENT
        and region in (None, line.region)
        and industry in (None, line.industry)
    )


def reason(lists: Lists, firm: str, month: date, kinds: Mapping[str, str], otherwise: str) -> str:
    """The last of the year's statuses of a kind."""
    told = [
        lists[m][firm].status
        for m in sorted(lists)
        if year_before(month) < m <= month and firm in lists[m] and lists[m][firm].status in kinds
    ]
    return kinds[told[-1]] if told else otherwise


def givers(
    lists: Lists, figures: Figures, month: date, region: str | None, industry: str | None
) -> dict[str, list[str]]:
    """The firms of a cell by the part that they belong to; those of which a figure is missing as `silent_` with it."""
    then = year_before(month)
    found: dict[str, list[str]] = {}
    for firm in sorted({*lists[month], *lists[then]}):
        line, line_then = lists[month].get(firm), lists[then].get(firm)
        here, here_then = within(line, region, industry), within(line_then, region, industry)
        if not here and not here_then:
            continue
        now, before = within(line, None, None), within(line_then, None, None)
        if here and here_then:
            part = "matched"
        elif here:
            part = "entered_moved" if before else reason(lists, firm, month, CAME, "entered_unknown")
        else:
            part = "left_moved" if now else reason(lists, firm, month, WENT, "left_unknown")
        is_known = (not now or (firm, month) in figures) and (not before or (firm, then) in figures)
        found.setdefault(part if is_known else f"silent_{part}", []).append(firm)
    return found


def panel_growth(
    lists: Lists, figures: Figures, month: date, region: str | None, industry: str | None
) -> dict[str, Any] | None:
    """What a cell's row must say, None where no firm is known; all parts in points of the firms' sum a year before."""
    parts = givers(lists, figures, month, region, industry)
    if all(part.startswith("silent_") for part in parts):
        return None
    counted = dict.fromkeys(("matched", "entered", "left"), 0)
    now, before = dict.fromkeys(PARTS, 0.0), dict.fromkeys(PARTS, 0.0)
    for name, firms in parts.items():
        part = name.removeprefix("silent_")
        counted[part.split("_")[0]] += len(firms)
        if part != name:
            continue
        whole = {"entered": "entrants", "left": "leavers"}.get(part.split("_")[0])
        for firm in firms:
            for of in filter(None, (part, whole)):
                now[of] += 0.0 if part in LEFT else figures[firm, month]
                before[of] += 0.0 if part in ENTERED else figures[firm, year_before(month)]
    firms_now, whole_before = now["matched"] + now["entrants"], before["matched"] + before["leavers"]
    return {
        "firms_n": counted["matched"] + counted["entered"],
        "firms_year_ago_n": counted["matched"] + counted["left"],
        "firms_both_n": counted["matched"],
        "entrants_n": counted["entered"],
        "leavers_n": counted["left"],
        "matched_n": len(parts.get("matched", ())),
        "silent_n": sum(len(firms) for part, firms in parts.items() if part.startswith("silent_")),
        "matched_growth_pct": 100 * (now["matched"] / before["matched"] - 1) if before["matched"] > 0 else None,
        "firms_growth_pct": 100 * (firms_now / whole_before - 1) if whole_before > 0 else None,
        **{
            f"{p}_pp": float(100 * np.subtract(now[p], before[p]) / whole_before) if whole_before > 0 else None
            for p in PARTS
        },
        "firms_value": firms_now,
        "firms_value_year_ago": whole_before,
    }


def panels(world: World) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows of marts.fct_panel_growth: cells of published totals whose firms are listed and told in both years."""
    asked = {i for i, r in world.indicators.items() if r["department"] == "stat" and r["sums_over_regions"] == "true"}
    figures: dict[tuple[str, str], dict[tuple[str, date], float]] = defaultdict(dict)
    for (indicator, _, _, firm, period, month), row in grown(world).items():
        if firm != "_T" and indicator in asked and row["value"] is not None:
            figures[indicator, period][firm, month] = row["value"]
    told = {series: {m for _, m in some} for series, some in figures.items()}
    lists = _lists(world)
    projected: dict[tuple[str, str], Lists] = {}
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for (indicator, region, industry, firm, period, month), total in grown(world).items():
        both = {month, year_before(month)}
        if firm != "_T" or not both <= told.get((indicator, period), set()) or not both <= lists.keys():
            continue
        if (region, industry) not in projected:
            projected[region, industry] = _seen_from(world, lists, region, industry)
        row = panel_growth(projected[region, industry], figures[indicator, period], month, region, industry)
        if row:
            before = grown(world).get((indicator, region, industry, firm, period, year_before(month)), {}).get("value")
            found[indicator, region, industry, period, month] = _beside(world, row, total, before)
    return found


def _lists(world: World) -> Lists:
    """The panel's list of each month, a firm once: as the delivery has it that was accepted last."""
    found: dict[date, dict[str, Listed]] = defaultdict(dict)
    lines = [r for r in world.listed if r["kind"] == "panel"]
    for r in sorted(lines, key=lambda r: (-r["accepted_at"].timestamp(), r["feed"], r["row"])):
        line = Listed(r["region_key"] or world.top, r["industry_code"] or "_T", r["attributes"].get("status", "in"))
        found[r["month"]].setdefault(r["firm"], line)
    return found


def _seen_from(world: World, lists: Lists, region: str, industry: str) -> Lists:
    """The same lists, a firm at the cell itself where its place lies within it."""

    def seen(line: Listed) -> Listed:
        inside = containing(world, line.region, line.industry)
        here = region if any(r == region for r, _ in inside) else line.region
        return Listed(here, industry if any(i == industry for _, i in inside) else line.industry, line.status)

    return {month: {firm: seen(line) for firm, line in lines.items()} for month, lines in lists.items()}


def _beside(world: World, row: dict[str, Any], total: Mapping[str, Any], before: float | None) -> dict[str, Any]:
    """To one decimal and without levels, beside the total that is published."""
    covered = 100 * row["firms_value"] / total["value"] if (total["value"] or 0) > 0 else None
    covered_before = 100 * row["firms_value_year_ago"] / before if (before or 0) > 0 else None
    off = [abs(c - 100) if c is not None else math.inf for c in (covered, covered_before)]
    shares = {"covered_pct": covered, "covered_year_ago_pct": covered_before}
    told = {k: v for k, v in row.items() if k.endswith("_n")}
    told |= {k: _printed(v) for k, v in (row | shares).items() if k.endswith(("_pct", "_pp"))}
    return told | {
        "growth_reported_pct": total["growth_reported_pct"],
        "level_ratio_pct": total["level_ratio_pct"],
        "stands_for_total": settled(max(off)) <= world.threshold("panel", "covered_off_pct")
        if max(off) < math.inf
        else False,
    }


def _printed(x: float | None) -> float | None:
    return None if x is None else float(Decimal(f"{x:.15g}").quantize(Decimal("0.1"), ROUND_HALF_UP))
