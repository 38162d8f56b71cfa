"""Matched sample growth and the points of entrants and leavers (domain.md 2.3), reckoned firm by firm."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

WENT = {"dropped": "left_dropped", "closed": "left_closed", "merged": "left_merged"}
CAME = {"new_built": "entered_new_built", "graduated": "entered_graduated"}
PARTS = (
    *CAME.values(), "entered_moved", "entered_unknown", *WENT.values(), "left_moved", "left_unknown",
    "matched", "entrants", "leavers",
)  # fmt: skip


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


def panel_growth(
    lists: Lists, figures: Figures, month: date, region: str | None, industry: str | None
) -> dict[str, Any] | None:
    """What a cell's row must say, None where no firm is known; all parts in points of the firms' sum a year before."""
    then = year_before(month)
    counts = dict.fromkeys(("firms_n", "firms_year_ago_n", "firms_both_n", "entrants_n", "leavers_n", "matched_n"), 0)
    silent = 0
    now, before = dict.fromkeys(PARTS, 0.0), dict.fromkeys(PARTS, 0.0)
    for firm in sorted({*lists[month], *lists[then]}):
        line, line_then = lists[month].get(firm), lists[then].get(firm)
        here, here_then = within(line, region, industry), within(line_then, region, industry)
        if not here and not here_then:
            continue
        value, value_then = figures.get((firm, month)), figures.get((firm, then))
        counts["firms_n"] += here
        counts["firms_year_ago_n"] += here_then
        in_panel_both = within(line, None, None) and within(line_then, None, None)
        if here and here_then:
            counts["firms_both_n"] += 1
            if value is None or value_then is None:
                silent += 1
                continue
            counts["matched_n"] += 1
            now["matched"] += value
            before["matched"] += value_then
        elif here:
            counts["entrants_n"] += 1
            if value is None:
                silent += 1
                continue
            why = "entered_moved" if in_panel_both else reason(lists, firm, month, CAME, "entered_unknown")
            now[why] += value
            now["entrants"] += value
        else:
            counts["leavers_n"] += 1
            if value_then is None:
                silent += 1
                continue
            why = "left_moved" if in_panel_both else reason(lists, firm, month, WENT, "left_unknown")
            before[why] += value_then
            before["leavers"] += value_then
    known = counts["firms_n"] + counts["leavers_n"] - silent
    if not known:
        return None
    whole = before["matched"] + before["leavers"]
    return {
        **counts,
        "silent_n": silent,
        "matched_growth_pct": 100 * (now["matched"] / before["matched"] - 1) if before["matched"] > 0 else None,
        "firms_growth_pct": 100 * ((now["matched"] + now["entrants"]) / whole - 1) if whole > 0 else None,
        **{f"{p}_pp": float(100 * np.subtract(now[p], before[p]) / whole) if whole > 0 else None for p in PARTS},
    }
