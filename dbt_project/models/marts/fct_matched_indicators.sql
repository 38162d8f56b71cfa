{{ config(
    materialized='incremental',
    on_schema_change='append_new_columns',
    reach_from=-12,
    post_hook="{{ hide_from_analysts('pair') }}"
) }}

-- Growth of power weighted by output stands beside every gap in which power has a part, and so does the elasticity,
-- growth of power over that of output as the term is used, where both go one way: neither is judged on, since power and
-- output are not a line (domain.md 3.1). What would give an industry's output back is left out (2.11), as what a cause
-- explains is in fct_matched_causes.
select
    v.pair,
    v.region_key,
    v.industry_code,
    v.entity_id,
    v.month,
    v.growth_a_pct,
    v.growth_b_pct,
    v.gap_pp,
    v.gap_error_pp,
    v.rate_adjustment_pp,
    v.history_n,
    v.median_pp as history_median_pp,
    v.mad_pp as history_mad_pp,
    v.robust_z,
    v.limit_pp,
    v.level_ratio,
    v.expected_ratio,
    v.ratio_deviation_pct,
    case
        when s.power_pct * s.output_pct >= 0 and abs(s.output_pct) >= {{ threshold('matched', 'elasticity_min_pct') }}
            then s.power_pct / s.output_pct
    end as elasticity,
    case when not {{ is_confidential_mix('v.region_key', 'v.month') }} then m.growth_pct end as mix_adjusted_power_pct,
    v.colour,
    v.judged_by,
    v.run_length,
    v.explained_by,
    c.explained_pp,
    case when c.cause is null or c.explained_pp is not null then v.unexplained_pp end as unexplained_pp,
    r.route,
    r.route_department,
    r.route_reason,
    r.route_flash_zh,
    r.route_witnesses_zh,
    r.route_parted_n,
    r.route_regions_n
from {{ ref('int_gap_verdicts') }} as v
inner join {{ ref('matched_pairs') }} as p on v.pair = p.pair
cross join
    lateral (
        select
            max(x.growth_pct) filter (where x.indicator in ('PW01', 'PW02', 'PW03', 'CN32')) as power_pct,
            max(x.growth_pct) filter (where x.indicator in ('ST01', 'ST02', 'TX03')) as output_pct
        from (
            values (p.indicator_a, v.growth_a_pct), (p.indicator_b, v.growth_b_pct)
        ) as x (indicator, growth_pct)
    ) as s
left join {{ ref('int_gap_routes') }} as r
    on v.pair = r.pair and v.region_key = r.region_key and v.industry_code = r.industry_code
        and v.entity_id = r.entity_id and v.month = r.month
left join {{ ref('fct_matched_causes') }} as c
    on v.pair = c.pair and v.region_key = c.region_key and v.industry_code = c.industry_code
        and v.entity_id = c.entity_id and v.month = c.month and v.explained_by = c.cause
left join {{ ref('int_mix_adjusted_power') }} as m
    on v.region_key = m.region_key and v.month = m.month and v.period_type = m.axis
        and v.industry_code = '_T' and v.entity_id = '_T'
        and exists (
            select 1 from {{ ref('matched_pair_causes') }} as k
            where k.pair = v.pair and k.cause = 'mix'
        )
where {{ affected('v.month') }}
