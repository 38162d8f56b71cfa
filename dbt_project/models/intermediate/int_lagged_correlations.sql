-- Pearson correlation of growth at every lag from -12 to 12 calendar months, over the points that both series have. A
-- positive lag means that the leader leads. One pass over a follower's months, the leader's found by their place in an
-- array, takes a twentieth of the time of joining every month with the twenty-five around it (bench/correlated.py).
-- PostgreSQL finds a place at once only in an array without null, hence NaN for a month without a figure.
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
        l.present as leader_present,
        f.present as follower_present,
        m.pearson
    from pairs as p
    inner join {{ ref('int_correlated_series') }} as l on p.leader = l.indicator and p.leader_period_type = l.axis
    inner join {{ ref('int_correlated_series') }} as f
        on p.follower = f.indicator and p.follower_period_type = f.axis and l.region_key = f.region_key
    cross join
        lateral (
            select array_agg(coalesce(u.change, 'NaN')) as changes from unnest(l.changes) as u (change)
        ) as n
    cross join
        lateral (
            select
                array[
                    {% for lag in lags %}
                        corr(u.change, nullif(n.changes[u.at - ({{ lag }})], 'NaN')){{ "," if not loop.last }}
                    {% endfor %}
                ] as pearson
            from (
                select
                    unnest(f.changes) as change,
                    generate_subscripts(f.changes, 1) as at
            ) as u
            where u.change is not null
        ) as m
)

select
    m.pair,
    m.region_key,
    v.lag_months,
    bit_count(m.leader_present & (m.follower_present << v.lag_months))::int as n,
    v.pearson
from measured as m
cross join
    lateral (
        select
            unnest(m.pearson) as pearson,
            generate_subscripts(m.pearson, 1) - 13 as lag_months
    ) as v
