-- The statistics are reckoned in the model before, which PostgreSQL can do on several processors at once, and for
-- fct_correlated_pairs at the same time.
select
    t.pair,
    t.region_key,
    t.sample,
    t.lag_months,
    t.n,
    t.n_eff,
    t.pearson,
    t.pearson_low,
    t.pearson_high,
    t.spearman,
    t.p_value,
    t.q_value,
    t.is_expected,
    t.is_best,
    b.month as through_month
from {{ ref('int_tested_correlations') }} as t
cross join {{ ref('stg_build') }} as b
