"""Which cells of statistics give a single firm away (domain.md 2.11), reckoned firm by firm.

Which others are hidden with them is a choice, held by tests that attack what is shown (test_complementary.py): here a cell
that is hidden without being a secret only has to lie beside one.
"""

from collections import defaultdict
from datetime import date
from typing import Any

from tests.dbt.delivered import Key, World, containing
from tests.dbt.paneled import WENT

Cell = tuple[str, str, str]  # what it is judged by, region, industry
Firms = dict[str, float]


def listed_firms(world: World) -> dict[tuple[str, str, date], int]:
    """How many firms of the panel's lists lie in a cell of region and industry, by month; a firm once."""
    places: dict[tuple[str, date], tuple[str, str]] = {}
    lines = [r for r in world.listed if r["kind"] == "panel"]
    for r in sorted(lines, key=lambda r: (-r["accepted_at"].timestamp(), r["feed"], r["row"])):
        gone = r["attributes"].get("status", "in") in WENT
        places.setdefault(
            (r["firm"], r["month"]),
            ("", "") if gone else (_or(r["region_key"], world.top), _or(r["industry_code"], "_T")),
        )
    found: dict[tuple[str, str, date], int] = defaultdict(int)
    for (_, month), (region, industry) in places.items():
        for cell in containing(world, region, industry) if region else ():
            found[*cell, month] += 1
    return found


def _or(told: str | None, otherwise: str) -> str:
    return otherwise if told is None else told


def returned(world: World, judged_by: dict[str, str]) -> dict[tuple[str, str, str, str, date], Firms]:
    """What single firms returned, by indicator and cell, period and month."""
    found: dict[tuple[str, str, str, str, date], Firms] = defaultdict(dict)
    for key, periods in world.figures.items():
        never_negative = world.indicators[key.indicator]["never_negative"] == "true"
        if key.entity_id == "_T" or key.indicator not in judged_by or not never_negative:
            continue
        for region, industry in containing(world, key.region_key, key.industry_code):
            for period, months in periods.items():
                for month, said in months.items():
                    if "value" in said and said["value"].value is not None:
                        found[key.indicator, region, industry, period, month][key.entity_id] = said["value"].value
    return found


def secrets(world: World) -> set[tuple[Cell, int]]:
    """Cells and years with fewer firms than may be shown, or with one that holds nearly all; before firms were told, as then."""
    judged_by = {r["indicator"]: r["judged_by"] for r in world.seed("panel_indicators")}
    firms, lists = returned(world, judged_by), listed_firms(world)
    covered = world.threshold("confidential", "covered_pct") / 100
    counts: dict[tuple[Cell, int], list[int]] = defaultdict(list)
    shares: dict[tuple[Cell, int], list[float]] = defaultdict(list)
    years: dict[Cell, set[int]] = defaultdict(set)
    for key, period, month, value in _published(world, judged_by):
        cell = (judged_by[key.indicator], key.region_key, key.industry_code)
        own = firms.get((key.indicator, key.region_key, key.industry_code, period, month), {})
        years[cell].add(month.year)
        n = lists.get((key.region_key, key.industry_code, month))
        if own and value is not None and sum(own.values()) >= covered * value:
            n = sum(v != 0 for v in own.values())
        if n is not None:
            counts[cell, month.year].append(n)
        if own and value is not None and value > 0:
            shares[cell, month.year].append(100 * max(own.values()) / value)
    few, one = world.threshold("confidential", "min_firms"), world.threshold("confidential", "one_firm_pct")
    found = set()
    for cell, told in years.items():
        for year in told:
            n = counts.get((cell, _told(counts, cell, year)), [])
            share = shares.get((cell, _told(shares, cell, year)), [])
            if (n and min(n) < few) or (share and max(share) > one):
                found.add((cell, year))
    return found


def _told(known: dict[tuple[Cell, int], Any], cell: Cell, year: int) -> int:
    """The year, or the first one of which something is known where that comes later."""
    first = min((y for c, y in known if c == cell), default=year)
    return max(year, first)


def _published(world: World, judged_by: dict[str, str]) -> list[tuple[Key, str, date, float | None]]:
    return [
        (key, period, month, said["value"].value if "value" in said else None)
        for key, periods in world.figures.items()
        if key.entity_id == "_T" and key.indicator in judged_by
        for period, months in periods.items()
        for month, said in months.items()
    ]


def cells(world: World) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows of marts.fct_confidential_cells: secrets and the year after, in all indicators judged alike, and who lies beside."""
    judged_by = {r["indicator"]: r["judged_by"] for r in world.seed("panel_indicators")}
    against = {int(r["against_year"]): int(r["year"]) for r in world.seed("base_effects")}

    def following(year: int) -> set[int]:
        return {year, year + 1} | ({against[year]} if year in against else set())

    secret = secrets(world)
    hidden = {
        (i, c[1], c[2], y) for c, year in secret for y in following(year) for i, by in judged_by.items() if by == c[0]
    }
    beside = {(c[0], y) for c, year in secret for y in following(year)}
    for r in world.rows("select indicator, region_key, industry_code, year from marts.fct_confidential_cells"):
        if (judged_by[r["indicator"]], r["year"]) in beside:
            hidden.add((r["indicator"], r["region_key"], r["industry_code"], r["year"]))
    return {key: {} for key in hidden}
