{{ config(materialized='view') }}

-- The axis on which indicators are compared: eleven points a year, January-February as one of them at February
-- (domain.md 2.1). A stock of month end belongs to the months and to the year to date alike.
-- Rates and indexes have a change in points where flows have growth.
with aligned as (
    select
        g.*,
        unnest(case
            when g.period_type = 'M12' or (g.period_type = 'M' and extract(month from g.month) > 2)
                then case when g.nature = 'stock' then array['M', 'YTD'] else array['M'] end
            when g.period_type = 'Q' or (g.period_type = 'YTD' and extract(month from g.month) > 1)
                then array[g.period_type]
        end) as axis
    from {{ ref('int_series_growth') }} as g
)

select
    a.indicator,
    a.region_key,
    a.industry_code,
    a.entity_id,
    a.axis,
    a.month,
    case
        when a.axis = 'Q' then extract(year from a.month)::int * 4 + extract(quarter from a.month)::int
        else extract(year from a.month)::int * 11 + extract(month from a.month)::int - 1
    end as position,
    a.value,
    a.growth_pct,
    a.growth_source,
    a.growth_error_pp,
    a.maturity,
    a.growth_two_year_pct,
    a.two_year_caveat,
    a.growth_rate_adjusted_pct,
    a.basis_gap_pp,
    a.basis_gap_label,
    case when a.nature in ('rate', 'index') then a.value - a.value_year_ago end as change_pp,
    coalesce(c.festival_month, false) as festival_month,
    c.shock
from aligned as a
left join {{ ref('int_calendar') }} as c on a.period_type = c.period_type and a.month = c.month
where a.growth_pct is not null or a.value is not null
