{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach_from=-3
) }}

-- The colour of a gap once its causes are known: red is what stands out twice, or far, and no check closes
-- (domain.md 3.1). Opposed signs of profit and tax alone are too weak a witness for red.
with best_cause as (
    select distinct on (c.pair, c.region_key, c.industry_code, c.entity_id, c.month)
        c.pair,
        c.region_key,
        c.industry_code,
        c.entity_id,
        c.month,
        c.cause,
        c.explained_pp,
        c.remaining_pp,
        c.verdict
    from {{ ref('int_gap_causes') }} as c
    where c.verdict in ('closes', 'narrows') and {{ affected('c.month') }}
    order by
        c.pair asc, c.region_key asc, c.industry_code asc, c.entity_id asc, c.month asc, (c.verdict = 'closes') desc,
        abs(c.remaining_pp) asc, c.cause asc
),

weighed as (
    select
        j.*,
        c.cause,
        c.explained_pp as cause_pp,
        c.remaining_pp,
        coalesce(abs(j.departure_pp) <= j.departure_limit_pp, false) as within_limit,
        coalesce(c.verdict = 'closes', false) as is_closed
    from {{ ref('int_gap_judgements') }} as j
    left join best_cause as c
        on j.pair = c.pair and j.region_key = c.region_key and j.industry_code = c.industry_code
            and j.entity_id = c.entity_id and j.month = c.month
    where {{ affected('j.month') }}
)

select
    w.pair,
    w.region_key,
    w.industry_code,
    w.entity_id,
    w.month,
    w.method,
    w.period_type,
    w.growth_a_pct,
    w.growth_b_pct,
    w.gap_pp,
    w.gap_error_pp,
    w.rate_adjustment_pp,
    w.history_n,
    w.median_pp,
    w.mad_pp,
    w.robust_z,
    w.limit_pp,
    w.level_ratio,
    w.expected_ratio,
    w.ratio_deviation_pct,
    w.judged_by,
    w.departure_pp,
    w.run_length,
    w.flash_indicators,
    case
        when w.first_colour = 'green' then 'green'
        when w.first_colour = 'yellow' and w.run_length < {{ threshold('matched', 'consecutive_months') }}
            then 'yellow'
        when w.within_limit or w.is_closed or w.method = 'sign' then 'orange'
        else 'red'
    end as colour,
    case
        when w.first_colour = 'green' then null
        when w.within_limit then 'within_limit'
        else w.cause
    end as explained_by,
    case when w.first_colour <> 'green' and not w.within_limit then w.cause_pp end as explained_pp,
    case
        when w.first_colour = 'green' then null
        when w.within_limit then w.departure_pp
        else coalesce(w.remaining_pp, w.departure_pp)
    end as unexplained_pp
from weighed as w
