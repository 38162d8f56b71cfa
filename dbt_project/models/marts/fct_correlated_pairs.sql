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
        c.*,
        e.first_month,
        e.last_month,
        l.first_month as origin,
        case c.sample when 'all' then l.changes else l.changes_without_shocks end as leader,
        case c.sample when 'all' then f.changes else f.changes_without_shocks end as follower,
        {{ month_number('e.first_month') }} - {{ month_number('l.first_month') }} + 1 as first_at,
        {{ month_number('e.last_month') }} - {{ month_number('l.first_month') }} + 1 as last_at
    from {{ ref('int_tested_correlations') }} as c
    inner join {{ ref('int_expected_lags') }} as e
        on c.pair = e.pair and c.region_key = e.region_key and c.sample = e.sample and c.lag_months = e.lag_months
    inner join {{ ref('correlated_pairs') }} as p on c.pair = p.pair
    inner join {{ ref('int_correlated_series') }} as l
        on p.leader = l.indicator and p.leader_period_type = l.axis and c.region_key = l.region_key
    inner join {{ ref('int_correlated_series') }} as f
        on p.follower = f.indicator and p.follower_period_type = f.axis and c.region_key = f.region_key
    where c.is_best
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
)

select
    s.pair,
    s.region_key,
    s.sample,
    j.lag_months as best_lag_months,
    j.n,
    j.n_eff,
    j.pearson,
    j.pearson_low,
    j.pearson_high,
    j.spearman,
    j.p_value,
    j.q_value,
    j.first_half_n,
    j.first_half_pearson,
    j.second_half_n,
    j.second_half_pearson,
    j.stability_p,
    j.stability,
    case
        when
            j.pearson * p.expected_sign < 0 and abs(j.pearson) >= {{ threshold('correlated', 'min_abs_r') }}
            and j.q_value <= {{ threshold('correlated', 'max_q') }}
            then 'sign_against_prior'
        when
            j.pearson * p.expected_sign >= {{ threshold('correlated', 'min_abs_r') }}
            and j.q_value <= {{ threshold('correlated', 'max_q') }} and j.stability = 'stable'
            and {{ month_number('j.last_month') }} - {{ month_number('j.first_month') }} + 1
            >= {{ threshold('correlated', 'min_span_months') }}
            then 'established'
        when j.pearson * p.expected_sign > 0 and j.q_value <= {{ threshold('correlated', 'max_q_weak') }} then 'weak'
        else 'not_established'
    end as state,
    j.first_month,
    j.last_month,
    j.leader_latest / 1e6::float8 as latest_leader_change,
    j.follower_latest / 1e6::float8 as latest_follower_change,
    j.follower_expected / 1e6::float8 as expected_follower_change,
    (j.follower_latest - j.follower_expected) / 1e6::float8 as surprise_pp,
    (j.follower_latest - j.follower_expected) / j.prediction_error as surprise_z,
    j.before_n::int as surprise_n,
    b.month as through_month
from sides as s
cross join {{ ref('stg_build') }} as b
inner join {{ ref('correlated_pairs') }} as p on s.pair = p.pair
left join judged as j on s.pair = j.pair and s.region_key = j.region_key and s.sample = j.sample
