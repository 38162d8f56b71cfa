"""The correlated mart with all its statistics at national scale, beside three baselines of the same session.

3,000 regions x 120 months, five pairs of one follower at 25 lags, 2 % holes. Pearson alone (375,000 correlations): the
plain self-join in PostgreSQL, and numpy with fetch and write. All figures of fct_correlated_indicators: numpy and scipy.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from datetime import datetime

import numpy as np
from psycopg import Connection
from scipy import stats

from bench.figure import Figure
from warehouse import build, database, server

RUNS = 3
LAGS = range(-12, 13)
REGIONS, MONTHS = 3000, 120
FOLLOWER = "ST02"
LEADERS = {"L2": "TX04", "L4": "BK02", "L8": "TR05", "L9": "EN02", "L10": "PW05"}
SERIES = [FOLLOWER, *LEADERS.values()]

# January is absent, as in official statistics.
GROWTH = f"""
create schema if not exists staging;
create schema if not exists intermediate;
create table intermediate.int_hidden_cells (indicator text, region_key text, industry_code text, year int);
create table staging.stg_build as
select 'jingmen' as area, '420800' as top_region_key, date '2023-12-01' as month, timestamptz '2024-01-20' as as_of;
create table intermediate.int_months_aligned as
with drawn as (
    select r as region, m.month::date as month, 8 + 4 * sin(extract(epoch from m.month) / 3e7) + 6 * random() as growth
    from generate_series(1, {REGIONS}) as r
    cross join generate_series(date '2014-01-01', '2023-12-01', interval '1 month') as m (month)
)
select
    s.indicator, lpad(d.region::text, 6, '0') as region_key, '_T' as industry_code, '_T' as entity_id, 'M' as axis,
    d.month, 0 as position, null::float8 as value,
    round((d.growth + 3 * random())::numeric, 1)::float8 as growth_pct, 'reported' as growth_source,
    null::float8 as growth_error_pp, null::float8 as growth_rate_error_pp, null::float8 as basis_gap_pp, null::float8 as change_pp
from drawn as d
cross join (values {", ".join(f"('{s}')" for s in SERIES)}) as s (indicator)
where extract(month from d.month) <> 1 and random() > 0.02;
analyze staging.stg_build, intermediate.int_months_aligned;
"""
SELF_JOIN = f"""
create table self_join as
select
    l.indicator as leader,
    l.region_key,
    (extract(year from age(f.month, l.month)) * 12 + extract(month from age(f.month, l.month)))::int as lag_months,
    count(*) as n,
    corr(f.growth_pct, l.growth_pct) as pearson
from intermediate.int_months_aligned as l
inner join intermediate.int_months_aligned as f
    on l.region_key = f.region_key
    and f.month between l.month - interval '12 months' and l.month + interval '12 months'
where l.indicator <> '{FOLLOWER}' and f.indicator = '{FOLLOWER}'
group by 1, 2, 3
"""


def measure() -> list[Figure]:
    """Seconds of the mart as dbt builds it, of the self-join and of numpy, in turns; and of each model."""
    with tempfile.TemporaryDirectory(prefix="gongyun-bench-") as home:
        os.environ["GONGYUN_HOME"] = home
        database.create_database(database.WAREHOUSE)
        database.apply_schema()
        build.load_seeds()
        try:
            with database.connect(autocommit=True) as c:
                c.execute("select setseed(0.2018)")
                c.execute(GROWTH)
                c.execute("delete from catalog.correlated_pairs where pair <> all(%s)", [list(LEADERS)])
                runs = [(_timed(_self_join, c), _timed(_numpy, c), _mart(), _timed(_scipy, c)) for _ in range(RUNS)]
                _agree(c)
        finally:
            database.engine().dispose()
            server.stop()
    joined, by_numpy = tuple(r[0] for r in runs), tuple(r[1] for r in runs)
    by_scipy = tuple(r[3] for r in runs)
    marts = tuple(r[2]["in all"] for r in runs)
    return [
        Figure("correlated mart, all statistics", "s", marts, "self-join, Pearson only", joined),
        Figure("correlated mart, all statistics", "s", marts, "numpy, Pearson only: fetch, compute, write", by_numpy),
        Figure("correlated mart, all statistics", "s", marts, "numpy and scipy, all of each lag and q", by_scipy),
        *(Figure(f"correlated mart: {m}", "s", tuple(r[2][m] for r in runs)) for m in runs[0][2] if m != "in all"),
    ]


def _timed(work: Callable[[Connection], None], c: Connection) -> float:
    started = time.perf_counter()
    work(c)
    return time.perf_counter() - started


def _self_join(c: Connection) -> None:
    c.execute("drop table if exists self_join")
    c.execute(SELF_JOIN)


def _fetched(c: Connection) -> tuple[np.ndarray, int]:
    """Growth by series, region and month, nan where there is none; and the number of the first month."""
    with c.cursor(binary=True) as cursor:
        rows = cursor.execute(
            """
            select array_position(%s, indicator) - 1, region_key::int,
                extract(year from month)::int * 12 + extract(month from month)::int, growth_pct
            from intermediate.int_months_aligned
            """,
            [SERIES],
        ).fetchall()
    which, region, month, growth = (np.array(column) for column in zip(*rows, strict=True))
    first = month.min()
    series = np.full((len(SERIES), REGIONS, MONTHS), np.nan)
    series[which, region - 1, month - first] = growth
    return series, int(first)


def _numpy(c: Connection) -> None:
    """Fetch the series, correlate all regions at each lag at once, write 375,000 rows."""
    series = _fetched(c)[0]
    c.execute("drop table if exists by_numpy")
    c.execute("create table by_numpy (leader text, region_key text, lag_months int, n int, pearson float8)")
    with c.cursor().copy("copy by_numpy from stdin") as copy:
        for number, leader in enumerate(LEADERS.values(), 1):
            for lag in LAGS:
                n, r = _correlated(
                    series[number, :, max(-lag, 0) : MONTHS - max(lag, 0)],
                    series[0, :, max(lag, 0) : MONTHS - max(-lag, 0)],
                )
                for i in range(REGIONS):
                    copy.write_row((leader, f"{i + 1:06d}", lag, int(n[i]), float(r[i])))


def _correlated(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """n and Pearson's coefficient of each row, over the months that both have."""
    both = ~np.isnan(x) & ~np.isnan(y)
    n = both.sum(axis=1)
    x, y = np.where(both, x, 0), np.where(both, y, 0)
    x = np.where(both, x - (x.sum(axis=1) / n)[:, None], 0)
    y = np.where(both, y - (y.sum(axis=1) / n)[:, None], 0)
    return n, (x * y).sum(axis=1) / np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))


