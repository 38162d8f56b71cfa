-- The regions whose output of the month built is for its supplier to verify (domain.md 3.3 rule 6).
select
    o.region_key,
    o.output_pct,
    o.power_pct,
    o.invoices_pct
from {{ ref('int_outputs_alone') }} as o
where o.month = {{ month_built() }} and o.industry_code = '_T' and o.entity_id = '_T'
