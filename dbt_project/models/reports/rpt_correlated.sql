select
    a.through_month as month,
    a.pair,
    p.name_zh,
    l.name_zh as leader_name,
    w.name_zh as follower_name,
    a.region_key,
    d.name_zh as region_name,
    a.best_lag_months,
    a.pearson,
    a.pearson_low,
    a.pearson_high,
    a.spearman,
    a.n,
    a.n_eff,
    a.q_value,
    p.expected_sign::int as expected_sign,
    a.state,
    a.stability,
    a.first_month,
    a.last_month,
    a.latest_follower_change,
    a.expected_follower_change,
    a.surprise_pp,
    a.surprise_z,
    a.surprise_n,
    s.best_lag_months as best_lag_months_without_shocks,
    s.pearson as pearson_without_shocks,
    s.n as n_without_shocks,
    s.state as state_without_shocks
from {{ ref('fct_correlated_pairs') }} as a
left join {{ ref('fct_correlated_pairs') }} as s
    on a.pair = s.pair and a.region_key = s.region_key and s.sample = 'without_shocks'
inner join {{ ref('correlated_pairs') }} as p on a.pair = p.pair
inner join {{ ref('dim_indicator') }} as l on p.leader = l.indicator
inner join {{ ref('dim_indicator') }} as w on p.follower = w.indicator
inner join {{ ref('dim_region') }} as d on a.region_key = d.region_key
where a.sample = 'all'
