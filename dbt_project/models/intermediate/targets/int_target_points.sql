{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach=[0, 1, 12, 13]
) }}

-- The totals of the region whose plan it is. Those of later months than the one built are for its readers to leave out.
select
    g.indicator,
    g.period_type,
    g.month,
    extract(year from g.month)::int as year,
    extract(month from g.month)::int as month_of_year,
    g.value,
    case when {{ may_judge('g') }} then g.growth_pct end as growth_pct,
    coalesce(g.maturity = 'flash', false) as is_flash
from {{ ref('int_series_growth') }} as g
inner join {{ ref('stg_build') }} as b on g.region_key = b.top_region_key
where g.industry_code = '_T' and g.entity_id = '_T' and {{ affected('g.month') }}
