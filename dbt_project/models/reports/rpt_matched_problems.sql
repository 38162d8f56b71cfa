-- What survived its checks, put to whom the route says. Firms are named only where both sides are power's and tax's own
-- lists: a firm's return to the statisticians is not disclosed (domain.md 2.11), nor the figures of a cell that would
-- give one away: the problem is put without them. An area without counties has nobody to put it to.
with divided_areas as (
    select distinct county.area
    from {{ ref('dim_region') }} as county
    where county.parent_key is not null
),

gaps as (
    select
        gap.*,
        pairs.name_zh as pair_zh,
        pairs.period_type,
        pairs.lag_months,
        pairs.method,
        pairs.benign_causes_zh,
        -- the first side of a lagged pair is of its own month (int_growth_gaps)
        (gap.month - make_interval(months => pairs.lag_months))::date as month_a,
        pairs.indicator_a,
        -- a side may be the sum of several
        coalesce(
            (
                select array_agg(part.indicator)
                from {{ ref('matched_sums') }} as part
                where part.pair = pairs.pair
            ),
            array[pairs.indicator_b]
        ) as indicators_b,
        side_a.name_zh as indicator_a_zh,
        side_b.name_zh as indicator_b_zh,
        region.name_zh as region_name,
        asked.name_zh as route_department_zh,
        case when gap.industry_code <> '_T' and gap.entity_id = '_T' then industry.name_zh end as industry_zh,
        firm.entity_name,
        {{ is_confidential(['pairs.indicator_a', 'pairs.indicator_b'], 'gap.region_key', ['gap.month'],
            'gap.industry_code') }} as confidential
    from {{ ref('fct_matched_indicators') }} as gap
    inner join {{ ref('stg_build') }} as build on gap.month = build.month
    inner join {{ ref('matched_pairs') }} as pairs on gap.pair = pairs.pair
    inner join {{ ref('dim_indicator') }} as side_a on pairs.indicator_a = side_a.indicator
    inner join {{ ref('dim_indicator') }} as side_b on pairs.indicator_b = side_b.indicator
    inner join {{ ref('dim_region') }} as region on gap.region_key = region.region_key
    inner join divided_areas as divided on region.area = divided.area
    left join {{ ref('departments') }} as asked on gap.route_department = asked.department
    left join {{ ref('industries') }} as industry on gap.industry_code = industry.industry_code
    left join {{ ref('int_entities') }} as firm on gap.entity_id = firm.entity_id
    where
        gap.route is not null
        and region.region_type <> 'residual'
        and (
            gap.entity_id = '_T'
            or side_a.department in ('powr', 'tax') and side_b.department in ('powr', 'tax')
        )
),

checked as (
    select
        tried.pair,
        tried.region_key,
        tried.industry_code,
        tried.entity_id,
        tried.month,
        jsonb_agg(
            jsonb_build_object('cause', cause.cause, 'name_zh', cause.name_zh) order by cause.cause
        ) as causes,
        max(tried.two_year_caveat) as two_year_caveat
    from {{ ref('fct_matched_causes') }} as tried
    inner join {{ ref('gap_causes') }} as cause on tried.cause = cause.cause
    group by tried.pair, tried.region_key, tried.industry_code, tried.entity_id, tried.month
)

select
    gap.month,
    concat_ws(
        ':', 'matched', gap.pair, gap.region_key, nullif(gap.entity_id, '_T'),
        case when gap.entity_id = '_T' then nullif(gap.industry_code, '_T') end
    ) as problem_key,
    gap.region_key,
    gap.region_name,
    'matched' as rule,
    gap.colour,
    jsonb_strip_nulls(
        jsonb_build_object(
            'pair_zh', gap.pair_zh,
            'industry_zh', gap.industry_zh,
            'entity_name', coalesce(gap.entity_name, nullif(gap.entity_id, '_T')),
            'period_type', gap.period_type,
            'lag_months', gap.lag_months,
            'indicator_a_zh', gap.indicator_a_zh,
            'indicator_b_zh', gap.indicator_b_zh,
            'method', gap.method,
            'run_length', gap.run_length,
            'confidential', gap.confidential,
            'benign_causes_zh', gap.benign_causes_zh,
            'route_reason', gap.route_reason,
            'route_department_zh', gap.route_department_zh,
            'route_flash_zh', gap.route_flash_zh,
            'route_witnesses_zh', gap.route_witnesses_zh,
            'route_parted_n', gap.route_parted_n,
            'route_regions_n', gap.route_regions_n
        )
        || case
            when gap.confidential then '{}'
            else jsonb_build_object(
                    'judged_by', gap.judged_by,
                    'growth_a_pct', gap.growth_a_pct,
                    'growth_b_pct', gap.growth_b_pct,
                    'rate_adjusted', abs(gap.rate_adjustment_pp) > 1e-9,
                    'gap_pp', gap.gap_pp,
                    'ratio_deviation_pct', gap.ratio_deviation_pct,
                    'robust_z', gap.robust_z,
                    'history_n', gap.history_n,
                    'limit_pp', gap.limit_pp,
                    'causes', checked.causes,
                    'two_year_caveat', checked.two_year_caveat,
                    'explained_by', gap.explained_by,
                    'explained_pp', gap.explained_pp,
                    'unexplained_pp', gap.unexplained_pp
                )
        end
    ) as facts,
    (
        select
            jsonb_agg(jsonb_build_object(
                'indicator', figure.indicator,
                'period_type', {{ period_on_axis('gap.period_type', 'figure.month') }},
                'month', figure.month,
                'industry_code', gap.industry_code
            ))
        from (
            values (gap.indicator_a, gap.month_a)
            union all
            select part.indicator, gap.month
            from unnest(gap.indicators_b) as part (indicator)
        ) as figure (indicator, month)
    ) as looked_at,
    gap.route_department_zh as owner_department,
    case when gap.route_department_zh is null then 'industry' end as owner_office,
    gap.route,
    nullif(gap.entity_id, '_T') as entity_id
from gaps as gap
left join checked
    on gap.pair = checked.pair and gap.region_key = checked.region_key
        and gap.industry_code = checked.industry_code and gap.entity_id = checked.entity_id
        and gap.month = checked.month
