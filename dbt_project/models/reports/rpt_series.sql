select
    b.month as report_month,
    a.indicator,
    i.name_zh,
    a.region_key,
    a.month,
    a.axis as period_type,
    a.growth_pct,
    a.value
from {{ ref('int_months_aligned') }} as a
inner join {{ ref('stg_build') }} as b
    on a.region_key = b.top_region_key and a.month between b.month - interval '35 months' and b.month
inner join {{ ref('dim_indicator') }} as i on a.indicator = i.indicator
where a.industry_code = '_T' and a.entity_id = '_T' and a.growth_pct is not null