def _scipy(c: Connection) -> None:
    """Every column of fct_correlated_indicators: all regions at once by numpy and scipy, with fetch and write."""
    series, first = _fetched(c)
    pairs = c.execute(
        "select pair, leader, expected_sign::int, lag_from::int, lag_to::int from catalog.correlated_pairs"
    ).fetchall()
    shocks = c.execute("""
        select extract(year from m)::int * 12 + extract(month from m)::int
        from catalog.shock_periods cross join generate_series(first_month, last_month, interval '1 month') as m
    """).fetchall()
    unshocked = series.copy()
    # growth of a year later stands on the shock's base
    unshocked[:, :, [m + later - first for (m,) in shocks for later in (0, 12)]] = np.nan
    c.execute("drop table if exists by_scipy")
    c.execute("""
        create table by_scipy (
            pair text, region_key text, sample text, lag_months int, n int, n_eff float8, pearson float8,
            pearson_low float8, pearson_high float8, p_value float8, is_expected bool, spearman float8, q_value float8,
            is_best bool
        )
    """)
    regions = [f"{i + 1:06d}" for i in range(REGIONS)]
    with c.cursor().copy("copy by_scipy from stdin") as copy:
        for sample, growth in (("all", series), ("without_shocks", unshocked)):
            for pair, lag, columns in _tested(growth, pairs, every_lag=sample == "all"):
                for region, *row in zip(regions, *(column.tolist() for column in columns), strict=True):
                    copy.write_row((pair, region, sample, lag, *row))


def _tested(series: np.ndarray, pairs: list[tuple], every_lag: bool) -> list[tuple[str, int, list[np.ndarray]]]:
    """Pair, lag and the columns of by_scipy from n on, each an array over regions."""
    r = _autocorrelations(series)
    found, judged = [], []
    for pair, leader, sign, lag_from, lag_to in pairs:
        number, expected = SERIES.index(leader), range(lag_from, lag_to + 1)
        shared = np.cumsum(r[number] * r[0], axis=1)
        chosen = []
        for lag in LAGS if every_lag else expected:
            x = series[number, :, max(-lag, 0) : MONTHS - max(lag, 0)]
            y = series[0, :, max(lag, 0) : MONTHS - max(-lag, 0)]
            columns = _worth(*_correlated(x, y), shared)
            missing = np.full(REGIONS, None)
            if lag in expected:
                chosen.append((lag, columns))
                columns += [np.full(REGIONS, True), _spearman(x, y)]
                judged.append(columns)
            else:
                columns += [np.full(REGIONS, False), missing, missing, np.full(REGIONS, False)]
            found.append((pair, lag, columns))
        lags = np.array([[lag] * REGIONS for lag, _ in chosen])
        pearson = np.array([columns[2] for _, columns in chosen])
        best = np.lexsort((lags, abs(lags), -abs(pearson), sign * pearson <= 0), axis=0)[0]
        for place, (_, columns) in enumerate(chosen):
            columns.append(best == place)
    q = stats.false_discovery_control(np.array([columns[5] for columns in judged]), axis=0)
    for columns, q_value in zip(judged, q, strict=True):
        columns.insert(-1, q_value)
    return found


