select
    r.month,
    r.indicator,
    i.name_zh,
    i.unit,
    r.period_type,
    r.value,
    r.growth_pct,
    r.growth_source,
    r.maturity,
    r.previous_month,
    r.previous_growth_pct,
    r.change_pp,
    i.headline_order::int as display_order
from {{ ref('int_releases') }} as r
inner join {{ ref('stg_build') }} as b on r.region_key = b.top_region_key
inner join {{ ref('dim_indicator') }} as i on r.indicator = i.indicator
where r.month = {{ month_built() }} and i.headline_order is not null
