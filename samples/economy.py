"""The latent city: one true activity for each county, from which all ten departments' figures follow.

Deterministic for a seed. Figures known in print are met exactly; everything else is invented around them.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from samples.firms import Firm, firms
from samples.stories import OUTPUT_WITHOUT_POWER, POWER_ONLY, REAL_DECLINE, STOPPED
from vocabulary.month import Month

Array = NDArray[np.float64]
Period = Literal["M", "YTD"]

FIRST_YEAR, LAST_YEAR = 2014, 2018
LENGTH = 12 * (LAST_YEAR - FIRST_YEAR + 1)

# The seven units that add up to the city, what is left to the city itself, and the part of 钟祥 shown apart.
UNITS = ("420802", "JM-GXDD", "JM-ZH", "JM-QJL", "420882", "420822", "420881")
ROWS = (*UNITS, "JM-SZ", "JM-DCH")
CITY = "420800"
WEIGHT = np.array([0.12, 0.31, 0.03, 0.05, 0.19, 0.07, 0.23])
COUNTIES = len(UNITS)

# Growth of value added of industry above designated size in Jingmen, January to month, percent, as printed:
# 2018-06 stated in jingmen H1 note m-jingmen.cjyun.org/p/202209.html, 2018-05 from its "0.2 points faster";
# 2017-12 from "0.7 points faster" in jingmen.cjyun.org/p/230090.html.
PRINTED = {"2017-12": 7.6, "2018-05": 7.9, "2018-06": 8.1}
# Years before are not known in print; these are ours.
_INVENTED = {"2015-12": 8.6, "2016-12": 8.0}

# First day of the Spring Festival (domain.md 2.5; 2014-2016 from the lunar calendar).
FESTIVAL = {
    2014: date(2014, 1, 31), 2015: date(2015, 2, 19), 2016: date(2016, 2, 8), 2017: date(2017, 1, 28),
    2018: date(2018, 2, 16),
}  # fmt: skip
_QUIET_BEFORE, _QUIET_DAYS = 5, 18


def index(month: str) -> int:
    """Position of month `2018-06` on the time axis. Raises ValueError outside it."""
    t = Month.parse(month).ordinal - Month(FIRST_YEAR, 1).ordinal
    if not 0 <= t < LENGTH:
        raise ValueError(f"{month} lies outside {FIRST_YEAR}-01 to {LAST_YEAR}-12")
    return t


@dataclass(frozen=True)
class Series:
    """Monthly values of the nine rows and, beside them, the comparable base of each: arrays (9, 60).

    The base is last year's value restated to this year's panel, so growth is not the ratio of printed levels.
    """

    value: Array
    base: Array
    stock: bool = False

    def at(self, key: str, t: int, period: Period = "M") -> tuple[float, float]:
        """Value and comparable base of a region in month t, or from January to it. A stock is its month's end."""
        rows = slice(0, COUNTIES + 1) if key == CITY else ROWS.index(key)
        months = slice(t - t % 12, t + 1) if period == "YTD" and not self.stock else slice(t, t + 1)
        return float(self.value[rows, ..., months].sum()), float(self.base[rows, ..., months].sum())


@dataclass(frozen=True, eq=False)
class FirmSeries:
    """Monthly values of a firm, absent (nan) before it was founded; its base is its own value a year before."""

    firm: Firm
    invoices: Array
    tax: Array
    power: Array


