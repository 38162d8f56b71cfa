-- What a correlation is worth. Growth goes on from month to month, so n points count as fewer: n_eff = n / (1 + 2 sum
-- r_leader(k) r_follower(k)) (Bartlett 1946; Pyper and Peterman 1998), the sum to k = 12 or n / 5 where that is less,
-- never more than n. On it stand the two-sided t-test and Fisher's interval. q is the p of Benjamini and Hochberg
-- (1995) over one region and sample: all pairs at all lags that their priors expect, with enough points.
with lags as (
    select
        a.pair,
        a.region_key,
        'all' as sample,
        a.lag_months,
        a.n,
        a.pearson,
        e.spearman,
        e.lag_months is not null as is_expected
    from {{ ref('int_lagged_correlations') }} as a
    left join {{ ref('int_expected_lags') }} as e
        on a.pair = e.pair and a.region_key = e.region_key and a.lag_months = e.lag_months and e.sample = 'all'
    union all
    select
        pair,
        region_key,
        sample,
        lag_months,
        n,
        pearson,
        spearman,
        true as is_expected
    from {{ ref('int_expected_lags') }}
    where sample = 'without_shocks'
),

persistence as (
    select
        p.pair,
        l.region_key,
        p.expected_sign,
        v.sample,
        v.leader,
        v.follower
    from {{ ref('correlated_pairs') }} as p
    inner join {{ ref('int_autocorrelations') }} as l on p.leader = l.indicator and p.leader_period_type = l.axis
    inner join {{ ref('int_autocorrelations') }} as f
        on p.follower = f.indicator and p.follower_period_type = f.axis and l.region_key = f.region_key
    cross join
        lateral (
            values ('all', l.r, f.r), ('without_shocks', l.r_without_shocks, f.r_without_shocks)
        ) as v (sample, leader, follower)
),

effective as (
    select
        g.*,
        p.expected_sign,
        g.n / greatest(1 + 2 * coalesce(s.shared, 0), 1) as n_eff
    from lags as g
    inner join persistence as p on g.pair = p.pair and g.region_key = p.region_key and g.sample = p.sample
    cross join
        lateral (
            select sum(u.leader * u.follower) as shared
            from unnest(p.leader[1:least(12, g.n / 5)], p.follower[1:least(12, g.n / 5)]) as u (leader, follower)
        ) as s
),

tested as (
    select
        e.*,
        intermediate.correlation_p(e.pearson, e.n_eff) as p_value,
        case when e.n_eff > 3 then atanh(e.pearson) end as z,
        case when e.n_eff > 3 then 1.959963984540054 / sqrt(e.n_eff - 3) end as z_reach,
        e.is_expected and e.pearson is not null and e.n_eff > 2
        and e.n >= {{ threshold('correlated', 'min_n') }} as judged
    from effective as e
),

-- Of the lags expected, the strongest in the direction expected; against it only where no lag goes with it.
ranked as (
    select
        t.*,
        t.p_value * count(*) over (partition by t.region_key, t.sample, t.judged)
        / row_number() over (partition by t.region_key, t.sample, t.judged order by t.p_value) as q_step,
        row_number() over (
            partition by t.pair, t.region_key, t.sample, t.judged
            order by t.expected_sign * t.pearson > 0 desc, abs(t.pearson) desc, abs(t.lag_months) asc, t.lag_months asc
        ) as best
    from tested as t
)

select
    r.pair,
    r.region_key,
    r.sample,
    r.lag_months,
    r.n,
    r.n_eff,
    r.pearson,
    tanh(r.z - r.z_reach) as pearson_low,
    tanh(r.z + r.z_reach) as pearson_high,
    r.spearman,
    r.p_value,
    case
        when r.judged
            then least(1, min(r.q_step) over (
                    partition by r.region_key, r.sample, r.judged order by r.p_value desc
                ))
    end as q_value,
    r.is_expected,
    r.judged and r.best = 1 as is_best,
    b.month as through_month
from ranked as r
cross join {{ ref('stg_build') }} as b
