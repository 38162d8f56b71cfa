{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach=[0, 1, 12, 13]
) }}

-- The second side of a pair that is a sum, as energy in standard coal or freight by all means of transport. Parts that
-- are not required join in where they are given; `parts` names them, since sums of different parts are not compared.
-- Each part is known in both years: a nought whose growth is undefined was nought a year before, as coal where none is
-- burnt; what is absent is no nought.
with parts as (
    select
        s.*,
        p.period_type,
        count(*) filter (where s.required) over (partition by s.pair) as required_n
    from {{ ref('matched_sums') }} as s
    inner join {{ ref('matched_pairs') }} as p on s.pair = p.pair
)

select
    p.pair,
    a.region_key,
    a.industry_code,
    a.entity_id,
    a.month,
    a.position,
    sum(p.factor * a.value order by p.indicator) as value,
    100 * (
        sum(p.factor * a.value order by p.indicator)
        / sum(p.factor * a.value / (1 + a.growth_pct / 100) order by p.indicator)
        - 1
    ) as growth_pct,
    bool_or(a.festival_month) as festival_month,
    max(a.growth_error_pp) as growth_error_pp,
    string_agg(p.indicator, ';' order by p.indicator) filter (where a.maturity = 'flash') as flash_indicators,
    string_agg(p.indicator, '+' order by p.indicator) as parts
from parts as p
inner join {{ ref('int_months_aligned') }} as a on p.indicator = a.indicator and p.period_type = a.axis
where
    (
        a.value > 0 and a.growth_pct > -100 and {{ may_judge('a', of_firms=true) }}
        or a.value = 0 and a.growth_pct is null
    )
    and {{ affected('a.month') }}
group by p.pair, a.region_key, a.industry_code, a.entity_id, a.month, a.position
having count(*) filter (where p.required) = min(p.required_n)
