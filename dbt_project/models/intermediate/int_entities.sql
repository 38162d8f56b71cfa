{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='entity_id',
    pre_hook="{{ 'delete from ' ~ this ~ ' where entity_id not in (select entity_id from staging.stg_rows)' if is_incremental() }}"
) }}

-- A firm has one home: departments differ in how they place it, the latest month that names a place decides.
with named as (
    select
        r.entity_id,
        (
            array_agg(r.entity_name order by d.month desc, d.feed asc, r.row asc) filter (
                where r.entity_name is not null
            )
        )[1]
            as entity_name,
        (array_agg(r.region_key order by d.month desc, d.feed asc, r.row asc) filter (where r.region_key is not null))[
            1
        ]
            as region_key,
        (
            array_agg(r.industry_code order by d.month desc, d.feed asc, r.row asc)
            filter (where r.industry_code is not null))[1]
            as industry_code
    from {{ ref('stg_rows') }} as r
    inner join
        {{ ref('stg_deliveries') }} as d
        on r.delivery_id = d.delivery_id and coalesce(r.month, d.month) = d.month
    where r.entity_id <> '_T'
    group by r.entity_id
),

homes as (
    select
        n.entity_id,
        n.entity_name,
        coalesce(n.region_key, b.top_region_key) as region_key,
        coalesce(n.industry_code, '_T') as industry_code,
        {{ is_credit_code('n.entity_id') }} as has_credit_code,
        b.as_of
    from named as n
    cross join {{ ref('stg_build') }} as b
)

{% if is_incremental() %}
-- only what is new, and what has changed, which tells the increment that the firm's whole history goes elsewhere
    select
        h.entity_id,
        h.entity_name,
        h.region_key,
        h.industry_code,
        h.has_credit_code,
        case when o.entity_id is not null then h.as_of end as moved_as_of
    from homes as h
    left join {{ this }} as o on h.entity_id = o.entity_id
    where
        (h.entity_name, h.region_key, h.industry_code) is distinct from (o.entity_name, o.region_key, o.industry_code)
{% else %}
    select
        h.entity_id,
        h.entity_name,
        h.region_key,
        h.industry_code,
        h.has_credit_code,
        null::timestamptz as moved_as_of
    from homes as h
{% endif %}
