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
        pair.pair,
        follower.region_key,
        leader.present as leader_present,
        follower.present as follower_present,
        reckoned.pearson
    from pairs as pair
    inner join {{ ref('int_correlated_series') }} as leader
        on pair.leader = leader.indicator and pair.leader_period_type = leader.axis
    inner join {{ ref('int_correlated_series') }} as follower
        on pair.follower = follower.indicator and pair.follower_period_type = follower.axis
            and leader.region_key = follower.region_key
    cross join
        lateral (
            select array_agg(coalesce(u.change, 'NaN')) as changes from unnest(leader.changes) as u (change)
        ) as lookup
    cross join
        lateral (
            select
                array[
                    {% for lag in lags %}
                        corr(u.change, nullif(lookup.changes[u.at - ({{ lag }})], 'NaN')){{ "," if not loop.last }}
                    {% endfor %}
                ] as pearson
            from (
                select
                    unnest(follower.changes) as change,
                    generate_subscripts(follower.changes, 1) as at
            ) as u
            where u.change is not null
        ) as reckoned
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
