{{ config(materialized='view') }}

-- Whom a problem can be put to.
select
    r.region_key,
    r.name_zh
from {{ ref('regions') }} as r
inner join {{ ref('stg_build') }} as b on r.area = b.area
where r.valid_to is null and r.parent_key is not null and r.region_type <> 'residual'
