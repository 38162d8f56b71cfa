-- A growth gap judged against its own past (domain.md 3.1), with the checks that may explain it.
with with_history as (
    select
        g.*,
        array_agg(g.gap_pp) over (
            partition by g.pair, g.region_key, g.industry_code, g.entity_id
            order by g.month
            range between interval '24 months' preceding and interval '1 month' preceding
        ) as history
    from {{ ref('int_growth_gaps') }} as g
),

with_spread as (
    select
        h.*,
        coalesce(cardinality(h.history), 0) as history_n,
        m.median_pp,
        s.mad_pp
    from with_history as h
    cross join
        lateral (
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
    left join {{ ref('int_growth_gaps') }} as p
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
