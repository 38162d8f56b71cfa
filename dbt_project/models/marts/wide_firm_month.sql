-- read with the reader's rights, for what is hidden from him in the table is hidden in the view
{{ config(materialized='view', options='with (security_invoker)') }}

select
    g.entity_id,
    max(g.entity_name) as entity_name,
    g.region_key,
    r.name_zh as region_name,
    g.industry_code,
    g.month,
    {{ wide_columns('g') }}
from {{ ref('fct_indicator_growth') }} as g
inner join {{ ref('dim_region') }} as r on g.region_key = r.region_key
where
    g.entity_id <> '_T'
    and g.indicator in ('PW03', 'TX03')
    and {{ comparable_period('g') }}
group by g.entity_id, g.region_key, r.name_zh, g.industry_code, g.month
