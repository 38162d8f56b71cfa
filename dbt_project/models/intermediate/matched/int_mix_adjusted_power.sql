{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach=[0, 1, 12, 13]
) }}

-- Growth of industrial power had every industry the weight of its output: what is left of the plain growth is the mix
-- of energy-intensive and other industries, which is why the National Bureau of Statistics warns against reading power
-- and output as a line (domain.md 3.1). Weights are output of the year before.
with industries as (
    select
        a.indicator,
        a.region_key,
        a.industry_code,
        a.axis,
        a.month,
        a.growth_pct,
        case when a.growth_pct > -100 then a.value / (1 + a.growth_pct / 100) end as base
    from {{ ref('int_months_aligned') }} as a
    inner join {{ ref('industries') }} as i on a.industry_code = i.industry_code and i.level = 'division'
    where
        a.indicator in ('ST02', 'PW02') and a.entity_id = '_T'
        and {{ affected('a.month') }}
),

weighted as (
    select
        o.region_key,
        o.axis,
        o.month,
        sum(o.base * p.growth_pct order by o.industry_code)
        / nullif(sum(o.base order by o.industry_code) filter (where p.growth_pct is not null), 0) as growth_pct,
        100 * sum(o.base order by o.industry_code) filter (where p.growth_pct is not null)
        / nullif(sum(o.base order by o.industry_code), 0) as output_covered_pct
    from industries as o
    left join industries as p
        on o.region_key = p.region_key and o.industry_code = p.industry_code and o.axis = p.axis
            and o.month = p.month and p.indicator = 'PW02'
    where o.indicator = 'ST02' and o.base > 0
    group by o.region_key, o.axis, o.month
)

select
    region_key,
    axis,
    month,
    growth_pct
from weighted
where output_covered_pct >= {{ threshold('matched', 'mix_covered_pct') }}
