{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach=[0, 1, 12, 13]
) }}

-- What the correlated pairs are reckoned from, a third of all growth: read whole every month, so kept narrow.
with wanted as (
    select
        p.leader as indicator,
        p.leader_period_type as axis
    from {{ ref('correlated_pairs') }} as p
    inner join {{ ref('stg_build') }} as b on p.area is null or p.area = b.area
    union distinct
    select
        p.follower,
        p.follower_period_type
    from {{ ref('correlated_pairs') }} as p
    inner join {{ ref('stg_build') }} as b on p.area is null or p.area = b.area
)

select
    a.indicator,
    a.axis,
    a.region_key,
    a.month,
    coalesce(a.growth_pct, a.change_pp) as change
from {{ ref('int_months_aligned') }} as a
inner join wanted as w on a.indicator = w.indicator and a.axis = w.axis
where
    a.industry_code = '_T' and a.entity_id = '_T'
    and (a.growth_pct is not null and {{ may_judge('a') }} or a.change_pp is not null)
    -- a month whose tax rate is another than a year before would be correlated as the rate's move (domain.md 2.5)
    and coalesce({{ settled('a.growth_rate_error_pp') }}, 0) = 0
    and {{ affected('a.month') }}
