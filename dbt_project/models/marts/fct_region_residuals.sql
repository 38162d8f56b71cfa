{{ config(post_hook="{{ hide_from_analysts('indicator', firms=false, also_shown=members_are_shown()) }}") }}

-- Whether regions add up to the region that contains them (domain.md 2.7). What a total holds beyond its regions is
-- 市直 or not allocated; it is shown here and goes into no growth. Regions beyond the total point to a territory counted
-- twice, as a zone within its county.
with levels as (
    select
        g.indicator,
        g.region_key,
        g.industry_code,
        g.period_type,
        g.month,
        g.value
    from {{ ref('int_series_growth') }} as g
    inner join {{ ref('indicators') }} as i on g.indicator = i.indicator
    where
        g.month = {{ month_built() }} and g.entity_id = '_T' and g.value is not null and i.sums_over_regions
        and not {{ changes_in_points('i.nature') }}
),

parts as (
    select r.* from {{ ref('regions') }} as r
    where r.adds_to_parent and r.valid_to is null
),

summed as (
    select
        t.indicator,
        t.region_key,
        t.industry_code,
        t.period_type,
        t.month,
        t.value,
        sum(m.value order by m.region_key) as parts_value,
        count(m.value) as parts_n,
        string_agg(p.name_zh, '、' order by p.region_key) filter (where m.value is null and p.region_type <> 'residual')
            as missing_zh
    from levels as t
    inner join parts as p on t.region_key = p.parent_key
    left join levels as m
        on p.region_key = m.region_key and t.indicator = m.indicator and t.industry_code = m.industry_code
            and t.period_type = m.period_type and t.month = m.month
    group by t.indicator, t.region_key, t.industry_code, t.period_type, t.month, t.value
)

select
    s.indicator,
    s.region_key,
    s.industry_code,
    s.period_type,
    s.month,
    s.value,
    s.parts_value,
    s.parts_n::int as parts_n,
    s.missing_zh,
    s.value - s.parts_value as residual_value,
    case when s.value <> 0 then 100 * (s.value - s.parts_value) / abs(s.value) end as residual_pct,
    case
        when
            {{ settled('abs(s.value - s.parts_value)') }}
            <= {{ threshold('additivity', 'tolerance_pct') }} / 100 * abs(s.value)
            then 'adds_up'
        when s.value < s.parts_value then 'exceeds'
        when s.missing_zh is not null then 'incomplete'
        else 'unallocated'
    end as state
from summed as s
where s.parts_n > 0
