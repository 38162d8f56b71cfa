"""What is made of growth objects by adding them up or setting them side by side (domain.md 2.2, 2.7), reckoned anew."""

from collections import defaultdict
from datetime import date
from typing import Any

import yaml

from tests.dbt.contributed import contributions
from tests.dbt.delivered import World
from tests.dbt.grown import grown, moved, settled
from warehouse.settings import ROOT

Rows = dict[tuple[Any, ...], dict[str, Any]]
MEASURES = {"value": "value", "growth": "growth_pct"}


def residuals(world: World) -> Rows:
    """Rows of marts.fct_region_residuals: a total beside the sum of the regions that make it up."""
    parts = defaultdict(list)
    for key, r in world.regions.items():
        if r["adds_to_parent"] == "true":
            parts[r["parent_key"]].append(key)
    tolerance = world.threshold("additivity", "tolerance_pct") / 100
    values = {k: r["value"] for k, r in grown(world).items() if k[5] == world.month and k[3] == "_T"}
    found: Rows = {}
    for (indicator, region, industry, _, period, month), value in values.items():
        kind = world.indicators[indicator]
        adds = kind["sums_over_regions"] == "true" and kind["nature"] not in ("rate", "index")
        told = {p: values.get((indicator, p, industry, "_T", period, month)) for p in parts[region]}
        known = [v for v in told.values() if v is not None]
        if value is None or not adds or not known:
            continue
        silent = sorted(p for p, v in told.items() if v is None and world.regions[p]["region_type"] != "residual")
        missing = "、".join(world.regions[p]["name_zh"] for p in silent) or None
        over = value - sum(known)
        if settled(abs(over)) <= tolerance * abs(value):
            state = "adds_up"
        elif over < 0:
            state = "exceeds"
        else:
            state = "incomplete" if missing else "unallocated"
        found[indicator, region, industry, period, month] = {
            "value": value,
            "parts_value": sum(known),
            "parts_n": len(known),
            "missing_zh": missing,
            "residual_value": over,
            "residual_pct": 100 * over / abs(value) if value else None,
            "state": state,
        }
    return found


def points_of_growth(world: World) -> Rows:
    """Rows of marts.fct_contributions: what each county and each division of industry added to the growth of its total."""
    parts = defaultdict(list)
    for key, r in world.regions.items():
        if r["adds_to_parent"] == "true":
            parts[r["parent_key"]].append(key)
    divisions = [r["industry_code"] for r in world.seed("industries") if r["level"] == "division"]
    objects = grown(world)
    figures = {
        (i, r, d, p): {**row, "value_year_ago": objects.get((i, r, d, e, p, moved(m, -12)), {}).get("value")}
        for (i, r, d, e, p, m), row in objects.items()
        if m == world.month and e == "_T"
    }
    least = world.threshold("contribution", "min_growth_pct")
    found: Rows = {}
    for (indicator, region, industry, period), total in figures.items():
        if world.indicators[indicator]["sums_over_regions"] != "true":
            continue
        sets = {"region": {m: (indicator, m, industry, period) for m in parts[region]}}
        if industry == "_T":
            sets["industry"] = {d: (indicator, region, d, period) for d in divisions}
        for dimension, members in sets.items():
            known = {m: figures[k] for m, k in members.items() if k in figures}
            for member, told in contributions(total, known, least).items():
                found[dimension, indicator, region, industry, period, member] = told
    return found


def _wide(world: World, model: str, of_firms: bool) -> dict[tuple[str, str, date], dict[str, Any]]:
    """Levels and growth of a month side by side, by region, firm and month: no January, February together with it."""
    path = ROOT / "dbt_project" / "models" / "marts" / f"{model}.yml"
    (said,) = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    wanted = {
        (m["indicator"], m["axis"], MEASURES[m["measure"]]): c["name"]
        for c in said["columns"]
        if (m := c.get("config", {}).get("meta", {})).get("indicator")
    }
    firms_own = {i for i, _, _ in wanted}
    found: dict[tuple[str, str, date], dict[str, Any]] = {}
    for (indicator, region, industry, firm, period, month), row in grown(world).items():
        asked = firm != "_T" and indicator in firms_own if of_firms else (industry, firm) == ("_T", "_T")
        axis = {"M": "M", "M12": "M", "YTD": "YTD"}.get(period)
        alone = month.month == 1 or (month.month == 2 and period == "M")
        if not asked or axis is None or alone:
            continue
        line = found.setdefault((region, firm, month), dict.fromkeys(wanted.values()))
        line |= {
            wanted[indicator, axis, column]: row[column]
            for column in MEASURES.values()
            if (indicator, axis, column) in wanted
        }
        if of_firms:
            line |= {"industry_code": industry, "entity_name": row["entity_name"]}
    return found


def wide_regions(world: World) -> Rows:
    """Rows of marts.wide_region_month."""
    return {
        (region, month): line | {"region_name": world.regions[region]["name_zh"]}
        for (region, _, month), line in _wide(world, "wide_region_month", False).items()
        if region in world.regions
    }


def wide_firms(world: World) -> Rows:
    """Rows of marts.wide_firm_month."""
    return {
        (firm, month): line | {"region_key": region, "region_name": world.regions[region]["name_zh"]}
        for (region, firm, month), line in _wide(world, "wide_firm_month", True).items()
    }
