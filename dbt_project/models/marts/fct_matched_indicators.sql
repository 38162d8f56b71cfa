-- Growth gap of two indicators that see the same fact, judged against its own past (domain.md 3.1). A row's month is
-- that of the second side; the first side lies lag_months before it. Months alone are never set against
-- January-February.
with pairs as (
    select p.*
    from {{ ref('matched_pairs') }} as p
    inner join {{ ref('stg_build') }} as b on p.area is null or p.area = b.area
    where p.method = 'growth_gap'
),

gaps as (
    select
        p.pair,
        b.region_key,
        b.industry_code,
        b.entity_id,
        b.month,
        b.position,
        a.growth_pct as growth_a_pct,
        b.growth_pct as growth_b_pct,
        a.growth_pct - b.growth_pct as gap_pp,
        greatest(abs(a.basis_gap_pp), abs(b.basis_gap_pp)) as largest_basis_gap_pp,
        case when b.entity_id = '_T' then p.limit_pp else coalesce(p.limit_entity_pp, p.limit_pp) end as limit_pp
    from pairs as p
    inner join {{ ref('int_months_aligned') }} as b on p.indicator_b = b.indicator and p.period_type = b.axis
    inner join {{ ref('int_months_aligned') }} as a
        on p.indicator_a = a.indicator and p.period_type = a.axis
        and b.region_key = a.region_key and b.industry_code = a.industry_code and b.entity_id = a.entity_id
        and b.month = a.month + make_interval(months => p.lag_months)
    where
        a.growth_pct is not null and b.growth_pct is not null
        and (
            p.period_type <> 'M'
            or (extract(month from a.month) = 2) = (extract(month from b.month) = 2)
        )
),

with_history as (
    select
        g.*,
        array_agg(g.gap_pp) over (
            partition by g.pair, g.region_key, g.industry_code, g.entity_id
            order by g.month
            range between make_interval(months => {{ threshold('matched', 'window_months') }}::int) preceding
            and interval '1 month' preceding
        ) as history
    from gaps as g
),

with_spread as (
    select
        h.*,
        coalesce(cardinality(h.history), 0) as history_n,
        m.median_pp,
        s.mad_pp
    from with_history as h
    cross join lateral (
        select percentile_cont(0.5) within group (order by x.gap) as median_pp
        from unnest(h.history) as x (gap)
    ) as m
    cross join lateral (
        select percentile_cont(0.5) within group (order by abs(x.gap - m.median_pp)) as mad_pp
        from unnest(h.history) as x (gap)
    ) as s
),

scored as (
    select
        w.*,
        case
            when w.history_n >= {{ threshold('matched', 'min_history') }} and w.mad_pp > 0
                then (w.gap_pp - w.median_pp) / (1.4826 * w.mad_pp)
        end as robust_z
    from with_spread as w
),

judged as (
    select
        s.*,
        case when s.robust_z is null then 'limit' else 'robust_z' end as judged_by,
        case
            when
                s.growth_a_pct * s.growth_b_pct < 0
                and least(abs(s.growth_a_pct), abs(s.growth_b_pct))
                > {{ threshold('matched', 'opposed_growth_pct') }}
                then 'orange'
            when abs(s.robust_z) > {{ threshold('matched', 'z_orange') }} then 'orange'
            when abs(s.robust_z) >= {{ threshold('matched', 'z_yellow') }} then 'yellow'
            when s.robust_z is null and abs(s.gap_pp) > s.limit_pp then 'yellow'
            else 'green'
        end as first_colour
    from scored as s
),

-- A run ends at a green point or at a hole in the axis.
runs as (
    select
        j.*,
        count(*) filter (where j.first_colour = 'green') over series as greens_so_far,
        j.position - row_number() over series as island
    from judged as j
    window series as (
        partition by j.pair, j.region_key, j.industry_code, j.entity_id order by j.month
    )
),

counted as (
    select
        r.*,
        case
            when r.first_colour = 'green' then 0
            else count(*) filter (where r.first_colour <> 'green') over (
                partition by r.pair, r.region_key, r.industry_code, r.entity_id, r.island, r.greens_so_far
                order by r.month
            )
        end as run_length
    from runs as r
),

explained as (
    select
        c.*,
        case
            when c.first_colour = 'green' then null
            when abs(c.gap_pp) <= c.limit_pp then 'within_limit'
            when c.largest_basis_gap_pp >= {{ threshold('matched', 'explained_base_pp') }} then 'base_change'
            when abs(c.gap_pp - p.gap_pp) <= {{ threshold('matched', 'explained_common_pp') }} then 'common_to_parent'
        end as explained_by
    from counted as c
    left join {{ ref('dim_region') }} as d on c.region_key = d.region_key
    left join gaps as p
        on c.pair = p.pair and d.parent_key = p.region_key and c.industry_code = p.industry_code
        and c.entity_id = p.entity_id and c.month = p.month
)

select
    e.pair,
    e.region_key,
    e.industry_code,
    e.entity_id,
    e.month,
    e.growth_a_pct,
    e.growth_b_pct,
    e.gap_pp,
    e.history_n,
    e.median_pp as history_median_pp,
    e.mad_pp as history_mad_pp,
    e.robust_z,
    e.limit_pp,
    case
        when e.first_colour = 'green' then 'green'
        when e.first_colour = 'yellow' and e.run_length < {{ threshold('matched', 'consecutive_months') }}
            then 'yellow'
        when e.explained_by is null then 'red'
        else 'orange'
    end as colour,
    e.judged_by,
    e.run_length::int as run_length,
    e.explained_by
from explained as e
