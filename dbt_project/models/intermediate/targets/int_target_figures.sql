-- What is measured for each target, each kind by the figure it is meant by, with the month of that figure and what
-- stood at the end of the year before the plan. A target whose feed has not come has no row; it is never a 0.
with targets as (
    select * from {{ ref('int_targets_in_force') }}
),

-- progress knows nothing of months later than the one built
points as (
    select *
    from {{ ref('int_target_points') }}
    where month <= {{ month_built() }}
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
        t.region_key,
        count(*) as years_n,
        sum(ln(1 + g.growth_pct / 100) order by g.year) as log_growth,
        bool_or(g.is_flash) as is_flash
    from targets as t
    inner join latest_growth as g
        on t.indicator = g.indicator and g.year between t.first_year and t.year - 1
            and g.month_of_year = 12 and g.growth_pct > -100
    where t.measure = 'growth' and t.period = 'average'
    group by t.target, t.region_key
),

growing as (
    select
        t.target,
        t.region_key,
        g.growth_pct,
        t.period = 'average' as is_average,
        g.month,
        g.is_flash or coalesce(y.is_flash, false) as is_flash,
        coalesce(y.years_n, 0) as past_years_n,
        coalesce(y.log_growth, 0) as past_log_growth
    from targets as t
    inner join latest_growth as g on t.indicator = g.indicator and t.year = g.year
    left join past_years as y on t.target = y.target and t.region_key = y.region_key
    -- an average of years of which one is not known is not known
    where
        t.measure = 'growth'
        and (t.period <> 'average' or g.growth_pct > -100 and coalesce(y.years_n, 0) = t.year - t.first_year)
),

shares as (
    select distinct on (t.target, t.region_key)
        t.target,
        t.region_key,
        n.month as measured_month,
        100 * n.value / d.value as actual,
        n.is_flash or d.is_flash as is_flash
    from targets as t
    inner join points as n on t.indicator = n.indicator and t.year = n.year and n.period_type = 'YTD'
    inner join points as d on t.denominator = d.indicator and n.month = d.month and d.period_type = 'YTD'
    where t.measure = 'share' and n.value is not null and d.value > 0
    order by t.target asc, t.region_key asc, n.month desc
),

-- a sum that grows through the year is its year to date; of any other figure the last one speaks
levels as (
    select distinct on (t.target, t.region_key)
        t.target,
        t.region_key,
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
    order by t.target asc, t.region_key asc, v.month desc, (v.period_type = 'YTD') desc, v.period_type asc
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
    where t.measure in ('register_count', 'register_share', 'growth_points_share')
),

-- a target is measured in one way
measured as (
    select
        target,
        region_key,
        month as measured_month,
        case
            when is_average then 100 * (exp((past_log_growth + ln(1 + growth_pct / 100)) / (past_years_n + 1)) - 1)
            else growth_pct
        end as actual,
        null::float8 as before_plan,
        is_flash,
        null::float8 as in_time,
        growth_pct as this_year_pct,
        past_years_n,
        past_log_growth
    from growing
    union all
    select target, region_key, measured_month, actual, null, is_flash, null, null, null, null
    from shares
    union all
    select target, region_key, measured_month, actual, before_plan, is_flash, null, null, null, null
    from levels
    union all
    select target, region_key, measured_month, actual, before_plan, is_flash, in_time, null, null, null
    from counts
)

select *
from measured
where actual is not null
