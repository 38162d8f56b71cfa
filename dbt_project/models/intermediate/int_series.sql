-- Value, base and growth of a series and period side by side, each with the address of its cell.
-- Several accounts of one firm in a delivery are added up. Of two feeds that deliver the same thing, the one accepted
-- last speaks, then the one first by name; never their average.
with cells as (
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
        case
            when count(*) = 1 then min(o.value)
            when o.measure in ('value', 'base') and count(*) = count(o.value) then sum(o.value)
        end as value,
        min(o.decimals) as decimals,
        min(o.basis) as basis,
        min(o.absent_reason) as absent_reason,
        min(o.sheet) as sheet,
        string_agg(o.cell, '+' order by o.cell) as cell
    from {{ ref('stg_observations') }} as o
    left join {{ ref('int_entities') }} as e on o.entity_id = e.entity_id
    group by
        o.feed, o.delivery_id, o.indicator, coalesce(e.region_key, o.region_key),
        coalesce(e.industry_code, o.industry_code), o.entity_id, o.period_type, o.month, o.measure
),

chosen as (
    select distinct on (indicator, region_key, industry_code, entity_id, period_type, month, measure) *
    from cells
    order by
        indicator asc, region_key asc, industry_code asc, entity_id asc, period_type asc, month asc, measure asc,
        value is null asc, accepted_at desc, feed asc
)

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
