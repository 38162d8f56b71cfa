"""Progress of the plan's targets reckoned with numpy from what was delivered, by domain.md 0.1 and 3.3 rule 3."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from tests.dbt.delivered import World
from tests.dbt.grown import of_regions

Target = Mapping[str, str]
# value and growth of the city's indicators by indicator, period type and month
Figures = Mapping[tuple[str, str, date], tuple[float | None, float | None]]


@dataclass(frozen=True)
class Listed:
    """A line of a department's list as of a month."""

    department: str
    kind: str
    month: date
    entity_id: str
    credit_code: str | None
    place: str | None
    attributes: Mapping[str, Any]

    @property
    def firm(self) -> str:
        return self.credit_code or self.entity_id


@dataclass(frozen=True)
class Plan:
    """What was known when the month was built; of a county, the places whose things are its own."""

    month: date
    figures: Figures
    lists: Sequence[Listed]
    places: frozenset[str] | None = None

    def points(
        self, indicator: str, period: str | None = None
    ) -> dict[tuple[date, str], tuple[float | None, float | None]]:
        return {
            (m, p): v
            for (i, p, m), v in self.figures.items()
            if i == indicator and m <= self.month and (period is None or p == period)
        }

    def to_date(self, indicator: str, year: int, month: int, what: int = 0) -> float | None:
        """The value (0) or growth (1) of a year to date; None where it is not known."""
        found = self.points(indicator, "YTD").get((date(year, month, 1), "YTD"))
        return found[what] if found else None

    def in_force(self, kind: str, department: str) -> list[Listed]:
        lines = [x for x in self.lists if x.kind == kind and department in ("", x.department) and x.month <= self.month]
        last = {d: max(x.month for x in lines if x.department == d) for d in {x.department for x in lines}}
        return [x for x in lines if x.month == last[x.department]]


def _of(target: Target, x: Listed, patterns: str) -> bool:
    return not target[patterns] or any(one.items() <= x.attributes.items() for one in json.loads(target[patterns]))


def _last_day(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1) - (date(2, 1, 2) - date(2, 1, 1))


def _counts(target: Target, plan: Plan, x: Listed) -> bool:
    first, last = date(int(target["first_year"]), 1, 1), _last_day(plan.month)
    said = x.attributes.get(target["date_attribute"])
    on = date.fromisoformat(said) if said else None
    until = x.attributes.get("valid_until")
    within = {
        "list": True,
        "lists": x.month >= first,
        "year": on is not None and date(plan.month.year, 1, 1) <= on <= last,
        "since_start": on is not None and first <= on <= last,
        "until": on is not None and on <= last,
        "held": on is not None and on <= last and (until is None or date.fromisoformat(until) >= last),
    }[target["counted_window"] or "list"]
    size = x.attributes.get(target["number_attribute"]) if target["number_attribute"] else None
    large = not target["number_attribute"] or (size is not None and size > float(target["more_than"]))
    here = plan.places is None or x.place in plan.places
    return here and within and large and _of(target, x, "matching")


def _counted(target: Target, plan: Plan) -> dict[str, Any] | None:
    in_force = plan.in_force(target["register"], target["register_department"])
    if not in_force:
        return None
    measured = max(x.month for x in in_force)
    if target["period"] == "annual" and measured.year != plan.month.year:
        return None
    lines = [x for x in plan.lists if x.kind == target["register"] and x.month <= plan.month]
    lines = [x for x in (lines if target["counted_window"] == "lists" else in_force) if _counts(target, plan, x)]

    def things(some: Sequence[Listed]) -> int:
        return len({x.entity_id if target["unit"] in ("个", "项") else x.firm for x in some})

    first = f"{target['first_year']}-01-01"
    before = things([x for x in lines if (x.attributes.get(target["date_attribute"]) or "9") < first])
    settled = target["counted_window"] in ("until", "since_start")
    end = f"{target['last_year']}-12-31"
    punctual = [x for x in lines if not settled or x.attributes[target["date_attribute"]] <= end]
    match target["measure"]:
        case "register_count":
            return {
                "actual": float(things(lines)), "in_time": float(things(punctual)), "before_plan": float(before),
                "measured_month": measured,
            }  # fmt: skip
        case "register_share":
            base = {
                x.firm
                for x in plan.in_force(target["base_register"], target["base_department"])
                if _of(target, x, "base_matching")
            }
            if not base:
                return None
            actual, in_time = (100 * len({x.firm for x in some} & base) / len(base) for some in (lines, punctual))
            return {"actual": actual, "in_time": in_time, "measured_month": measured}
        case _:
            value, growth = (plan.to_date(target["indicator"], measured.year, measured.month, w) for w in (0, 1))
            if value is None or growth is None or (added := value - value / (1 + growth / 100)) <= 0 or not lines:
                return None
            points = sum(x.attributes["output_increase_10k_yuan"] for x in lines)
            return {"actual": 100 * points / added, "measured_month": measured}


