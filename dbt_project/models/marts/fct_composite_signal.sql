{{ config(post_hook="{{ hide_from_analysts('indicator', firms=false, industries=false) }}") }}

-- A county's light after the Taiwan signal (domain.md 1.2, 3.3 rule 11): each main indicator scores 1 to 5 by the
-- quintiles of its own five years before, the mean score times nine lies between 9 and 45 and is banded into five
-- lights. What ties with several quintiles may lie in any fifth between them and scores the middle one, the lower of
-- two: where nothing ever moved, 3. What is missing or too young to score is left out of the mean and shown as such;
-- too few leave no light. The months of a shock, and those a year after, are labelled and scored like any other
-- (domain.md 2.5): a reader leaves them out by the label.
with build as (
    select b.month
    from {{ ref('stg_build') }} as b
),

releases as (
    select
        r.indicator,
        r.region_key,
        r.month,
        {{ settled('r.growth_pct') }} as growth_pct
    from {{ ref('int_releases') }} as r
    inner join {{ ref('dim_indicator') }} as i on r.indicator = i.indicator and i.main_indicator
    inner join build as b on r.month <= b.month
    -- January has no signal and is nobody's history; nor has February alone
    where
        r.growth_pct is not null and {{ may_judge('r') }}
        and extract(month from r.month) <> 1 and (r.period_type <> 'M' or extract(month from r.month) > 2)
        -- the longest history of the first month below
        and r.month >= b.month - make_interval(months => 13 + {{ threshold('composite', 'history_months') }}::int)
),

histories as (
    select
        indicator,
        region_key,
        array_agg(month order by month) as months,
        array_agg(growth_pct order by month) as growths
    from releases
    group by indicator, region_key
),

-- the months of a year up to the one built, eleven signals, and every main indicator of every region that has any
regions as (
    select distinct region_key
    from histories
),

signalled_months as (
    select g.month::date as month
    from build as b
    cross join generate_series(b.month - interval '13 months', b.month, interval '1 month') as g (month)
    where extract(month from g.month) <> 1
),

asked as (
    select
        s.month,
        lag(s.month) over (partition by h.region_key, i.indicator order by s.month) as previous_month,
        h.region_key,
        i.indicator
    from signalled_months as s
    cross join regions as h
    inner join {{ ref('dim_indicator') }} as i on i.main_indicator
),

-- the history of a month is a stretch of its series, found by its ends
compared as materialized (
    select
        a.*,
        r.growth_pct,
        array_sort(h.growths[
            1 + width_bucket(
                (a.month - make_interval(months => {{ threshold('composite', 'history_months') }}::int))::date - 1,
                h.months
            ):
            width_bucket(a.month - 1, h.months)
        ]) as history
    from asked as a
    left join releases as r on a.indicator = r.indicator and a.region_key = r.region_key and a.month = r.month
    left join histories as h on a.indicator = h.indicator and a.region_key = h.region_key
),

divided as materialized (
    select
        c.*,
        n.history_n,
        array[
            {{ settled(quantile('c.history', 'n.history_n', 0.2)) }},
            {{ settled(quantile('c.history', 'n.history_n', 0.4)) }},
            {{ settled(quantile('c.history', 'n.history_n', 0.6)) }},
            {{ settled(quantile('c.history', 'n.history_n', 0.8)) }}
        ] as quintiles
    from compared as c
    cross join lateral (select coalesce(cardinality(c.history), 0) as history_n) as n
),

scored as (
    select
        d.*,
        case
            when d.growth_pct is not null and d.history_n >= {{ threshold('composite', 'min_history') }}
                then (
                    select
                        1 + count(*) filter (where d.growth_pct > q.quintile)
                        + count(*) filter (where d.growth_pct = q.quintile) / 2
                    from unnest(d.quintiles) as q (quintile)
                )::int
        end as score
    from divided as d
),

totalled as (
    select
        s.*,
        count(s.score) over in_region as scored_n,
        9 * s.score / nullif(count(s.score) over in_region, 0)::float8 as points,
        -- nine times the sum, then divided: a mean that is cut off before would turn 16.5 into less
        (9 * sum(s.score) over in_region)::numeric / nullif(count(s.score) over in_region, 0) as total_points
    from scored as s
    window in_region as (partition by s.region_key, s.month)
),

banded as (
    select
        t.*,
        case
            when t.scored_n >= {{ threshold('composite', 'min_components') }}
                then round(t.total_points)::int
        end as total_score
    from totalled as t
)

select
    signal.region_key,
    signal.month,
    signal.indicator,
    signal.growth_pct,
    signal.history_n::int as history_n,
    signal.quintiles[1] as quintile_1_pct,
    signal.quintiles[2] as quintile_2_pct,
    signal.quintiles[3] as quintile_3_pct,
    signal.quintiles[4] as quintile_4_pct,
    signal.score,
    before.score as previous_score,
    signal.points,
    case
        when signal.total_score is not null and before.total_score is not null
            then coalesce(signal.points, 0) - coalesce(before.points, 0)
    end as contribution_points,
    signal.scored_n::int as scored_n,
    signal.total_score,
    before.total_score as previous_total_score,
    case when signal.total_score is not null then signal.total_points::float8 end as total_points,
    case
        when signal.total_score is null then null
        when signal.total_score <= {{ threshold('composite', 'blue_to') }} then 'blue'
        when signal.total_score <= {{ threshold('composite', 'yellow_blue_to') }} then 'yellow_blue'
        when signal.total_score <= {{ threshold('composite', 'green_to') }} then 'green'
        when signal.total_score <= {{ threshold('composite', 'yellow_red_to') }} then 'yellow_red'
        else 'red'
    end as light,
    calendar.shock,
    year_ago.shock as shock_year_ago
from banded as signal
left join banded as before
    on signal.region_key = before.region_key and signal.indicator = before.indicator
        and signal.previous_month = before.month
left join {{ ref('int_calendar') }} as calendar on signal.month = calendar.month and calendar.period_type = 'M'
left join {{ ref('int_calendar') }} as year_ago
    on signal.month = (year_ago.month + interval '1 year')::date and year_ago.period_type = 'M'
