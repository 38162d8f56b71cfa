-- The totals of the region whose plan it is, up to the month built: progress knows nothing of later ones.
select
    g.indicator,
    g.period_type,
    g.month,
    extract(year from g.month)::int as year,
    extract(month from g.month)::int as month_of_year,
    g.value,
    g.growth_pct
from {{ ref('int_series_growth') }} as g
inner join {{ ref('stg_build') }} as b on g.region_key = b.top_region_key and g.month <= b.month
where g.industry_code = '_T' and g.entity_id = '_T'
