-- the policies and views of other marts name it
{{ config(in_place=true) }}

select
    r.region_key,
    r.code,
    r.name_zh,
    r.region_type,
    r.parent_key,
    r.adds_to_parent,
    r.area,
    r.ranking_group,
    r.parent_key is null as is_top
from {{ ref('regions') }} as r
where r.valid_to is null
