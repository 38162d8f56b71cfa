"""The tests of a steep decline (domain.md 3.3 rule 1) under each look at it, reckoned from releases and growth objects."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.dbt.delivered import Key, World
from tests.dbt.grown import Figure, moved, of_regions, periods, settled
from tests.dbt.lighted import shock_of
from tests.dbt.placed import Release, places, releases

UNLIKE = ("no_comparable_growth", "growth_basis")


@dataclass(frozen=True)
class Look:
    """Growth of a release in one way of looking at it."""

    growth: float
    error: float
    maturity: str | None
    has_place: bool
    caveat: str | None

    @property
    def is_flash(self) -> bool:
        return self.maturity == "flash"

    @property
    def low(self) -> float:
        return self.growth - self.error

    @property
    def high(self) -> float:
        return self.growth + self.error


def judged(world: World, indicator: str, region: str, month: date) -> Release | None:
    release = releases(world).get((indicator, region, month))
    return release if release and release.judges and not release.alone else None


def looks(world: World, release: Release, first: dict[Any, Any]) -> dict[str, Look]:
    """As published, as first released, without January-February, and as the mean of two years."""
    row, key = release.row, (release.indicator, release.region, release.month)
    placed, caveat = places(world).get(key, (None, 0))[0] is not None, row["two_year_caveat"]
    assert release.growth is not None
    found = {"published": Look(release.growth, release.error, row["maturity"], placed, caveat)}
    old = first.get((release.indicator, release.region, release.period, release.month))
    found["first_release"] = Look(old[0], release.error, old[1], placed, caveat) if old else found["published"]
    since = since_march(world, release) if release.period == "YTD" and release.month.month > 2 else None
    if since:
        found["without_january_february"] = Look(*since, row["maturity"], placed, caveat)
    before = judged(world, release.indicator, release.region, moved(release.month, -12))
    fair = before and before.period == release.period and caveat not in UNLIKE
    if fair and before.growth is not None and min(before.growth, release.growth) > -100:
        both = (1 + release.growth / 100) * (1 + before.growth / 100)
        found["two_year_average"] = Look(100 * (both**0.5 - 1), release.error, row["maturity"], placed, caveat)
    return found


def since_march(world: World, release: Release) -> tuple[float, float] | None:
    """The year to date less January-February of one delivery, else the months since March where each is known."""
    key = Key(release.indicator, release.region, "_T", "_T")
    if world.indicators[release.indicator]["nature"] != "flow" or key not in world.figures:
        return None
    told, end = periods(key, world), release.month
    now, early = told.get(("YTD", end)), told.get(("YTD", end.replace(month=2)))
    if now and early and now.value and early.value and now.value.delivery_id == early.value.delivery_id:
        b1, b2 = now.any_base, early.any_base
        if None not in (b1, b2, now.amount, early.amount) and b1 > b2:
            growth = 100 * ((now.amount - early.amount) / (b1 - b2) - 1)
            exact = now.base is not None and early.base is not None
            return growth, 0.0 if exact else (b1 + b2) / (b1 - b2) * 0.5 * 10.0 ** -min(now.decimals, early.decimals)
    months = [told.get(("M", end.replace(month=m))) for m in range(3, end.month + 1)]
    known = [(f, b) for f in months if f and f.amount is not None and (b := _base(f)) is not None]
    whole = sum(b for _, b in known)
    if len(known) < len(months) or whole <= 0:
        return None
    unsure = sum(b * _error(f) for f, b in known if f.base is None)
    return 100 * (sum(f.amount or 0 for f, _ in known) / whole - 1), unsure / whole


def _base(figure: Figure) -> float | None:
    return figure.any_base if figure.any_base is not None else figure.month_base


def _error(figure: Figure) -> float:
    return figure.error if figure.error is not None else 0.5 * 10.0**-figure.decimals


def first_releases(world: World) -> dict[Any, tuple[float, str | None]]:
    """The growth that a revision took the place of first, and how settled it was."""
    found: dict[Any, tuple[float, str | None]] = {}
    for r in world.rows(
        """
        select r.*, was.maturity from ops.revision as r inner join ops.delivery as d using (delivery_id)
        inner join ops.delivery as was on r.revised_delivery_id = was.delivery_id
        where d.status = 'accepted' and d.accepted_at <= :as_of and r.measure = 'growth' and r.old_value is not null
            and coalesce(r.industry_code, '_T') = '_T' and r.entity is null
        order by d.accepted_at, d.delivery_id
        """,
        as_of=world.build["as_of"],
    ):
        key = (r["indicator"], r["region_key"] or world.top, r["period_type"], r["month"])
        found.setdefault(key, (r["old_value"], r["maturity"]))
    return found


def doubtful(world: World) -> set[tuple[str, str]]:
    """Whose figure its supplier is to verify: output up alone (rule 6), or a red gap put to the indicator's department."""
    up, down = (world.threshold("verify_output", f"{w}_pct") for w in ("output_up", "others_down"))
    found = set()
    for region in world.regions:
        growth = {i: _monthly(world, i, region) for i in ("ST02", "PW02", "TX03")}
        if None not in growth.values() and growth["ST02"] > up and max(growth["PW02"], growth["TX03"]) < down:
            found |= {(region, "ST01"), (region, "ST02")}
    for r in world.rows(
        """
        select m.region_key, m.route_department, p.indicator_a, p.indicator_b from marts.fct_matched_indicators as m
        inner join catalog.matched_pairs as p using (pair)
        where m.month = :month and m.colour = 'red' and m.route = 'supplier' and m.route_reason <> 'flash'
            and m.industry_code = '_T' and m.entity_id = '_T'
        """,
        month=world.month,
    ):
        sides = (r["indicator_a"], r["indicator_b"])
        found |= {(r["region_key"], i) for i in sides if world.indicators[i]["department"] == r["route_department"]}
    return found


