-- A region or an industry that no alias knows would silently leave the comparison.
select
    r.delivery_id,
    r.sheet,
    r.row::text as place,
    r.region_label,
    r.industry_label
from {{ ref('stg_rows') }} as r
where
    (r.region_label is not null and r.region_key is null)
    or (r.industry_label is not null and r.industry_code is null)
union all
select
    c.delivery_id,
    c.sheet,
    c.letter as place,
    c.region_label,
    c.industry_label
from {{ ref('stg_columns') }} as c
where
    (c.region_label is not null and c.region_key is null)
    or (c.industry_label is not null and c.industry_code is null)
