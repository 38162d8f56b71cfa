-- How strongly the growth of a series goes on from month to month: r(k) at 1 to 12 months, the mean product of
-- deviations over the points that are k months apart, by the variance over all points (Pyper and Peterman 1998,
-- eq. 7; with holes, statsmodels' acf with missing="conservative" and adjusted=True). Twelve, because growth over a
-- year shares eleven months with that of the month before and none with that of a year before. Of two series what
-- counts is shared(k), the sum of r_leader(i) r_follower(i) for i up to k.
{% set lags = range(1, 13) %}

-- A month without a figure deviates by 0: it adds nothing to a sum of products, and PostgreSQL finds a place at once
-- only in an array without null.
with deviations as materialized (
    select
        s.indicator,
        s.axis,
        s.region_key,
        s.variance,
        s.variance_without_shocks,
        s.present,
        s.present_without_shocks,
        d.x,
        d.z
    from {{ ref('int_correlated_series') }} as s
    cross join
        lateral (
            select
                array_agg(coalesce(u.change - s.mean, 0)) as x,
                array_agg(coalesce(u.unshocked - s.mean_without_shocks, 0)) as z
            from (
                select
                    unnest(s.changes) as change,
                    unnest(s.changes_without_shocks) as unshocked
            ) as u
        ) as d
),

autocorrelations as materialized (
    select
        d.indicator,
        d.axis,
        d.region_key,
        array[
            {% for k in lags %}
                p.xx_{{ k }} / nullif(bit_count(d.present & (d.present << {{ k }})), 0) / nullif(d.variance, 0)
                {{- "," if not loop.last }}
            {% endfor %}
        ] as r,
        array[
            {% for k in lags %}
                p.zz_{{ k }}
                / nullif(bit_count(d.present_without_shocks & (d.present_without_shocks << {{ k }})), 0)
                / nullif(d.variance_without_shocks, 0)
                {{- "," if not loop.last }}
            {% endfor %}
        ] as r_without_shocks
    from deviations as d
    cross join
        lateral (
            select
            {% for k in lags %}
                    sum(u.x * d.x[u.at - {{ k }}]) as xx_{{ k }},
                    sum(u.z * d.z[u.at - {{ k }}]) as zz_{{ k }}{{ "," if not loop.last }}
            {% endfor %}
            from (
                select
                    unnest(d.x) as x,
                    unnest(d.z) as z,
                    generate_subscripts(d.x, 1) as at
            ) as u
        ) as p
)

select
    pair.pair,
    leader.region_key,
    sampled.sample,
    summed.shared
from {{ ref('correlated_pairs') }} as pair
inner join autocorrelations as leader on pair.leader = leader.indicator and pair.leader_period_type = leader.axis
inner join autocorrelations as follower
    on pair.follower = follower.indicator and pair.follower_period_type = follower.axis
        and leader.region_key = follower.region_key
cross join
    lateral (
        values ('all', leader.r, follower.r), ('without_shocks', leader.r_without_shocks, follower.r_without_shocks)
    ) as sampled (sample, leader, follower)
cross join
    lateral (
        select array_agg(c.shared order by c.k) as shared
        from (
            select
                u.k,
                sum(u.leader * u.follower) over (order by u.k) as shared
            from unnest(sampled.leader, sampled.follower) with ordinality as u (leader, follower, k)
        ) as c
    ) as summed
