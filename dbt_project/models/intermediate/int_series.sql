{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach=[0],
    post_hook="{{ index_firms() }}"
) }}

-- Value, base and growth of a series and period side by side, each with the address of its cell. Most figures are said
-- once and are read off the line where they stand. The others are weighed: several accounts of one firm in a delivery
-- are added up; of two feeds that deliver the same thing, a settled figure speaks before a flash, then the one accepted
-- last. Where they agree within their rounding, the finer one does, then the first by name, whichever came last: else a
-- published figure would change though nobody revised it. Never their average.
with figures as (
    select
        delivery_id,
        sheet,
        region_label,
        region_key,
        industry_label,
        industry_code,
        month,
        indicator,
        period_type,
        repeated,
        max(position) filter (where measure = 'value') as value_at,
        max(letter) filter (where measure = 'value') as value_letter,
        max(factor) filter (where measure = 'value') as value_factor,
        max(position) filter (where measure = 'base') as base_at,
        max(factor) filter (where measure = 'base') as base_factor,
        max(position) filter (where measure = 'growth') as growth_at,
        max(letter) filter (where measure = 'growth') as growth_letter,
        max(factor) filter (where measure = 'growth') as growth_factor,
        max(basis) filter (where measure = 'growth') as growth_basis,
        max(decimals) filter (where measure = 'growth') as growth_decimals
    from {{ ref('stg_columns') }}
    where not repeated
    group by
        delivery_id, sheet, region_label, region_key, industry_label, industry_code, month, indicator, period_type,
        repeated
),

said_once as (
    select
        coalesce(line.indicator, heading.indicator) as indicator,
        coalesce(
            firm.region_key,
            case
                when line.region_label is not null then line.region_key
                when heading.region_label is not null then heading.region_key
                else delivery.top_region_key
            end
        ) as region_key,
        coalesce(
            firm.industry_code,
            case
                when line.industry_label is not null then line.industry_code
                when heading.industry_label is not null then heading.industry_code
                else '_T'
            end
        ) as industry_code,
        line.entity_id,
        coalesce(line.period_type, heading.period_type) as period_type,
        delivery.month,
        line.values[heading.value_at] * coalesce(line.factor, heading.value_factor) as value,
        line.values[heading.base_at] * coalesce(line.factor, heading.base_factor) as base_reported,
        line.values[heading.growth_at] * coalesce(line.factor, heading.growth_factor) as growth_reported_pct,
        coalesce(line.basis, heading.growth_basis) as growth_basis,
        coalesce(line.decimals[heading.growth_at], heading.growth_decimals) as growth_decimals,
        line.absent ->> heading.growth_at::text as growth_absent_reason,
        line.values[heading.value_at] is not null or coalesce(line.absent ? heading.value_at::text, false) as has_value,
        line.values[heading.base_at] is not null or coalesce(line.absent ? heading.base_at::text, false) as has_base,
        line.values[heading.growth_at] is not null or coalesce(line.absent ? heading.growth_at::text, false)
            as has_growth,
        delivery.delivery_id,
        line.sheet,
        heading.value_letter || line.row::text as value_cell,
        heading.growth_letter || line.row::text as growth_cell
    from {{ ref('stg_deliveries') }} as delivery
    inner join {{ ref('stg_rows') }} as line on delivery.delivery_id = line.delivery_id
    inner join figures as heading
        on line.delivery_id = heading.delivery_id and line.sheet = heading.sheet
            and delivery.month = coalesce(line.month, heading.month)
    left join {{ ref('stg_shared') }} as shared
        on coalesce(line.indicator, heading.indicator) = shared.indicator
            and coalesce(line.period_type, heading.period_type) = shared.period_type
            and (line.entity_id <> '_T') = shared.of_firms
    left join {{ ref('int_entities') }} as firm on line.entity_id = firm.entity_id
    where
        coalesce(line.indicator, heading.indicator) is not null
        and not {{ contested() }}
        and {{ affected('delivery.month') }}
),

