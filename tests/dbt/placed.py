"""Places among counties and zones (domain.md 3.3 rule 2), single and composite, reckoned from growth objects."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from tests.dbt.delivered import World
from tests.dbt.grown import least, moved, of_regions

PREFERRED = {"YTD": 1, "M12": 2, "M": 3}


@dataclass(frozen=True)
class Release:
    """The figure by which an indicator of a region is spoken of in a month."""

    indicator: str
    region: str
    month: date
    period: str
    row: dict[str, Any]
    base: float | None
    previous: date | None = None
    alike: bool = False

    @property
    def growth(self) -> float | None:
        return self.row["growth_pct"]

    @property
    def error(self) -> float:
        return self.row["growth_error_pp"] or 0.0

    @property
    def judges(self) -> bool:
        """Growth that is known, and not the ratio of two published levels."""
        return self.growth is not None and self.row["growth_source"] != "computed"

    @property
    def alone(self) -> bool:
        """A January, or a February by itself, into which the festival moves."""
        return self.month.month == 1 or (self.month.month == 2 and self.period == "M")


@cache
def releases(world: World) -> dict[tuple[str, str, date], Release]:
    """By indicator, region and month: the year to date where there is one, else January-February, else the month."""
    spoken_of = {i for i, r in world.indicators.items() if r["main_indicator"] == "true" or r["headline_order"]}
    objects = of_regions(world)
    offers: dict[tuple[str, str, date], list[Release]] = defaultdict(list)
    for (indicator, region, period, month), row in objects.items():
        if indicator in spoken_of and (row["growth_pct"] is not None or row["value"] is not None):
            before = objects.get((indicator, region, period, moved(month, -12)), {}).get("value")
            known = [row["base_reported"], row.get("implied_base"), before]
            base = next((b for b in known if b is not None), None)
            offers[indicator, region, month].append(Release(indicator, region, month, period, row, base))
    chosen = {
        key: min(some, key=lambda r: (r.growth is None, PREFERRED.get(r.period, 4))) for key, some in offers.items()
    }
    found: dict[tuple[str, str, date], Release] = {}
    for key in sorted(chosen):
        one = chosen[key]
        last = (found and next(reversed(found.values()))) or None
        if last and (last.indicator, last.region) == key[:2] and one.month <= moved(last.month, 3):
            alike = (last.period == "YTD") == (one.period == "YTD")
            one = Release(one.indicator, one.region, one.month, one.period, one.row, one.base, last.month, alike)
        found[key] = one
    return found


@dataclass(frozen=True)
class Place:
    rank: int
    ties: int
    within_band: bool


def stands(world: World, release: Release) -> bool:
    """Whether a figure can have a place: known growth on more than next to no base, of no January or February alone."""
    kind, region = world.indicators[release.indicator], world.regions[release.region]
    if not region["ranking_group"] or not release.judges:
        return False
    if kind["nature"] in ("flow", "count") and release.alone:
        return False
    if release.base is None:
        return True
    if kind["unit"] == "万元" and release.base < world.threshold("ranking", "min_base_10k_yuan"):
        return False
    above = releases(world).get((release.indicator, region["parent_key"], release.month))
    if kind["sums_over_regions"] != "true" or not above or above.period != release.period or above.base is None:
        return True
    return release.base >= world.threshold("ranking", "min_base_share_pct") / 100 * above.base


@cache
def places(world: World) -> dict[tuple[str, str, date], tuple[Place | None, int]]:
    """By indicator, region and month: the place, and of how many. Behind is who is behind for certain (domain.md 2.1)."""
    groups: dict[tuple[str, date, str], list[Release]] = defaultdict(list)
    for release in releases(world).values():
        if release.region in world.regions and (group := world.regions[release.region]["ranking_group"]):
            groups[release.indicator, release.month, group].append(release)
    found: dict[tuple[str, str, date], tuple[Place | None, int]] = {}
    for some in groups.values():
        ranked = [r for r in some if stands(world, r)]
        rank = {r.region: 1 + sum(o.growth - o.error > r.growth + r.error for o in ranked) for r in ranked}
        banded = any(r.error > 0 for r in ranked)
        for r in some:
            place = None
            if r.region in rank:
                tied = [o.growth for o in ranked if rank[o.region] == rank[r.region]]
                place = Place(rank[r.region], len(tied), banded and min(tied) < max(tied))
            found[r.indicator, r.region, r.month] = (place, len(ranked))
    return found


def rankings(world: World) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows of marts.fct_rankings."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for key, region in world.regions.items():
        if region["ranking_group"]:
            grouped[region["ranking_group"]].append(key)
    of = {
        (i, m, world.regions[r]["ranking_group"]): place[1]
        for (i, r, m), place in places(world).items()
        if moved(world.month, -14) <= m <= world.month
    }
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for (indicator, month, group), n in of.items():
        for region in grouped[group]:
            release = releases(world).get((indicator, region, month))
            place = places(world).get((indicator, region, month), (None, 0))[0]
            found[indicator, region, month] = {
                "ranking_group": group,
                "period_type": release.period if release else None,
                "growth_pct": release.growth if release else None,
                "score": None,
                "maturity": release.row["maturity"] if release else None,
                "rank": place.rank if place else None,
                "rank_ties": place.ties if place else None,
                "rank_within_band": place.within_band if place else None,
                "rank_of": n,
            }
    for month, group in {(m, g) for _, m, g in of if m.month != 1}:
        found |= _composite(world, found, month, grouped[group], group)
    for indicator, region, month in sorted(found):
        earlier = [m for i, r, m in found if (i, r) == (indicator, region) and m < month]
        row = found[indicator, region, month]
        before = found[indicator, region, max(earlier)]["rank"] if earlier else None
        row["previous_rank"] = before
        row["places_gained"] = None if before is None or row["rank"] is None else before - row["rank"]
    return found


def _composite(
    world: World, single: dict[tuple[Any, ...], dict[str, Any]], month: date, regions: list[str], group: str
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Of all weighted indicators together: the share of the group that is not ahead, weighted by what has a place."""
    scores: dict[str, tuple[float, str | None]] = {}
    for region in regions:
        asked = [w for w in world.seed("composite_weights") if region not in w["exempt_regions"].split(";")]
        rows = [(float(w["weight_pct"]), single.get((w["indicator"], region, month))) for w in asked]
        ranked = [(w, r) for w, r in rows if r and r["rank"] is not None]
        weight = sum(w for w, _ in ranked)
        if ranked and weight >= world.threshold("ranking", "min_weight_pct") / 100 * sum(w for w, _ in rows):
            worth = sum(w * 100 * (r["rank_of"] - r["rank"] + 1) / r["rank_of"] for w, r in ranked)
            scores[region] = (round(worth / weight, 6), least(*(r["maturity"] for _, r in ranked)))
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for region in regions:
        score, maturity = scores.get(region, (None, None))
        found["_T", region, month] = {
            "ranking_group": group,
            "period_type": None,
            "growth_pct": None,
            "score": score,
            "maturity": maturity,
            "rank": None if score is None else 1 + sum(s > score for s, _ in scores.values()),
            "rank_ties": None if score is None else sum(s == score for s, _ in scores.values()),
            "rank_within_band": None if score is None else False,
            "rank_of": len(scores),
        }
    return found
