{{ config(post_hook="{{ hide_from_analysts(none, firms=false, also_shown=compared_is_shown()) }}") }}

-- The tests of a steep decline (domain.md 3.3 rule 1) on each main indicator of a region, as published and under other
-- looks at it: first release, without January-February, mean of two years. A decline that holds only one way is shown
-- to hold only one way. January, and February alone, are never looked at; derived growth has to clear its error band;
-- of a flash the tests are shown and none fires, and a settled figure meets none by its distance to a flash. Two years
-- are averaged where both have comparable growth on one basis; what else sets them apart is named beside
-- (int_series_growth). Last of its group is told among those that have a place in it (int_releases).
with build as (
    select
        b.month,
        b.top_region_key,
        b.area,
        c.shock
    from {{ ref('stg_build') }} as b
    left join {{ ref('int_calendar') }} as c on b.month = c.month and c.period_type = 'M'
),

releases as (
    select r.*
    from {{ ref('int_releases') }} as r
    inner join {{ ref('dim_indicator') }} as i on r.indicator = i.indicator and i.main_indicator
    where
        r.month between {{ month_built() }} - interval '15 months' and {{ month_built() }}
        and r.growth_pct is not null
        and extract(month from r.month) <> 1
        and (r.period_type <> 'M' or extract(month from r.month) > 2)
),

-- the month built and the release before it
looked_at as (
    select
        r.*,
        r.month = b.month as is_now
    from releases as r
    cross join build as b
    where
        r.month = b.month
        or exists (
            select 1 from releases as n
            where
                n.month = b.month and n.indicator = r.indicator and n.region_key = r.region_key
                and n.previous_month = r.month and (n.period_type = 'YTD') = (r.period_type = 'YTD')
        )
),

-- year-to-date figures and months, with what their growth stands on
periods as (
    select
        p.*,
        coalesce({{ growth_base('p') }}, p.month_base) as base
    from {{ ref('int_periods') }} as p
    where
        -- a month looked at, and the year of it
        p.month between {{ month_built() }} - interval '15 months' and {{ month_built() }}
        and p.period_type in ('YTD', 'M') and p.industry_code = '_T' and p.entity_id = '_T' and p.nature = 'flow'
),

-- From March on: the year to date less January-February where one delivery says both, since what was revised between
-- two of them would pass for growth since March (domain.md 2.1); else the months themselves, where each is known.
since_march as (
    select
        1 as preference,
        t.indicator,
        t.region_key,
        t.month,
        100 * ((t.value - f.value) / (t.base - f.base) - 1) as growth_pct,
        coalesce({{ difference_band_pp('t', 'f') }}, 0) as error_pp
    from periods as t
    inner join periods as f
        on t.indicator = f.indicator and t.region_key = f.region_key and t.period_type = f.period_type
            and f.month = date_trunc('year', t.month) + interval '1 month' and t.value_delivery_id = f.value_delivery_id
    where t.period_type = 'YTD' and t.month > f.month and t.base > f.base
    union all
    select
        2,
        t.indicator,
        t.region_key,
        t.month,
        100 * (sum(m.value order by m.month) / sum(m.base order by m.month) - 1),
        coalesce(
            sum(m.base * coalesce(m.growth_error_pp, {{ half_unit_pp(['m']) }}) order by m.month)
            filter (where m.base_reported is null)
            / sum(m.base order by m.month),
            0
        )
    from periods as t
    inner join periods as m
        on t.indicator = m.indicator and t.region_key = m.region_key and t.period_type = m.period_type
            and m.month between date_trunc('year', t.month) + interval '2 months' and t.month
    where t.period_type = 'M'
    group by t.indicator, t.region_key, t.month
    having count(m.value + m.base) = extract(month from t.month) - 2 and sum(m.base order by m.month) > 0
),

without_january_february as (
    select distinct on (s.indicator, s.region_key, s.month) s.*
    from since_march as s
    where s.growth_pct is not null
    order by s.indicator asc, s.region_key asc, s.month asc, s.preference asc
),

first_releases as (
    select distinct on (r.indicator, r.region_key, r.period_type, r.month) r.*
    from {{ ref('stg_revisions') }} as r
    where r.measure = 'growth' and r.industry_code = '_T' and r.entity_id = '_T' and r.old_value is not null
    order by r.indicator asc, r.region_key asc, r.period_type asc, r.month asc, r.accepted_at asc, r.delivery_id asc
),

looks as (
    select
        'published' as look, l.indicator, l.region_key, l.is_now, l.growth_pct,
        coalesce(l.growth_error_pp, 0) as error_pp, l.maturity, l.rank is not null as has_place
    from looked_at as l
    union all
    select
        'first_release', l.indicator, l.region_key, l.is_now, coalesce(v.old_value, l.growth_pct),
        coalesce(l.growth_error_pp, 0), case when v.delivery_id is null then l.maturity else v.revised_maturity end,
        l.rank is not null
    from looked_at as l
    left join first_releases as v
        on l.indicator = v.indicator and l.region_key = v.region_key and l.period_type = v.period_type
            and l.month = v.month
    union all
    select
        'without_january_february', l.indicator, l.region_key, l.is_now, s.growth_pct, s.error_pp, l.maturity,
        l.rank is not null
    from looked_at as l
    inner join without_january_february as s
        on l.indicator = s.indicator and l.region_key = s.region_key and l.month = s.month
    where l.period_type = 'YTD'
    union all
    select
        'two_year_average', l.indicator, l.region_key, l.is_now,
        100 * (sqrt((1 + l.growth_pct / 100) * (1 + y.growth_pct / 100)) - 1), coalesce(l.growth_error_pp, 0),
        l.maturity, l.rank is not null
    from looked_at as l
    inner join releases as y
        on l.indicator = y.indicator and l.region_key = y.region_key and l.month = y.month + interval '1 year'
            and l.period_type = y.period_type
    where
        l.growth_pct > -100 and y.growth_pct > -100
        and coalesce(l.two_year_caveat not in ('no_comparable_growth', 'growth_basis'), true)
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
    from looks as k
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
    r.two_year_caveat
from tested as t
cross join build as b
inner join releases as r on t.indicator = r.indicator and t.region_key = r.region_key and b.month = r.month
left join doubtful as d on t.region_key = d.region_key and t.indicator = d.indicator