cells as (
    select
        o.feed,
        o.delivery_id,
        o.indicator,
        coalesce(e.region_key, o.region_key) as region_key,
        coalesce(e.industry_code, o.industry_code) as industry_code,
        o.entity_id,
        o.period_type,
        o.month,
        o.measure,
        max(o.accepted_at) as accepted_at,
        coalesce(bool_or(d.maturity = 'flash'), false) as is_flash,
        case
            when count(*) = 1 then min(o.value)
            when o.measure in ('value', 'base') and count(*) = count(o.value) then sum(o.value order by o.cell, o.sheet)
        end as value,
        sum(o.rounding order by o.rounding) as rounding,
        min(o.decimals) as decimals,
        min(o.basis) as basis,
        min(o.absent_reason) as absent_reason,
        min(o.sheet) as sheet,
        string_agg(o.cell, '+' order by o.cell) as cell
    from {{ ref('stg_observations') }} as o
    left join {{ ref('stg_deliveries') }} as d on o.delivery_id = d.delivery_id and o.month = d.month
    left join {{ ref('int_entities') }} as e on o.entity_id = e.entity_id
    where o.contested and {{ affected('o.month') }}
    group by
        o.feed, o.delivery_id, o.indicator, coalesce(e.region_key, o.region_key),
        coalesce(e.industry_code, o.industry_code), o.entity_id, o.period_type, o.month, o.measure
),

compared as (
    select
        *,
        coalesce(
            abs(value - first_value(value) over by_age)
            <= 0.500001 * (coalesce(rounding, 0) + coalesce(first_value(rounding) over by_age, 0)),
            true
        ) as agrees
    from cells
    window by_age as (
        partition by indicator, region_key, industry_code, entity_id, period_type, month, measure
        order by value is null asc, is_flash asc, accepted_at desc, feed asc
    )
),

chosen as (
    select distinct on (indicator, region_key, industry_code, entity_id, period_type, month, measure) *
    from compared
    order by
        indicator asc, region_key asc, industry_code asc, entity_id asc, period_type asc, month asc, measure asc,
        value is null asc, is_flash asc, agrees desc, rounding asc, feed asc
),

weighed as (
    select
        indicator,
        region_key,
        industry_code,
        entity_id,
        period_type,
        month,
        min(value) filter (where measure = 'value') as value,
        min(value) filter (where measure = 'base') as base_reported,
        min(value) filter (where measure = 'growth') as growth_reported_pct,
        min(basis) filter (where measure = 'growth') as growth_basis,
        min(decimals) filter (where measure = 'growth') as growth_decimals,
        min(absent_reason) filter (where measure = 'growth') as growth_absent_reason,
        min(delivery_id) filter (where measure = 'value') as value_delivery_id,
        min(sheet) filter (where measure = 'value') as value_sheet,
        min(cell) filter (where measure = 'value') as value_cell,
        min(delivery_id) filter (where measure = 'growth') as growth_delivery_id,
        min(sheet) filter (where measure = 'growth') as growth_sheet,
        min(cell) filter (where measure = 'growth') as growth_cell
    from chosen
    group by indicator, region_key, industry_code, entity_id, period_type, month
)

select
    indicator,
    region_key,
    industry_code,
    entity_id,
    period_type,
    month,
    value,
    base_reported,
    growth_reported_pct,
    case when has_growth then growth_basis end as growth_basis,
    case when has_growth then growth_decimals end as growth_decimals,
    growth_absent_reason,
    case when has_value then delivery_id end as value_delivery_id,
    case when has_value then sheet end as value_sheet,
    case when has_value then value_cell end as value_cell,
    case when has_growth then delivery_id end as growth_delivery_id,
    case when has_growth then sheet end as growth_sheet,
    case when has_growth then growth_cell end as growth_cell
from said_once
where has_value or has_base or has_growth
union all
select
    indicator,
    region_key,
    industry_code,
    entity_id,
    period_type,
    month,
    value,
    base_reported,
    growth_reported_pct,
    growth_basis,
    growth_decimals,
    growth_absent_reason,
    value_delivery_id,
    value_sheet,
    value_cell,
    growth_delivery_id,
    growth_sheet,
    growth_cell
from weighed
