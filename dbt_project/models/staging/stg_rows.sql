{{ config(
    materialized='incremental',
    indexes=[{'columns': ['delivery_id']}],
    pre_hook="{{ 'delete from ' ~ this ~ ' where delivery_id not in (select delivery_id from staging.stg_deliveries)' if is_incremental() }}"
) }}

-- Labels are mapped once a line, not once a cell. A firm goes by its credit code, in which departments meet; an account
-- number is its own only where none is.
with source as (
    select r.*
    from {{ source('raw', 'delivered_row') }} as r
    where
        r.delivery_id in (select d.delivery_id from {{ ref('stg_deliveries') }} as d)
        and r.delivery_id not in ({{ held_before() }})
),

renamed as (
    select
        s.delivery_id,
        s.sheet,
        s.row,
        s.region as region_label,
        r.key as region_key,
        s.industry as industry_label,
        i.key as industry_code,
        coalesce({{ firm_of('s') }}, '_T') as entity_id,
        s.entity_id as account_id,
        s.entity_name,
        s.month,
        s.indicator,
        s.measure,
        s.period_type,
        s.basis,
        s.factor,
        s.decimals,
        s.absent,
        s.values
    from source as s
    left join {{ ref('stg_labels') }} as r on r.kind = 'region' and s.region = r.label
    left join {{ ref('stg_labels') }} as i on i.kind = 'industry' and s.industry = i.label
)

select
    r.*,
    -- whether another line of the delivery may speak of the same figures: accounts of one firm, a place named twice
    count(*) over (
        partition by
            r.delivery_id, r.entity_id, r.month, r.indicator, r.period_type,
            case when r.entity_id = '_T' then coalesce(r.region_key, b.top_region_key) end,
            case when r.entity_id = '_T' then coalesce(r.industry_code, '_T') end
    ) > 1 or r.measure is not null as repeated
from renamed as r
cross join {{ ref('stg_build') }} as b
