{{ config(
    materialized='incremental',
    on_schema_change='append_new_columns',
    reach=[0, 1, 12, 13],
    post_hook="{{ hide_from_analysts('indicator') }}"
) }}

-- Nothing but views reads this largest of tables, so it is written while the matched chain, one model after another,
-- leaves a core free.
-- depends_on: {{ ref('int_growth_gaps') }}
select
    g.indicator,
    g.region_key,
    g.industry_code,
    g.entity_id,
    e.entity_name,
    g.period_type,
    g.month,
    g.value,
    g.base_reported,
    g.growth_reported_pct,
    g.growth_basis,
    g.implied_base,
    g.level_ratio_pct,
    g.basis_gap_pp,
    g.basis_gap_label,
    g.growth_pct,
    g.growth_source,
    g.growth_error_pp,
    g.growth_two_year_pct,
    g.two_year_caveat,
    g.growth_rate_adjusted_pct,
    g.growth_rate_error_pp,
    g.derivation,
    g.maturity,
    g.value_delivery_id,
    g.value_sheet,
    g.value_cell,
    g.growth_delivery_id,
    g.growth_sheet,
    g.growth_cell
from {{ ref('int_series_growth') }} as g
left join {{ ref('int_entities') }} as e on g.entity_id = e.entity_id
where
    (g.value is not null or g.growth_pct is not null or g.base_reported is not null)
    and {{ affected('g.month') }}
