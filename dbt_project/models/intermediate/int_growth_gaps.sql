-- Growth gap of two indicators that see the same fact. A row's month is that of the second side; the first side lies
-- lag_months before it. A month alone is never set against January-February.
with pairs as (
    select p.*
    from {{ ref('matched_pairs') }} as p
    inner join {{ ref('stg_build') }} as b on p.area is null or p.area = b.area
    where p.method = 'growth_gap'
)

select
    p.pair,
    b.region_key,
    b.industry_code,
    b.entity_id,
    b.month,
    b.position,
    a.growth_pct as growth_a_pct,
    b.growth_pct as growth_b_pct,
    a.growth_pct - b.growth_pct as gap_pp,
    greatest(abs(a.basis_gap_pp), abs(b.basis_gap_pp)) as largest_basis_gap_pp,
    case when b.entity_id = '_T' then p.limit_pp else coalesce(p.limit_entity_pp, p.limit_pp) end as limit_pp
from pairs as p
inner join {{ ref('int_months_aligned') }} as b on p.indicator_b = b.indicator and p.period_type = b.axis
inner join {{ ref('int_months_aligned') }} as a
    on p.indicator_a = a.indicator and p.period_type = a.axis
        and b.region_key = a.region_key and b.industry_code = a.industry_code and b.entity_id = a.entity_id
        and b.month = a.month + make_interval(months => p.lag_months)
where
    a.growth_pct is not null and b.growth_pct is not null
    and (
        p.period_type <> 'M'
        or (extract(month from a.month) = 2) = (extract(month from b.month) = 2)
    )
