{{ config(post_hook="{{ hide_from_analysts(none, firms=false, also_shown=compared_is_shown()) }}") }}

-- The tests of a steep decline (domain.md 3.3 rule 1) on each main indicator of a region, as published and under other
-- looks at it: first release, without January-February, mean of two years. A decline that holds only one way is shown
-- to hold only one way. Derived growth has to clear its error band; of a flash the tests are shown and none fires, and
-- a settled figure meets none by its distance to a flash. Last of its group is told among those that have a place in
-- it (int_releases).
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
        latest.look,
        latest.region_key,
        latest.indicator,
        latest.growth_pct,
        before.growth_pct as previous_growth_pct,
        top.growth_pct as top_growth_pct,
        latest.error_pp,
        latest.is_flash,
        latest.growth_pct + latest.error_pp as upper_pct,
        -- what it is held against is known within a band too
        top.growth_pct - top.error_pp as top_lower_pct,
        before.growth_pct - before.error_pp as previous_lower_pct,
        before.growth_pct + before.error_pp as previous_upper_pct,
        latest.is_last and coalesce(before.is_last, false) as last_again,
        -- a settled figure is not held against a flash, which may yet move
        latest.is_flash or not top.is_flash as top_counts,
        latest.is_flash or not before.is_flash as previous_counts,
        latest.is_flash or not (latest.has_flash_peer or before.has_flash_peer) as peers_count,
        latest.two_year_caveat,
        build.shock
    from placed as latest
    cross join build
    left join placed as before
        on latest.look = before.look and latest.indicator = before.indicator and latest.region_key = before.region_key
            and not before.is_now
    left join placed as top
        on latest.look = top.look and latest.indicator = top.indicator and build.top_region_key = top.region_key
            and top.is_now
    where latest.is_now and latest.region_key <> build.top_region_key
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
        gap.region_key,
        indicator.indicator
    from {{ ref('fct_matched_indicators') }} as gap
    inner join build on gap.month = build.month
    inner join {{ ref('matched_pairs') }} as pair on gap.pair = pair.pair
    inner join {{ ref('dim_indicator') }} as indicator
        on indicator.indicator in (pair.indicator_a, pair.indicator_b) and gap.route_department = indicator.department
    where
        gap.colour = 'red' and gap.route = 'supplier' and gap.route_reason <> 'flash'
        and gap.industry_code = '_T' and gap.entity_id = '_T'
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
