"""Every statistic of the correlated mart against scipy and statsmodels, on generated series with holes and traps."""

import math
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from scipy import stats

from tests.dbt import reckoned
from tests.dbt.reckoned import Pair
from warehouse import build, database, server

MONTHS = [date(y, m, 1) for y in range(2014, 2022) for m in range(2, 13)]
BUILT = date(2021, 11, 1)
SHOCK = {date(2020, m, 1) for m in (2, 3, 4)}
REGIONS = ("420800", "420881")
PRIORS = {
    "L1": ("PW04", "ST02", 1, range(3, 13)),  # nothing but chance
    "L2": ("TX04", "ST02", 1, range(1, 3)),  # output follows purchases by two months
    "L8": ("TR05", "ST02", 1, range(2)),  # moves against its prior
    "L10": ("PW05", "ST02", -1, range(3)),  # only the shock makes it look related
    "L13": ("TL03", "ST02", 1, range(1)),  # too short
    "L17": ("CM01", "ST02", 1, range(1, 3)),  # turned its sign half way
    "L11": ("ST02", "TX01", 1, range(1, 2)),  # constant tax, in February reckoned from parts: no variation
    "L4": ("BK02", "ST02", 1, range(3, 7)),  # constant loans but for the month built, which leads nothing yet
    "L9": ("EN02", "ST02", 1, range(2)),  # constant gas
    "L3": ("BK03", "ST10", 1, range(7)),  # to date the shock lasts two years and makes it look related
}
CONSTANT = {"TX01": 7.1, "BK02": -1.7, "EN02": 0.3}
TO_DATE = {"ST10"}
MODELS = (
    "int_calendar int_correlated_points int_correlated_series int_shared_persistence int_lagged_correlations int_expected_lags int_tested_correlations "
    "fct_correlated_indicators fct_correlated_pairs"
)


def shocked(indicator: str) -> set[date]:
    """Months whose growth is of the shock or stands on it: of a year to date all that come after it in the year."""
    own = {m for m in MONTHS if any(s == m or (indicator in TO_DATE and s.year == m.year and s < m) for s in SHOCK)}
    return own | {date(m.year + 1, m.month, 1) for m in own}


@dataclass
class Mart:
    """What went in, by region and indicator, and what came out."""

    series: dict[tuple[str, str], dict[date, float]]
    lags: dict[tuple[str, str, str, int], dict[str, Any]]
    pairs: dict[tuple[str, str, str], dict[str, Any]]

    def prior(self, pair: str, region: str, sample: str) -> Pair:
        leader, follower, sign, lags = PRIORS[pair]
        known = [
            {m: v for m, v in self.series[region, i].items() if sample == "all" or m not in shocked(i)}
            for i in (leader, follower)
        ]
        return Pair(pair, *known, sign, lags)


def persistent(rng: np.random.Generator, rho: float = 0.7) -> np.ndarray:
    x = rng.normal(0, 3, len(MONTHS) + 24)
    for i in range(1, len(x)):
        x[i] += rho * x[i - 1]
    return x


