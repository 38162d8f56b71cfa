select
    f.month,
    f.indicator,
    coalesce(i.name_zh, '主要指标综合') as name_zh,
    case when f.indicator = '_T' then 0 else i.headline_order end::int as display_order,
    f.region_key,
    d.name_zh as region_name,
    f.ranking_group,
    f.growth_pct,
    f.score,
    f.maturity,
    f.rank,
    f.rank_ties,
    f.rank_within_band,
    f.rank_of,
    f.previous_rank,
    f.places_gained,
    extract(month from f.month) = 12 as is_year_end
from {{ ref('fct_rankings') }} as f
inner join {{ ref('stg_build') }} as b on f.month = b.month
inner join {{ ref('dim_region') }} as d on f.region_key = d.region_key
left join {{ ref('dim_indicator') }} as i on f.indicator = i.indicator
where f.indicator = '_T' or i.main_indicator
