-- Two feeds that deliver the same figure and differ by more than one in the last digit of a printed percentage, or by
-- more than a thousandth of a level. A warning: one of them is in force (int_series). Said of the months that the build
-- has changed, which in a full build are all: what two feeds say of another month was judged when it came.
{{ config(severity='warn') }}

with shared as (
    select o.* from {{ ref('stg_observations') }} as o
    where
        o.contested and o.entity_id = '_T'
        and o.month = any(array(select c.month from {{ ref('stg_changes') }} as c))
)

select
    a.indicator,
    a.region_key,
    a.industry_code,
    a.period_type,
    a.measure,
    a.month,
    a.feed as feed_a,
    b.feed as feed_b,
    a.value as value_a,
    b.value as value_b
from shared as a
inner join shared as b
    on a.indicator = b.indicator and a.region_key = b.region_key and a.industry_code = b.industry_code
        and a.entity_id = b.entity_id and a.period_type = b.period_type and a.measure = b.measure and a.month = b.month
        and a.feed < b.feed
inner join {{ ref('indicators') }} as i on a.indicator = i.indicator
where
    abs(a.value - b.value) > case
        when a.measure = 'growth' or i.nature = 'rate' then 0.15
        else 0.001 * greatest(abs(a.value), abs(b.value))
    end
