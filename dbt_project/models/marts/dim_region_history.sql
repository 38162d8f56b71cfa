select
    r.region_key,
    coalesce(r.valid_from, date '1949-10-01') as valid_from,
    r.valid_to,
    r.code,
    r.name_zh,
    t.name_zh as name_today_zh,
    r.region_type,
    r.parent_key,
    r.adds_to_parent,
    r.area
from {{ ref('regions') }} as r
inner join {{ ref('dim_region') }} as t on r.region_key = t.region_key
