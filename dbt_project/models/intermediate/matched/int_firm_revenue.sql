-- What a firm invoiced in twelve months running, all of them delivered. A firm goes by its credit code.
with monthly as (
    select
        g.entity_id,
        g.month,
        g.value
    from {{ ref('int_series_growth') }} as g
    where
        g.indicator = 'TX03' and g.period_type = 'M' and g.value is not null
        and g.entity_id ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'
),

summed as (
    select
        m.entity_id,
        m.month,
        sum(m.value) over last_year as invoiced_12_months_10k_yuan,
        count(*) over last_year as months_n
    from monthly as m
    window last_year as (
        partition by m.entity_id order by m.month
        range between interval '11 months' preceding and current row
    )
)

select
    s.entity_id,
    s.month,
    s.invoiced_12_months_10k_yuan
from summed as s
where s.months_n = 12
