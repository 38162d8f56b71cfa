-- A region or an industry that no alias knows would silently leave the comparison.
select
    feed,
    delivery_id,
    sheet,
    cell,
    region_label,
    industry_label
from {{ ref('stg_observations') }}
where
    (region_label is not null and region_key is null)
    or (industry_label is not null and industry_code is null)
