"""The two sides of every matched pair (domain.md 3.1) set side by side, before any judgement, reckoned from growth objects."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.dbt.delivered import World
from tests.dbt.grown import grown, moved, settled
from tests.dbt.twinned import CODE

Series = tuple[str, str, str]  # region, industry, firm


@dataclass(frozen=True)
class Side:
    """A figure on its axis; growth is what may judge, `adjusted` the same at an unchanged tax rate."""

    value: float | None
    growth: float | None
    adjusted: float | None
    error: float
    adds: bool


def on_axis(world: World) -> dict[tuple[str, str], dict[tuple[Series, date], Side]]:
    """Figures by indicator and axis (M with January-February as February, YTD); a stock lies on both."""
    found: dict[tuple[str, str], dict[tuple[Series, date], Side]] = defaultdict(dict)
    for (indicator, region, industry, firm, period, month), row in grown(world).items():
        if (firm != "_T" and not CODE.fullmatch(firm)) or period not in ("M", "M12", "YTD"):
            continue
        if month.month == 1 or (month.month == 2 and period == "M"):
            continue
        nature = world.indicators[indicator]["nature"]
        judges = firm != "_T" or row["growth_source"] != "computed"
        growth = row["growth_pct"] if judges else None
        adjusted = row.get("growth_rate_adjusted_pct")
        side = Side(
            row["value"],
            growth,
            growth if adjusted is None or growth is None else adjusted,
            (row["growth_error_pp"] or 0) + (row.get("growth_rate_error_pp") or 0),
            nature in ("flow", "count"),
        )
        axes = ["YTD"] if period == "YTD" else ["M", "YTD"] if nature == "stock" else ["M"]
        for axis in axes:
            found[indicator, axis][(region, industry, firm), month] = side
    return found


def summed(world: World, pair: dict[str, str], sides: Any) -> dict[tuple[Series, date], Side]:
    """A second side that is a sum: each part known in both years, a nought whose growth is undefined nought in both."""
    parts = [r for r in world.seed("matched_sums") if r["pair"] == pair["pair"]]
    known: dict[tuple[Series, date], dict[str, tuple[float, float, float]]] = defaultdict(dict)
    for r in parts:
        factor = float(r["factor"])
        for key, side in sides[r["indicator"], pair["period_type"]].items():
            if side.value == 0 and side.growth is None:
                known[key][r["indicator"]] = (0.0, 0.0, side.error)
            elif side.value is not None and side.value > 0 and side.growth is not None and side.growth > -100:
                known[key][r["indicator"]] = (
                    factor * side.value,
                    factor * side.value / (1 + side.growth / 100),
                    side.error,
                )
    required = {r["indicator"] for r in parts if r["required"] == "true"}
    found = {}
    for key, told in known.items():
        now, before = sum(v for v, _, _ in told.values()), sum(b for _, b, _ in told.values())
        if required <= told.keys() and before > 0:
            growth = 100 * (now / before - 1)
            found[key] = Side(now, growth, growth, max(e for _, _, e in told.values()), True)
    return found


def gaps(world: World) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What marts.fct_matched_indicators compares, by pair, series and month; how it is judged stands elsewhere."""
    sides, area = on_axis(world), world.regions[world.top]["area"]
    of_sums = {r["pair"] for r in world.seed("matched_sums")}
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for pair in world.seed("matched_pairs"):
        if pair["area"] not in ("", area) or pair["method"] not in ("growth_gap", "equality", "sign"):
            continue
        first = sides[pair["indicator_a"], pair["period_type"]]
        second = sides[pair["indicator_b"], pair["period_type"]]
        for (series, month), b in (summed(world, pair, sides) if pair["pair"] in of_sums else second).items():
            earlier = moved(month, -int(pair["lag_months"]))
            a = first.get((series, earlier))
            if a and _meets(pair, series, earlier, month) and (row := _row(pair, series, a, b)):
                found[pair["pair"], *series, month] = row
    return found


def _meets(pair: dict[str, str], series: Series, month_a: date, month_b: date) -> bool:
    grain = "E" if series[2] != "_T" else "I" if series[1] != "_T" else "R"
    alike = pair["period_type"] != "M" or (month_a.month == 2) == (month_b.month == 2)
    by_quarter = pair["method"] != "sign" or month_b.month % 3 == 0
    return grain in pair["grains"].split(";") and alike and by_quarter


def _row(pair: dict[str, str], series: Series, a: Side, b: Side) -> dict[str, Any] | None:
    positive = (a.value or 0) > 0 and (b.value or 0) > 0
    both = a.adjusted is not None and b.adjusted is not None
    if not both and not (pair["method"] == "equality" and positive):
        return None
    limit = pair["limit_entity_pp"] if series[2] != "_T" and pair["limit_entity_pp"] else pair["limit_pp"]
    return {
        "growth_a_pct": a.adjusted,
        "growth_b_pct": b.adjusted,
        "gap_pp": settled(a.adjusted - b.adjusted) if both else None,
        "rate_adjustment_pp": (a.growth - b.growth) - (a.adjusted - b.adjusted) if both else None,
        "gap_error_pp": a.error + b.error,
        "level_ratio": a.value / b.value if positive and a.adds == b.adds else None,
        "limit_pp": float(limit) if limit else None,
    }
