{{ config(pre_hook="set local enable_mergejoin = off") }}

-- The cells in force as of a moment. A feed of scope month is replaced month by month as a whole; of a feed of
-- scope history the latest delivery that contains a series and period speaks for it.
with source as (
    select
        o.*,
        d.scope,
        d.accepted_at,
        d.top_region_key,
        -- a firm goes by its credit code, in which departments meet; an account number is its own only where none is
        coalesce(o.credit_code, o.entity_id) as firm_id
    from {{ source('raw', 'observation') }} as o
    inner join {{ ref('stg_deliveries') }} as d
        on o.delivery_id = d.delivery_id and (d.month is null or o.month = d.month)
),

renamed as (
    select
        s.delivery_id,
        s.feed,
        s.scope,
        s.sheet,
        s.cell,
        s.indicator,
        case
            when s.region_label is not null then r.key
            when s.entity_id is null then s.top_region_key
        end as region_key,
        case
            when s.industry_label is not null then i.key
            when s.entity_id is null then '_T'
        end as industry_code,
        coalesce(s.firm_id, '_T') as entity_id,
        s.entity_id as account_id,
        s.entity_name,
        s.region_label,
        s.industry_label,
        s.period_type,
        s.measure,
        s.basis,
        s.absent_reason,

        s.value,
        s.decimals,

        s.month,
        s.accepted_at
    from source as s
    left join {{ ref('stg_labels') }} as r on r.kind = 'region' and s.region_label = r.label
    left join {{ ref('stg_labels') }} as i on i.kind = 'industry' and s.industry_label = i.label
),

-- a newer delivery of a history feed speaks for the periods it contains, and for those only
history as (
    select
        r.*,
        rank() over (
            partition by
                r.feed, r.indicator, r.region_key, r.industry_code, r.account_id, r.period_type, r.measure, r.month
            order by r.accepted_at desc, r.delivery_id desc
        ) as age
    from renamed as r
    where r.scope = 'history'
),

in_force as (
    select r.*, 1 as age
    from renamed as r
    where r.scope = 'month'
    union all
    select h.*
    from history as h
    where h.age = 1
)

select
    delivery_id,
    feed,
    sheet,
    cell,
    indicator,
    region_key,
    industry_code,
    entity_id,
    account_id,
    entity_name,
    region_label,
    industry_label,
    period_type,
    measure,
    basis,
    absent_reason,
    value,
    decimals,
    month,
    accepted_at
from in_force
