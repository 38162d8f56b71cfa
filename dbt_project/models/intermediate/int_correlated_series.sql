-- The planner takes the conditions on the figures for independent, expects a thirtieth of them and would sort two
-- million rows to group them, which takes twice the time of hashing.
{{ config(pre_hook="set local enable_sort = off") }}

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

listed as (
    select
        a.indicator,
        a.axis,
        a.region_key,
        min(a.month) as first_month,
        max(a.month) as last_month,
        array_agg(a.month) as months,
        array_agg(coalesce(a.growth_pct, a.change_pp)) as changes
    from {{ ref('int_months_aligned') }} as a
    inner join wanted as w on a.indicator = w.indicator and a.axis = w.axis
    where
        a.industry_code = '_T' and a.entity_id = '_T'
        and (a.growth_pct is not null or a.change_pp is not null)
        and a.month <= (select b.month from {{ ref('stg_build') }} as b)
    group by a.indicator, a.axis, a.region_key
),

span as (
    select
        min(first_month) as first_month,
        max(last_month) as last_month
    from listed
),

-- Materialised, or it would be made anew for every series.
calendar as materialized (
    select
        m.month::date as month,
        bool_or(p.shock is not null) as shocked
    from span as s
    cross join lateral generate_series(s.first_month, s.last_month, interval '1 month') as m (month)
    left join {{ ref('shock_periods') }} as p on m.month between p.first_month and p.last_month
    group by m.month
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
            avg(u.change order by m.month) as mean,
            avg(u.change order by m.month) filter (where not m.shocked) as mean_without_shocks,
            array_agg(u.change order by m.month) as changes,
            array_agg(case when not m.shocked then u.change end order by m.month) as changes_without_shocks
        from calendar as m
        left join unnest(s.months, s.changes) as u (month, change) on m.month = u.month
    ) as d