def _measured(target: Target, plan: Plan) -> dict[str, Any] | None:
    """The figure, its month, and what stood before the plan; None where it is not known."""
    year, first = plan.month.year, int(target["first_year"])
    if target["register"]:
        return _counted(target, plan)
    points = plan.points(target["indicator"])
    if target["measure"] == "growth":
        known = {m: v[1] for (m, p), v in points.items() if p == "YTD" and m.year == year and v[1] is not None}
        if not known:
            return None
        now, past = known[max(known)], [plan.to_date(target["indicator"], y, 12, 1) for y in range(first, year)]
        found = {"measured_month": max(known), "now": now, "past": past, "actual": now}
        if target["period"] == "average":
            if any(g is None for g in past):
                return None
            found["actual"] = 100 * (np.prod([1 + g / 100 for g in [*past, now]]) ** (1 / (len(past) + 1)) - 1)
        return found
    if target["measure"] == "share":
        parts = {m: v[0] for (m, p), v in points.items() if p == "YTD" and m.year == year and v[0] is not None}
        wholes = {m: v[0] for (m, p), v in plan.points(target["denominator"], "YTD").items() if (v[0] or 0) > 0}
        both = parts.keys() & wholes.keys()
        return {"measured_month": max(both), "actual": 100 * parts[max(both)] / wholes[max(both)]} if both else None
    usable = [
        (m, p == "YTD", p)
        for (m, p), v in points.items()
        if m.year == year and v[0] is not None and (p == "YTD" or target["measure"] != "level_to_date")
    ]
    if not usable:
        return None
    month, _, period = max(usable)
    before = points.get((date(first - 1, 12, 1), period), (None, None))[0]
    actual = points[month, period][0]
    if target["measure"] in ("change", "increase"):
        if before is None:
            return None
        actual -= before
    return {"measured_month": month, "actual": actual, "before_plan": before}


def _shares(target: Target, plan: Plan, month: int, years: Sequence[int]) -> dict[int, float]:
    """Share of the year that lay behind at a month, in those of the years that are whole."""
    found = {}
    for y in years:
        part, whole = (plan.to_date(target["pace_indicator"], y, m) for m in (month, 12))
        if part is not None and whole is not None and whole > 0:
            found[y] = part / whole
    return found


def _rest(whole_pct: float, to_date_pct: float, share: float) -> float:
    """((1 + T) B12 - Yt) / (B12 - Bt) - 1 in percent, with B12 = 1 and Bt = share."""
    return 100 * (((1 + whole_pct / 100) - (1 + to_date_pct / 100) * share) / (1 - share) - 1)


