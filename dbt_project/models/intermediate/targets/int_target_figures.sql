-- What is measured for each target, each kind by the figure it is meant by, with the month of that figure and what
-- stood at the end of the year before the plan. A target whose feed has not come has no row; it is never a 0.
with targets as (
    select t.* from {{ ref('int_targets_in_force') }} as t
),

-- progress knows nothing of months later than the one built
points as (
    select p.*
    from {{ ref('int_target_points') }} as p
    inner join {{ ref('stg_build') }} as b on p.month <= b.month
),

latest_growth as (
    select distinct on (indicator, year) *
    from points
    where growth_pct is not null and period_type = 'YTD'
    order by indicator asc, year asc, month desc
),

-- years of the plan that are over, for what is an average of years
past_years as (
    select
        t.target,
        count(*) as years_n,
        sum(ln(1 + g.growth_pct / 100) order by g.year) as log_growth,
        bool_or(g.is_flash) as is_flash
    from targets as t
    inner join latest_growth as g
        on t.indicator = g.indicator and g.year between t.first_year and t.year - 1
            and g.month_of_year = 12 and g.growth_pct > -100
    where t.measure = 'growth' and t.period = 'average'
    group by t.target
),

growing as (
    select
        t.target,
        g.growth_pct,
        t.period = 'average' as is_average,
        g.month,
        g.is_flash or coalesce(y.is_flash, false) as is_flash,
        coalesce(y.years_n, 0) as past_years_n,
        coalesce(y.log_growth, 0) as past_log_growth
    from targets as t
    inner join latest_growth as g on t.indicator = g.indicator and t.year = g.year
    left join past_years as y on t.target = y.target
    -- an average of years of which one is not known is not known
    where
        t.measure = 'growth'
        and (t.period <> 'average' or g.growth_pct > -100 and coalesce(y.years_n, 0) = t.year - t.first_year)
),

growth as (
    select
        target,
        month as measured_month,
        case
            when is_average then 100 * (exp((past_log_growth + ln(1 + growth_pct / 100)) / (past_years_n + 1)) - 1)
            else growth_pct
        end as actual,
        null::float8 as before_plan,
        growth_pct as this_year_pct,
        past_years_n,
        past_log_growth,
        is_flash
    from growing
),

shares as (
    select distinct on (t.target)
        t.target,
        n.month as measured_month,
        100 * n.value / d.value as actual,
        n.is_flash or d.is_flash as is_flash
    from targets as t
    inner join points as n on t.indicator = n.indicator and t.year = n.year and n.period_type = 'YTD'
    inner join points as d on t.denominator = d.indicator and n.month = d.month and d.period_type = 'YTD'
    where t.measure = 'share' and n.value is not null and d.value > 0
    order by t.target asc, n.month desc
),

-- a sum that grows through the year is its year to date; of any other figure the last one speaks
levels as (
    select distinct on (t.target)
        t.target,
        v.month as measured_month,
        case when t.measure in ('change', 'increase') then v.value - o.value else v.value end as actual,
        o.value as before_plan,
        v.is_flash or coalesce(o.is_flash, false) as is_flash
    from targets as t
    inner join points as v
        on t.indicator = v.indicator and t.year = v.year and (t.measure <> 'level_to_date' or v.period_type = 'YTD')
    left join points as o
        on v.indicator = o.indicator and v.period_type = o.period_type
            and o.year = t.first_year - 1 and o.month_of_year = 12
    where t.measure in ('level', 'level_to_date', 'change', 'increase', 'rank') and v.value is not null
    order by t.target asc, v.month desc, (v.period_type = 'YTD') desc, v.period_type asc
),

counts as (
    select
        t.target,
        t.region_key,
        c.measured_month,
        case t.measure
            when 'register_count' then c.counted_n
            when 'register_share' then 100 * c.in_base_n / nullif(c.base_n, 0)::float8
            -- of the output added in the months to that of the list
            else 100 * c.output_increase / nullif(greatest(v.value - v.value / (1 + v.growth_pct / 100), 0), 0)
        end as actual,
        case t.measure
            when 'register_count' then c.in_time_n
            when 'register_share' then 100 * c.in_base_in_time_n / nullif(c.base_n, 0)::float8
        end as in_time,
        case when t.measure = 'register_count' then c.before_plan_n end as before_plan,
        coalesce(v.is_flash, false) as is_flash
    from targets as t
    inner join {{ ref('int_target_counts') }} as c on t.target = c.target and t.region_key = c.region_key
    left join points as v
        on t.indicator = v.indicator and c.measured_month = v.month and v.period_type = 'YTD' and v.growth_pct > -100
)

select
    t.target,
    t.region_key,
    coalesce(g.measured_month, s.measured_month, l.measured_month, c.measured_month) as measured_month,
    coalesce(g.actual, s.actual, l.actual, c.actual) as actual,
    coalesce(l.before_plan, c.before_plan) as before_plan,
    coalesce(g.is_flash, s.is_flash, l.is_flash, c.is_flash) as is_flash,
    c.in_time,
    g.this_year_pct,
    g.past_years_n,
    g.past_log_growth
from targets as t
left join growth as g on t.target = g.target
left join shares as s on t.target = s.target
left join levels as l on t.target = l.target
left join counts as c on t.target = c.target and t.region_key = c.region_key
where coalesce(g.actual, s.actual, l.actual, c.actual) is not null