def _monthly(world: World, indicator: str, region: str) -> float | None:
    row = of_regions(world).get((indicator, region, "M12" if world.month.month == 2 else "M", world.month))
    return row["growth_pct"] if row and row["growth_source"] != "computed" else None


def declines(world: World) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows of marts.fct_decline_tests, by look, region and indicator."""
    first, put_aside = first_releases(world), doubtful(world)
    main = [i for i, r in world.indicators.items() if r["main_indicator"] == "true"]
    now: dict[tuple[str, str], dict[str, Look]] = defaultdict(dict)
    then: dict[tuple[str, str], dict[str, Look]] = defaultdict(dict)
    for indicator in main:
        for region in world.regions:
            latest = judged(world, indicator, region, world.month)
            if not latest:
                continue
            for look, told in looks(world, latest, first).items():
                now[look, indicator][region] = told
            before = judged(world, indicator, region, latest.previous) if latest.previous and latest.alike else None
            for look, told in (looks(world, before, first) if before else {}).items():
                then[look, indicator][region] = told
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for (look, indicator), told in now.items():
        for region in told.keys() - {world.top}:
            row = tests(world, indicator, region, told, then[look, indicator])
            row["under_verification"] = (region, indicator) in put_aside
            any_fires = any(row[t] for t in ("far_below", "fell", "negative_again", "last_twice", "below_floor"))
            row["fires"] = _and(_and(any_fires or _unknown(row), not row["under_verification"]), not row["is_flash"])
            found[look, region, indicator] = row
    return found


def _unknown(row: dict[str, Any]) -> bool | None:
    return None if row["far_below"] is None else False


def _and(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if None in (one, other) else True


def is_last(world: World, region: str, told: dict[str, Look]) -> bool:
    """Last for certain among those of its group that have a place, of whom one is ahead."""
    own, group = told.get(region), world.regions[region]["ranking_group"]
    if not own or not own.has_place or own.error:
        return False
    peers = [k for r, k in told.items() if k.has_place and world.regions[r]["ranking_group"] == group]
    return len(peers) > 2 and own.growth <= min(p.low for p in peers) and own.growth < max(p.low for p in peers)


def tests(world: World, indicator: str, region: str, told: dict[str, Look], earlier: dict[str, Look]) -> dict[str, Any]:
    """What of rule 1 holds of a region. A settled figure is held against no flash; a shock leaves only the city."""
    own, before, top = told[region], earlier.get(region), told.get(world.top)
    shock = shock_of(world, world.month)

    def limit(name: str) -> float:
        return world.threshold("steep_decline", name)

    def counts(other: Look | None) -> bool:
        return own.is_flash or (other is not None and not other.is_flash)

    def flash_peer(some: dict[str, Look]) -> bool:
        group, mine = world.regions[region]["ranking_group"], some.get(region)
        return mine is not None and any(
            k.is_flash
            for r, k in some.items()
            if k.has_place == mine.has_place and world.regions[r]["ranking_group"] == group
        )

    # unknown where the city has no growth to be held against
    far = None if own.high < 0 else False
    if top:
        far = counts(top) and own.high < 0 and settled(top.low - own.high) >= limit("below_top_pp")
    usual = shock is None and before is not None and counts(before)
    peers = own.is_flash or not (flash_peer(told) or flash_peer(earlier))
    return {
        "month": world.month,
        "growth_pct": own.growth,
        "previous_growth_pct": before.growth if before else None,
        "top_growth_pct": top.growth if top else None,
        "growth_error_pp": own.error,
        "far_below": far,
        "fell": bool(usual and before and settled(before.low - own.high) >= limit("fall_pp")),
        "negative_again": bool(usual and before and own.high < 0 and before.high < 0),
        "last_twice": shock is None and peers and is_last(world, region, told) and is_last(world, region, earlier),
        "below_floor": shock is None
        and indicator == "ST01"
        and settled(limit("floor_pct") - own.high) >= limit("floor_gap_pp"),
        "is_flash": own.is_flash,
        "shock": shock,
        "two_year_caveat": own.caveat,
    }