def planted(rng: np.random.Generator) -> dict[str, dict[date, float]]:
    """Growth by indicator: persistent, printed to 0.1, with holes, and with the traps that PRIORS names."""
    leader, noise = persistent(rng), rng.normal(0, 1, len(MONTHS) + 24)
    place = {m: reckoned.number(m) - reckoned.number(MONTHS[0]) for m in MONTHS}
    long = np.concatenate([leader, persistent(rng)])[:120]
    output = {m: long[place[m]] + noise[i] for i, m in enumerate(MONTHS)}
    closed = dict(zip(MONTHS, rng.normal(0, 1, len(MONTHS)), strict=True))
    for m in SHOCK:
        output[m], closed[m] = -40.0, 60.0
        a_year_later = date(m.year + 1, m.month, 1)
        output[a_year_later], closed[a_year_later] = 60.0, -40.0
    loans, invested = (dict(zip(MONTHS, rng.normal(0, 1, len(MONTHS)), strict=True)) for _ in range(2))
    for m in shocked("ST10"):
        loans[m] = invested[m] = -30.0 if m.year == 2020 else 40.0
    half = MONTHS[len(MONTHS) // 2]
    back = {m: place[m] + 1 for m in MONTHS}
    found = {
        "ST02": output,
        "TX04": {m: long[place[m] + 2] for m in MONTHS},
        "PW04": dict(zip(MONTHS, persistent(rng), strict=False)),
        "TR05": {m: -v + rng.normal(0, 2) for m, v in output.items()},
        "PW05": closed,
        "TL03": {m: v + rng.normal(0, 1) for m, v in output.items() if m.year == 2021},
        "CM01": {m: (1 if m < half else -1) * long[back[m]] for m in MONTHS},
        "BK03": loans,
        "ST10": invested,
    }
    printed = {
        i: {m: round(8 + v, 1) for m, v in s.items() if m in SHOCK or rng.random() > 0.05} for i, s in found.items()
    }
    constant = {i: dict.fromkeys(MONTHS, v) for i, v in CONSTANT.items()}
    constant["TX01"] |= {m: 7.099999999999995 for m in MONTHS if m.month == 2}
    constant["BK02"][BUILT] = 9.9
    return printed | constant


@pytest.fixture(scope="module")
def mart(postgres: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mart]:
    """The mart built by dbt on growth that is written straight into the model before it."""
    rng = np.random.default_rng(20180622)
    series = {(r, i): s for r in REGIONS for i, s in planted(rng).items()}
    name = f"t_{uuid.uuid4().hex[:12]}"
    with pytest.MonkeyPatch.context() as m:
        m.setenv("GONGYUN_HOME", str(postgres))
        m.delenv("GONGYUN_DATABASE_URL", raising=False)
        with sa.create_engine(database.database_url("postgres"), isolation_level="AUTOCOMMIT").connect() as c:
            c.exec_driver_sql(f'create database "{name}" template "{database.WAREHOUSE}"')
        m.setenv("GONGYUN_DATABASE_URL", f"postgresql://postgres@localhost/{name}?host={server.socket_dir()}")
        m.setenv("GONGYUN_HOME", str(tmp_path_factory.mktemp("correlated")))
        build.load_seeds()
        with database.engine().begin() as c:
            c.exec_driver_sql("create schema if not exists staging; create schema if not exists intermediate")
            c.exec_driver_sql(
                "create table intermediate.int_hidden_cells (indicator text, region_key text, industry_code text, year int)"
            )
            c.exec_driver_sql("""
                create table staging.stg_build as
                select 'jingmen' as area, '420800' as top_region_key, date '2021-11-01' as month, now() as as_of;
                create table intermediate.int_months_aligned (
                    indicator text, region_key text, industry_code text default '_T', entity_id text default '_T',
                    axis text, month date, growth_pct float8, growth_source text, growth_rate_error_pp float8, change_pp float8
                )
            """)
            c.execute(
                sa.text("insert into intermediate.int_months_aligned (indicator, region_key, axis, month, growth_pct) "
                        "values (:i, :r, :a, :m, :v)"),
                [{"i": i, "r": r, "a": "YTD" if i in TO_DATE else "M", "m": month, "v": v}
                 for (r, i), s in series.items() for month, v in s.items()],
            )  # fmt: skip
            c.execute(sa.text("delete from catalog.correlated_pairs where pair <> all(:kept)"), {"kept": list(PRIORS)})
        done = build.dbt("run", {"GONGYUN_BUILD_MONTH": "2021-11"}, "--select", *MODELS.split())
        assert done.returncode == 0, done.stdout[-3000:]
        with database.engine().connect() as c:
            lags = [dict(r) for r in c.execute(sa.text("select * from marts.fct_correlated_indicators")).mappings()]
            pairs = [dict(r) for r in c.execute(sa.text("select * from marts.fct_correlated_pairs")).mappings()]
        # what lies after the month built must be unknown
        known = {k: {m: v for m, v in s.items() if m <= BUILT} for k, s in series.items()}
        yield Mart(
            known,
            {(r["pair"], r["region_key"], r["sample"], r["lag_months"]): r for r in lags},
            {(r["pair"], r["region_key"], r["sample"]): r for r in pairs},
        )
        database.engine().dispose()


VARYING = [p for p, (leader, follower, *_) in PRIORS.items() if not {leader, follower} & CONSTANT.keys()]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("pair", VARYING)
def test_every_lag_has_the_coefficient_effective_n_p_and_interval_of_scipy(mart: Mart, pair: str, region: str) -> None:
    prior = mart.prior(pair, region, "all")
    for lag in range(-12, 13):
        row, expected = mart.lags[pair, region, "all", lag], reckoned.at_lag(prior, lag)
        assert not reckoned.differences(
            row, expected, "n", "n_eff", "pearson", "pearson_low", "pearson_high", "p_value"
        )
        assert row["is_expected"] == (lag in prior.lags)


@pytest.mark.parametrize("sample", ["all", "without_shocks"])
@pytest.mark.parametrize("region", REGIONS)
def test_ranks_and_q_over_all_pairs_of_a_region_are_those_of_scipy_and_statsmodels(
    mart: Mart, region: str, sample: str
) -> None:
    priors = [mart.prior(p, region, sample) for p in VARYING if (p, region, sample) in mart.pairs]
    for (pair, lag), expected in reckoned.judged(priors, min_n=24).items():
        row = mart.lags[pair, region, sample, lag]
        names = ("n", "n_eff", "pearson", "spearman", "p_value", "q_value", "pearson_low", "pearson_high")
        assert not reckoned.differences(row, expected, *names)


@pytest.mark.parametrize("sample", ["all", "without_shocks"])
@pytest.mark.parametrize("region", REGIONS)
def test_the_best_lag_its_halves_and_the_surprise_are_those_of_statsmodels(
    mart: Mart, region: str, sample: str
) -> None:
    priors = [mart.prior(p, region, sample) for p in VARYING if (p, region, sample) in mart.pairs]
    found = reckoned.judged(priors, min_n=24)
    for prior in priors:
        row, lag = mart.pairs[prior.pair, region, sample], reckoned.best_lag(prior, found)
        assert row["best_lag_months"] == lag
        if lag is None:
            continue
        expected = reckoned.halves(prior, lag, found[prior.pair, lag]["n_eff"]) | reckoned.surprise(prior, lag)
        assert not reckoned.differences(row, expected, *expected)
        months = [m for m in prior.follower if reckoned.number(m) - lag in map(reckoned.number, prior.leader)]
        assert (row["first_month"], row["last_month"]) == (min(months), max(months))


def test_a_lead_that_a_shock_hides_is_established_at_its_lag_without_its_months(mart: Mart) -> None:
    assert mart.pairs["L2", "420800", "all"]["state"] == "not_established"
    row = mart.pairs["L2", "420800", "without_shocks"]
    assert (row["best_lag_months"], row["state"]) == (2, "established")


def test_persistence_makes_points_count_for_less(mart: Mart) -> None:
    row = mart.lags["L1", "420800", "all", 3]
    assert row["n_eff"] < row["n"] / 2


def test_a_significant_relation_of_the_wrong_sign_is_said_to_be_against_its_prior(mart: Mart) -> None:
    row = mart.pairs["L8", "420800", "all"]
    assert (row["pearson"] < 0, row["state"]) == (True, "sign_against_prior")


def test_a_relation_that_a_shock_made_is_gone_without_its_months(mart: Mart) -> None:
    with_shock, without = mart.pairs["L10", "420800", "all"], mart.pairs["L10", "420800", "without_shocks"]
    assert (with_shock["state"], with_shock["stability"]) == ("weak", "unstable")
    assert without["state"] == "not_established"
    assert without["n"] <= with_shock["n"] - 6


def test_to_date_a_shock_is_left_out_to_the_end_of_its_year_and_of_the_next(mart: Mart) -> None:
    with_shock, without = mart.pairs["L3", "420800", "all"], mart.pairs["L3", "420800", "without_shocks"]
    assert with_shock["pearson"] > 0.9
    assert (without["state"], without["last_month"].year) == ("not_established", 2019)


def test_a_relation_that_turned_its_sign_is_never_established(mart: Mart) -> None:
    row = mart.pairs["L17", "420800", "all"]
    assert row["first_half_pearson"] * row["second_half_pearson"] < 0
    assert row["stability"] == "unstable"
    assert row["state"] != "established"


def test_too_few_points_and_no_variation_establish_nothing(mart: Mart) -> None:
    for pair in ("L13", "L11"):
        row = mart.pairs[pair, "420800", "all"]
        assert (row["state"], row["best_lag_months"], row["q_value"]) == ("not_established", None, None)
    assert ("L13", "420800", "without_shocks") in mart.pairs, "its follower has the months of the shock"


@pytest.mark.parametrize("pair", ["L11", "L4", "L9"])
def test_what_does_not_move_in_the_months_compared_has_no_coefficient(mart: Mart, pair: str) -> None:
    rows = [r for k, r in mart.lags.items() if k[0] == pair and (pair != "L4" or r["lag_months"] > 0)]
    assert {(r["pearson"], r["spearman"], r["p_value"], r["q_value"]) for r in rows} == {(None,) * 4}
    assert max(r["n"] for r in rows) > 24


@pytest.mark.parametrize("n_eff", [2.1, 2.5, 3, 4.7, 10, 33.3, 100, 1000, 20000])
@pytest.mark.parametrize("r", [1e-6, 0.01, -0.1, 0.3, -0.5, 0.7, 0.9, -0.99, 0.999999])
def test_the_p_of_a_correlation_is_that_of_students_t(mart: Mart, r: float, n_eff: float) -> None:
    expected = 2 * stats.t.sf(abs(r) * math.sqrt((n_eff - 2) / (1 - r * r)), n_eff - 2)
    with database.engine().connect() as c:
        asked = {"r": r, "n": float(n_eff)}
        found = c.execute(sa.text("select intermediate.correlation_p(:r, :n)"), asked).scalar_one()
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_p_is_nothing_for_a_perfect_correlation_one_for_none_and_absent_without_freedom(mart: Mart) -> None:
    with database.engine().connect() as c:
        asked = "select intermediate.correlation_p(r, n) from (values (1, 10), (-1, 10), (0, 10), (0.5, 2)) as v (r, n)"
        assert list(c.execute(sa.text(asked)).scalars()) == [0, 0, 1, None]
