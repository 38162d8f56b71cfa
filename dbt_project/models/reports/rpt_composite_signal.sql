select
    signal.month,
    signal.region_key,
    region.name_zh as region_name,
    region.ranking_group,
    signal.indicator,
    indicator.name_zh,
    indicator.headline_order::int as display_order,
    -- what would give a single firm away is scored and not shown (domain.md 2.11)
    case
        when not {{ is_confidential(['signal.indicator'], 'signal.region_key', ['signal.month']) }}
            then signal.growth_pct
    end as growth_pct,
    signal.history_n,
    signal.score,
    signal.previous_score,
    signal.contribution_points,
    signal.scored_n,
    signal.total_score,
    signal.previous_total_score,
    signal.light,
    signal.shock,
    shock.name_zh as shock_zh,
    signal.shock_year_ago,
    shock_year_ago.name_zh as shock_year_ago_zh
from {{ ref('fct_composite_signal') }} as signal
inner join {{ ref('stg_build') }} as build on signal.month = build.month
inner join {{ ref('dim_region') }} as region on signal.region_key = region.region_key
inner join {{ ref('dim_indicator') }} as indicator on signal.indicator = indicator.indicator
left join {{ ref('shock_periods') }} as shock on signal.shock = shock.shock
left join {{ ref('shock_periods') }} as shock_year_ago on signal.shock_year_ago = shock_year_ago.shock
where region.region_type <> 'residual'
