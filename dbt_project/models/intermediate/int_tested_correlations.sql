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

effective as (
    select
        g.*,
        p.expected_sign,
        g.n / greatest(1 + 2 * coalesce(s.shared[least(12, g.n / 5)], 0), 1) as n_eff
    from lags as g
    inner join {{ ref('correlated_pairs') }} as p on g.pair = p.pair
    inner join {{ ref('int_shared_persistence') }} as s
        on g.pair = s.pair and g.region_key = s.region_key and g.sample = s.sample
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
        t.pair,
        t.region_key,
        t.sample,
        t.lag_months,
        t.p_value,
        t.p_value * count(*) over (partition by t.region_key, t.sample)
        / row_number() over (partition by t.region_key, t.sample order by t.p_value) as q_step,
        row_number() over (
            partition by t.pair, t.region_key, t.sample
            order by t.expected_sign * t.pearson > 0 desc, abs(t.pearson) desc, abs(t.lag_months) asc, t.lag_months asc
        ) as best
    from tested as t
    where t.judged
),

corrected as (
    select
        pair,
        region_key,
        sample,
        lag_months,
        least(1, min(q_step) over (partition by region_key, sample order by p_value desc)) as q_value,
        best = 1 as is_best
    from ranked
)

select
    t.pair,
    t.region_key,
    t.sample,
    t.lag_months,
    t.n,
    t.n_eff,
    t.pearson,
    tanh(t.z - t.z_reach) as pearson_low,
    tanh(t.z + t.z_reach) as pearson_high,
    t.spearman,
    t.p_value,
    c.q_value,
    t.is_expected,
    c.is_best is true as is_best
from tested as t
left join corrected as c
    on t.pair = c.pair and t.region_key = c.region_key and t.sample = c.sample and t.lag_months = c.lag_months