def _autocorrelations(series: np.ndarray) -> np.ndarray:
    """r(k) at 0 to 12 months by series and region; 0 for r(0), which no sum counts."""
    deviation = series - np.nanmean(series, axis=2, keepdims=True)
    products = [np.nanmean(deviation[:, :, k:] * deviation[:, :, : MONTHS - k], axis=2) for k in range(1, 13)]
    r = np.stack(products, axis=2) / np.nanmean(deviation**2, axis=2)[:, :, None]
    return np.concatenate([np.zeros((*r.shape[:2], 1)), r], axis=2)


def _worth(n: np.ndarray, r: np.ndarray, shared: np.ndarray) -> list[np.ndarray]:
    """n, effective n, r, its interval and p. Every region must have points enough to be judged."""
    assert n.min() >= 24
    n_eff = n / np.maximum(1 + 2 * shared[np.arange(REGIONS), np.minimum(12, n // 5)], 1)
    assert n_eff.min() > 3
    z, reach = np.arctanh(r), stats.norm.ppf(0.975) / np.sqrt(n_eff - 3)
    p = 2 * stats.t.sf(abs(r) * np.sqrt((n_eff - 2) / (1 - r * r)), n_eff - 2)
    return [n, n_eff, r, np.tanh(z - reach), np.tanh(z + reach), p]


def _spearman(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Over the months that both have; what is missing goes behind all others, where it moves no rank."""
    both = ~np.isnan(x) & ~np.isnan(y)
    ranks = (stats.rankdata(np.where(both, v, np.inf), axis=1) for v in (x, y))
    return _correlated(*(np.where(both, v, np.nan) for v in ranks))[1]


def _mart() -> dict[str, float]:
    """What dbt needs for the mart and the models that it alone stands on, in seconds; `in all` from first to last."""
    asked = {"GONGYUN_BUILD_MONTH": "2023-12"}
    chosen = (
        "int_calendar int_correlated_points int_correlated_series int_shared_persistence int_lagged_correlations int_expected_lags "
        "int_tested_correlations fct_correlated_indicators fct_correlated_pairs"
    )
    done = build.dbt("run", asked, "--full-refresh", "--select", *chosen.split())
    if done.returncode:
        raise build.BuildFailed({"dbt run": done.stdout[-2000:]})
    models = [
        n for n in json.loads(build.results().read_text(encoding="utf-8"))
        if n["node"].rpartition(".")[2].startswith(("int_", "fct_"))
    ]  # fmt: skip
    began, ended = (edge(datetime.fromisoformat(n[e]) for n in models) for edge, e in ((min, "began"), (max, "ended")))
    seconds = {n["node"].rpartition(".")[2]: n["seconds"] for n in models}
    return seconds | {"in all": (ended - began).total_seconds()}


def _agree(c: Connection) -> None:
    """All must give the same numbers, or the comparison is of different things."""
    row = c.execute("""
        select count(*), max(abs(m.pearson - s.pearson)), max(abs(m.pearson - p.pearson)), bool_and(m.n = s.n and m.n = p.n)
        from marts.fct_correlated_indicators as m
        inner join catalog.correlated_pairs as c on m.pair = c.pair
        inner join self_join as s
            on c.leader = s.leader and m.region_key = s.region_key and m.lag_months = s.lag_months
        inner join by_numpy as p
            on c.leader = p.leader and m.region_key = p.region_key and m.lag_months = p.lag_months
        where m.sample = 'all'
    """).fetchone()
    assert row
    count, from_join, from_numpy, same_n = row
    assert count == REGIONS * len(LAGS) * len(LEADERS)
    assert same_n
    assert max(from_join, from_numpy) < 1e-9, row
    figures = ("n_eff", "pearson", "pearson_low", "pearson_high", "spearman", "p_value", "q_value")
    differences = ", ".join(f"max(abs(m.{f} - s.{f}))" for f in figures)
    same = " and ".join(f"(m.{f} is null) = (s.{f} is null)" for f in figures)
    row = c.execute(f"""
        select count(m.pair) = count(*) and count(s.pair) = count(*),
            bool_and(m.n = s.n and m.is_expected = s.is_expected and m.is_best = s.is_best and {same}), {differences}
        from marts.fct_correlated_indicators as m
        full join by_scipy as s using (pair, region_key, sample, lag_months)
    """).fetchone()
    assert row
    assert row[0]
    assert row[1]
    assert max(row[2:]) < 1e-9, row
