"""Points of growth (拉动) and their share of it (贡献率) reckoned from figures alone, by domain.md 2.2."""

from collections.abc import Mapping
from typing import Any

import numpy as np

LEFT_OPEN = "_R"


def base(figure: Mapping[str, Any]) -> float | None:
    """The comparable base of a figure: as reported, else what its value and its growth imply."""
    if figure["base_reported"] is not None:
        return float(figure["base_reported"])
    if figure["value"] is None or figure["growth_pct"] is None or figure["growth_pct"] == -100:
        return None
    return float(figure["value"] / (1 + figure["growth_pct"] / 100))


def contributions(
    total: Mapping[str, Any], members: Mapping[str, Mapping[str, Any]], least_growth_pct: float
) -> dict[str, dict[str, float | None]]:
    """A total and its members by name -> share of the base in percent, points and rate, with what is left open (_R).

    A member without growth or base has no row. Nothing is reckoned of a total without a positive base.
    """
    whole = base(total)
    known = {
        k: (b, m["growth_pct"]) for k, m in members.items() if m["growth_pct"] is not None if (b := base(m)) is not None
    }
    if total["growth_pct"] is None or whole is None or whole <= 0 or not known:
        return {}
    weights = np.array([b for b, _ in known.values()]) / whole
    points = weights * np.array([g for _, g in known.values()])
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