def progress(target: Target, plan: Plan) -> dict[str, Any]:
    """Actual, expected, required and best past growth, and state of a target of the city or of a county."""
    found = _measured(target, plan)
    if found is None or found["actual"] is None:
        return {"state": "no_data"}
    year, first, last = plan.month.year, int(target["first_year"]), int(target["last_year"])
    actual, month = found["actual"], found["measured_month"].month
    if target["comparison"] == "qualitative":
        before = found["before_plan"]
        state = "no_data" if before is None else "on_pace" if actual < before else "behind"
        return {"actual": actual, "before_plan": before, "state": state}
    value, years = float(target["value"]), last - first + 1
    gone = min(((found["measured_month"].year - first) * 12 + month) / 12, years)
    of_years = target["period"] == "average" and target["measure"] in ("increase", "register_count")
    whole = value * years if of_years else value
    past = _shares(target, plan, month, range(year - 3, year)) if target["pace_indicator"] else {}
    match target["measure"], target["period"], target["counted_window"]:
        case "level_to_date", _, _:
            expected = value * (float(np.mean(list(past.values()))) if past else month / 12)
        case (("increase" | "register_count"), "average", _):
            expected = value * gone
        case "register_count", "annual", "year":
            expected = value * month / 12
        case _, _, "held":
            expected = found["before_plan"] + max(value - found["before_plan"], 0) * gone / years
        case (("register_share" | "change"), _, _) | (_, _, "since_start"):
            expected = value * gone / years
        case _:
            expected = value
    told: dict[str, Any] = {
        "actual": actual, "expected": expected, "required_pct": None, "best_past_pct": None, "best_past_years_n": None,
    }  # fmt: skip
    share = past.get(year - 1, float(np.mean(list(past.values()))) if past else 1.0)
    if target["measure"] == "growth" and month < 12 and share < 1:
        least = value - float(target["tolerance"]) if target["comparison"] == "around" else value
        asked = least
        if target["period"] == "average":
            done = np.prod([1 + g / 100 for g in found["past"]])
            asked = 100 * (((1 + least / 100) ** years / done) ** (1 / (years - len(found["past"]))) - 1)
        told["required_pct"] = _rest(asked, found["now"], share)
        rests = []
        for y in range(year - 5, year):
            to_date, all_year = (plan.to_date(target["indicator"], y, m, 1) for m in (month, 12))
            if to_date is not None and all_year is not None:
                rests.append(_rest(all_year, to_date, _shares(target, plan, month, [y - 1]).get(y - 1, share)))
        told["best_past_pct"], told["best_past_years_n"] = max(rests, default=None), len(rests) or None
    around = target["comparison"] == "around"
    more = target["comparison"] == "more_than"
    reached = actual > whole if more else actual >= whole
    in_time = found.get("in_time", actual)
    late = year > last and (in_time <= whole if more else in_time < whole)
    if around:
        reached = abs(actual - value) <= float(target["tolerance"])
    within = around and actual >= value - float(target["tolerance"])
    told["completion_pct"] = 100 * actual / expected if expected and not within else 100.0
    decided = target["measure"] in ("register_count", "register_share", "level_to_date", "increase", "change")
    of_this_year = target["period"] != "average" or year == last
    is_over = year > last or (
        found["measured_month"] == date(year, 12, 1) and (target["period"] in ("annual", "monthly") or year == last)
    )
    if reached and (decided or is_over):
        told["state"] = "met_late" if late else "met"
    elif around and actual > value + float(target["tolerance"]):
        told["state"] = "above_band"
    elif is_over:
        told["state"] = "overdue" if target["period"] == "by_end" else "missed"
    elif (
        None not in (told["required_pct"], told["best_past_pct"])
        and of_this_year
        and told["required_pct"] > told["best_past_pct"]
    ):
        told["state"] = "unreachable"
    else:
        told["state"] = "on_pace" if told["completion_pct"] >= 100 else "behind"
    return told


@cache
def plan_of(world: World, county: str | None = None) -> Plan:
    """What a warehouse knows of the plan; of a county, what lies in it or in a part of it."""
    known = {
        (indicator, period, month): (row["value"], None if row["growth_source"] == "computed" else row["growth_pct"])
        for (indicator, region, period, month), row in of_regions(world).items()
        if region == world.top
    }
    listed = [
        Listed(
            r["feed"].split("__")[0],
            r["kind"],
            r["month"],
            r["entity_id"],
            r["credit_code"],
            r["region_key"],
            r["attributes"],
        )
        for r in world.listed
    ]
    inside = {k for k, r in world.regions.items() if county in (k, r["parent_key"])}
    return Plan(world.month, known, listed, frozenset(inside) if county else None)


def targets(world: World) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows of marts.fct_target_progress: each target of the year built for the city, or for each of its counties."""
    found = {}
    for target in world.seed("targets"):
        first, last = int(target["first_year"]), int(target["last_year"])
        if not first <= world.month.year or (world.month.year > last and target["period"] != "by_end"):
            continue
        counties = [k for k, r in world.regions.items() if r["ranking_group"]]
        for region in counties if target["kind"] == "count_per_county" else [world.top]:
            told = progress(target, plan_of(world, None if region == world.top else region))
            if region in target["exempt_regions"].split(";"):
                told = {"actual": told.get("actual"), "state": "exempt"}
            columns = ("actual", "expected", "completion_pct", "required_pct", "best_past_pct", "best_past_years_n")
            found[target["target"], region] = {c: told.get(c) for c in columns} | {"state": told["state"]}
    return found
