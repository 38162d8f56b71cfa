{{ config(post_hook="{{ hide_from_analysts('indicator', firms=false, members=true) }}") }}

-- How many points of a total's growth each member gives (拉动, domain.md 2.2): what it added, over the base of the
-- total; of real growth, from which the price is taken, its share of the base times its growth. So a member that had
-- nothing or a loss gives points too, though it has no growth. Regions add up to the region that contains them,
-- divisions to all industry. What the members given leave open, by rounding or because some are missing, is shown as a
-- member of its own, _R. Growth rates themselves are never added.
with bases as (
    select
        g.indicator,
        g.region_key,
        g.industry_code,
        g.period_type,
        g.month,
        g.value,
        g.growth_pct,
        g.growth_basis,
        -- the base on which the growth used stands
        case
            when g.base_reported is not null then g.base_reported
            when g.growth_source = 'reported' then g.implied_base
            else coalesce(g.implied_base, g.value_year_ago)
        end as base
    from {{ ref('int_series_growth') }} as g
    inner join {{ ref('indicators') }} as i on g.indicator = i.indicator
    where g.month = {{ month_built() }} and g.entity_id = '_T' and i.sums_over_regions
),

-- no growth on a base above zero is no comparison: the department holds the two not to be comparable
figures as (
    select
        b.*,
        coalesce(
            case when b.growth_basis is distinct from 'comparable_real' then b.value - b.base end,
            b.base * b.growth_pct / 100
        ) as added
    from bases as b
    where b.base is not null and (b.growth_pct is not null or b.base <= 0)
),

members as (
    select
        'region' as dimension,
        t.indicator,
        t.region_key,
        t.industry_code,
        t.period_type,
        t.month,
        m.region_key as member,
        t.growth_pct as total_growth_pct,
        m.growth_pct as member_growth_pct,
        m.base / t.base as share,
        100 * m.added / t.base as contribution_pp
    from figures as t
    inner join {{ ref('regions') }} as r on t.region_key = r.parent_key and r.adds_to_parent and r.valid_to is null
    inner join figures as m
        on r.region_key = m.region_key and t.indicator = m.indicator and t.industry_code = m.industry_code
            and t.period_type = m.period_type and t.month = m.month
    where t.base > 0 and t.growth_pct is not null and m.added is not null
    union all
    select
        'industry' as dimension,
        t.indicator,
        t.region_key,
        t.industry_code,
        t.period_type,
        t.month,
        m.industry_code as member,
        t.growth_pct as total_growth_pct,
        m.growth_pct as member_growth_pct,
        m.base / t.base as share,
        100 * m.added / t.base as contribution_pp
    from figures as t
    inner join figures as m
        on t.region_key = m.region_key and t.indicator = m.indicator and t.period_type = m.period_type
            and t.month = m.month
    inner join {{ ref('industries') }} as i on m.industry_code = i.industry_code and i.level = 'division'
    where t.industry_code = '_T' and t.base > 0 and t.growth_pct is not null and m.added is not null
),

with_residual as (
    select m.*
    from members as m
    union all
    select
        m.dimension,
        m.indicator,
        m.region_key,
        m.industry_code,
        m.period_type,
        m.month,
        '_R' as member,
        m.total_growth_pct,
        null as member_growth_pct,
        1 - sum(m.share order by m.member) as share,
        m.total_growth_pct - sum(m.contribution_pp order by m.member) as contribution_pp
    from members as m
    group by
        m.dimension, m.indicator, m.region_key, m.industry_code, m.period_type, m.month, m.total_growth_pct
)

select
    w.dimension,
    w.indicator,
    w.region_key,
    w.industry_code,
    w.period_type,
    w.month,
    w.member,
    w.total_growth_pct,
    w.member_growth_pct,
    100 * w.share as base_share_pct,
    w.contribution_pp,
    case
        when abs(w.total_growth_pct) >= {{ threshold('contribution', 'min_growth_pct') }}
            then 100 * w.contribution_pp / w.total_growth_pct
    end as contribution_rate_pct
from with_residual as w
