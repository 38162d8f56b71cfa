{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['month']}],
    pre_hook="{{ forget(range(0, 14)) }}",
    post_hook="{{ hide_from_analysts('indicator', firms=false, also_shown='not rests_on_few_firms') }}"
) }}

-- The points of one entrant are that firm's figure: an analyst sees no row of which a part rests on few firms.
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
    p.firms_value,
    p.firms_value_year_ago,
    p.matched_value,
    p.matched_value_year_ago,
    p.growth_reported_pct,
    p.level_ratio_pct,
    p.firms_growth_pct,
    p.matched_growth_pct,
    p.matched_pp,
    p.entrants_pp,
    p.leavers_pp,
    p.entered_new_built_pp,
    p.entered_graduated_pp,
    p.entered_moved_pp,
    p.entered_unknown_pp,
    p.left_dropped_pp,
    p.left_closed_pp,
    p.left_merged_pp,
    p.left_moved_pp,
    p.left_unknown_pp,
    p.covered_pct,
    p.covered_year_ago_pct,
    p.stands_for_total,
    p.rests_on_few_firms
from {{ ref('int_panel_growth') }} as p
where {{ affected(range(0, 14), 'p.month') }}
