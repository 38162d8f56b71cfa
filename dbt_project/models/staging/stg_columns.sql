-- A column may carry any dimension that its rows do not.
with source as (
    select c.* from {{ source('raw', 'delivered_column') }} as c
    where c.delivery_id in (select d.delivery_id from {{ ref('stg_deliveries') }} as d)
),

renamed as (
    select
        s.delivery_id,
        s.sheet,
        s.position,
        s.letter,
        s.region as region_label,
        r.key as region_key,
        s.industry as industry_label,
        i.key as industry_code,
        s.month,
        s.indicator,
        s.measure,
        s.period_type,
        s.basis,
        s.factor,
        s.decimals
    from source as s
    left join {{ ref('stg_labels') }} as r on r.kind = 'region' and s.region = r.label
    left join {{ ref('stg_labels') }} as i on i.kind = 'industry' and s.industry = i.label
),

counted as (
    select
        *,
        count(*) over (
            partition by delivery_id, sheet, region_key, industry_code, month, indicator, period_type, measure
        ) as alike
    from renamed
)

select
    delivery_id,
    sheet,
    position,
    letter,
    region_label,
    region_key,
    industry_label,
    industry_code,
    month,
    indicator,
    measure,
    period_type,
    basis,
    factor,
    decimals,
    bool_or(measure is null or alike > 1) over (
        partition by delivery_id, sheet, region_key, industry_code, month, indicator, period_type
    ) as repeated
from counted
