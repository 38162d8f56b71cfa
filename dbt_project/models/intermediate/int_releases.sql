-- The figure by which an indicator is spoken of in a month: year to date where it is given, else the month; beside
-- it the release before and the rank among the regions of its group (domain.md 3.3 rule 2: 1, 2, 2, 4).
with candidates as (
    select
        g.indicator,
        g.region_key,
        g.month,
        g.period_type,
        g.value,
        g.growth_pct,
        g.growth_source,
        case g.period_type when 'YTD' then 1 when 'M12' then 2 when 'M' then 3 else 4 end as preference
    from {{ ref('int_series_growth') }} as g
    where g.industry_code = '_T' and g.entity_id = '_T' and (g.growth_pct is not null or g.value is not null)
),

chosen as (
    select distinct on (indicator, region_key, month) *
    from candidates
    order by indicator asc, region_key asc, month asc, growth_pct is null asc, preference asc
),

with_previous as (
    select
        c.*,
        case when c.month <= lag(c.month) over series + interval '3 months' then lag(c.month) over series end
            as previous_month
    from chosen as c
    window series as (partition by c.indicator, c.region_key order by c.month)
),

ranked as (
    select
        w.*,
        p.growth_pct as previous_growth_pct,
        r.ranking_group,
        case
            when w.growth_pct is not null and r.ranking_group is not null
                then rank() over (
                        partition by w.indicator, w.month, r.ranking_group order by w.growth_pct desc nulls last
                    )
        end as rank,
        count(w.growth_pct) over (partition by w.indicator, w.month, r.ranking_group) as rank_of,
        count(*) over (partition by w.indicator, w.month, r.ranking_group, w.growth_pct) as rank_ties
    from with_previous as w
    left join chosen as p
        on w.indicator = p.indicator and w.region_key = p.region_key and w.previous_month = p.month
            and (w.period_type = 'YTD') = (p.period_type = 'YTD')
    inner join {{ ref('regions') }} as r on w.region_key = r.region_key and r.valid_to is null
)

select
    indicator,
    region_key,
    month,
    period_type,
    value,
    growth_pct,
    growth_source,
    previous_month,
    previous_growth_pct,
    growth_pct - previous_growth_pct as change_pp,
    ranking_group,
    rank::int as rank,
    case when rank is not null then rank_ties::int end as rank_ties,
    case when ranking_group is not null then rank_of::int end as rank_of
from ranked
