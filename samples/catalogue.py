"""The rest of the indicator catalogue (domain.md 3): what follows from the latent city for regions, industries and firms.

Rates are recomputed from their parts for every region and period, never averaged (domain.md 2.1).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from samples.economy import (
    CITY,
    COUNTIES,
    INDUSTRIES,
    LENGTH,
    ROWS,
    UNITS,
    WEIGHT,
    Array,
    Economy,
    FirmSeries,
    Period,
    Series,
    ahead,
    index,
    season,
    smooth,
)
from samples.firms import SmallFirm, small_firms
from samples.stories import WHOLE_PANEL

# Divisions that burn most (domain.md 2.8) and those that are no manufacturing.
ENERGY_INTENSIVE = (
    "石油、煤炭及其他燃料加工业", "化学原料和化学制品制造业", "非金属矿物制品业", "黑色金属冶炼和压延加工业",
    "有色金属冶炼和压延加工业", "电力、热力生产和供应业",
)  # fmt: skip
NOT_MANUFACTURING = (
    "煤炭开采和洗选业", "黑色金属矿采选业", "非金属矿采选业", "电力、热力生产和供应业", "燃气生产和供应业", "水的生产和供应业",
)  # fmt: skip


class Measured(Protocol):
    """Anything that has a value and a comparable base for a key, a month and a period; nan where there is none."""

    def at(self, key: str, t: int, period: Period = "M") -> tuple[float, float]: ...


@dataclass(frozen=True)
class Ratio:
    """Percent that one measure is of another."""

    part: Measured
    whole: Measured

    def at(self, key: str, t: int, period: Period = "M") -> tuple[float, float]:
        parts, wholes = self.part.at(key, t, period), self.whole.at(key, t, period)
        value, base = (100 * p / w if w else np.nan for p, w in zip(parts, wholes, strict=True))
        return value, base


@dataclass(frozen=True)
class Reduction:
    """Percent by which one measure for a unit of another fell on the year before."""

    use: Measured
    output: Measured

    def at(self, key: str, t: int, period: Period = "M") -> tuple[float, float]:
        used, made = self.use.at(key, t, period), self.output.at(key, t, period)
        return 100 * (1 - used[0] / made[0] / (used[1] / made[1])), np.nan


@dataclass(frozen=True)
class Peak:
    """The greatest of a month. Counties do not reach theirs in the same hour, so the city's is below their sum."""

    series: Series
    together: float = 0.93

    def at(self, key: str, t: int, period: Period = "M") -> tuple[float, float]:
        value, base = self.series.at(key, t, period)
        share = self.together if key == CITY else 1.0
        return value * share, base * share


@dataclass(frozen=True)
class Level:
    """A figure that a region has of itself and that is not made of parts, as a rank or days of stock."""

    paths: dict[str, Array]

    def at(self, key: str, t: int, period: Period = "M") -> tuple[float, float]:
        path = self.paths[key]
        return float(path[t]), float(path[max(t - 12, 0)])


@cache
def regional(city: Economy) -> dict[str, Measured]:
    """Every indicator of the catalogue that departments report by region."""
    s: dict[str, Measured] = dict(city.series)
    for add in (_statistics, _planning, _transport, _treasury, _commerce, _banks, _energy, _power, _telecom):
        s |= add(city, s)
    return s


def _lumpy(city: Economy, annual: float, growth: Array, width: float) -> Series:
    """A flow that comes in lumps: a month may be twice or half the usual."""
    smooth_flow = city.flow(annual, growth)
    lump = np.exp(city.noise(width))
    before = np.hstack([lump[:, :12], lump[:, :-12]])
    return city.with_parts(smooth_flow.value[:COUNTIES] * lump, smooth_flow.base[:COUNTIES] * before)


def _counted(value: NDArray[Any], stock: bool = False) -> Series:
    """A count of events or, as a stock, of things: the city's own share is none, 大柴湖 has a fifth of 钟祥's."""
    rest = np.zeros((2, LENGTH))
    rest[1] = np.floor(value[UNITS.index("420881")] * 0.2)
    value = np.vstack([value, rest]).astype(float)
    return Series(value, np.hstack([value[:, :12], value[:, :-12]]), stock)


