{{ config(materialized='view') }}

-- What was delivered and what follows from it, as one.
select
    s.indicator,
    s.region_key,
    s.industry_code,
    s.entity_id,
    s.period_type,
    s.month,
    s.value,
    s.base_reported,
    s.growth_reported_pct,
    s.growth_basis,
    s.growth_decimals,
    s.growth_absent_reason,
    i.nature,
    i.yoy_index,
    'delivered' as derivation,
    null::double precision as month_base,
    null::double precision as growth_error_pp,
    null::text as derived_maturity,
    s.value_delivery_id,
    s.value_sheet,
    s.value_cell,
    s.growth_delivery_id,
    s.growth_sheet,
    s.growth_cell
from {{ ref('int_series') }} as s
inner join {{ ref('indicators') }} as i on s.indicator = i.indicator
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
    nature,
    yoy_index,
    derivation,
    month_base,
    growth_error_pp,
    derived_maturity,
    value_delivery_id,
    value_sheet,
    value_cell,
    growth_delivery_id,
    growth_sheet,
    growth_cell
from {{ ref('int_derived_periods') }}
