-- How strongly the growth of a series goes on from month to month: r(k) at 1 to 12 months, the mean product of
-- deviations over the points that are k months apart, by the variance over all points (Pyper and Peterman 1998,
-- eq. 7; with holes, statsmodels' acf with missing="conservative" and adjusted=True). Twelve, because growth over a
-- year shares eleven months with that of the month before and none with that of a year before. Of two series what
-- counts is shared(k), the sum of r_leader(i) r_follower(i) for i up to k.
{% set lags = range(1, 13) %}

with autocorrelations as materialized (
    select
        s.indicator,
        s.axis,
        s.region_key,
        a.r,
        a.r_without_shocks
    from {{ ref('int_correlated_series') }} as s
    cross join
        lateral (
            with deviations as (
                select
                    u.at,
                    u.change - s.mean as x,
                    u.unshocked - s.mean_without_shocks as z
                from unnest(s.changes, s.changes_without_shocks) with ordinality as u (change, unshocked, at)
            ),

            shifted as (
                select
                    {% for k in lags %}
                        lag(d.x, {{ k }}) over months as x_{{ k }},
                        lag(d.z, {{ k }}) over months as z_{{ k }},
                    {% endfor %}
                    d.x,
                    d.z
                from deviations as d
                window months as (order by d.at)
            )

            select
                array[
                    {% for k in lags %}
                        avg(h.x * h.x_{{ k }}) / nullif(var_pop(h.x), 0){{ "," if not loop.last }}
                    {% endfor %}
                ] as r,
                array[
                    {% for k in lags %}
                        avg(h.z * h.z_{{ k }}) / nullif(var_pop(h.z), 0){{ "," if not loop.last }}
                    {% endfor %}
                ] as r_without_shocks
            from shifted as h
        ) as a
)

select
    p.pair,
    l.region_key,
    v.sample,
    s.shared
from {{ ref('correlated_pairs') }} as p
inner join autocorrelations as l on p.leader = l.indicator and p.leader_period_type = l.axis
inner join autocorrelations as f
    on p.follower = f.indicator and p.follower_period_type = f.axis and l.region_key = f.region_key
cross join
    lateral (
        values ('all', l.r, f.r), ('without_shocks', l.r_without_shocks, f.r_without_shocks)
    ) as v (sample, leader, follower)
cross join
    lateral (
        select array_agg(c.shared order by c.k) as shared
        from (
            select
                u.k,
                sum(u.leader * u.follower) over (order by u.k) as shared
            from unnest(v.leader, v.follower) with ordinality as u (leader, follower, k)
        ) as c
    ) as s
