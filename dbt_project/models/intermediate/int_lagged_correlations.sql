-- Pearson correlation of growth at every lag from -12 to 12 calendar months, over the points that both series have. A
-- positive lag means that the leader leads. One pass over a pair's months, the leader shifted beside the follower,
-- takes a tenth of the time of joining every month with the twenty-five around it (bench/correlated.py).
{% set lags = range(-12, 13) %}

with pairs as (
    select p.*
    from {{ ref('correlated_pairs') }} as p
    inner join {{ ref('stg_build') }} as b on p.area is null or p.area = b.area
),

measured as (
    select
        p.pair,
        f.region_key,
        m.*
    from pairs as p
    inner join {{ ref('int_correlated_series') }} as l on p.leader = l.indicator and p.leader_period_type = l.axis
    inner join {{ ref('int_correlated_series') }} as f
        on p.follower = f.indicator and p.follower_period_type = f.axis and l.region_key = f.region_key
    cross join
        lateral (
            with shifted as (
                select
                    {% for lag in lags %}
                        lag(u.leader, {{ lag }}) over months as leader_{{ loop.index }},
                    {% endfor %}
                    u.follower
                from unnest(l.changes, f.changes) with ordinality as u (leader, follower, at)
                window months as (order by u.at)
            )

            select
                array[
                    {% for lag in lags %}
                        regr_count(s.follower, s.leader_{{ loop.index }}){{ "," if not loop.last }}
                    {% endfor %}
                ] as n,
                array[
                    {% for lag in lags %}
                        corr(s.follower, s.leader_{{ loop.index }}){{ "," if not loop.last }}
                    {% endfor %}
                ] as pearson
            from shifted as s
        ) as m
)

select
    m.pair,
    m.region_key,
    (v.place - 13)::int as lag_months,
    v.n::int as n,
    v.pearson
from measured as m
cross join lateral unnest(m.n, m.pearson) with ordinality as v (n, pearson, place)
