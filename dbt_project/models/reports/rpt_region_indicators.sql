-- A cell that would give a single firm away has no figure and no place, and says why (domain.md 2.11).
-- Every region has its line for every indicator that any region gave this month: where a region gave none, growth and
-- rank are empty, and rank_of says how many were ranked.
with released as (
    select
        r.*,
        {{ is_confidential(['r.indicator'], 'r.region_key', ['r.month']) }} as confidential
    from {{ ref('int_releases') }} as r
    where r.month = {{ month_built() }}
),

asked as (
    select
        d.region_key,
        d.name_zh as region_name,
        d.region_type,
        d.ranking_group,
        r.indicator,
        b.month
    from {{ ref('dim_region') }} as d
    inner join {{ ref('stg_build') }} as b on d.area = b.area
    -- named once before they meet the regions: 3,000 regions and their 180,000 figures would be half a billion pairs
    cross join (select distinct given.indicator from released as given) as r
    where d.region_key in (select own.region_key from released as own)
)

select
    a.month,
    a.region_key,
    a.region_name,
    a.region_type,
    a.ranking_group,
    a.indicator,
    i.name_zh,
    i.headline_order::int as display_order,
    r.period_type,
    case when not r.confidential then r.growth_pct end as growth_pct,
    r.growth_source,
    r.maturity,
    case when not r.confidential then r.value end as value,
    i.unit,
    case when not r.confidential then r.rank end as rank,
    case when not r.confidential then r.rank_ties end as rank_ties,
    max(r.rank_of) over (partition by a.indicator, a.ranking_group) as rank_of,
    coalesce(r.confidential, false) as confidential
from asked as a
inner join {{ ref('dim_indicator') }} as i on a.indicator = i.indicator
left join released as r on a.region_key = r.region_key and a.indicator = r.indicator
where i.headline_order is not null or i.main_indicator
