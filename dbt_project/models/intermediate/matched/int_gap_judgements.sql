{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach_from=0,
    looks_back=[24]
) }}

-- A gap judged against its own past and its limit (domain.md 3.1): median and MAD of the 24 months before it, where
-- there are enough of them and they move, and always the absolute limit: what parts every month, or now this way and
-- now that, is not in order for being usual. A level ratio is judged against the median of its own twelve
-- months, or against one where both sides count the same money. Only what is certain of a gap counts: the error band
-- of a derived month is taken off first (domain.md 2.1).
with with_history as (
    select
        g.*,
        p.method,
        p.period_type,
        {{ settled('100 * (p.ratio_low - 1)') }} as ratio_low_pct,
        {{ settled('100 * (p.ratio_high - 1)') }} as ratio_high_pct,
        case when p.period_type = 'M' and extract(month from g.month) = 2 then 2 else 1 end as months_n,
        array_agg(g.gap_pp) filter (where g.gap_pp is not null) over (
            partition by g.pair, g.region_key, g.industry_code, g.entity_id
            order by g.month
            range between interval '24 months' preceding and interval '1 month' preceding
        ) as gaps_before,
        array_agg(g.level_ratio) filter (where g.level_ratio is not null) over (
            partition by g.pair, g.region_key, g.industry_code, g.entity_id, g.parts
            order by g.month
            range between interval '12 months' preceding and interval '1 month' preceding
        ) as ratios_before
    from {{ ref('int_growth_gaps') }} as g
    inner join {{ ref('matched_pairs') }} as p on g.pair = p.pair
    where {{ needed('g.month') }}
),

with_spread as (
    select
        gap.*,
        coalesce(cardinality(gap.gaps_before), 0) as history_n,
        median.median_pp,
        spread.mad_pp,
        case
            when gap.method = 'equality' then 1
            when cardinality(gap.ratios_before) >= {{ threshold('matched', 'min_ratio_history') }}
                then usual_ratio.median_ratio
        end as expected_ratio
    from with_history as gap
    cross join
        lateral (
            select percentile_cont(0.5) within group (order by x.gap) as median_pp
            from (select unnest(gap.gaps_before) as gap) as x
        ) as median
    cross join
        lateral (
            select percentile_cont(0.5) within group (order by abs(x.gap - median.median_pp)) as mad_pp
            from (select unnest(gap.gaps_before) as gap) as x
        ) as spread
    cross join
        lateral (
            select percentile_cont(0.5) within group (order by x.ratio) as median_ratio
            from (select unnest(gap.ratios_before) as ratio) as x
        ) as usual_ratio
    where {{ affected('gap.month') }}
),

scored as (
    select
        w.*,
        w.history_n >= {{ threshold('matched', 'min_history') }} and w.mad_pp > 0 as has_spread,
        case
            when w.history_n >= {{ threshold('matched', 'min_history') }} and w.mad_pp > 0
                then (w.gap_pp - w.median_pp) / (1.4826 * w.mad_pp)
        end as robust_z,
        case
            when w.history_n >= {{ threshold('matched', 'min_history') }} and w.mad_pp > 0
                then greatest(abs(w.gap_pp - w.median_pp) - w.gap_error_pp, 0) / (1.4826 * w.mad_pp)
        end as certain_z,
        {{ settled('100 * (w.level_ratio / w.expected_ratio - 1)') }} as ratio_deviation_pct
    from with_spread as w
),

judged as (
    select
        s.*,
        case
            when
                s.method <> 'equality' and s.growth_a_pct * s.growth_b_pct < 0
                and {{ settled('least(abs(s.growth_a_pct), abs(s.growth_b_pct)) - s.gap_error_pp') }}
                > {{ threshold('matched', 'opposed_growth_pct') }}
                then 'signs'
            when s.method = 'growth_gap' and s.certain_z >= {{ threshold('matched', 'z_yellow') }} then 'robust_z'
            when s.method = 'growth_gap' and {{ settled('abs(s.gap_pp) - s.gap_error_pp') }} > s.limit_pp then 'limit'
            when
                s.ratio_deviation_pct < s.ratio_low_pct or s.ratio_deviation_pct > s.ratio_high_pct
                then 'ratio'
        end as fired
    from scored as s
),

coloured as (
    select
        j.*,
        case
            when j.fired is not null then j.fired
            when j.method = 'equality' then 'ratio'
            when j.method = 'sign' then 'signs'
            when j.has_spread then 'robust_z'
            else 'limit'
        end as judged_by,
        case
            when j.fired = 'signs' then 'orange'
            when j.fired = 'robust_z' and j.certain_z > {{ threshold('matched', 'z_orange') }} then 'orange'
            when j.fired is not null then 'yellow'
            else 'green'
        end as first_colour
    from judged as j
),

neighbours as (
    select
        c.*,
        lag(c.position) over (
            partition by c.pair, c.region_key, c.industry_code, c.entity_id order by c.month
        ) as position_before
    from coloured as c
),

-- How far a point lies from the last that was green, or from the hole in the axis before its run.
runs as (
    select
        n.*,
        n.position - max(case
            when n.first_colour = 'green' then n.position
            when n.position_before is distinct from n.position - 1 then n.position - 1
        end) over (
            partition by n.pair, n.region_key, n.industry_code, n.entity_id order by n.month
        ) as run_length
    from neighbours as n
),

-- An increment's run may carry on from a point that stays in the table.
points_before as (
    {% if is_incremental() %}
        select pair, region_key, industry_code, entity_id, position, run_length
        from {{ this }}
        where {{ needed() }}
    {% else %}
        select '' as pair, '' as region_key, '' as industry_code, '' as entity_id, 0 as position, 0 as run_length
        where false
    {% endif %}
)

select
    r.pair,
    r.region_key,
    r.industry_code,
    r.entity_id,
    r.month,
    r.position,
    r.method,
    r.period_type,
    r.months_n,
    r.growth_a_pct,
    r.growth_b_pct,
    r.gap_pp,
    r.gap_error_pp,
    r.rate_adjustment_pp,
    r.festival_month,
    r.flash_indicators,
    r.basis_gap_a_pp,
    r.basis_gap_b_pp,
    r.gap_two_years_pp,
    r.gap_two_years_caveat,
    r.history_n,
    r.median_pp,
    r.mad_pp,
    r.robust_z,
    r.limit_pp,
    r.level_ratio,
    r.expected_ratio,
    r.ratio_deviation_pct,
    r.judged_by,
    r.first_colour,
    -- what the checks of causes have to account for, in points of growth, or in percent of a ratio of levels
    case when r.judged_by = 'ratio' then r.ratio_deviation_pct else r.gap_pp end as departure_pp,
    case
        when r.judged_by <> 'ratio' then r.limit_pp
        when r.ratio_deviation_pct < 0 then -r.ratio_low_pct
        else r.ratio_high_pct
    end as departure_limit_pp,
    r.run_length + coalesce(b.run_length, 0) as run_length
from runs as r
left join points_before as b
    on r.pair = b.pair and r.region_key = b.region_key and r.industry_code = b.industry_code
        and r.entity_id = b.entity_id and r.position - r.run_length = b.position