class Economy:
    """Everything the departments will report. `series[indicator]` is monthly; see `Series.at`."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._rng = np.random.default_rng([seed, 2])
        years = np.arange(LENGTH) / 12
        self.price = 1.5 + np.sin(2 * np.pi * years / 4.5)
        self.reported, self.value_added = self._real_growth()
        self.activity = self._true_activity()
        self.nominal = self.activity + self.price
        self.series: dict[str, Series] = {"ST01": self.value_added}
        for add in (self._statistics, self._tax, self._power, self._energy, self._banks, self._others):
            add()

    # Growth of value added: reported by the counties, adding up to the city as printed.

    def wander(self, rows: int, sd: float, memory: float = 0.5) -> Array:
        """An autoregressive path for each row, in percentage points; January moves with February."""
        out = np.zeros((rows, LENGTH))
        shock = self._rng.normal(0, sd * np.sqrt(1 - memory**2), (rows, LENGTH))
        for t in range(1, LENGTH):
            out[:, t] = memory * out[:, t - 1] + shock[:, t]
        out[:, 0::12] = out[:, 1::12]
        return out

    def noise(self, width: float, common: float = 0.0) -> Array:
        """Bounded measurement noise: two departments that agree never differ by more than their widths.

        common: the part that hits all counties alike, such as the weather or the days meters are read.
        """
        return self._rng.uniform(-width, width, (COUNTIES, LENGTH)) + self._rng.uniform(-common, common, (1, LENGTH))

    def _city_growth(self) -> Array:
        """Monthly real growth of the city that meets every printed cumulative figure exactly."""
        growth = 8.0 + self.wander(1, 1.0)[0]
        level = np.array(season())
        total = np.tile(level, LENGTH // 12)
        known = sorted((_INVENTED | PRINTED).items())
        done = 12
        for month, printed in known:
            t = index(month)
            start = t - t % 12
            if t // 12 > (done - 1) // 12 and done < start:
                raise ValueError("a year without a known figure")
            base = total[start - 12 : t - 11]
            free = np.arange(t - start + 1) >= done - start
            missing = printed * base.sum() - (base * growth[start : t + 1]).sum()
            growth[start : t + 1][free] += missing / base[free].sum()
            done = t + 1
            total[start : t + 1] = base * (1 + growth[start : t + 1] / 100)
            if t % 12 == 11:
                total[start + 12 :] = np.tile(total[start : start + 12], (LENGTH - start - 12) // 12)
        return growth

    def _real_growth(self) -> tuple[Array, Series]:
        """Reported real growth (7, 60) in percent and the latent level of value added it belongs to."""
        city = self._city_growth()
        growth = self.wander(COUNTIES, 1.6, 0.6) + 8
        fixed = np.zeros((COUNTIES, LENGTH), dtype=bool)
        suspicious, declining = UNITS.index(OUTPUT_WITHOUT_POWER.region_key), UNITS.index(REAL_DECLINE.region_key)
        from_2018 = slice(index("2018-01"), index("2018-06") + 1)
        fixed[[suspicious, declining], from_2018] = True
        growth[suspicious, from_2018] = 12.1 - self.price[from_2018] + self._rng.uniform(-0.3, 0.3, 6)
        growth[declining, from_2018] = -11 + self._rng.uniform(-0.6, 0.6, 6)
        value = np.outer(WEIGHT, np.tile(season(), LENGTH // 12)) * 500_000
        base = value.copy()
        for t in range(12, LENGTH):
            base[:, t] = b = value[:, t - 12]
            free = ~fixed[:, t]
            missing = city[t] * b.sum() - (b * growth[:, t]).sum()
            growth[free, t] += missing / b[free].sum()
            value[:, t] = b * (1 + growth[:, t] / 100)
        return growth, self.with_parts(value, base)

    def _true_activity(self) -> Array:
        """What the factories did: as reported, but for the county that reports output it did not make."""
        true = self.reported.copy()
        row = UNITS.index(OUTPUT_WITHOUT_POWER.region_key)
        true[row, index("2018-01") : index("2018-04")] = 6 + self._rng.uniform(-1, 1, 3)
        true[row, index("2018-04") : index("2018-06") + 1] = -28 + self._rng.uniform(-1, 1, 3)
        return true

    # Building series.

    def with_parts(self, value: Array, base: Array, residual: float = 0.0, stock: bool = False) -> Series:
        """Add the two rows that are no unit: the city's own share and 大柴湖 within 钟祥."""
        last = UNITS.index("420881")
        part = 0.06 * np.cumprod(1 + self._rng.uniform(-0.004, 0.004, LENGTH))
        own = residual / (1 - residual)
        drift = np.cumprod(1 + self._rng.uniform(-0.004, 0.004, LENGTH)) * own
        extra_value = np.stack([value.sum(0) * drift, value[last] * part])
        before = np.stack([drift, part])
        before[:, 12:] = before[:, :-12]
        extra_base = np.stack([base.sum(0), base[last]]) * before
        return Series(np.vstack([value, extra_value]), np.vstack([base, extra_base]), stock)

    def flow(
        self, annual: float, growth: Array, weight: Array = WEIGHT, *, holiday: float = 0.0, residual: float = 0.0,
        revision: Array | None = None,
    ) -> Series:  # fmt: skip
        """A flow worth `annual` in the city in 2014 that grows by `growth` percent over its comparable base.

        holiday: how much of a day's flow is lost on the quiet days around the Spring Festival.
        revision: (7, 60) factors that restate last year's values to this year's panel.
        """
        level = np.outer(weight / weight.sum() * annual * (1 - residual), np.tile(season(), LENGTH // 12))
        base = level.copy()
        for t in range(12, LENGTH):
            base[:, t] = level[:, t - 12] * (1 if revision is None else revision[:, t])
            level[:, t] = base[:, t] * (1 + growth[:, t] / 100)
        open_days = _open_share(holiday)
        before = np.concatenate([open_days[:12], open_days[:-12]])
        return self.with_parts(level * open_days, base * before, residual)

    def stock(self, start: float, growth: Array, weight: Array = WEIGHT, residual: float = 0.0) -> Series:
        """A stock worth `start` at the end of 2014-01 whose yearly growth is `growth` percent."""
        level = np.outer(weight / weight.sum() * start * (1 - residual), 1 + 0.006 * np.arange(LENGTH))
        base = level.copy()
        for t in range(12, LENGTH):
            base[:, t] = level[:, t - 12]
            level[:, t] = base[:, t] * (1 + growth[:, t] / 100)
        return self.with_parts(level, base, residual, stock=True)

    # The departments.

    def _statistics(self) -> None:
        output = self.reported + self.price + self.noise(0.3)
        revision = np.ones((COUNTIES, LENGTH))
        for year in range(1, LENGTH // 12):
            moved = self._rng.random(COUNTIES) < 0.4
            revision[moved, 12 * year : 12 * year + 12] = self._rng.uniform(0.96, 0.995, (moved.sum(), 1))
        self.series["ST02"] = self.flow(28_000_000, output, revision=revision)
        self.series["ST03"] = self.flow(27_300_000, output + self.noise(0.6), revision=revision)
        exports = 8 + 1.4 * (ahead(self.activity, 1) - 8) + self.noise(5)
        self.series["CM01A"] = self.flow(95_000, exports, WEIGHT * [1, 1.6, 0.5, 0.4, 1, 0.6, 1], holiday=0.3)
        self.series["ST05"] = self.flow(480_000, exports + self.noise(4), revision=revision)
        self.series["ST06"] = revenue = self.flow(
            26_800_000, output - 0.3 + self.wander(COUNTIES, 1.0, 0.8), revision=revision
        )
        self.series["ST07"] = self._profit(revenue)
        self.series["ST08"] = self.stock(175_000, 1.5 + 0.25 * (smooth(self.activity) - 8) + self.noise(0.3))
        drive = self.wander(COUNTIES, 3.0, 0.8)
        drive[UNITS.index(REAL_DECLINE.region_key), index("2018-01") :] -= 16
        for code, annual, mean in (
            ("ST10", 5_200_000, 11.0), ("ST10A", 4_700_000, 11.5), ("ST10B", 1_900_000, 13.0), ("ST10C", 4_200_000, 10.0),
        ):  # fmt: skip
            self.series[code] = self.flow(annual, mean + drive + self.wander(COUNTIES, 2.0, 0.8))
        self.series["BK03"] = self.stock(900_000, 9 + 0.9 * ahead(drive, 3) + self.noise(0.3))

    def _profit(self, revenue: Series) -> Series:
        """Profit: revenue times a margin that may be negative, as in 漳河新区 until it turned in 2017."""
        margin = 0.058 + 0.004 * self.wander(COUNTIES, 0.5, 0.9)
        margin[UNITS.index("JM-ZH")] = np.where(np.arange(LENGTH) < index("2017-01"), -0.015, 0.02)
        margin[UNITS.index("JM-QJL")] = np.where(np.arange(LENGTH) < index("2017-01"), 0.016, 0.042)
        margin[UNITS.index(REAL_DECLINE.region_key), index("2018-01") :] *= 0.82
        before = np.concatenate([margin[:, :12], margin[:, :-12]], axis=1)
        return self.with_parts(revenue.value[:COUNTIES] * margin, revenue.base[:COUNTIES] * before)

    def _tax(self) -> None:
        invoices = self.nominal + self.noise(2.0, common=1.5)
        self.series["TX03"] = self.flow(23_500_000, invoices, holiday=0.35)
        # Stocks are bought before the festival as after it, so purchases show no holiday.
        self.series["TX04"] = self.flow(15_800_000, ahead(self.nominal, 2) + self.noise(0.8))
        # Tax paid is last month's business.
        self.series["TX01"] = self.flow(620_000, behind(self.nominal, 1) + self.noise(1.5))
        budget = 1.5 + 0.6 * self.nominal + self.noise(3)
        self.series["FI01"] = self.flow(820_000, budget, residual=0.21)
        self.series["FI02"] = self.flow(560_000, budget + self.noise(2), residual=0.18)

    def _power(self) -> None:
        weight = WEIGHT * [1.1, 1.1, 0.5, 0.7, 1, 1, 1]
        industry = self.activity - 0.5 + self.noise(2.0, common=1.5)
        self.series["PW02"] = pw02 = self.flow(560_000, industry, weight, holiday=0.4, residual=0.06)
        homes = self.flow(340_000, 6.5 + self.noise(3), WEIGHT + 0.06, residual=0.03)
        self.series["PW01"] = Series(pw02.value + homes.value, pw02.base + homes.base)

    def _energy(self) -> None:
        gas = self.activity + 1.5 + self.noise(3)
        self.series["EN02"] = self.flow(21_000, gas, WEIGHT * [1, 1.3, 0.2, 0.3, 1.2, 0.5, 1], holiday=0.3)
        plants = np.array([0.62, 0, 0, 0, 0.04, 0.24, 0.10])
        self.series["EN03"] = self.flow(640_000, 3 + self.noise(6), plants)
        coal = 0.8 * self.activity - 2 + self.noise(1.5) + self.wander(COUNTIES, 1.0, 0.8)
        burners = np.array([0.55, 0.1, 0.01, 0.02, 0.1, 0.14, 0.08])
        self.series["EN01"] = self.flow(7_600_000, coal, burners, holiday=0.2)
        self.series["DR05"] = self._in_standard_coal()

    def _in_standard_coal(self) -> Series:
        """Power, gas and coal in tonnes of standard coal (GB/T 2589), as the statisticians count them again.

        What the grid bills to no county is no factory's.
        """
        factors = {"PW02": 1.229, "EN02": 12.143, "EN01": 0.7143}
        counted = 1 + np.random.default_rng([self.seed, 15]).uniform(-0.015, 0.015, (len(ROWS), LENGTH))
        counted[ROWS.index("JM-SZ")] = 0
        before = np.hstack([counted[:, :12], counted[:, :-12]])
        value, base = (sum(f * getattr(self.series[i], n) for i, f in factors.items()) for n in ("value", "base"))
        return Series(value * counted, base * before)

    def _banks(self) -> None:
        self.series["BK01"] = self.stock(
            8_600_000, 13 + 0.4 * (smooth(self.activity) - 8) + self.noise(0.6), residual=0.08
        )
        later = ahead(self.reported + self.price, 4)
        self.series["BK02"] = self.stock(1_250_000, 6 + 0.7 * (later - 8) + self.noise(0.4))

    def _others(self) -> None:
        freight = 0.85 * self.activity + 1 + self.noise(2.5, common=1.5)
        self.series["TR01"] = self.flow(9_200, freight, holiday=0.4)
        self.series["TR02"] = self.flow(1_650_000, freight + self.noise(2), holiday=0.4)
        self.series["TR06"] = self.flow(640, 2 + self.noise(5), residual=0.999)
        self.series["CM01"] = self.in_yuan(self.series["CM01A"])
        self.series["CM03"] = self._foreign_capital()
        self.series["DR01"] = self._project_starts()
        self.series["DR02"] = self.flow(2_100_000, 12 + self.wander(COUNTIES, 4.0) + self.noise(3))
        traffic = np.broadcast_to(np.interp(np.arange(LENGTH), [0, 30, 59], [70.0, 110.0, 175.0]), (COUNTIES, LENGTH))
        self.series["TL01"] = self.flow(2_600, traffic + self.noise(12), WEIGHT + 0.05)
        self.series["TL02"] = self.stock(52_000, 6 + self.noise(0.8), WEIGHT + 0.03)

    def in_yuan(self, dollars: Series) -> Series:
        """万美元 at the month's mean rate, yuan for a dollar, rounded yearly figures of the time."""
        rate = np.interp(np.arange(LENGTH), [0, 17, 36, 51, 59], [6.12, 6.15, 6.88, 6.32, 6.85])
        before = np.concatenate([rate[:12], rate[:-12]])
        return Series(dollars.value * rate, dollars.base * before)

    def _foreign_capital(self) -> Series:
        """Lumpy, and nothing at all came to 漳河新区 before 2017."""
        series = self.flow(36_000, 6 + self.noise(35), WEIGHT * [1, 1.5, 0.6, 0.6, 1, 1, 1])
        row, first = UNITS.index("JM-ZH"), index("2017-01")
        series.value[row, :first] = 0
        series.base[row, : first + 12] = 0
        return series

    def _project_starts(self) -> Series:
        mean = np.outer(WEIGHT * 130, season())
        value = np.hstack([self._rng.poisson(mean * 1.08**year) for year in range(LENGTH // 12)]).astype(float)
        rest = np.zeros((2, LENGTH))
        rest[1] = np.floor(value[UNITS.index("420881")] * 0.2)
        value = np.vstack([value, rest])
        return Series(value, np.hstack([value[:, :12], value[:, :-12]]))

    # Industries and firms.

    @cached_property
    def industries(self) -> tuple[Array, Array]:
        """Latent value added of the divisions (n, 60) and its base: each month the growth adds up to the city's."""
        rng = np.random.default_rng([self.seed, 3])
        share = np.array(list(INDUSTRIES.values()))
        city_value, city_base = self.value_added.value[:COUNTIES].sum(0), self.value_added.base[:COUNTIES].sum(0)
        value = np.outer(share / share.sum(), city_value)
        base = value.copy()
        lean = rng.normal(0, 4, (len(share), 1)) + rng.normal(0, 1.2, (len(share), LENGTH))
        lean[:, 0::12] = lean[:, 1::12]
        for t in range(12, LENGTH):
            base[:, t] = b = value[:, t - 12]
            growth = city_value[t] / city_base[t] - 1 + (lean[:, t] - (b * lean[:, t]).sum() / b.sum()) / 100
            value[:, t] = b * (1 + growth)
        return value, base

    @cached_property
    def firms(self) -> tuple[FirmSeries, ...]:
        """The firms' own books. Each follows its county, with a path of its own, but for the planted ones."""
        rng = np.random.default_rng([self.seed, 4])
        everyone = firms(self.seed)
        power_weight = {u: sum(f.share * f.intensity for f in everyone if f.region_key == u) for u in UNITS}
        out = []
        for firm in everyone:
            row = UNITS.index(firm.region_key)
            own = np.exp(0.03 * np.cumsum(rng.normal(0, 0.25, LENGTH)) + rng.uniform(-0.02, 0.02, LENGTH))
            invoices = self.series["TX03"].value[row] * firm.share * own
            tax = self.series["TX01"].value[row] * firm.share * own * rng.uniform(0.9, 1.1, LENGTH)
            part = 0.55 * firm.share * firm.intensity / power_weight[firm.region_key]
            power = self.series["PW02"].value[row] * part * own * rng.uniform(0.97, 1.03, LENGTH)
            out.append(_with_stories(FirmSeries(firm, invoices, tax, power)))
        return tuple(out)


def _with_stories(s: FirmSeries) -> FirmSeries:
    """The two planted stops, and nothing before a firm was founded."""
    for story in (STOPPED, POWER_ONLY):
        if s.firm.name == story.firm:
            for month in story.months:
                s.power[index(month)] *= 0.03
                if not story.invoices:
                    s.invoices[index(month)] = 0
                    s.tax[index(month) + 1] = 0
    if s.firm.born:
        for path in (s.invoices, s.tax, s.power):
            path[: index(s.firm.born)] = np.nan
    return s


def season() -> Array:
    """Share of each month in a year: days, a strong year's end, a slow summer."""
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    shape = np.array([0.97, 0.97, 1.02, 1.0, 1.01, 1.03, 0.96, 0.97, 1.01, 1.0, 1.03, 1.06])
    return days * shape / (days * shape).sum()


def _open_share(depth: float) -> Array:
    """Share of a month's flow left by the Spring Festival; its quiet days fall in January or in February."""
    share = np.ones(LENGTH)
    for year, first in FESTIVAL.items():
        in_january = max(0, min(_QUIET_DAYS, (date(year, 2, 1) - first).days + _QUIET_BEFORE))
        january = 12 * (year - FIRST_YEAR)
        share[january] -= depth * in_january / 31
        share[january + 1] -= depth * (_QUIET_DAYS - in_january) / 28
    return share


def ahead(path: Array, months: int) -> Array:
    """The path of some months later, brought forward."""
    return np.hstack([path[:, months:], np.repeat(path[:, -1:], months, axis=1)])


def behind(path: Array, months: int) -> Array:
    return np.hstack([np.repeat(path[:, :1], months, axis=1), path[:, :-months]])


def smooth(path: Array) -> Array:
    """Mean of a month and the five before it."""
    filled = np.hstack([np.repeat(path[:, :1], 5, axis=1), path])
    return np.lib.stride_tricks.sliding_window_view(filled, 6, axis=1).mean(-1)


# GB/T 4754-2017 divisions present in Jingmen (35, as its bureau counts them), with invented weights.
INDUSTRIES: dict[str, float] = {
    "煤炭开采和洗选业": 0.3, "黑色金属矿采选业": 0.3, "非金属矿采选业": 3.2, "农副食品加工业": 19.0, "食品制造业": 3.1,
    "酒、饮料和精制茶制造业": 3.4, "纺织业": 5.2, "纺织服装、服饰业": 2.2, "皮革、毛皮、羽毛及其制品和制鞋业": 0.8,
    "木材加工和木、竹、藤、棕、草制品业": 2.1, "家具制造业": 0.9, "造纸和纸制品业": 1.5, "印刷和记录媒介复制业": 0.8,
    "文教、工美、体育和娱乐用品制造业": 0.7, "石油、煤炭及其他燃料加工业": 6.0, "化学原料和化学制品制造业": 14.5,
    "医药制造业": 1.9, "化学纤维制造业": 0.3, "橡胶和塑料制品业": 3.0, "非金属矿物制品业": 11.0, "黑色金属冶炼和压延加工业": 0.4,
    "有色金属冶炼和压延加工业": 0.9, "金属制品业": 2.6, "通用设备制造业": 2.7, "专用设备制造业": 2.8, "汽车制造业": 2.4,
    "铁路、船舶、航空航天和其他运输设备制造业": 0.5, "电气机械和器材制造业": 2.2, "计算机、通信和其他电子设备制造业": 1.8,
    "仪器仪表制造业": 0.3, "其他制造业": 0.3, "废弃资源综合利用业": 1.6, "电力、热力生产和供应业": 3.6, "燃气生产和供应业": 0.5,
    "水的生产和供应业": 0.2,
}  # fmt: skip


@cache
def economy(seed: int) -> Economy:
    """The city of a seed, built once a process."""
    return Economy(seed)
