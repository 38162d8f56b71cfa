-- Indicators of which the feeds in force have to be asked who speaks.
with said as (
    select distinct
        delivery_id,
        sheet,
        indicator,
        period_type,
        entity_id <> '_T' as of_firms
    from {{ ref('stg_rows') }}
)

select
    coalesce(r.indicator, c.indicator) as indicator,
    coalesce(r.period_type, c.period_type) as period_type,
    r.of_firms
from said as r
inner join {{ ref('stg_columns') }} as c on r.delivery_id = c.delivery_id and r.sheet = c.sheet
inner join {{ ref('stg_deliveries') }} as d on r.delivery_id = d.delivery_id
group by 1, 2, 3
having count(distinct d.feed) > 1
