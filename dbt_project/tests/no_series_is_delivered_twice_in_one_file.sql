-- Only a firm's accounts may be added up; any other series has one cell per period in a delivery.
select
    delivery_id,
    indicator,
    region_key,
    industry_code,
    period_type,
    measure,
    month
from {{ ref('stg_observations') }}
where entity_id = '_T'
group by 1, 2, 3, 4, 5, 6, 7
having count(*) > 1
