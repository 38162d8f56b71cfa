-- A gap of which one side would give a single firm away is judged and not shown (domain.md 2.11).
with panel as (
    -- what a changed panel did to the side that it is asked of; joined where the cause is measured by it, never by a
    -- confidential row (int_gap_causes)
    select
        pairs.pair,
        growth.region_key,
        (growth.month + make_interval(months => case when asked.side = 'a' then pairs.lag_months else 0 end))::date
            as month,
        jsonb_build_object(
            'matched_n', growth.matched_n,
            'matched_growth_pct', growth.matched_growth_pct,
            'entrants_pp', growth.entrants_pp,
            'leavers_pp', growth.leavers_pp
        ) as panel
    from {{ ref('matched_pairs') }} as pairs
    inner join {{ ref('matched_pair_causes') }} as asked on pairs.pair = asked.pair and asked.cause = 'panel_change'
    inner join {{ ref('fct_panel_growth') }} as growth
        on growth.indicator = case asked.side when 'a' then pairs.indicator_a else pairs.indicator_b end
    where
        growth.industry_code = '_T'
        and growth.period_type
        = case
            when pairs.period_type = 'M' and extract(month from growth.month) = 2 then 'M12' else pairs.period_type
        end
),

causes as (
    select
        checked.pair,
        checked.region_key,
        checked.month,
        jsonb_agg(
            jsonb_build_object(
                'cause', checked.cause,
                'name_zh', cause.name_zh,
                'verdict', checked.verdict,
                'explained_pp', checked.explained_pp,
                'remaining_pp', checked.remaining_pp,
                'measured_by', checked.measured_by,
                'two_year_caveat', checked.two_year_caveat,
                'panel', panel.panel
            )
            order by
                array_position(array['closes', 'narrows', 'taken_out', 'does_not_help'], checked.verdict),
                abs(checked.remaining_pp),
                checked.cause
        ) as causes
    from {{ ref('fct_matched_causes') }} as checked
    inner join {{ ref('gap_causes') }} as cause on checked.cause = cause.cause
    left join panel
        on checked.measured_by = 'matched_sample' and checked.pair = panel.pair
            and checked.region_key = panel.region_key and checked.month = panel.month
    where checked.industry_code = '_T' and checked.entity_id = '_T'
    group by checked.pair, checked.region_key, checked.month
)

select
    gap.month,
    gap.pair,
    pairs.name_zh,
    gap.region_key,
    region.name_zh as region_name,
    pairs.period_type,
    pairs.lag_months,
    gap.growth_a_pct,
    gap.growth_b_pct,
    gap.gap_pp,
    gap.gap_error_pp,
    gap.rate_adjustment_pp,
    gap.robust_z,
    gap.history_n,
    gap.limit_pp,
    gap.level_ratio,
    gap.ratio_deviation_pct,
    gap.elasticity,
    gap.mix_adjusted_power_pct,
    gap.colour,
    gap.judged_by,
    gap.run_length,
    gap.explained_by,
    explaining.name_zh as explained_by_zh,
    gap.explained_pp,
    gap.unexplained_pp,
    causes.causes,
    gap.route,
    asked.name_zh as route_department_zh,
    gap.route_reason,
    gap.route_flash_zh,
    gap.route_witnesses_zh,
    gap.route_parted_n,
    gap.route_regions_n,
    side_a.name_zh as indicator_a_name,
    side_b.name_zh as indicator_b_name,
    pairs.benign_causes_zh
from {{ ref('fct_matched_indicators') }} as gap
inner join {{ ref('stg_build') }} as build on gap.month = build.month
inner join {{ ref('matched_pairs') }} as pairs on gap.pair = pairs.pair
inner join {{ ref('dim_region') }} as region on gap.region_key = region.region_key
inner join {{ ref('dim_indicator') }} as side_a on pairs.indicator_a = side_a.indicator
inner join {{ ref('dim_indicator') }} as side_b on pairs.indicator_b = side_b.indicator
left join {{ ref('gap_causes') }} as explaining on gap.explained_by = explaining.cause
left join {{ ref('departments') }} as asked on gap.route_department = asked.department
left join causes on gap.pair = causes.pair and gap.region_key = causes.region_key and gap.month = causes.month
where
    gap.industry_code = '_T' and gap.entity_id = '_T'
    and not {{ is_confidential(['pairs.indicator_a', 'pairs.indicator_b'], 'gap.region_key', ['gap.month']) }}
