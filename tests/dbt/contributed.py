"""Points of growth (拉动) and their share of it (贡献率) reckoned from figures alone, by domain.md 2.2."""

from collections.abc import Mapping
from typing import Any

import numpy as np

LEFT_OPEN = "_R"


def base(figure: Mapping[str, Any]) -> float | None:
    """The comparable base of a figure: as reported, else what its value and its growth imply, else its value a year ago.

    Without growth a base above zero is none: the department holds the two not to be comparable.
    """
    if figure["growth_pct"] is None:
        past = figure["base_reported"] if figure["base_reported"] is not None else figure["value_year_ago"]
        return None if past is None or past > 0 else float(past)
    if figure["base_reported"] is not None:
        return float(figure["base_reported"])
    if figure["value"] is None:
        return None
    if figure["growth_pct"] == -100:  # of a value of 0; which base it had, printed growth does not say
        return None if figure["growth_source"] == "reported" else figure["value_year_ago"]
    return float(figure["value"] / (1 + figure["growth_pct"] / 100))


def added(figure: Mapping[str, Any]) -> float | None:
    """What a figure added to its base; of real growth, from which the price is taken, what the growth makes of the base."""
    past, real = base(figure), figure["growth_basis"] == "comparable_real"
    if past is None or ((real or figure["value"] is None) and figure["growth_pct"] is None):
        return None
    if real or figure["value"] is None:
        return past * float(figure["growth_pct"]) / 100
    return float(figure["value"]) - past


def contributions(
    total: Mapping[str, Any], members: Mapping[str, Mapping[str, Any]], least_growth_pct: float
) -> dict[str, dict[str, float | None]]:
    """A total and its members by name -> share of the base in percent, points and rate, with what is left open (_R).

    A member without a base, or without what it added to it, has no row. Nothing is reckoned of a total without a positive base.
    """
    whole = base(total)
    known = {k: (b, a) for k, m in members.items() if (b := base(m)) is not None if (a := added(m)) is not None}
    if total["growth_pct"] is None or whole is None or whole <= 0 or not known:
        return {}
    weights = np.array([b for b, _ in known.values()]) / whole
    points = 100 * np.array([a for _, a in known.values()]) / whole
    shares = dict(zip([*known, LEFT_OPEN], [*weights, 1 - weights.sum()], strict=True))
    told = dict(zip([*known, LEFT_OPEN], [*points, total["growth_pct"] - points.sum()], strict=True))
    rated = abs(total["growth_pct"]) >= least_growth_pct
    return {
        k: {
            "base_share_pct": 100 * shares[k],
            "contribution_pp": pp,
            "contribution_rate_pct": 100 * pp / total["growth_pct"] if rated else None,
        }
        for k, pp in told.items()
    }
