select
    whole.through_month as month,
    whole.pair,
    pair.name_zh,
    leader.name_zh as leader_name,
    follower.name_zh as follower_name,
    whole.region_key,
    region.name_zh as region_name,
    whole.best_lag_months,
    whole.pearson,
    whole.pearson_low,
    whole.pearson_high,
    whole.spearman,
    whole.n,
    whole.n_eff,
    whole.q_value,
    pair.expected_sign::int as expected_sign,
    whole.state,
    whole.stability,
    whole.stability_power,
    whole.lacks,
    whole.first_month,
    whole.last_month,
    whole.latest_follower_change,
    whole.expected_follower_change,
    whole.surprise_pp,
    whole.surprise_z,
    whole.surprise_n,
    without_shocks.best_lag_months as best_lag_months_without_shocks,
    without_shocks.pearson as pearson_without_shocks,
    without_shocks.n as n_without_shocks,
    without_shocks.state as state_without_shocks
from {{ ref('fct_correlated_pairs') }} as whole
left join {{ ref('fct_correlated_pairs') }} as without_shocks
    on whole.pair = without_shocks.pair and whole.region_key = without_shocks.region_key
        and without_shocks.sample = 'without_shocks'
inner join {{ ref('correlated_pairs') }} as pair on whole.pair = pair.pair
inner join {{ ref('dim_indicator') }} as leader on pair.leader = leader.indicator
inner join {{ ref('dim_indicator') }} as follower on pair.follower = follower.indicator
inner join {{ ref('dim_region') }} as region on whole.region_key = region.region_key
where whole.sample = 'all'
