{{ config(post_hook="{{ hide_from_analysts(none, firms=false, also_shown=compared_is_shown()) }}") }}

-- The tests of a steep decline (domain.md 3.3 rule 1) on each main indicator of a region, as published and under other
-- looks at it: first release, without January-February, mean of two years. A decline that holds only one way is shown
-- to hold only one way. Derived growth has to clear its error band;
-- of a flash the tests are shown and none fires, and a settled figure meets none by its distance to a flash. Last of its
-- group is told among those that have a place in it (int_releases).
with build as (
    select
        b.month,
        b.top_region_key,
        c.shock
    from {{ ref('stg_build') }} as b
    left join {{ ref('int_calendar') }} as c on b.month = c.month and c.period_type = 'M'
),

placed as (
    select
        k.*,
        coalesce(k.maturity = 'flash', false) as is_flash,
        -- last for certain: at its best not ahead of any other at its worst, and one at its worst ahead of it, since
        -- where all have one growth all are first
        k.has_place and count(*) over peers > 2 and k.error_pp = 0
        and k.growth_pct <= min(k.growth_pct - k.error_pp) over peers
        and k.growth_pct < max(k.growth_pct - k.error_pp) over peers as is_last,
        coalesce(bool_or(k.maturity = 'flash') over peers, false) as has_flash_peer
    from {{ ref('int_growth_looks') }} as k
    inner join {{ ref('dim_region') }} as d on k.region_key = d.region_key
    window peers as (partition by k.look, k.indicator, k.is_now, d.ranking_group, k.has_place)
),

compared as (
    select
        n.look,
        n.region_key,
        n.indicator,
        n.growth_pct,
        p.growth_pct as previous_growth_pct,
        t.growth_pct as top_growth_pct,
        n.error_pp,
        n.is_flash,
        n.growth_pct + n.error_pp as upper_pct,
        -- what it is held against is known within a band too
        t.growth_pct - t.error_pp as top_lower_pct,
        p.growth_pct - p.error_pp as previous_lower_pct,
        p.growth_pct + p.error_pp as previous_upper_pct,
        n.is_last and coalesce(p.is_last, false) as last_again,
        -- a settled figure is not held against a flash, which may yet move
        n.is_flash or not t.is_flash as top_counts,
        n.is_flash or not p.is_flash as previous_counts,
        n.is_flash or not (n.has_flash_peer or p.has_flash_peer) as peers_count,
        n.two_year_caveat,
        b.shock
    from placed as n
    cross join build as b
    left join placed as p
        on n.look = p.look and n.indicator = p.indicator and n.region_key = p.region_key and not p.is_now
    left join placed as t
        on n.look = t.look and n.indicator = t.indicator and b.top_region_key = t.region_key and t.is_now
    where n.is_now and n.region_key <> b.top_region_key
),

tested as (
    select
        c.*,
        -- unknown where the city has no growth to be held against
        c.top_counts
        and c.upper_pct < 0
        and {{ settled('c.top_lower_pct - c.upper_pct') }} >= {{ threshold('steep_decline', 'below_top_pp') }}
            as far_below,
        -- a shock falls on everybody: under it a region stands out only against the city (domain.md 2.5)
        c.shock is null and coalesce(
            c.previous_counts
            and {{ settled('c.previous_lower_pct - c.upper_pct') }} >= {{ threshold('steep_decline', 'fall_pp') }},
            false
        ) as fell,
        c.shock is null and coalesce(c.previous_counts and c.upper_pct < 0 and c.previous_upper_pct < 0, false)
            as negative_again,
        c.shock is null and coalesce(c.peers_count and c.last_again, false) as last_twice,
        c.shock is null and c.indicator = 'ST01'
        and {{ settled(threshold('steep_decline', 'floor_pct') ~ ' - c.upper_pct') }}
        >= {{ threshold('steep_decline', 'floor_gap_pp') }} as below_floor
    from compared as c
),

-- What its supplier is to verify is not the county's to explain: output up while power and invoices are down (rule 6),
-- and a red divergence that is put to the department of that figure. Of a flash it is not the figure of another period.
doubtful as (
    select
        v.region_key,
        unnest(array['ST01', 'ST02']) as indicator
    from {{ ref('int_outputs_to_verify') }} as v
    union
    select
        m.region_key,
        i.indicator
    from {{ ref('fct_matched_indicators') }} as m
    inner join build as b on m.month = b.month
    inner join {{ ref('matched_pairs') }} as p on m.pair = p.pair
    inner join {{ ref('dim_indicator') }} as i
        on i.indicator in (p.indicator_a, p.indicator_b) and m.route_department = i.department
    where
        m.colour = 'red' and m.route = 'supplier' and m.route_reason <> 'flash'
        and m.industry_code = '_T' and m.entity_id = '_T'
)

select
    b.month,
    t.look,
    t.region_key,
    t.indicator,
    t.growth_pct,
    t.previous_growth_pct,
    t.top_growth_pct,
    t.error_pp as growth_error_pp,
    t.far_below,
    t.fell,
    t.negative_again,
    t.last_twice,
    t.below_floor,
    d.region_key is not null as under_verification,
    t.is_flash,
    (t.far_below or t.fell or t.negative_again or t.last_twice or t.below_floor)
    and d.region_key is null and not t.is_flash as fires,
    t.shock,
    t.two_year_caveat
from tested as t
cross join build as b
left join doubtful as d on t.region_key = d.region_key and t.indicator = d.indicator
