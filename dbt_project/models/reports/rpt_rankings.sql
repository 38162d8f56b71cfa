-- What would give a single firm away is not shown (domain.md 2.11); the place by all indicators is.
with shown as (
    select
        f.*,
        not {{ is_confidential(['f.indicator'], 'f.region_key', ['f.month']) }} as is_shown,
        not {{ is_confidential(['f.indicator'], 'f.region_key', ['f.month', "f.month - interval '3 months'"]) }}
            as both_are_shown
    from {{ ref('fct_rankings') }} as f
)

select
    f.month,
    f.indicator,
    coalesce(i.name_zh, '主要指标综合') as name_zh,
    case when f.indicator = '_T' then 0 else i.headline_order end::int as display_order,
    f.region_key,
    d.name_zh as region_name,
    f.ranking_group,
    case when f.is_shown then f.growth_pct end as growth_pct,
    f.score,
    f.maturity,
    case when f.is_shown then f.rank end as rank,
    case when f.is_shown then f.rank_ties end as rank_ties,
    case when f.is_shown then f.rank_within_band end as rank_within_band,
    f.rank_of,
    case when f.both_are_shown then f.previous_rank end as previous_rank,
    case when f.both_are_shown then f.places_gained end as places_gained,
    extract(month from f.month) = 12 as is_year_end
from shown as f
inner join {{ ref('stg_build') }} as b on f.month = b.month
inner join {{ ref('dim_region') }} as d on f.region_key = d.region_key
left join {{ ref('dim_indicator') }} as i on f.indicator = i.indicator
where f.indicator = '_T' or i.main_indicator
