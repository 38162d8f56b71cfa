"""Correlated pairs reckoned with scipy and statsmodels, month by month, as the marts must have them."""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.tsa.stattools import acf

Series = Mapping[date, float]


@dataclass(frozen=True)
class Pair:
    """A prior: the lags at which `leader` should go before `follower`, and the sign."""

    pair: str
    leader: Series
    follower: Series
    sign: int
    lags: range


def number(month: date) -> int:
    return month.year * 12 + month.month - 1


def dense(series: Series, first: int, last: int) -> np.ndarray:
    """One place for each month from `first` to `last`, nan where there is no point."""
    found = np.full(last - first + 1, np.nan)
    for month, value in series.items():
        found[number(month) - first] = value
    return found


def points(pair: Pair, lag: int) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Leader, follower and the follower's month numbers at a lag, in order of time."""
    leader = {number(m): v for m, v in pair.leader.items()}
    both = sorted(
        (number(m), leader[number(m) - lag], v) for m, v in pair.follower.items() if number(m) - lag in leader
    )
    return np.array([b[1] for b in both]), np.array([b[2] for b in both]), [b[0] for b in both]


def autocorrelation(series: Series) -> np.ndarray:
    """r(1) to r(12) with holes left as holes."""
    months = [number(m) for m in series]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return acf(dense(series, min(months), max(months)), adjusted=True, missing="conservative", nlags=12, fft=False)[
            1:
        ]


def at_lag(pair: Pair, lag: int) -> dict[str, Any]:
    """n, effective n, r, its interval and p, and Spearman's coefficient."""
    x, y, _ = points(pair, lag)
    n = len(x)
    if n < 2:
        return {"n": n, "n_eff": float(n)}
    k = min(12, n // 5)
    n_eff = n / max(1 + 2 * float(np.nansum(autocorrelation(pair.leader)[:k] * autocorrelation(pair.follower)[:k])), 1)
    r = float(stats.pearsonr(x, y).statistic)
    found = {"n": n, "n_eff": n_eff, "pearson": r, "spearman": float(stats.spearmanr(x, y).statistic)}
    if n_eff > 2:
        found["p_value"] = float(2 * stats.t.sf(abs(r) * np.sqrt((n_eff - 2) / (1 - r * r)), n_eff - 2))
    if n_eff > 3:
        reach = stats.norm.ppf(0.975) / np.sqrt(n_eff - 3)
        found |= {
            "pearson_low": float(np.tanh(np.arctanh(r) - reach)),
            "pearson_high": float(np.tanh(np.arctanh(r) + reach)),
        }
    return found


def judged(pairs: list[Pair], min_n: int) -> dict[tuple[str, int], dict[str, Any]]:
    """Every pair at every lag expected of it, with its q over all of them that can be judged."""
    found = {(p.pair, lag): at_lag(p, lag) for p in pairs for lag in p.lags}
    tested = [k for k, v in found.items() if v["n"] >= min_n and "p_value" in v]
    if tested:
        q = multipletests([found[k]["p_value"] for k in tested], method="fdr_bh")[1]
        for k, value in zip(tested, q, strict=True):
            found[k]["q_value"] = float(value)
    return found


def best_lag(pair: Pair, found: Mapping[tuple[str, int], dict[str, Any]]) -> int | None:
    """The strongest in the direction expected; against it only where no lag goes with it."""
    lags = [k for k in pair.lags if "q_value" in found[pair.pair, k]]

    def worth(lag: int) -> tuple[bool, float, int]:
        r = found[pair.pair, lag]["pearson"]
        return r * pair.sign > 0, abs(r), -abs(lag)

    return max(lags, key=worth) if lags else None


def halves(pair: Pair, lag: int, n_eff: float) -> dict[str, Any]:
    """The correlation in both halves of the period, and the p that it is one."""
    x, y, at = points(pair, lag)
    early = np.array(at) <= at[0] + (at[-1] - at[0]) // 2
    n1, n2 = int(early.sum()), int((~early).sum())
    r1, r2 = np.corrcoef(x[early], y[early])[0, 1], np.corrcoef(x[~early], y[~early])[0, 1]
    e1, e2 = n1 * n_eff / len(x), n2 * n_eff / len(x)
    found = {"first_half_n": n1, "second_half_n": n2, "first_half_pearson": r1, "second_half_pearson": r2}
    if min(n1, n2) >= 10 and min(e1, e2) > 3:
        distance = abs(np.arctanh(r1) - np.arctanh(r2)) / np.sqrt(1 / (e1 - 3) + 1 / (e2 - 3))
        found["stability_p"] = float(2 * stats.norm.sf(distance))
    return found


def surprise(pair: Pair, lag: int) -> dict[str, Any]:
    """The latest follower against the regression on all points before it."""
    x, y, _ = points(pair, lag)
    before = sm.OLS(y[:-1], sm.add_constant(x[:-1])).fit()
    expected = float(before.params[0] + before.params[1] * x[-1])
    z = sm.OLS(y, sm.add_constant(x)).fit().get_influence().resid_studentized_external[-1]
    return {
        "expected_follower_change": expected,
        "surprise_pp": y[-1] - expected,
        "surprise_z": z,
        "surprise_n": len(x) - 1,
    }


def differences(row: Mapping[str, Any], expected: Mapping[str, Any], *columns: str) -> dict[str, tuple[Any, Any]]:
    """Columns in which a row is not what was reckoned, to 1e-9, or not empty where there is nothing to reckon."""
    found = {}
    for column in columns:
        want = expected.get(column)
        if want is None or (isinstance(want, float) and math.isnan(want)):
            same = row[column] is None
        else:
            same = row[column] is not None and abs(row[column] - want) <= 1e-9 * max(1, abs(want))
        if not same:
            found[column] = (row[column], want)
    return found
