select
    f.month,
    f.region_key,
    d.name_zh as region_name,
    d.ranking_group,
    f.indicator,
    i.name_zh,
    i.headline_order::int as display_order,
    -- what would give a single firm away is scored and not shown (domain.md 2.11)
    case
        when not {{ is_confidential(['f.indicator'], 'f.region_key', ['f.month']) }} then f.growth_pct
    end as growth_pct,
    f.history_n,
    f.score,
    f.previous_score,
    f.contribution_points,
    f.scored_n,
    f.total_score,
    f.previous_total_score,
    f.light,
    f.shock,
    s.name_zh as shock_zh,
    f.shock_year_ago,
    y.name_zh as shock_year_ago_zh
from {{ ref('fct_composite_signal') }} as f
inner join {{ ref('stg_build') }} as b on f.month = b.month
inner join {{ ref('dim_region') }} as d on f.region_key = d.region_key
inner join {{ ref('dim_indicator') }} as i on f.indicator = i.indicator
left join {{ ref('shock_periods') }} as s on f.shock = s.shock
left join {{ ref('shock_periods') }} as y on f.shock_year_ago = y.shock
where d.region_type <> 'residual'
