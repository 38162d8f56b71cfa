-- A test of its own: dbt holds back only what depends on all that a test reads.
select
    feed,
    delivery_id,
    sheet,
    row,
    region_label,
    industry_label
from {{ ref('stg_register') }}
where
    (region_label is not null and region_key is null)
    or (industry_label is not null and industry_code is null)
