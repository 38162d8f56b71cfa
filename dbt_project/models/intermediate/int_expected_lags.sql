-- The lags at which the prior expects a pair to move together, with and without the months of a shock: Pearson and
-- Spearman over the points that both series have, ranks taken among just those points. A point is left out where its
-- leader's or its follower's month is one of a shock.
with pairs as (
    select p.*
    from {{ ref('correlated_pairs') }} as p
    inner join {{ ref('stg_build') }} as b on p.area is null or p.area = b.area
),

samples as (
    select
        p.pair,
        p.lag_from,
        p.lag_to,
        f.region_key,
        f.first_month,
        f.months,
        v.sample,
        v.leader,
        v.follower
    from pairs as p
    inner join {{ ref('int_correlated_series') }} as l on p.leader = l.indicator and p.leader_period_type = l.axis
    inner join {{ ref('int_correlated_series') }} as f
        on p.follower = f.indicator and p.follower_period_type = f.axis and l.region_key = f.region_key
    cross join
        lateral (
            values
            ('all', l.changes, f.changes), ('without_shocks', l.changes_without_shocks, f.changes_without_shocks)
        ) as v (sample, leader, follower)
    where
        v.sample = 'all'
        or l.changes is distinct from l.changes_without_shocks
        or f.changes is distinct from f.changes_without_shocks
),

lagged as (
    select
        s.pair,
        s.region_key,
        s.sample,
        g.lag_months,
        s.first_month,
        s.leader[1 - least(g.lag_months, 0):s.months - greatest(g.lag_months, 0)] as leader,
        s.follower[1 + greatest(g.lag_months, 0):s.months + least(g.lag_months, 0)] as follower
    from samples as s
    cross join lateral generate_series(s.lag_from::int, s.lag_to::int) as g (lag_months)
)

select
    g.pair,
    g.region_key,
    g.sample,
    g.lag_months,
    c.n,
    c.pearson,
    c.spearman,
    (g.first_month + make_interval(months => c.first_at + greatest(g.lag_months, 0) - 1))::date as first_month,
    (g.first_month + make_interval(months => c.last_at + greatest(g.lag_months, 0) - 1))::date as last_month
from lagged as g
cross join
    lateral (
        with ranked as (
            select
                u.at,
                u.leader,
                u.follower,
                rank() over (order by u.leader) as leader_rank,
                count(*) over (order by u.leader) as leader_upto,
                rank() over (order by u.follower) as follower_rank,
                count(*) over (order by u.follower) as follower_upto
            from unnest(g.leader, g.follower) with ordinality as u (leader, follower, at)
            where u.leader is not null and u.follower is not null
        )

        -- The first and the last place of those that share a rank add up to twice their mean rank.
        select
            count(*)::int as n,
            corr(r.follower, r.leader) as pearson,
            corr(r.follower_rank + r.follower_upto, r.leader_rank + r.leader_upto) as spearman,
            min(r.at)::int as first_at,
            max(r.at)::int as last_at
        from ranked as r
    ) as c
