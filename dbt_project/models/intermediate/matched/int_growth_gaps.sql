{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach_from=0,
    looks_back=[2]
) }}

-- Two indicators that see the same fact, side by side: the gap of their growth and the ratio of their levels. A row's
-- month is that of the second side; the first side lies lag_months before it. A month alone is never set against
-- January-February. Firms meet by their credit code only.
with pairs as (
    select p.*
    from {{ ref('matched_pairs') }} as p
    inner join {{ ref('stg_build') }} as b on p.area is null or p.area = b.area
    where p.method in ('growth_gap', 'equality', 'sign')
),

aligned as (
    select
        a.indicator,
        a.region_key,
        a.industry_code,
        a.entity_id,
        a.axis,
        a.month,
        a.position,
        {{ adds_over_months('a.nature') }} as is_flow,
        a.value,
        case when {{ may_judge('a', of_firms=true) }} then a.growth_pct end as delivered_growth_pct,
        case when {{ may_judge('a', of_firms=true) }} then coalesce(a.growth_rate_adjusted_pct, a.growth_pct) end
            as growth_pct,
        a.growth_two_year_pct,
        a.two_year_caveat,
        coalesce(a.growth_error_pp + a.growth_rate_error_pp, a.growth_error_pp, a.growth_rate_error_pp)
            as growth_error_pp,
        a.basis_gap_pp,
        case when a.maturity = 'flash' then a.indicator end as flash_indicator,
        a.festival_month,
        case when a.entity_id <> '_T' then 'E' when a.industry_code <> '_T' then 'I' else 'R' end as grain
    from {{ ref('int_months_aligned') }} as a
    where
        (
            a.entity_id = '_T'
            or a.entity_id in (
                select e.entity_id from {{ ref('int_entities') }} as e
                where e.has_credit_code
            )
        )
        and a.indicator in (
            select unnest(array[p.indicator_a, p.indicator_b]) from pairs as p
        )
        -- no first side lies further before the second (seeds.yml, lag_months)
        and {{ needed('a.month') }}
),

-- each side is made whole before they meet: the planner would meet series first and their months last
first_sides as materialized (
    select
        p.pair,
        p.method,
        p.period_type,
        p.limit_pp,
        p.limit_entity_pp,
        a.region_key,
        a.industry_code,
        a.entity_id,
        a.month,
        (a.month + make_interval(months => p.lag_months))::date as month_b,
        a.is_flow,
        a.value,
        a.delivered_growth_pct,
        a.growth_pct,
        a.growth_two_year_pct,
        a.two_year_caveat,
        a.growth_error_pp,
        a.basis_gap_pp,
        a.flash_indicator
    from pairs as p
    inner join aligned as a
        on p.indicator_a = a.indicator and p.period_type = a.axis and a.grain = any(string_to_array(p.grains, ';'))
    where {{ affected('(a.month + make_interval(months => p.lag_months))') }}
),

second_sides as materialized (
    select
        p.pair,
        b.region_key,
        b.industry_code,
        b.entity_id,
        b.month,
        b.position,
        b.is_flow,
        b.value,
        b.delivered_growth_pct,
        b.growth_pct,
        b.growth_two_year_pct,
        b.two_year_caveat,
        b.growth_error_pp,
        b.basis_gap_pp,
        b.flash_indicator as flash_indicators,
        b.festival_month,
        null::text as parts
    from pairs as p
    inner join aligned as b
        on p.indicator_b = b.indicator and p.period_type = b.axis and b.grain = any(string_to_array(p.grains, ';'))
    where p.pair not in (select s.pair from {{ ref('matched_sums') }} as s) and {{ affected('b.month') }}
    union all
    select
        s.pair,
        s.region_key,
        s.industry_code,
        s.entity_id,
        s.month,
        s.position,
        true as is_flow,
        s.value,
        s.growth_pct as delivered_growth_pct,
        s.growth_pct,
        null::double precision as growth_two_year_pct,
        null::text as two_year_caveat,
        s.growth_error_pp,
        null::double precision as basis_gap_pp,
        s.flash_indicators,
        s.festival_month,
        s.parts
    from {{ ref('int_matched_sums') }} as s
    where {{ affected('s.month') }}
)

select
    a.pair,
    b.region_key,
    b.industry_code,
    b.entity_id,
    b.month,
    b.position,
    a.growth_pct as growth_a_pct,
    b.growth_pct as growth_b_pct,
    {{ settled('a.growth_pct - b.growth_pct') }} as gap_pp,
    -- a tax is compared at an unchanged rate as far as that is known (domain.md 2.5): what that took out of the gap
    (a.delivered_growth_pct - b.delivered_growth_pct) - (a.growth_pct - b.growth_pct) as rate_adjustment_pp,
    coalesce(a.growth_error_pp, 0) + coalesce(b.growth_error_pp, 0) as gap_error_pp,
    a.basis_gap_pp as basis_gap_a_pp,
    b.basis_gap_pp as basis_gap_b_pp,
    a.growth_two_year_pct - b.growth_two_year_pct as gap_two_years_pp,
    -- what sets the two years of either side apart
    case
        when a.growth_two_year_pct is not null and b.growth_two_year_pct is not null
            then coalesce(a.two_year_caveat, b.two_year_caveat)
    end as gap_two_years_caveat,
    -- a sum to date grows through the year and a stock does not: their ratio tells the month
    case
        when a.value > 0 and b.value > 0 and coalesce(a.is_flow = b.is_flow, true) then a.value / b.value
    end as level_ratio,
    b.parts,
    -- which of the figures are a flash (domain.md 2.6); none where they are settled
    nullif(concat_ws(';', a.flash_indicator, b.flash_indicators), '') as flash_indicators,
    b.festival_month,
    case when b.entity_id = '_T' then a.limit_pp else coalesce(a.limit_entity_pp, a.limit_pp) end as limit_pp
from first_sides as a
inner join second_sides as b
    on a.pair = b.pair and a.region_key = b.region_key and a.industry_code = b.industry_code
        and a.entity_id = b.entity_id and a.month_b = b.month
where
    (a.growth_pct is not null and b.growth_pct is not null or a.method = 'equality' and a.value > 0 and b.value > 0)
    and (a.period_type <> 'M' or (extract(month from a.month) = 2) = (extract(month from b.month) = 2))
    -- income tax is paid by the quarter
    and (a.method <> 'sign' or extract(month from b.month) in (3, 6, 9, 12))
