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
    place.month,
    place.indicator,
    indicator.name_zh,
    case when place.indicator = '_T' then 0 else indicator.headline_order end::int as display_order,
    place.region_key,
    region.name_zh as region_name,
    place.ranking_group,
    case when place.is_shown then place.growth_pct end as growth_pct,
    place.score,
    place.maturity,
    case when place.is_shown then place.rank end as rank,
    case when place.is_shown then place.rank_ties end as rank_ties,
    case when place.is_shown then place.rank_within_band end as rank_within_band,
    place.rank_of,
    case when place.both_are_shown then place.previous_rank end as previous_rank,
    case when place.both_are_shown then place.places_gained end as places_gained,
    extract(month from place.month) = 12 as is_year_end
from shown as place
inner join {{ ref('stg_build') }} as build on place.month = build.month
inner join {{ ref('dim_region') }} as region on place.region_key = region.region_key
left join {{ ref('dim_indicator') }} as indicator on place.indicator = indicator.indicator
where place.indicator = '_T' or indicator.main_indicator
