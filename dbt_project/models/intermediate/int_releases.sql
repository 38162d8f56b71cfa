{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach=[0, 1, 2, 3, 4, 12, 13, 14, 15, 16],
    looks_back=[1, 2, 3]
) }}

-- The figure by which a main or headline indicator is spoken of in a month: year to date where it is given, else the
-- month; beside it the release before and the rank among the regions of its group (domain.md 3.3 rule 2: 1, 2, 2, 4).
with spoken_of as (
    select i.*
    from {{ ref('indicators') }} as i
    where i.main_indicator or i.headline_order is not null
),

candidates as (
    select
        g.indicator,
        g.region_key,
        g.month,
        g.period_type,
        g.value,
        g.growth_pct,
        g.growth_source,
        g.growth_error_pp,
        g.two_year_caveat,
        g.maturity,
        coalesce(g.base_reported, g.implied_base, g.value_year_ago) as base,
        case g.period_type when 'YTD' then 1 when 'M12' then 2 when 'M' then 3 else 4 end as preference
    from {{ ref('int_series_growth') }} as g
    inner join spoken_of as i on g.indicator = i.indicator
    where
        g.industry_code = '_T' and g.entity_id = '_T' and (g.growth_pct is not null or g.value is not null)
        and {{ needed('g.month') }}
),

chosen as (
    select distinct on (indicator, region_key, month) *
    from candidates
    order by indicator asc, region_key asc, month asc, growth_pct is null asc, preference asc
),

with_before as (
    select
        c.*,
        lag(c.month) over series as month_before,
        lag(c.growth_pct) over series as growth_before_pct,
        (lag(c.period_type) over series = 'YTD') = (c.period_type = 'YTD') as alike_before
    from chosen as c
    window series as (partition by c.indicator, c.region_key order by c.month)
),

placed as (
    select
        release.*,
        case when release.month <= release.month_before + interval '3 months' then release.month_before end
            as previous_month,
        case
            when release.month <= release.month_before + interval '3 months' and release.alike_before
                then release.growth_before_pct
        end as previous_growth_pct,
        region.ranking_group,
        -- growth on next to no base says nothing of a place (domain.md 2.2), nor does a January or a February alone,
        -- into which the festival moves (2.5); a stock of month end knows no festival
        region.ranking_group is not null and release.growth_pct is not null and {{ may_judge('release') }}
        and not coalesce(
            indicator.unit = '万元' and release.base < {{ threshold('ranking', 'min_base_10k_yuan') }}, false
        )
        and not coalesce(
            indicator.sums_over_regions
            and release.base < {{ threshold('ranking', 'min_base_share_pct') }} / 100 * parent.base, false
        )
        and (
            not {{ adds_over_months('indicator.nature') }}
            or extract(month from release.month) > 2
            or extract(month from release.month) = 2 and release.period_type <> 'M'
        ) as ranks
    from with_before as release
    inner join {{ ref('regions') }} as region on release.region_key = region.region_key and region.valid_to is null
    inner join spoken_of as indicator on release.indicator = indicator.indicator
    left join with_before as parent
        on release.indicator = parent.indicator and region.parent_key = parent.region_key
            and release.month = parent.month and release.period_type = parent.period_type
    where {{ affected('release.month') }}
),

grouped as (
    select
        p.*,
        coalesce(bool_or(p.growth_error_pp > 0) filter (where p.ranks) over tie_group, false) as banded,
        rank() over (tie_group order by p.growth_pct desc nulls last) as place,
        count(*) filter (where p.ranks) over tie_group as rank_of
    from placed as p
    window tie_group as (partition by p.indicator, p.month, p.ranking_group, p.ranks)
),

-- Where growth is known only within a band, a region is behind those alone that are ahead of it for certain: whose
-- lower bound lies above its upper one (domain.md 2.1).
bounds as (
    select indicator, month, ranking_group, region_key, growth_pct - coalesce(growth_error_pp, 0) as bound, 1 as lower
    from grouped
    where banded and ranks
    union all
    select indicator, month, ranking_group, region_key, growth_pct + coalesce(growth_error_pp, 0), 0
    from grouped
    where banded and ranks
),

surely_ahead as (
    select
        b.*,
        sum(b.lower) over (
            partition by b.indicator, b.month, b.ranking_group
            order by b.bound desc, b.lower asc, b.region_key asc
            rows between unbounded preceding and current row
        ) as ahead
    from bounds as b
),

ranked as (
    select
        g.*,
        case when g.ranks then coalesce(s.ahead + 1, g.place) end as rank
    from grouped as g
    left join surely_ahead as s
        on g.indicator = s.indicator and g.month = s.month and g.ranking_group = s.ranking_group
            and g.region_key = s.region_key and s.lower = 0
),

tied as (
    select
        r.*,
        count(*) over same_rank as rank_ties,
        r.banded and min(r.growth_pct) over same_rank < max(r.growth_pct) over same_rank as rank_within_band,
        max(r.rank_of) over (partition by r.indicator, r.month, r.ranking_group) as ranked_n
    from ranked as r
    window same_rank as (partition by r.indicator, r.month, r.ranking_group, r.rank)
)

select
    indicator,
    region_key,
    month,
    period_type,
    value,
    growth_pct,
    growth_source,
    growth_error_pp,
    two_year_caveat,
    maturity,
    previous_month,
    previous_growth_pct,
    growth_pct - previous_growth_pct as change_pp,
    ranking_group,
    rank::int as rank,
    case when rank is not null then rank_ties::int end as rank_ties,
    case when rank is not null then rank_within_band end as rank_within_band,
    case when ranking_group is not null then ranked_n::int end as rank_of
from tied
