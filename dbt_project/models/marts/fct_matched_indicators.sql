{{ config(
    materialized='incremental',
    on_schema_change='append_new_columns',
    reach_from=-12,
    post_hook="{{ hide_from_analysts('pair') }}"
) }}

-- Growth of power weighted by output stands beside every gap in which power has a part, and beside that of value added
-- the elasticity, growth of power over real growth of output as the term is used, where both go one way: neither is
-- judged on, since power and output are not a line (domain.md 3.1). What would give an industry's output back is left
-- out (2.11), as what a cause explains is in fct_matched_causes.
select
    gap.pair,
    gap.region_key,
    gap.industry_code,
    gap.entity_id,
    gap.month,
    gap.growth_a_pct,
    gap.growth_b_pct,
    gap.gap_pp,
    gap.gap_error_pp,
    gap.rate_adjustment_pp,
    gap.history_n,
    gap.median_pp as history_median_pp,
    gap.mad_pp as history_mad_pp,
    gap.robust_z,
    gap.limit_pp,
    gap.level_ratio,
    gap.expected_ratio,
    gap.ratio_deviation_pct,
    case
        when
            sides.power_pct * sides.output_pct >= 0
            and abs(sides.output_pct) >= {{ threshold('matched', 'elasticity_min_pct') }}
            then sides.power_pct / sides.output_pct
    end as elasticity,
    case when not {{ is_confidential_mix('gap.region_key', 'gap.month') }} then mix.growth_pct end
        as mix_adjusted_power_pct,
    gap.colour,
    gap.judged_by,
    gap.run_length,
    gap.explained_by,
    cause.explained_pp,
    case when cause.cause is null or cause.explained_pp is not null then gap.unexplained_pp end as unexplained_pp,
    route.route,
    route.route_department,
    route.route_reason,
    route.route_flash_zh,
    route.route_witnesses_zh,
    route.route_parted_n,
    route.route_regions_n
from {{ ref('int_gap_verdicts') }} as gap
inner join {{ ref('matched_pairs') }} as pair on gap.pair = pair.pair
cross join
    lateral (
        select
            max(x.growth_pct) filter (where x.indicator in ('PW01', 'PW02', 'PW03', 'CN32')) as power_pct,
            max(x.growth_pct) filter (where x.indicator = 'ST01') as output_pct
        from (
            values (pair.indicator_a, gap.growth_a_pct), (pair.indicator_b, gap.growth_b_pct)
        ) as x (indicator, growth_pct)
    ) as sides
left join {{ ref('int_gap_routes') }} as route
    on gap.pair = route.pair and gap.region_key = route.region_key and gap.industry_code = route.industry_code
        and gap.entity_id = route.entity_id and gap.month = route.month
left join {{ ref('fct_matched_causes') }} as cause
    on gap.pair = cause.pair and gap.region_key = cause.region_key and gap.industry_code = cause.industry_code
        and gap.entity_id = cause.entity_id and gap.month = cause.month and gap.explained_by = cause.cause
left join {{ ref('int_mix_adjusted_power') }} as mix
    on gap.region_key = mix.region_key and gap.month = mix.month and gap.period_type = mix.axis
        and gap.industry_code = '_T' and gap.entity_id = '_T'
        and exists (
            select 1 from {{ ref('matched_pair_causes') }} as k
            where k.pair = gap.pair and k.cause = 'mix'
        )
where {{ affected('gap.month') }}
