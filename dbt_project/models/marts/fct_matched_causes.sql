{{ config(
    materialized='incremental',
    on_schema_change='append_new_columns',
    reach_from=-12,
    post_hook="{{ hide_from_analysts('pair') }}"
) }}
{%- set sides = ['p.indicator_a', 'p.indicator_b'] -%}
{#- the period after, and the one before: of February it is December -#}
{%- set next_months = ["c.month + interval '1 month'", "c.month - interval '2 months'"] -%}

-- What a cause explains may be the figure of another cell: of an industry, of the region that contains this one, of the
-- period before or after. Where that one may not be told (domain.md 2.11) the verdict stands without what it rests on,
-- for a whole year as such cells are hidden, and in the row before.
with causes as (
    select
        c.*,
        c.entity_id = '_T' and case c.cause
            when 'mix' then {{ is_confidential_mix('c.region_key', 'c.month') }}
            when 'common_to_parent' then {{ is_confidential(sides, 'd.parent_key', ['c.month'], 'c.industry_code') }}
            else
                c.cause in ('timing', 'billing_cycle', 'spring_festival')
                and {{ is_confidential(sides, 'c.region_key', next_months, 'c.industry_code') }}
        end as is_confidential
    from {{ ref('int_gap_causes') }} as c
    inner join {{ ref('matched_pairs') }} as p on c.pair = p.pair
    inner join {{ ref('dim_region') }} as d on c.region_key = d.region_key
    where {{ affected('c.month') }}
)

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
    case when not c.is_confidential then c.explained_pp end as explained_pp,
    case when not c.is_confidential then c.remaining_pp end as remaining_pp,
    c.verdict
from causes as c
