"""What one list has and another lacks (pairs M15 and M16, domain.md 3.1), by exact code and whole lists, reckoned with sets."""

import re
from collections import defaultdict
from datetime import date
from typing import Any

from tests.dbt.delivered import Row, World
from tests.dbt.grown import grown, moved, of_regions
from tests.dbt.paneled import WENT

CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
Found = dict[tuple[str, str, str], dict[str, Any]]


def last_lists(world: World) -> list[Row]:
    """The newest list of each feed up to the month built, each line with its credit code, if it has one."""
    newest: dict[str, date] = {}
    for r in world.listed:
        if r["month"] <= world.month:
            newest[r["feed"]] = max(newest.get(r["feed"], r["month"]), r["month"])
    lines = [r for r in world.listed if newest.get(r["feed"]) == r["month"]]
    return [
        {**r, "code": r["credit_code"] or (r["entity_id"] if CODE.fullmatch(r["entity_id"]) else None)} for r in lines
    ]


def firm_figures(world: World, indicator: str) -> dict[tuple[str, date], float]:
    """Months of single firms as told."""
    return {
        (firm, month): row["value"]
        for (i, _, _, firm, period, month), row in grown(world).items()
        if i == indicator and period == "M" and firm != "_T" and row["value"] is not None
    }


def twins(world: World) -> Found:
    """Rows of marts.fct_missing_twins, by pair, finding and thing."""
    lists = last_lists(world)
    panel = [r for r in lists if r["kind"] == "panel" and r["code"] and r["attributes"].get("status", "in") not in WENT]
    taxed = [r for r in lists if r["feed"].startswith("tax__") and r["kind"] == "enterprise"]
    accounts = [r for r in lists if r["kind"] == "account" and r["code"]]
    return _firms(world, panel, taxed, accounts) | _projects(world, lists, accounts) | _starts(world)


def _line(world: World, r: Row, status: str | None = None, sales: float | None = None) -> dict[str, Any]:
    return {
        "entity_name": r["entity_name"],
        "region_key": r["region_key"] or world.top,
        "industry_code": r["industry_code"] or "_T",
        "twin_status": status,
        "sales_10k_yuan": sales,
    }


def _firms(world: World, panel: list[Row], taxed: list[Row], accounts: list[Row]) -> Found:
    found: Found = {}
    states = defaultdict(set)
    for r in taxed:
        states[r["code"]].add(r["attributes"].get("status"))
    powered, in_panel = {r["code"] for r in accounts}, {r["code"] for r in panel}
    for r in panel:
        of_firm = states.get(r["code"], set())
        if any(t["code"] for t in taxed) and "active" not in of_firm:
            status = min((s for s in of_firm if s), default=None)
            found["M15", "panel_without_tax", r["code"]] = _line(world, r, status)
        if accounts and r["code"] not in powered:
            found["M15", "panel_without_power", r["code"]] = _line(world, r)
    invoices = firm_figures(world, "TX03")
    year = [moved(world.month, -n) for n in range(12)]
    for r in taxed:
        months = [invoices.get((r["code"], m)) for m in year]
        sales = sum(m for m in months if m is not None) if None not in months else None
        if sales is None:
            said = r["attributes"].get("sales_12_months_10k_yuan")
            sales = None if said is None else float(said)
        large = sales is not None and sales >= world.threshold("panel", "revenue_10k_yuan")
        if large and panel and r["attributes"].get("status") != "closed" and r["code"] not in in_panel:
            key = ("M15", "taxed_not_in_panel", r["code"])
            if key not in found or (found[key]["sales_10k_yuan"] or 0) < sales:
                found[key] = _line(world, r, r["attributes"].get("status"), sales)
    return found


def _projects(world: World, lists: list[Row], accounts: list[Row]) -> Found:
    """Projects begun whose window is over, within what power reported, with neither capacity nor an account in it."""
    capacity = firm_figures(world, "PW04")
    told = sorted(m for _, m in capacity)
    before, after = (int(world.threshold("project_twin", f"months_{w}")) for w in ("before", "after"))
    found: Found = {}
    for r in lists:
        if r["kind"] != "project" or not r["code"] or not r["attributes"].get("started_on"):
            continue
        started = date.fromisoformat(r["attributes"]["started_on"]).replace(day=1)
        first, last = moved(started, -before), moved(started, after)
        if not told or told[0] > first or min(told[-1], world.month) < last:
            continue
        connected = any(v > 0 for (f, m), v in capacity.items() if f == r["code"] and first <= m <= last)
        opened = [a["attributes"].get("opened_on") for a in accounts if a["code"] == r["code"]]
        if not connected and not any(o and first <= date.fromisoformat(o) <= moved(last, 1) for o in opened):
            found["M16", "project_without_power", r["entity_id"]] = _line(world, r)
    return found


def _starts(world: World) -> Found:
    """Regions that began projects and in whose whole window neither land was paid for nor capacity connected."""
    before, after = (int(world.threshold("project_twin", f"months_{w}")) for w in ("before", "after"))
    objects, begun = of_regions(world), moved(world.month, -after)
    found: Found = {}
    for region in world.regions:
        starts = objects.get(("DR01", region, "M", begun), {}).get("value")
        window = [moved(begun, n) for n in range(-before, after + 1)]
        seen = [objects.get((i, region, "M", m), {}).get("value") for i in ("PW04", "FI04") for m in window]
        if starts and starts > 0 and None not in seen and not any(v > 0 for v in seen):
            line = {"entity_name": None, "region_key": region, "industry_code": None}
            found["M16", "starts_without_power_or_land", region] = _line(world, line)
    return found
