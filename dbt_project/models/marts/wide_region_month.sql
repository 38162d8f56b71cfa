-- read with the reader's rights, for what is hidden from him in the table is hidden in the view
{{ config(materialized='view', options='with (security_invoker)') }}

select
    g.region_key,
    r.name_zh as region_name,
    r.ranking_group,
    g.month,
    {{ wide_columns('g') }},
    r.region_type,
    r.adds_to_parent
from {{ ref('fct_indicator_growth') }} as g
inner join {{ ref('dim_region') }} as r on g.region_key = r.region_key
where
    g.industry_code = '_T'
    and g.entity_id = '_T'
    and {{ comparable_period('g') }}
group by g.region_key, r.name_zh, r.ranking_group, g.month, r.region_type, r.adds_to_parent
