"""The correlated mart with all its statistics at national scale, beside what gives Pearson's coefficient alone.

3,000 regions x 120 months, five pairs of one follower at 25 lags, 2 % holes. The baselines do the same 375,000
correlations on the same rows in the same session: the plain self-join in PostgreSQL, and numpy with fetch and write.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
from psycopg import Connection

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
    null::float8 as growth_error_pp, null::float8 as basis_gap_pp, null::float8 as change_pp
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
                runs = [(_timed(_self_join, c), _timed(_numpy, c), _mart()) for _ in range(RUNS)]
                _agree(c)
        finally:
            database.engine().dispose()
            server.stop()
    joined, by_numpy = tuple(r[0] for r in runs), tuple(r[1] for r in runs)
    marts = tuple(r[2]["in all"] for r in runs)
    return [
        Figure("correlated mart, all statistics", "s", marts, "self-join, Pearson only", joined),
        Figure("correlated mart, all statistics", "s", marts, "numpy, Pearson only: fetch, compute, write", by_numpy),
        *(Figure(f"correlated mart: {m}", "s", tuple(r[2][m] for r in runs)) for m in runs[0][2] if m != "in all"),
    ]


def _timed(work: Callable[[Connection], None], c: Connection) -> float:
    started = time.perf_counter()
    work(c)
    return time.perf_counter() - started


def _self_join(c: Connection) -> None:
    c.execute("drop table if exists self_join")
    c.execute(SELF_JOIN)


def _numpy(c: Connection) -> None:
    """Fetch the series, correlate all regions at each lag at once, write 375,000 rows."""
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
    series = np.full((len(SERIES), REGIONS, MONTHS), np.nan)
    series[which, region - 1, month - month.min()] = growth
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


def _mart() -> dict[str, float]:
    """What dbt needs for the mart and the models that it alone stands on, in seconds; `in all` from first to last."""
    asked = {"GONGYUN_BUILD_MONTH": "2023-12", "GONGYUN_BUILD_AREA": "jingmen"}
    chosen = "int_correlated_series int_autocorrelations int_lagged_correlations int_expected_lags fct_correlated_indicators fct_correlated_pairs"
    done = build.dbt("run", asked, "--select", *chosen.split())
    if done.returncode:
        raise build.BuildFailed({"dbt run": done.stdout[-2000:]})
    results = json.loads((build.artifacts() / "run_results.json").read_text(encoding="utf-8"))["results"]
    seconds = {r["unique_id"].rpartition(".")[2]: r["execution_time"] for r in results if r["timing"]}
    spans = [
        datetime.fromisoformat(t[edge]).replace(tzinfo=UTC).timestamp()
        for r in results
        if r["unique_id"].startswith("model.")
        for t in r["timing"]
        for edge in ("started_at", "completed_at")
    ]
    return {m: s for m, s in seconds.items() if m.startswith(("int_", "fct_"))} | {"in all": max(spans) - min(spans)}


def _agree(c: Connection) -> None:
    """All three must give the same numbers, or the comparison is of different things."""
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
