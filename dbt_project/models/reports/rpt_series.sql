select
    b.month as report_month,
    a.indicator,
    i.name_zh,
    a.region_key,
    a.month,
    a.axis as period_type,
    a.growth_pct,
    a.maturity,
    a.value
from {{ ref('int_months_aligned') }} as a
cross join {{ ref('stg_build') }} as b
inner join {{ ref('dim_indicator') }} as i on a.indicator = i.indicator
where
    a.region_key = (select t.top_region_key from {{ ref('stg_build') }} as t)
    and a.month between {{ month_built() }} - interval '35 months' and {{ month_built() }}
    and a.industry_code = '_T' and a.entity_id = '_T' and a.growth_pct is not null
    and not {{ is_confidential(['a.indicator'], 'a.region_key', ['a.month']) }}
