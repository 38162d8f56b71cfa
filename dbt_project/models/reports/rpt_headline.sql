-- What would give a single firm away is not shown (domain.md 2.11).
with released as (
    select
        r.*,
        not {{ is_confidential(['r.indicator'], 'r.region_key', ['r.month']) }} as is_shown,
        not {{ is_confidential(['r.indicator'], 'r.region_key', ['r.month', 'r.previous_month']) }} as both_are_shown
    from {{ ref('int_releases') }} as r
    where r.month = {{ month_built() }}
)

select
    r.month,
    r.indicator,
    i.name_zh,
    i.unit,
    r.period_type,
    case when r.is_shown then r.value end as value,
    case when r.is_shown then r.growth_pct end as growth_pct,
    r.growth_source,
    r.maturity,
    r.previous_month,
    case when r.both_are_shown then r.previous_growth_pct end as previous_growth_pct,
    case when r.both_are_shown then r.change_pp end as change_pp,
    i.headline_order::int as display_order
from released as r
inner join {{ ref('stg_build') }} as b on r.region_key = b.top_region_key
inner join {{ ref('dim_indicator') }} as i on r.indicator = i.indicator
where i.headline_order is not null
