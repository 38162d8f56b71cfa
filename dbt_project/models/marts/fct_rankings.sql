{{ config(post_hook="{{ hide_from_analysts('indicator', firms=false, industries=false,
    also_shown=period_before_is_shown()) }}") }}

-- Places of a year's months (domain.md 3.3 rule 2): of every main and headline indicator, and of all weighted ones
-- together (indicator _T), by which the year-end bulletin ranks. Who has no figure has no place and is shown
-- without one.
with months as (
    select r.*
    from {{ ref('int_releases') }} as r
    inner join {{ ref('dim_indicator') }} as i
        on r.indicator = i.indicator and (i.main_indicator or i.headline_order is not null)
    where
        r.month between {{ month_built() }} - interval '14 months' and {{ month_built() }}
        and r.ranking_group is not null
),

asked as (
    select
        m.indicator,
        m.month,
        d.region_key,
        d.ranking_group
    from (select distinct indicator, month, ranking_group from months) as m
    inner join {{ ref('dim_region') }} as d on m.ranking_group = d.ranking_group
    inner join {{ ref('stg_build') }} as b on d.area = b.area
),

single as (
    select
        a.indicator,
        a.month,
        a.region_key,
        a.ranking_group,
        m.period_type,
        m.growth_pct,
        m.maturity,
        m.rank,
        m.rank_ties,
        m.rank_within_band,
        max(m.rank_of) over (partition by a.indicator, a.month, a.ranking_group) as rank_of
    from asked as a
    left join months as m on a.indicator = m.indicator and a.month = m.month and a.region_key = m.region_key
),

-- A place is worth the share of the group that is not ahead: 100 for the first of five, 20 for the last. What has not
-- come is asked for all the same; only an exempt region is not asked.
weighed as (
    select
        r.month,
        r.region_key,
        r.ranking_group,
        sum(w.weight_pct order by w.indicator) filter (where s.rank is not null) as weight_pct,
        sum(w.weight_pct order by w.indicator) as asked_weight_pct,
        sum(w.weight_pct * 100 * (s.rank_of - s.rank + 1) / s.rank_of::float8 order by w.indicator)
        / nullif(sum(w.weight_pct order by w.indicator) filter (where s.rank is not null), 0) as score,
        -- no more settled than the least of its parts
        {{ least_mature_of('s.maturity', 's.rank is not null') }} as maturity
    from (select distinct month, region_key, ranking_group from asked) as r
    cross join {{ ref('composite_weights') }} as w
    left join single as s on r.month = s.month and r.region_key = s.region_key and w.indicator = s.indicator
    where not coalesce(r.region_key = any(string_to_array(w.exempt_regions, ';')), false)
    group by r.month, r.region_key, r.ranking_group
),

enough as (
    select
        w.*,
        case
            when w.weight_pct >= {{ threshold('ranking', 'min_weight_pct') }} * w.asked_weight_pct / 100
                -- equal places are equal to the last bit only without the noise of the weighted sum
                then round(w.score::numeric, 6)::float8
        end as ranked_score
    from weighed as w
    where extract(month from w.month) <> 1
),

composite as (
    select
        e.*,
        rank() over (partition by e.month, e.ranking_group order by e.ranked_score desc nulls last) as rank,
        count(*) over (partition by e.month, e.ranking_group, e.ranked_score) as rank_ties,
        count(e.ranked_score) over (partition by e.month, e.ranking_group) as rank_of
    from enough as e
),

placed as (
    select
        indicator, month, region_key, ranking_group, period_type, growth_pct, null::float8 as score, maturity,
        rank, rank_ties, rank_within_band, rank_of
    from single
    union all
    select
        '_T', month, region_key, ranking_group, null, null, ranked_score,
        case when ranked_score is not null then maturity end,
        case when ranked_score is not null then rank::int end,
        case when ranked_score is not null then rank_ties::int end,
        case when ranked_score is not null then false end, rank_of::int
    from composite
),

-- the release before: of an indicator without January, February's is December's
moved as (
    select
        p.*,
        lag(p.rank) over (partition by p.indicator, p.region_key order by p.month) as previous_rank
    from placed as p
)

select
    indicator,
    region_key,
    month,
    ranking_group,
    period_type,
    growth_pct,
    score,
    maturity,
    rank,
    rank_ties,
    rank_within_band,
    rank_of,
    previous_rank,
    previous_rank - rank as places_gained
from moved