def _events(city: Economy, stream: int, annual: float, trend: float = 1.0) -> Series:
    """Events of a kind, about `annual` in the city in the first year."""
    rng = np.random.default_rng([city.seed, 5, stream])
    years = trend ** (np.arange(LENGTH) // 12)
    return _counted(rng.poisson(np.outer(WEIGHT * annual, np.tile(season(), LENGTH // 12)) * years))


def _rate(city: Economy, mean: float, drift: float, width: float) -> dict[str, Array]:
    """A slowly moving rate of the city alone."""
    rng = np.random.default_rng([city.seed, 6, round(mean * 100)])
    return {CITY: mean + drift * np.arange(LENGTH) / 12 + rng.uniform(-width, width, LENGTH)}


def _statistics(city: Economy, s: dict[str, Measured]) -> dict[str, Measured]:
    firms = _counted(panel_counts(city), stock=True)
    share = 0.11 - 0.004 * (smooth(city.reported) - 8) + city.noise(0.004)
    losing = city.with_parts(firms.value[:COUNTIES] * share, firms.base[:COUNTIES] * share, stock=True)
    high = city.flow(700_000, 15 + 0.6 * (city.reported - 8) + city.noise(0.5))
    defined_otherwise = city.flow(190_000, 11 + city.noise(0.8))
    return {
        "ST04": Ratio(s["ST03"], s["ST02"]),
        "ST09": firms,
        "ST09A": Ratio(losing, firms),
        "ST11": high,
        "ST12": defined_otherwise,
        "ST13": city.flow(13_200_000, 7.6 + 0.4 * (city.reported - 8) + city.noise(0.2)),
        "ST14": Level({CITY: np.round(np.interp(np.arange(LENGTH), [0, 40, 59], [9.0, 8.0, 6.0]))}),
        "ST14A": Level({CITY: np.round(9 - 0.5 * (smooth(city.reported).mean(0) - 8))}),
        "CN10": city.flow(11_800_000, 11 + city.wander(COUNTIES, 2.0, 0.8)),
    }


def _planning(city: Economy, s: dict[str, Measured]) -> dict[str, Measured]:
    energy = s["DR05"]
    output = city.value_added
    capacity = city.flow(36_000_000, city.reported + city.price - 0.4 * (city.activity - 8) + city.noise(0.3))
    return {
        "DR03": _lumpy(city, 6_400_000, 9 + city.wander(COUNTIES, 6.0, 0.7), 0.45),
        "DR04": Reduction(energy, output),
        "DR06": Ratio(s["ST02"], capacity),
        "DR07": Level(_rate(city, 92.1, 0.3, 0.3)),
        "DR08": Level(_rate(city, 88.5, 0.5, 0.4)),
        "DR09": Level(_rate(city, 61.0, 2.2, 0.3)),
        "DR10": Level(_rate(city, 93.2, 0.5, 0.3)),
    }


def _transport(city: Economy, s: dict[str, Measured]) -> dict[str, Measured]:
    harbours = np.array([1.0 if u in ("420822", "420881") else 0.0 for u in UNITS]) * WEIGHT
    moved = 0.7 * city.activity + 1 + city.noise(3)
    lorries = 0.8 * city.activity + 2 + city.noise(2, common=1.5)
    return {
        "TR03": city.flow(860, moved, harbours, holiday=0.3),
        "TR04": city.flow(24_000, 12 + city.noise(8), harbours, holiday=0.3),
        "TR05": city.flow(9_400_000, lorries, holiday=0.45),
    }


def _treasury(city: Economy, s: dict[str, Measured]) -> dict[str, Measured]:
    revenue, taxes = city.series["FI01"], city.series["FI02"]
    heads = city.stock(171_000, 1.2 + 0.25 * (smooth(city.activity) - 8) + city.noise(0.4))
    lumps = np.tile(np.where(np.isin(np.arange(12), (0, 3, 4, 6, 9)), 1.9, 0.36), LENGTH // 12)
    income = city.flow(150_000, 0.9 * city.nominal + city.noise(4))
    # The tax office books what the treasury books, but for the days between (domain.md 3.1, M14).
    timing = 1 + np.vstack([city.noise(0.2), city.noise(0.2)[:2]]) / 100
    before = np.hstack([timing[:, :12], timing[:, :-12]])
    land = _lumpy(city, 210_000, 5 + city.wander(COUNTIES, 8.0, 0.7), 0.5)
    return {
        "FI03": _with_own_share(city, _lumpy(city, 46_000, 9 + city.wander(COUNTIES, 5.0, 0.7), 0.4), 0.25),
        "FI04": _with_own_share(city, land, 0.3),
        "FI05": Ratio(Series(revenue.value - taxes.value, revenue.base - taxes.base), revenue),
        "TX02": Series(income.value * lumps, income.base * lumps),
        "TX05": _lumpy(city, 42_000, 6 + city.noise(8), 0.2),
        "TX06": city.flow(390_000, city.nominal + city.noise(1.5)),
        "CN24": Series(taxes.value * timing, taxes.base * before),
        "TX07": city.stock(1_450, 3 - 1.2 * (city.activity - 8) + city.noise(3)),
        "TX08": heads,
    }


def _with_own_share(city: Economy, flow: Series, residual: float) -> Series:
    return city.with_parts(flow.value[:COUNTIES], flow.base[:COUNTIES], residual)


def _commerce(city: Economy, s: dict[str, Measured]) -> dict[str, Measured]:
    dollars = city.flow(31_000, 7 + 0.8 * (city.activity - 8) + city.noise(8), holiday=0.3)
    attracted, strategic = _events(city, 1, 210, 1.05), _events(city, 2, 60, 1.08)
    strategic = Series(np.minimum(strategic.value, attracted.value), np.minimum(strategic.base, attracted.base))
    return {
        "CM02A": dollars,
        "CM02": city.in_yuan(dollars),
        "CM04": _lumpy(city, 4_300_000, 10 + city.wander(COUNTIES, 4.0, 0.7), 0.3),
        "CM04A": attracted,
        "CM05": _lumpy(city, 68_000, 6 + city.noise(6), 0.25),
        "CM06": Ratio(strategic, attracted),
    }


def _banks(city: Economy, s: dict[str, Measured]) -> dict[str, Measured]:
    loans = city.series["BK01"]
    # Bad loans come before the fall in output (domain.md 3.2, L15).
    rate = 2.3 - 0.09 * (ahead(smooth(city.activity), 5) - 8) + city.noise(0.05)
    before = np.hstack([rate[:, :12], rate[:, :-12]])
    bad = city.with_parts(
        loans.value[:COUNTIES] * rate / 100, loans.base[:COUNTIES] * before / 100, residual=0.08, stock=True
    )
    deposits = 9 + 0.5 * (smooth(city.activity) - 8) + city.noise(0.8)
    return {"BK05": Ratio(bad, loans), "BK06": city.stock(3_900_000, deposits, residual=0.06)}


def _energy(city: Economy, s: dict[str, Measured]) -> dict[str, Measured]:
    rng = np.random.default_rng([city.seed, 5, 3])
    days = {key: 19 + 6 * np.cos(2 * np.pi * (np.arange(LENGTH) - 9) / 12) + rng.uniform(-3, 3, LENGTH) for key in ROWS}
    days[CITY] = np.mean([days[u] for u in ("420802", "420882", "420822", "420881")], axis=0)
    return {
        "EN01A": city.flow(240_000, 0.5 * city.activity + 1 + city.noise(3), holiday=0.3),
        "EN04": city.flow(6_100_000, city.activity - 1.5 + city.noise(1.5)),
        "EN05": Level(days),
    }


def _power(city: Economy, s: dict[str, Measured]) -> dict[str, Measured]:
    # Capacity is asked for half a year before it makes anything (L1), and suspended when orders end (L10).
    asked = 8 + 2.2 * (ahead(smooth(city.reported), 6) - 8) + city.noise(6)
    suspended = np.clip(6 - 2.5 * (city.activity - 8) + city.noise(6), -60, 160)
    consumption = city.series["PW01"]
    per_hour = 1 / 30.4 / 24 / 0.72
    rng = np.random.default_rng([city.seed, 5, 4])
    return {
        "PW04": _lumpy(city, 620_000, asked, 0.35),
        "PW05": _lumpy(city, 210_000, suspended, 0.25),
        "PW06": Peak(Series(consumption.value * per_hour, consumption.base * per_hour, stock=True)),
        "PW07": _counted(rng.poisson(np.outer(WEIGHT * 9, np.ones(LENGTH)))),
    }


def _telecom(city: Economy, s: dict[str, Measured]) -> dict[str, Measured]:
    people = city.stock(196_000, 1.0 + 0.35 * (city.activity - 8) + city.noise(0.8), WEIGHT + 0.02)
    reached = _counted(panel_counts(city, covered(city)), stock=True)
    return {
        "TL03": people,
        "TL04": city.flow(26_000, 14 + city.noise(3), WEIGHT + 0.03),
        "TL05": city.stock(88_000, 38 + city.noise(4), WEIGHT + 0.05),
        "TL06": Ratio(reached, s["ST09"]),
    }


# Who is in the panel of firms above designated size.


def everyone(city: Economy) -> tuple[SmallFirm, ...]:
    """All firms above designated size, the monthly reported ones first; `entered` and `left` are months or None."""
    reported = tuple(
        SmallFirm(
            f.firm.name, f.firm.credit_code, f.firm.region_key, f.firm.industry, f.firm.born, None, "new_built", ""
        )
        for f in city.firms
    )
    return (*reported, *small_firms(city.seed))


@cache
def membership(city: Economy) -> Array:
    """Whether each firm is in the panel at the end of each month, (n, 60) of 0 and 1."""
    inside = np.ones((len(everyone(city)), LENGTH))
    for row, firm in zip(inside, everyone(city), strict=True):
        if firm.entered:
            row[: index(firm.entered)] = 0
        if firm.left:
            row[index(firm.left) :] = 0
    return inside


@cache
def covered(city: Economy) -> Array:
    """Whether each firm has 100 Mbit fibre and 4G, (n, 60): the last ones are the farthest from the road."""
    rng = np.random.default_rng([city.seed, 8])
    reached_at = rng.uniform(-60, 75, len(everyone(city)))
    return (np.arange(LENGTH) >= reached_at[:, None]).astype(float)


def panel_counts(city: Economy, among: Array | None = None) -> Array:
    """Firms in the panel by unit and month (7, 60); only those marked 1 in `among`."""
    inside = membership(city) if among is None else membership(city) * among
    regions = np.array([f.region_key for f in everyone(city)])
    return np.stack([inside[regions == unit].sum(0) for unit in UNITS])


# Industries: the city's figure shared out, each month's growth adding up to the city's.


@cache
def by_industry(city: Economy, code: str) -> Measured:
    """An indicator of the city by division; the keys are the names of INDUSTRIES, and CITY."""
    if code in ("ST04", "ST09A", "DR06"):
        return _industry_rate(city, code)
    source = regional(city)[code]
    assert isinstance(source, Series)
    weight = _lean(city, code)
    now, before = city.industries
    shared = _shared_out(source, now * weight, before * weight)
    return _whole(shared) if code == "ST09" else shared


def _shared_out(total: Series, now: Array, before: Array) -> "ByIndustry":
    """The city's figure by division, in proportion to (35, 60) of this year and of the year before."""
    value, base = (
        part / part.sum(0) * whole[: COUNTIES + 1].sum(0) for part, whole in ((now, total.value), (before, total.base))
    )
    return ByIndustry(value, base, total.stock)


def _whole(counts: "ByIndustry") -> "ByIndustry":
    """Counts in whole numbers that still add up to the city's, which is one."""

    def whole(parts: Array) -> Array:
        return np.diff(np.round(np.cumsum(parts, 0)), axis=0, prepend=np.zeros((1, LENGTH)))

    return ByIndustry(whole(counts.value), whole(counts.base), counts.stock)


def _lean(city: Economy, code: str) -> Array:
    """How much more than its value added each division has of an indicator, (35, 1)."""
    rng = np.random.default_rng([city.seed, 7, *code.encode()])
    weight = rng.uniform(0.8, 1.25, len(INDUSTRIES))
    for i, name in enumerate(INDUSTRIES):
        if code in ("PW02", "DR05", "EN02"):
            weight[i] *= 2.6 if name in ENERGY_INTENSIVE else 0.5
        if code == "BK02" and name in NOT_MANUFACTURING:
            weight[i] = 0
    return weight[:, None]


@dataclass(frozen=True)
class ByIndustry:
    """Monthly values of the divisions and their comparable base, (35, 60); CITY is their sum."""

    value: Array
    base: Array
    stock: bool

    def at(self, key: str, t: int, period: Period = "M") -> tuple[float, float]:
        rows = slice(None) if key == CITY else list(INDUSTRIES).index(key)
        months = slice(t - t % 12, t + 1) if period == "YTD" and not self.stock else slice(t, t + 1)
        return float(self.value[rows, ..., months].sum()), float(self.base[rows, ..., months].sum())


def _industry_rate(city: Economy, code: str) -> Measured:
    """A rate by division whose parts add up to those of the city's rate, which another table gives."""
    if code == "ST04":
        return Ratio(by_industry(city, "ST03"), by_industry(city, "ST02"))
    rate = regional(city)[code]
    assert isinstance(rate, Ratio)
    whole = by_industry(city, "ST09" if code == "ST09A" else "ST02")
    assert isinstance(whole, ByIndustry)
    lean = _lean(city, code)
    if code == "ST09A":
        assert isinstance(rate.part, Series)
        return Ratio(_shared_out(rate.part, whole.value * lean, whole.base * lean), whole)
    assert isinstance(rate.whole, Series)
    return Ratio(whole, _shared_out(rate.whole, whole.value / lean, whole.base / lean))


# Firms: each has its share of its county's figure, with a path of its own.

_STOCKS = ("ST08", "TX08", "BK01")


def by_firm(city: Economy, firm: FirmSeries, code: str) -> Measured:
    """An indicator of one firm; its base is its own value a year before. The key does not matter."""
    return ByFirm(_firm_path(city, firm, code), code in _STOCKS)


@dataclass(frozen=True)
class ByFirm:
    """Monthly values of a firm, (60,), nan before it was founded."""

    path: Array
    stock: bool = False

    def at(self, key: str, t: int, period: Period = "M") -> tuple[float, float]:
        first = t - t % 12 if period == "YTD" and not self.stock else t
        if np.isnan(self.path[t]):
            return np.nan, np.nan
        return float(np.nansum(self.path[first : t + 1])), float(np.nansum(self.path[first - 12 : t - 11]))


@cache
def _firm_path(city: Economy, firm: FirmSeries, code: str) -> Array:
    direct: dict[str, Callable[[], Array]] = {
        "TX03": lambda: firm.invoices,
        "TX01": lambda: firm.tax,
        "PW03": lambda: firm.power,
    }
    if code in direct:
        return direct[code]()
    source = regional(city)[code]
    assert isinstance(source, Series)
    county = source.value[UNITS.index(firm.firm.region_key)] * firm.firm.share
    rng = np.random.default_rng([city.seed, 9, *code.encode(), *firm.firm.credit_code.encode()])
    own = rng.uniform(0.97, 1.03, LENGTH) * rng.uniform(0.8, 1.2)
    if code in _STOCKS:
        path: Array = np.where(np.isnan(firm.invoices), np.nan, county * own)
        return np.round(path) if code != "BK01" else 0.4 * path
    invoiced = city.series["TX03"].value[UNITS.index(firm.firm.region_key)] * firm.firm.share
    busy: Array = firm.invoices / invoiced
    return county * own * busy


@cache
def rest_of_panel(city: Economy, code: str) -> dict[int, ByFirm]:
    """The firms beside the key ones in the county that names its whole panel, by their place in the list of all.

    Those inside in a month share out what the key firms leave, so entrants and leavers move the sum of the others.
    """
    first = len(city.firms)
    rows = [n for n, f in enumerate(everyone(city)) if n >= first and f.region_key == WHOLE_PANEL.region_key]
    weight = np.random.default_rng([city.seed, 14]).lognormal(0, 0.5, (len(rows), 1)) * membership(city)[rows]
    source = regional(city)[code]
    assert isinstance(source, Series)
    rest = source.value[UNITS.index(WHOLE_PANEL.region_key)] * WHOLE_PANEL.rest_share
    paths = np.where(weight > 0, rest * weight / weight.sum(0), np.nan)
    return {n: ByFirm(path) for n, path in zip(rows, paths, strict=True)}
