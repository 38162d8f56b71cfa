-- Growth of every indicator of a correlated pair as an array on one calendar of months, so that a lag is a shift of
-- the array. A month without a figure is null there, January of official statistics among them (domain.md 2.1). In
-- `changes_without_shocks` months of a shock are null too. Nothing after the month built.
with wanted as (
    select
        p.leader as indicator,
        p.leader_period_type as axis
    from {{ ref('correlated_pairs') }} as p
    inner join {{ ref('stg_build') }} as b on p.area is null or p.area = b.area
    union distinct
    select
        p.follower,
        p.follower_period_type
    from {{ ref('correlated_pairs') }} as p
    inner join {{ ref('stg_build') }} as b on p.area is null or p.area = b.area
),

points as (
    select
        a.indicator,
        a.axis,
        a.region_key,
        a.month,
        coalesce(a.growth_pct, a.change_pp) as change,
        s.shock is not null as shocked
    from {{ ref('int_months_aligned') }} as a
    inner join wanted as w on a.indicator = w.indicator and a.axis = w.axis
    inner join {{ ref('stg_build') }} as b on a.month <= b.month
    left join {{ ref('shock_periods') }} as s on a.month between s.first_month and s.last_month
    where
        a.industry_code = '_T' and a.entity_id = '_T'
        and coalesce(a.growth_pct, a.change_pp) is not null
),

span as (
    select
        min(month) as first_month,
        max(month) as last_month
    from points
),

calendar as (
    select
        m.month::date as month,
        m.at
    from span as s
    cross join
        lateral generate_series(s.first_month, s.last_month, interval '1 month') with ordinality as m (month, at)
),

listed as (
    select
        p.indicator,
        p.axis,
        p.region_key,
        array_agg(c.at) as at,
        array_agg(p.change) as changes,
        array_agg(case when not p.shocked then p.change end) as unshocked
    from points as p
    inner join calendar as c on p.month = c.month
    group by p.indicator, p.axis, p.region_key
)

select
    s.indicator,
    s.axis,
    s.region_key,
    w.first_month,
    {{ month_number('w.last_month') }} - {{ month_number('w.first_month') }} + 1 as months,
    d.mean,
    d.mean_without_shocks,
    d.changes,
    d.changes_without_shocks
from listed as s
cross join span as w
cross join
    lateral (
        select
            -- in the order of months, or the last digit would differ from one build of the same figures to the next
            avg(u.change order by m.at) as mean,
            avg(u.unshocked order by m.at) as mean_without_shocks,
            array_agg(u.change order by m.at) as changes,
            array_agg(u.unshocked order by m.at) as changes_without_shocks
        from calendar as m
        left join unnest(s.at, s.changes, s.unshocked) as u (at, change, unshocked) on m.at = u.at
    ) as d
