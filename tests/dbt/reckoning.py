"""Matched pairs reckoned again with numpy and scipy, from growth rates alone: what the models must come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from scipy import stats

LIMITS = {"min_history": 12, "z_yellow": 1.5, "z_orange": 2.5, "opposed": 3.0, "common": 5.0, "consecutive": 2}


@dataclass(frozen=True)
class Point:
    """Both sides of a pair in one month of the axis (January-February is February), in percent and points."""

    month: date
    a: float
    b: float
    error: float = 0.0
    basis_a: float | None = None
    basis_b: float | None = None
    festival: bool = False
    taken_out: float = 0.0
    two_years: float | None = None

    @property
    def gap(self) -> float:
        """In whole millionths of a point: in binary, the gaps of printed figures that never moved differ."""
        return float(np.rint(1e6 * (self.a - self.b)) / 1e6)

    @property
    def months_n(self) -> int:
        return 2 if self.month.month == 2 else 1

    @property
    def position(self) -> int:
        return self.month.year * 11 + self.month.month - 1


@dataclass(frozen=True)
class Judgement:
    history_n: int
    median: float | None
    mad: float | None
    z: float | None
    first_colour: str
    run_length: int

    @property
    def usual(self) -> float:
        """The gap from which a neighbour's is measured: none while there is no history to go by."""
        return self.median if self.z is not None and self.median is not None else 0.0


def judge(points: Sequence[Point], limit: float) -> list[Judgement]:
    """Points of one series by month -> median, MAD and score over the 24 months before, colour, and run."""
    judged: list[Judgement] = []
    for i, p in enumerate(points):
        past = [q.gap for q in points[:i] if _months(q.month, p.month) <= 24]
        median = float(np.median(past)) if past else None
        mad = float(stats.median_abs_deviation(past)) if past else None
        z = certain = None
        if len(past) >= LIMITS["min_history"] and mad:
            assert median is not None
            z = (p.gap - median) / (1.4826 * mad)
            certain = max(abs(p.gap - median) - p.error, 0) / (1.4826 * mad)
        colour = _first_colour(p, certain, limit)
        follows = i > 0 and points[i - 1].position == p.position - 1
        run = 0 if colour == "green" else 1 + (judged[-1].run_length if follows else 0)
        judged.append(Judgement(len(past), median, mad, z, colour, run))
    return judged


def _months(earlier: date, later: date) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def _first_colour(p: Point, certain: float | None, limit: float) -> str:
    opposed = p.a * p.b < 0 and min(abs(p.a), abs(p.b)) > LIMITS["opposed"] + p.error
    if opposed or (certain is not None and certain > LIMITS["z_orange"]):
        return "orange"
    outside = abs(p.gap) - p.error > limit or (certain is not None and certain >= LIMITS["z_yellow"])
    return "yellow" if outside else "green"


def explained(
    points: Sequence[Point],
    i: int,
    judgement: Judgement,
    cause: str,
    side: str | None,
    prices: Mapping[date, float],
    mix: Mapping[date, float] | None = None,
    parent: Mapping[date, float] | None = None,
) -> float | None:
    """Points of the gap that a cause explains; None where it cannot be checked.

    prices: growth of producer prices; mix: growth of power weighted by output; parent: gap of the region above.
    """
    p = points[i]
    before = points[i - 1] if i and points[i - 1].position == p.position - 1 else None
    after = points[i + 1] if i + 1 < len(points) and points[i + 1].position == p.position + 1 else None
    unusual = p.gap - judgement.usual

    def given(*others: Point) -> float:
        return sum((judgement.usual - q.gap) * q.months_n for q in others) / p.months_n

    def taken(*offers: float | None) -> float | None:
        best = [np.sign(unusual) * offer for offer in offers if offer is not None]
        return float(np.sign(unusual) * min(abs(unusual), max(best))) if best else None

    match cause:
        case "timing":
            this_year = [q for q in points[:i] if q.month.year == p.month.year]
            return taken(
                given(before) if before else None,
                given(after) if after else None,
                given(*this_year) if this_year else None,
            )
        case "spring_festival" if p.festival:
            neighbour = before if p.month.month == 3 else after if p.month.month == 2 else None
            return taken(given(neighbour) if neighbour else None)
        case "panel_change":
            return p.basis_a if side == "a" else None if p.basis_b is None else -p.basis_b
        case "price" if p.month in prices:
            nominal = p.a if side == "a" else p.b
            real = 100 * ((1 + nominal / 100) / (1 + prices[p.month] / 100) - 1)
            return (nominal - real) * (1 if side == "a" else -1)
        case "mix" if mix and p.month in mix:
            return mix[p.month] - p.b if side == "b" else p.a - mix[p.month]
        case "common_to_parent" if parent:
            return parent.get(p.month)
        case "billing_cycle" if before:
            share = before.months_n / (before.months_n + p.months_n)
            late = (p.a - before.a) * share if side == "b" else (before.b - p.b) * share
            owed = min(abs(unusual), float(np.sign(unusual)) * given(before))
            return float(np.sign(unusual)) * max(float(np.sign(unusual)) * late, owed)
        case "base_effect" if p.two_years is not None:
            return p.gap - p.two_years
        case "vat_rate":
            return p.taken_out if abs(p.taken_out) > 1e-9 else None
    return None


def weighted_by_output(output: Mapping[str, tuple[float, float]], power: Mapping[str, float]) -> float | None:
    """Growth of power at last year's mix of output. output: value and growth by industry; power: growth by industry."""
    base = {i: value / (1 + growth / 100) for i, (value, growth) in output.items()}
    covered = [i for i in base if i in power]
    if not covered or sum(base[i] for i in covered) < 0.8 * sum(base.values()):
        return None
    return float(np.average([power[i] for i in covered], weights=[base[i] for i in covered]))


def verdict(p: Point, cause: str, explained_pp: float, limit: float) -> str:
    """Whether a cause closes the gap, narrows it, or does not help."""
    if cause == "vat_rate":
        return "taken_out"
    left = abs(p.gap - explained_pp)
    if p.gap * explained_pp <= 0:
        return "does_not_help"
    if left <= (LIMITS["common"] if cause == "common_to_parent" else limit):
        return "closes"
    return "narrows" if left < abs(p.gap) else "does_not_help"


def colour(p: Point, judgement: Judgement, verdicts: Sequence[str], limit: float) -> str:
    """The colour once the causes are known."""
    if judgement.first_colour == "green":
        return "green"
    if judgement.first_colour == "yellow" and judgement.run_length < LIMITS["consecutive"]:
        return "yellow"
    return "orange" if abs(p.gap) <= limit or "closes" in verdicts else "red"


def differences(found: Mapping[str, Any], expected: Mapping[str, float | None]) -> dict[str, float]:
    """By how much numbers differ, by name; an absent number on one side only differs infinitely."""
    off = {}
    for name, value in expected.items():
        other = found[name]
        if value is None or other is None:
            off[name] = 0.0 if value is None and other is None else float("inf")
        else:
            off[name] = abs(value - other) / max(1.0, abs(value))
    return off
