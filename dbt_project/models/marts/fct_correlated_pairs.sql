-- A pair read at its best lag: whether the relation holds in both halves of the period (Fisher's test on n_eff), and
-- how far the follower's latest figure lies from what the leader let expect. The expectation comes from the regression
-- on all points before the latest one, and the distance is in standard errors of its prediction (the externally
-- studentised residual). A pair is established over 36 months (domain.md 3.2), of which both halves can be held
-- against each other; what is shorter is weak at most.
with sides as (
    select distinct
        pair,
        region_key,
        sample
    from {{ ref('int_tested_correlations') }}
),

-- Materialised, or the places below would be reckoned anew for every month.
best as materialized (
    select
        tested.*,
        expected.first_month,
        expected.last_month,
        leader.first_month as origin,
        case tested.sample when 'all' then leader.changes else leader.changes_without_shocks end as leader,
        case tested.sample when 'all' then follower.changes else follower.changes_without_shocks end as follower,
        {{ month_number('expected.first_month') }} - {{ month_number('leader.first_month') }} + 1 as first_at,
        {{ month_number('expected.last_month') }} - {{ month_number('leader.first_month') }} + 1 as last_at
    from {{ ref('int_tested_correlations') }} as tested
    inner join {{ ref('int_expected_lags') }} as expected
        on tested.pair = expected.pair and tested.region_key = expected.region_key and tested.sample = expected.sample
            and tested.lag_months = expected.lag_months
    inner join {{ ref('correlated_pairs') }} as pair on tested.pair = pair.pair
    inner join {{ ref('int_correlated_series') }} as leader
        on pair.leader = leader.indicator and pair.leader_period_type = leader.axis
            and tested.region_key = leader.region_key
    inner join {{ ref('int_correlated_series') }} as follower
        on pair.follower = follower.indicator and pair.follower_period_type = follower.axis
            and tested.region_key = follower.region_key
    where tested.is_best
),

measured as (
    select
        b.*,
        b.leader[b.last_at - b.lag_months] as leader_latest,
        b.follower[b.last_at] as follower_latest,
        m.*
    from best as b
    cross join
        lateral (
            with points as (
                select
                    n.x,
                    n.y,
                    n.at <= (b.first_at + b.last_at) / 2 as early,
                    n.at < b.last_at as before
                from (
                    select
                        unnest(b.leader[b.first_at - b.lag_months:b.last_at - b.lag_months]) as x,
                        unnest(b.follower[b.first_at:b.last_at]) as y,
                        generate_series(b.first_at, b.last_at) as at
                ) as n
            )

            select
                corr(u.y, u.x) filter (where u.early) as first_half_pearson,
                (regr_count(u.y, u.x) filter (where u.early))::int as first_half_n,
                corr(u.y, u.x) filter (where not u.early) as second_half_pearson,
                (regr_count(u.y, u.x) filter (where not u.early))::int as second_half_n,
                regr_count(u.y, u.x) filter (where u.before) as before_n,
                regr_slope(u.y, u.x) filter (where u.before) as slope,
                regr_intercept(u.y, u.x) filter (where u.before) as intercept,
                regr_avgx(u.y, u.x) filter (where u.before) as mean_x,
                regr_sxx(u.y, u.x) filter (where u.before) as sxx,
                regr_syy(u.y, u.x) filter (where u.before) as syy,
                regr_sxy(u.y, u.x) filter (where u.before) as sxy
            from points as u
        ) as m
),

compared as (
    select
        m.*,
        m.intercept + m.slope * m.leader_latest as follower_expected,
        sqrt(
            nullif(greatest((m.syy - m.sxy ^ 2 / nullif(m.sxx, 0)) / nullif(m.before_n - 2, 0), 0), 0)
            * (1 + 1.0 / m.before_n + (m.leader_latest - m.mean_x) ^ 2 / nullif(m.sxx, 0))
        ) as prediction_error,
        case
            when
                least(m.first_half_n, m.second_half_n) >= {{ threshold('correlated', 'min_half_n') }}
                and least(m.first_half_n, m.second_half_n) * m.n_eff / m.n > 3
                and abs(m.first_half_pearson) < 1 and abs(m.second_half_pearson) < 1
                then erfc(
                        abs(atanh(m.first_half_pearson) - atanh(m.second_half_pearson))
                        / sqrt(2 / (m.first_half_n * m.n_eff / m.n - 3) + 2 / (m.second_half_n * m.n_eff / m.n - 3))
                    )
        end as stability_p
    from measured as m
),

judged as (
    select
        c.*,
        case
            when c.stability_p is null then 'too_short'
            when
                c.first_half_pearson * c.second_half_pearson > 0
                and c.stability_p >= {{ threshold('correlated', 'unstable_p') }}
                then 'stable'
            else 'unstable'
        end as stability
    from compared as c
),

explained as (
    select
        j.*,
        -- how likely the test is to find that one half has nothing of the relation, at the level of the test
        case
            when j.stability_p is not null
                then erfc(
                        (1.959963984540054 - abs(atanh(j.pearson)) / sqrt(
                            1 / (j.first_half_n * j.n_eff / j.n - 3) + 1 / (j.second_half_n * j.n_eff / j.n - 3)
                        )) / sqrt(2)
                    ) / 2
        end as stability_power,
        {{ month_number('j.last_month') }} - {{ month_number('j.first_month') }} + 1
        < {{ threshold('correlated', 'min_span_months') }} as is_short
    from judged as j
)

select
    side.pair,
    side.region_key,
    side.sample,
    best_lag.lag_months as best_lag_months,
    best_lag.n,
    best_lag.n_eff,
    best_lag.pearson,
    best_lag.pearson_low,
    best_lag.pearson_high,
    best_lag.spearman,
    best_lag.p_value,
    best_lag.q_value,
    best_lag.first_half_n,
    best_lag.first_half_pearson,
    best_lag.second_half_n,
    best_lag.second_half_pearson,
    best_lag.stability_p,
    best_lag.stability,
    best_lag.stability_power,
    case
        when
            best_lag.pearson * pair.expected_sign < 0
            and abs(best_lag.pearson) >= {{ threshold('correlated', 'min_abs_r') }}
            and best_lag.q_value <= {{ threshold('correlated', 'max_q') }}
            then 'sign_against_prior'
        when
            best_lag.pearson * pair.expected_sign >= {{ threshold('correlated', 'min_abs_r') }}
            and best_lag.q_value <= {{ threshold('correlated', 'max_q') }} and best_lag.stability = 'stable'
            and not best_lag.is_short
            then 'established'
        when
            best_lag.pearson * pair.expected_sign > 0
            and best_lag.q_value <= {{ threshold('correlated', 'max_q_weak') }}
            then 'weak'
        else 'not_established'
    end as state,
    -- the first thing that a relation in the direction expected lacks to be established
    case
        when best_lag.pearson * pair.expected_sign < {{ threshold('correlated', 'min_abs_r') }} then 'faint'
        when best_lag.q_value > {{ threshold('correlated', 'max_q') }} then 'uncertain'
        when best_lag.stability = 'unstable' then 'unstable'
        when best_lag.is_short or best_lag.stability = 'too_short' then 'short'
    end as lacks,
    best_lag.first_month,
    best_lag.last_month,
    best_lag.leader_latest / 1e6::float8 as latest_leader_change,
    best_lag.follower_latest / 1e6::float8 as latest_follower_change,
    best_lag.follower_expected / 1e6::float8 as expected_follower_change,
    (best_lag.follower_latest - best_lag.follower_expected) / 1e6::float8 as surprise_pp,
    (best_lag.follower_latest - best_lag.follower_expected) / best_lag.prediction_error as surprise_z,
    best_lag.before_n::int as surprise_n,
    build.month as through_month
from sides as side
cross join {{ ref('stg_build') }} as build
inner join {{ ref('correlated_pairs') }} as pair on side.pair = pair.pair
left join explained as best_lag
    on side.pair = best_lag.pair and side.region_key = best_lag.region_key and side.sample = best_lag.sample
