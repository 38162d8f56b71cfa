{{ config(materialized='view') }}

-- Growth on the axis of comparison. A stock of month end belongs to the months and to the year to date alike. Rates and
-- indexes have a change in points where flows have growth.
select
    g.indicator,
    g.region_key,
    g.industry_code,
    g.entity_id,
    unnest(case when c.axis = 'M' and g.nature = 'stock' then array['M', 'YTD'] else array[c.axis] end) as axis,
    g.month,
    c.position,
    g.nature,
    g.value,
    g.growth_pct,
    g.growth_source,
    g.growth_error_pp,
    g.maturity,
    g.growth_two_year_pct,
    g.two_year_caveat,
    g.growth_rate_adjusted_pct,
    g.growth_rate_error_pp,
    g.basis_gap_pp,
    g.basis_gap_label,
    case when {{ changes_in_points('g.nature') }} then g.value - g.value_year_ago end as change_pp,
    c.festival_month
from {{ ref('int_series_growth') }} as g
inner join {{ ref('int_calendar') }} as c on g.period_type = c.period_type and g.month = c.month
where (g.growth_pct is not null or g.value is not null) and c.axis is not null
