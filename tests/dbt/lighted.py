"""The five lights (domain.md 1.2, 3.3 rule 11), scored with numpy's quantiles and exact fractions."""

import math
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from tests.dbt.delivered import World
from tests.dbt.grown import moved, settled
from tests.dbt.placed import releases

LIGHTS = ("blue", "yellow_blue", "green", "yellow_red")


def shock_of(world: World, month: date) -> str | None:
    hits = [
        r["shock"]
        for r in world.seed("shock_periods")
        if date.fromisoformat(r["first_month"]) <= month <= date.fromisoformat(r["last_month"])
    ]
    return max(hits, default=None)


def lights(world: World) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows of marts.fct_composite_signal, by region, month and indicator."""
    main = [i for i, r in world.indicators.items() if r["main_indicator"] == "true"]
    growth = {
        (r.region, r.indicator, r.month): settled(r.growth)
        for r in releases(world).values()
        if r.indicator in main and r.judges and not r.alone and r.month <= world.month and r.growth is not None
    }
    years = int(world.threshold("composite", "history_months"))
    regions = {r for r, _, m in growth if m >= moved(world.month, -13 - years)}
    months = [m for n in range(-13, 1) if (m := moved(world.month, n)).month != 1]
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for region in regions:
        for month in months:
            rows = {i: _scored(world, growth, region, i, month, years) for i in main}
            _total(world, rows)
            for indicator, row in rows.items():
                before = found.get((region, months[months.index(month) - 1], indicator)) if month != months[0] else None
                row["previous_score"] = before["score"] if before else None
                row["previous_total_score"] = before["total_score"] if before else None
                both = before and None not in (row["total_score"], before["total_score"])
                row["contribution_points"] = (row["points"] or 0) - (before["points"] or 0) if both else None
                row["shock"], row["shock_year_ago"] = shock_of(world, month), shock_of(world, moved(month, -12))
                found[region, month, indicator] = row
    return found


def _scored(
    world: World, growth: dict[tuple[str, str, date], float], region: str, indicator: str, month: date, years: int
) -> dict[str, Any]:
    """Where growth lies in the fifths of its own history; what ties with several takes the middle one, the lower of two."""
    past = [g for (r, i, m), g in growth.items() if (r, i) == (region, indicator) and moved(month, -years) <= m < month]
    now = growth.get((region, indicator, month))
    fifths = [settled(float(q)) for q in np.quantile(past, [0.2, 0.4, 0.6, 0.8])] if past else [None] * 4
    score = None
    if now is not None and len(past) >= world.threshold("composite", "min_history"):
        score = 1 + sum(now > q for q in fifths) + sum(now == q for q in fifths) // 2
    return {
        "growth_pct": now,
        "history_n": len(past),
        **{f"quintile_{n}_pct": q for n, q in enumerate(fifths, 1)},
        "score": score,
    }


def _total(world: World, rows: dict[str, dict[str, Any]]) -> None:
    """Nine times the mean of what has a score, rounded once and at the end."""
    scores = [r["score"] for r in rows.values() if r["score"] is not None]
    enough = len(scores) >= world.threshold("composite", "min_components")
    exact = Fraction(9 * sum(scores), len(scores)) if scores else None
    total = math.floor(exact + Fraction(1, 2)) if enough and exact is not None else None
    bounds = [world.threshold("composite", f"{light}_to") for light in LIGHTS]
    for row in rows.values():
        row["scored_n"] = len(scores)
        row["points"] = float(Fraction(9 * row["score"], len(scores))) if row["score"] is not None else None
        row["total_score"] = total
        row["total_points"] = float(exact) if total is not None and exact is not None else None
        row["light"] = None if total is None else [*LIGHTS, "red"][sum(total > b for b in bounds)]
