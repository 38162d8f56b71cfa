{{ config(
    materialized='incremental',
    on_schema_change='append_new_columns',
    reach=range(14) | list,
    post_hook="{{ hide_from_analysts('indicator', firms=false, also_shown='not confidential') }}"
) }}
{%- set reasons = [] -%}
{%- for way, states in (('entered', came_by()), ('left', left_by())) -%}
    {%- for reason in states + ['moved', 'unknown'] -%}
        {%- do reasons.append(way ~ '_' ~ reason ~ '_pp') -%}
    {%- endfor -%}
{%- endfor %}

-- Growth and points to one decimal and no levels: figures to date of two months less the month's would else give to the
-- last digit what one entrant has.
select
    p.indicator,
    p.region_key,
    p.industry_code,
    p.period_type,
    p.month,
    p.firms_n,
    p.firms_year_ago_n,
    p.firms_both_n,
    p.entrants_n,
    p.leavers_n,
    p.matched_n,
    p.silent_n,
    p.growth_reported_pct,
    p.level_ratio_pct,
    {%- for figure in ['firms_growth_pct', 'matched_growth_pct', 'matched_pp', 'entrants_pp', 'leavers_pp'] + reasons
        + ['covered_pct', 'covered_year_ago_pct'] %}
        round(p.{{ figure }}::numeric, 1)::float8 as {{ figure }},
    {%- endfor %}
    p.stands_for_total,
    p.confidential
from {{ ref('int_panel_growth') }} as p
where {{ affected('p.month') }}
