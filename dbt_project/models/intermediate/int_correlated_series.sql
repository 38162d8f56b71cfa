-- The planner would sort the points to group them, which takes over twice the time of hashing.
{{ config(pre_hook="set local enable_sort = off") }}

-- Growth of every indicator of a correlated pair as an array on one calendar of months, so that a lag is a shift of
-- the array. A month without a figure is null there, January of official statistics among them (domain.md 2.1), and has
-- a 0 in the bits of `present`. Without shocks the periods of a shock are left out too, and those a year after, whose
-- growth stands on them (domain.md 2.5, 3.2): on the axis of the year to date the rest of both years. Nothing after the
-- month built, and no cell that would give a firm away (domain.md 2.11): ten coefficients give back five months of
-- growth. In whole millionths of a point, whose sums are exact: what does not move has then a variance of 0 and no
-- coefficient over any choice of its months, where a sum of 7.1s would leave a last digit to correlate.
with listed as (
    select
        a.indicator,
        a.axis,
        a.region_key,
        min(a.month) as first_month,
        max(a.month) as last_month,
        array_agg(a.month) as months,
        array_agg(round(1e6::float8 * a.change)) as changes
    from {{ ref('int_correlated_points') }} as a
    where
        a.month <= {{ month_built() }}
        and not exists (
            select 1 from {{ ref('int_hidden_cells') }} as z
            where
                z.indicator = a.indicator and z.region_key = a.region_key and z.industry_code = '_T'
                and z.year = extract(year from a.month)
        )
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
        axes.axis,
        step.month::date as month,
        this_year.shock is not null or year_ago.shock is not null as shocked
    from span
    cross join lateral generate_series(span.first_month, span.last_month, interval '1 month') as step (month)
    cross join (select distinct axis from listed) as axes
    left join {{ ref('int_calendar') }} as this_year on axes.axis = this_year.axis and step.month = this_year.month
    left join {{ ref('int_calendar') }} as year_ago
        on axes.axis = year_ago.axis and step.month = year_ago.month + interval '1 year'
)

select
    s.indicator,
    s.axis,
    s.region_key,
    w.first_month,
    {{ month_number('w.last_month') }} - {{ month_number('w.first_month') }} + 1 as months,
    d.mean,
    d.mean_without_shocks,
    d.variance,
    d.variance_without_shocks,
    d.changes,
    d.changes_without_shocks,
    d.present,
    d.present_without_shocks
from listed as s
cross join span as w
cross join
    lateral (
        -- in the order of months, or the last digit would differ from one build of the same figures to the next
        select
            avg(p.change order by p.month) as mean,
            avg(p.unshocked order by p.month) as mean_without_shocks,
            var_pop(p.change order by p.month) as variance,
            var_pop(p.unshocked order by p.month) as variance_without_shocks,
            array_agg(p.change order by p.month) as changes,
            array_agg(p.unshocked order by p.month) as changes_without_shocks,
            string_agg(case when p.change is null then '0' else '1' end, '' order by p.month)::varbit as present,
            string_agg(case when p.unshocked is null then '0' else '1' end, '' order by p.month)::varbit
                as present_without_shocks
        from (
            select
                m.month,
                u.change,
                case when not m.shocked then u.change end as unshocked
            from calendar as m
            left join unnest(s.months, s.changes) as u (month, change) on m.month = u.month
            where m.axis = s.axis
        ) as p
    ) as d
