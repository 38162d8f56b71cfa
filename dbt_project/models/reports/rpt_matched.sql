select
    f.month,
    f.pair,
    p.name_zh,
    f.region_key,
    d.name_zh as region_name,
    f.growth_a_pct,
    f.growth_b_pct,
    f.gap_pp,
    f.robust_z,
    f.history_n,
    f.limit_pp,
    f.colour,
    f.judged_by,
    f.run_length,
    f.explained_by,
    a.name_zh as indicator_a_name,
    c.name_zh as indicator_b_name,
    p.benign_causes_zh
from {{ ref('fct_matched_indicators') }} as f
inner join {{ ref('stg_build') }} as b on f.month = b.month
inner join {{ ref('matched_pairs') }} as p on f.pair = p.pair
inner join {{ ref('dim_region') }} as d on f.region_key = d.region_key
inner join {{ ref('dim_indicator') }} as a on p.indicator_a = a.indicator
inner join {{ ref('dim_indicator') }} as c on p.indicator_b = c.indicator
where f.industry_code = '_T' and f.entity_id = '_T'
