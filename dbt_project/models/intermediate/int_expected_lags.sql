-- The lags at which the prior expects a pair to move together, with and without a shock: Pearson and Spearman over
-- the points that both series have, ranks taken among just those points. Without it a point is left out where its
-- leader's or its follower's growth is of a shock or stands on one (int_correlated_series).
with pairs as (
    select p.*
    from {{ ref('correlated_pairs') }} as p
    inner join {{ ref('stg_build') }} as b on p.area is null or p.area = b.area
),

calendar as materialized (
    select
        repeat('0', s.months)::varbit as no_month,
        array_agg(set_bit(repeat('0', s.months)::varbit, g.at - 1, 1) order by g.at) as bits
    from (select distinct months from {{ ref('int_correlated_series') }}) as s
    cross join lateral generate_series(1, s.months) as g (at)
    group by s.months
),

-- `below` of a month has a bit for each month of less growth, and then a bit for each of no more. Of any choice of
-- months, those that are in it count up to twice the month's mean rank among them less one: so a series is sorted
-- once, not anew for every lag and sample.
series as materialized (
    select
        s.*,
        b.below
    from {{ ref('int_correlated_series') }} as s
    cross join calendar as c
    cross join
        lateral (
            select array_agg(coalesce(r.less, c.no_month) || r.not_more order by r.at) as below
            from (
                select
                    u.at,
                    bit_or(u.bit) over (
                        order by u.change groups between unbounded preceding and 1 preceding
                    ) as less,
                    bit_or(u.bit) over (order by u.change) as not_more
                from (
                    select
                        unnest(s.changes) as change,
                        unnest(c.bits) as bit,
                        generate_subscripts(c.bits, 1) as at
                ) as u
            ) as r
        ) as b
),

samples as (
    select
        pair.pair,
        pair.lag_from,
        pair.lag_to,
        follower.region_key,
        follower.first_month,
        follower.months,
        sampled.*,
        leader.below as leader_below,
        follower.below as follower_below
    from pairs as pair
    inner join series as leader on pair.leader = leader.indicator and pair.leader_period_type = leader.axis
    inner join series as follower
        on pair.follower = follower.indicator and pair.follower_period_type = follower.axis
            and leader.region_key = follower.region_key
    cross join
        lateral (
            values
            ('all', leader.changes, follower.changes, leader.present, follower.present),
            (
                'without_shocks',
                leader.changes_without_shocks,
                follower.changes_without_shocks,
                leader.present_without_shocks,
                follower.present_without_shocks
            )
        ) as sampled (sample, leader, follower, leader_present, follower_present)
    where
        sampled.sample = 'all'
        or sampled.leader_present <> leader.present or sampled.follower_present <> follower.present
),

lagged as (
    select
        s.*,
        g.lag_months,
        (s.leader_present & (s.follower_present << g.lag_months))
        || (s.leader_present & (s.follower_present << g.lag_months)) as leader_months,
        ((s.leader_present >> g.lag_months) & s.follower_present)
        || ((s.leader_present >> g.lag_months) & s.follower_present) as follower_months
    from samples as s
    cross join lateral generate_series(s.lag_from::int, s.lag_to::int) as g (lag_months)
    -- a fence, or both would be reckoned anew for every point
    offset 0 -- noqa: AM09
)

select
    g.pair,
    g.region_key,
    g.sample,
    g.lag_months,
    (bit_count(g.follower_months) / 2)::int as n,
    c.pearson,
    c.spearman,
    (g.first_month + make_interval(months => position(b'1' in g.follower_months) - 1))::date as first_month,
    (g.first_month + make_interval(months => length(rtrim(g.follower_months::text, '0')) - g.months - 1))::date
        as last_month
from lagged as g
cross join
    lateral (
        select
            corr(u.follower, u.leader) as pearson,
            corr(bit_count(u.follower_below & g.follower_months), bit_count(u.leader_below & g.leader_months))
                as spearman
        from (
            select
                unnest(g.leader[1 - least(g.lag_months, 0):g.months - greatest(g.lag_months, 0)]) as leader,
                unnest(g.follower[1 + greatest(g.lag_months, 0):g.months + least(g.lag_months, 0)]) as follower,
                unnest(g.leader_below[1 - least(g.lag_months, 0):g.months - greatest(g.lag_months, 0)])
                    as leader_below,
                unnest(g.follower_below[1 + greatest(g.lag_months, 0):g.months + least(g.lag_months, 0)])
                    as follower_below
        ) as u
        where u.leader is not null and u.follower is not null
    ) as c
