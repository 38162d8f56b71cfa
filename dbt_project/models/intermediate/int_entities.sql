-- A firm has one home: departments differ in how they place it, the latest month that names a place decides.
with named as (
    select
        o.entity_id,
        (array_agg(o.entity_name order by o.month desc, o.feed asc) filter (where o.entity_name is not null))[1]
            as entity_name,
        (array_agg(o.region_key order by o.month desc, o.feed asc) filter (where o.region_key is not null))[1]
            as region_key,
        (array_agg(o.industry_code order by o.month desc, o.feed asc) filter (where o.industry_code is not null))[1]
            as industry_code
    from {{ ref('stg_observations') }} as o
    where o.entity_id <> '_T'
    group by o.entity_id
)

select
    n.entity_id,
    n.entity_name,
    coalesce(n.region_key, b.top_region_key) as region_key,
    coalesce(n.industry_code, '_T') as industry_code
from named as n
cross join {{ ref('stg_build') }} as b
