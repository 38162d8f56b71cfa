{{ config(materialized='view') }}

-- The cells in force as of a moment. A feed of scope month is replaced month by month as a whole; of a feed of
-- scope history the latest delivery that contains a series and period speaks for it.
with cells as not materialized (
    select
        delivery.delivery_id,
        delivery.feed,
        delivery.scope,
        line.sheet,
        heading.letter || line.row::text as cell,
        coalesce(line.indicator, heading.indicator) as indicator,
        case
            when coalesce(line.region_label, heading.region_label) is not null
                then case when line.region_label is not null then line.region_key else heading.region_key end
            when line.entity_id = '_T' then delivery.top_region_key
        end as region_key,
        case
            when coalesce(line.industry_label, heading.industry_label) is not null
                then case when line.industry_label is not null then line.industry_code else heading.industry_code end
            when line.entity_id = '_T' then '_T'
        end as industry_code,
        line.entity_id,
        line.account_id,
        coalesce(line.region_label, heading.region_label) as region_label,
        coalesce(line.industry_label, heading.industry_label) as industry_label,
        coalesce(line.period_type, heading.period_type) as period_type,
        coalesce(line.measure, heading.measure) as measure,
        coalesce(line.basis, heading.basis) as basis,
        line.absent ->> heading.position::text as absent_reason,

        line.values[heading.position] * coalesce(line.factor, heading.factor) as value,
        coalesce(line.decimals[heading.position], heading.decimals) as decimals,
        coalesce(line.factor, heading.factor)
        * 10.0::float8 ^ -coalesce(line.decimals[heading.position], heading.decimals) as rounding,
        {{ contested() }} as contested,

        delivery.month,
        delivery.accepted_at
    from {{ ref('stg_deliveries') }} as delivery
    inner join {{ ref('stg_rows') }} as line on delivery.delivery_id = line.delivery_id
    inner join {{ ref('stg_columns') }} as heading
        on line.delivery_id = heading.delivery_id and line.sheet = heading.sheet
            and delivery.month = coalesce(line.month, heading.month)
    left join {{ ref('stg_shared') }} as shared
        on coalesce(line.indicator, heading.indicator) = shared.indicator
            and coalesce(line.period_type, heading.period_type) = shared.period_type
            and (line.entity_id <> '_T') = shared.of_firms
    where
        coalesce(line.indicator, heading.indicator) is not null
        and (line.values[heading.position] is not null or line.absent ? heading.position::text)
),

-- a newer delivery of a history feed speaks for the periods it contains, and for those only
history as (
    select
        h.*,
        rank() over (
            partition by
                h.feed, h.indicator, h.region_key, h.industry_code, h.account_id, h.period_type, h.measure, h.month
            order by h.delivery_id desc
        ) as age
    from cells as h
    where h.scope = 'history'
),

in_force as (
    select
        m.*,
        1 as age
    from cells as m
    where m.scope = 'month'
    union all
    select * from history
    where age = 1
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
    region_label,
    industry_label,
    period_type,
    measure,
    basis,
    absent_reason,
    value,
    decimals,
    rounding,
    contested,
    month,
    accepted_at
from in_force
