with regions as (
    select distinct
        pair,
        region_key,
        through_month
    from {{ ref('fct_correlated_indicators') }}
),

best as (
    select * from {{ ref('fct_correlated_indicators') }}
    where is_best
)

select
    r.through_month as month,
    r.pair,
    p.name_zh,
    l.name_zh as leader_name,
    w.name_zh as follower_name,
    r.region_key,
    d.name_zh as region_name,
    b.lag_months as best_lag_months,
    b.pearson,
    b.n,
    p.expected_sign::int as expected_sign,
    case
        when
            b.pearson * p.expected_sign >= {{ threshold('correlated', 'min_abs_r') }}
            and b.pearson * p.expected_sign * sqrt(b.n) >= {{ threshold('correlated', 'min_t') }}
            then 'established'
        else 'not_established'
    end as state,
    b.first_month,
    b.last_month
from regions as r
inner join {{ ref('correlated_pairs') }} as p on r.pair = p.pair
inner join {{ ref('dim_indicator') }} as l on p.leader = l.indicator
inner join {{ ref('dim_indicator') }} as w on p.follower = w.indicator
inner join {{ ref('dim_region') }} as d on r.region_key = d.region_key
left join best as b on r.pair = b.pair and r.region_key = b.region_key
