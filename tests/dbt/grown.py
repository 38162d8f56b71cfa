"""The growth object of every figure (domain.md 2.1, 2.2, 2.5), reckoned from what was delivered with plain arithmetic."""

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from tests.dbt.delivered import Key, Said, World
from vocabulary.maturity import ORDER

NOT_RECKONED = ("base_nonpositive", "suppressed")


@dataclass(frozen=True)
class Figure:
    """A figure of one period, delivered or derived; `month_base` is a base that follows from two printed growths."""

    value: Said | None
    base: float | None
    growth: Said | None
    derivation: str = "delivered"
    amount: float | None = None
    month_base: float | None = None
    error: float | None = None
    absent: str | None = None
    maturity: str | None = None
    value_cell: str | None = None

    @property
    def reported(self) -> float | None:
        return self.growth.value if self.growth else None

    @property
    def any_base(self) -> float | None:
        """The base as given, else as value and printed growth imply it."""
        if self.base is not None:
            return self.base
        if self.amount is None or self.reported is None or self.reported == -100:
            return None
        return self.amount / (1 + self.reported / 100)

    @property
    def decimals(self) -> int:
        """As printed; one where it is not known."""
        return 1 if self.growth is None or self.growth.decimals is None else self.growth.decimals


def moved(month: date, n: int) -> date:
    k = month.year * 12 + month.month - 1 + n
    return date(k // 12, k % 12 + 1, 1)


def settled(x: float) -> float:
    return round(x * 1e6) / 1e6


def delivered(said: dict[str, Said]) -> Figure:
    value, base, growth = (said.get(m) for m in ("value", "base", "growth"))
    return Figure(
        value,
        base.value if base else None,
        growth,
        amount=value.value if value else None,
        absent=growth.absent_reason if growth else None,
        value_cell=value.cell if value else None,
    )


def least(*maturities: str | None) -> str | None:
    return min((m for m in maturities if m is not None), key=ORDER.index, default=None)


def stage(said: Said | None) -> str | None:
    return said.maturity if said else None


def month_of_sums(to_date: Figure, before: Figure, never_negative: bool) -> Figure | None:
    """A month as the difference of two sums to date of one delivery."""
    if to_date.amount is None or before.amount is None or to_date.value.delivery_id != before.value.delivery_id:
        return None
    if never_negative and to_date.amount < before.amount:
        return None
    b1, b2 = to_date.any_base, before.any_base
    known = b1 is not None and b2 is not None and b1 > b2
    error = None
    if known and (to_date.base is None or before.base is None):
        error = (b1 + b2) / (b1 - b2) * 0.5 * 10.0 ** -min(to_date.decimals, before.decimals)
    return replace(
        to_date,
        base=None,
        growth=replace(to_date.growth, value=None, basis=None) if to_date.growth else None,
        derivation="ytd_difference",
        amount=to_date.amount - before.amount,
        month_base=b1 - b2 if known else None,
        error=error,
        absent="suppressed" if to_date.absent == "suppressed" else None,
        maturity=least(stage(to_date.value), stage(to_date.growth), stage(before.growth)),
    )


def both_months(january: Figure, february: Figure) -> Figure | None:
    """January and February as one period, where both are known."""
    if january.amount is None or february.amount is None:
        return None
    one, two = january.value, february.value
    bases = (january.base, february.base)
    implied = (january.any_base, february.any_base)
    absent = {january.absent, february.absent}
    marks = [m for m in ("suppressed", "base_nonpositive") if m in absent and (m == "suppressed" or None in bases)]
    here = (one.delivery_id, one.sheet) == (two.delivery_id, two.sheet)
    base = sum(implied) if None not in implied else None
    return Figure(
        two,
        sum(bases) if None not in bases else None,
        None,
        "january_plus_february",
        january.amount + february.amount,
        base if base is not None and base > 0 else None,
        absent=marks[0] if marks else None,
        maturity=least(stage(two), stage(one), stage(february.growth), stage(january.growth)),
        value_cell=f"{one.cell}+{two.cell}" if here else two.cell,
    )


def periods(key: Key, world: World) -> dict[tuple[str, date], Figure]:
    """Delivered figures of a series and what follows from them."""
    kind = world.indicators[key.indicator]
    told = {p: {m: delivered(s) for m, s in months.items()} for p, months in world.figures[key].items()}
    found = {(p, m): f for p, months in told.items() for m, f in months.items()}
    to_date, months = told.get("YTD", {}), told.get("M", {})
    adds = kind["nature"] in ("flow", "count")
    for month, figure in to_date.items():
        if adds and month.month >= 3 and month not in months and moved(month, -1) in to_date:
            made = month_of_sums(figure, to_date[moved(month, -1)], kind["never_negative"] == "true")
            if made:
                found["M", month] = made
    for month in {m for m in [*to_date, *months] if m.month == 2} - told.get("M12", {}).keys():
        if month in to_date:
            found["M12", month] = replace(to_date[month], derivation="ytd_february")
            continue
        january = months.get(moved(month, -1))
        both = both_months(january, months[month]) if adds and january else None
        if both:
            found["M12", month] = both
        elif kind["nature"] == "stock":
            found["M12", month] = replace(months[month], derivation="end_of_february")
    return found


def comparable(figure: Figure, kind: dict[str, str]) -> float | None:
    """Growth on a base that the department made comparable."""
    value = figure.amount
    if kind["yoy_index"] == "true":
        return None if value is None else value - 100
    if figure.reported is not None:
        return figure.reported
    if figure.absent in NOT_RECKONED or kind["nature"] in ("rate", "index") or value is None:
        return None
    base = figure.base if figure.base is not None else figure.month_base
    return 100 * (value / base - 1) if base is not None and base > 0 else None


def rests_on(figure: Figure, kind: dict[str, str]) -> str | None:
    """How settled the delivery is on whose figure the growth rests."""
    if figure.maturity:
        return figure.maturity
    if figure.reported is not None and kind["yoy_index"] != "true":
        return stage(figure.growth)
    return stage(figure.value or figure.growth)


@cache
def grown(world: World) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows of marts.fct_indicator_growth by series, period type and month."""
    found = {}
    changes, rates = basis_changes(world), TaxRates(world)
    odd_years = {int(r["year"]) for r in world.seed("base_effects")}
    least_gap = world.threshold("growth", "min_basis_gap_pp")
    for key in world.figures:
        kind, of_series = world.indicators[key.indicator], periods(key, world)
        for (period, month), figure in of_series.items():
            before = of_series.get((period, moved(month, -12)))
            row = growth_object(figure, before, kind, changes(key, month), least_gap)
            if (row["value"], row["growth_pct"], row["base_reported"]) == (None, None, None):
                continue
            if month.year not in odd_years:
                row["growth_two_year_pct"] = None
            ratio = rates.ratio(key.indicator, period, month)
            if ratio is not None and row["growth_pct"] is not None:
                gained = (100 + row["growth_pct"]) * (1 / ratio - 1)
                row["growth_rate_adjusted_pct"] = row["growth_pct"] + gained / 2
                row["growth_rate_error_pp"] = abs(gained) / 2
            row["entity_name"] = world.names.get(key.entity_id)
            found[*key, period, month] = row
    return found


def growth_object(
    figure: Figure, before: Figure | None, kind: dict[str, str], change: str | None, least_gap: float
) -> dict[str, Any]:
    own = comparable(figure, kind)
    own_before = comparable(before, kind) if before else None
    ratio = None
    if kind["nature"] not in ("rate", "index") and before and before.amount is not None and before.amount > 0:
        ratio = None if figure.amount is None else 100 * (figure.amount / before.amount - 1)
    reckonable = figure.absent not in NOT_RECKONED and figure.base is None and figure.month_base is None
    growth = own if own is not None else ratio if reckonable else None
    printed = figure.reported
    basis = figure.growth.basis if figure.growth else None
    basis_before = before.growth.basis if before and before.growth else None
    gap = None if printed is None or ratio is None else printed - ratio
    maturity = rests_on(figure, kind)
    row = {
        "value": figure.amount,
        "base_reported": figure.base,
        "growth_reported_pct": printed,
        "growth_basis": basis,
        "implied_base": figure.month_base,
        "level_ratio_pct": ratio,
        "basis_gap_pp": gap,
        "growth_pct": growth,
        "growth_error_pp": figure.error,
        "derivation": figure.derivation,
        "maturity": maturity,
        "growth_source": None,
        "value_delivery_id": figure.value.delivery_id if figure.value else None,
        "value_sheet": figure.value.sheet if figure.value else None,
        "value_cell": figure.value_cell,
        "growth_delivery_id": figure.growth.delivery_id if figure.growth else None,
        "growth_sheet": figure.growth.sheet if figure.growth else None,
        "growth_cell": figure.growth.cell if figure.growth else None,
    }
    if printed is not None and printed > -100:
        row["implied_base"] = None if figure.amount is None else figure.amount / (1 + printed / 100)
    if gap is not None and settled(abs(gap)) > least_gap:
        row["basis_gap_label"] = change or ("price" if basis == "comparable_real" else "unexplained")
    if growth is not None:
        has_printed = printed is not None or kind["yoy_index"] == "true"
        row["growth_source"] = "reported" if has_printed else "own_base" if own is not None else "computed"
        flash = "flash" in (maturity, rests_on(before, kind) if before else None)
        off = None if own is None or ratio is None else settled(abs(own - ratio) - (figure.error or 0))
        row["two_year_caveat"] = caveat(own, own_before, basis, basis_before, flash, off, change, least_gap)
    fair = row.get("two_year_caveat") not in ("no_comparable_growth", "growth_basis")
    if fair and own is not None and own_before is not None and min(own, own_before) > -100:
        row["growth_two_year_pct"] = 100 * (math.sqrt((1 + own / 100) * (1 + own_before / 100)) - 1)
    return row


def caveat(
    own: float | None, own_before: float | None, basis: str | None, basis_before: str | None, flash: bool,
    off: float | None, change: str | None, least_gap: float,
) -> str | None:  # fmt: skip
    """What sets two years apart, besides a year that is no fair base."""
    if own is None or own_before is None:
        return "no_comparable_growth"
    if (basis or "") != (basis_before or ""):
        return "growth_basis"
    if flash:
        return "flash"
    if off is None:
        return change
    if off > least_gap:
        return change or (None if basis == "comparable_real" else "basis_gap")
    return None


def basis_changes(world: World) -> Any:
    """The kind of change of basis known of a series in a month: its own before one of all indicators."""
    known = sorted(world.seed("basis_changes"), key=lambda r: r["change"])

    def of(key: Key, month: date) -> str | None:
        hits = [
            r
            for r in known
            if date.fromisoformat(r["first_month"]) <= month <= date.fromisoformat(r["last_month"])
            and r["indicator"] in ("", key.indicator)
            and (key.industry_code != "_T" or r["industries_only"] != "true")
        ]
        return next((r["kind"] for r in sorted(hits, key=lambda r: r["indicator"] == "")), None)

    return of


class TaxRates:
    """By how much a change of rate alone moves a tax against the year before; tax of a month is on sales of the one before."""

    def __init__(self, world: World) -> None:
        self.known: dict[str, list[tuple[date, float]]] = defaultdict(list)
        for r in world.seed("tax_rates"):
            first = moved(date.fromisoformat(r["valid_from"]).replace(day=1), int(r["lag_months"]))
            self.known[r["indicator"]].append((first, float(r["rate_pct"])))

    def at(self, indicator: str, month: date) -> float | None:
        told = [rate for first, rate in sorted(self.known[indicator]) if first <= month]
        return told[-1] if told else None

    def of(self, indicator: str, period: str, month: date) -> float | None:
        """The mean rate of a period's months."""
        n = {"M": 1, "M12": 2, "Q": 3}.get(period, month.month)
        rates = [r for k in range(n) if (r := self.at(indicator, moved(month, -k))) is not None]
        return sum(rates) / len(rates) if rates else None

    def ratio(self, indicator: str, period: str, month: date) -> float | None:
        if indicator not in self.known:
            return None
        now, before = self.of(indicator, period, month), self.of(indicator, period, moved(month, -12))
        return now / before if now is not None and before is not None else None


@cache
def of_regions(world: World) -> dict[tuple[str, str, str, date], dict[str, Any]]:
    """The growth objects of all industry of a region, by indicator, region, period type and month."""
    return {
        (indicator, region, period, month): row
        for (indicator, region, industry, firm, period, month), row in grown(world).items()
        if (industry, firm) == ("_T", "_T")
    }
