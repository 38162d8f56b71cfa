-- The growth points on the lists of the year of the month built, and whether each lies behind the pace of the year.
select
    r.delivery_id,
    r.sheet,
    r.row,
    r.region_key,
    r.month,
    (r.attributes ->> 'output_increase_10k_yuan')::float8
    < (r.attributes ->> 'expected_output_increase_10k_yuan')::float8 * extract(month from r.month) / 12
    * {{ threshold('growth_point', 'behind_pct') }} / 100 as behind
from {{ ref('stg_register') }} as r
where
    r.kind = 'growth_point' and r.in_force
    and date_trunc('year', r.month) = date_trunc('year', {{ month_built() }})
