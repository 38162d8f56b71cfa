-- Correlation of growth at every lag from -12 to 12 months; a positive lag means that the leader leads. Only points
-- that both series have are used, January never (domain.md 3.2), nothing after the month built.
with pairs as (
    select p.*
    from {{ ref('correlated_pairs') }} as p
    inner join {{ ref('stg_build') }} as b on p.area is null or p.area = b.area
),

series as (
    select
        a.indicator,
        a.axis,
        a.region_key,
        a.month,
        coalesce(a.growth_pct, a.change_pp) as change
    from {{ ref('int_months_aligned') }} as a
    inner join {{ ref('stg_build') }} as b on a.month <= b.month
    where
        a.industry_code = '_T' and a.entity_id = '_T'
        and coalesce(a.growth_pct, a.change_pp) is not null
),

sides as (
    select p.pair, l.region_key
    from pairs as p
    inner join series as l on p.leader = l.indicator and p.leader_period_type = l.axis
    intersect
    select p.pair, f.region_key
    from pairs as p
    inner join series as f on p.follower = f.indicator and p.follower_period_type = f.axis
),

lags as (
    select
        s.pair,
        s.region_key,
        g.lag_months
    from sides as s
    cross join generate_series(-12, 12) as g (lag_months)
),

points as (
    select
        p.pair,
        f.region_key,
        (extract(year from age(f.month, l.month)) * 12 + extract(month from age(f.month, l.month)))::int as lag_months,
        f.month,
        l.change as leader_change,
        f.change as follower_change
    from pairs as p
    inner join series as l on p.leader = l.indicator and p.leader_period_type = l.axis
    inner join series as f
        on p.follower = f.indicator and p.follower_period_type = f.axis and l.region_key = f.region_key
            and f.month between l.month - interval '12 months' and l.month + interval '12 months'
),

measured as (
    select
        pair,
        region_key,
        lag_months,
        count(*) as n,
        corr(follower_change, leader_change) as pearson,
        min(month) as first_month,
        max(month) as last_month
    from points
    group by pair, region_key, lag_months
),

correlated as (
    select
        g.pair,
        g.region_key,
        g.lag_months,
        coalesce(m.n, 0) as n,
        m.pearson,
        m.first_month,
        m.last_month
    from lags as g
    left join measured as m on g.pair = m.pair and g.region_key = m.region_key and g.lag_months = m.lag_months
),

-- The best lag is sought only where the prior expects it, in the direction expected.
ranked as (
    select
        c.*,
        p.expected_sign * c.pearson as agreement,
        c.lag_months between p.lag_from and p.lag_to
        and c.pearson is not null
        and c.n >= {{ threshold('correlated', 'min_n') }} as eligible
    from correlated as c
    inner join pairs as p on c.pair = p.pair
)

select
    r.pair,
    r.region_key,
    r.lag_months,
    r.n::int as n,
    r.pearson,
    r.first_month,
    r.last_month,
    b.month as through_month,
    r.eligible and row_number() over (
        partition by r.pair, r.region_key, r.eligible order by r.agreement desc, r.lag_months asc
    ) = 1 as is_best
from ranked as r
cross join {{ ref('stg_build') }} as b
