{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    pre_hook="{{ forget_since(-3) }}",
    post_hook="{{ hide_from_analysts('pair', also_shown=mix_of_shown_industries()) }}"
) }}

select
    c.pair,
    c.region_key,
    c.industry_code,
    c.entity_id,
    c.month,
    c.cause,
    c.measured_by,
    c.two_year_caveat,
    c.departure_pp,
    c.explained_pp,
    c.remaining_pp,
    c.verdict
from {{ ref('int_gap_causes') }} as c
where {{ affected_since(-3, 'c.month') }}
