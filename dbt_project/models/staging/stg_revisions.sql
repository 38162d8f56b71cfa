-- Every change of a delivered cell from one delivery to the next, as far as it was known at the build's moment.
with source as (
    select
        r.*,
        d.feed,
        d.accepted_at,
        o.maturity as revised_maturity,
        b.top_region_key
    from {{ source('ops', 'revision') }} as r
    inner join {{ source('ops', 'delivery') }} as d on r.delivery_id = d.delivery_id
    inner join {{ source('ops', 'delivery') }} as o on r.revised_delivery_id = o.delivery_id
    inner join {{ source('ops', 'feed') }} as f on d.feed = f.feed
    inner join {{ ref('stg_build') }} as b on f.area = b.area and d.accepted_at <= b.as_of
    where d.status = 'accepted'
)

select
    delivery_id,
    revised_delivery_id,
    feed,
    series,
    indicator,
    coalesce(region_key, case when entity is null then top_region_key end) as region_key,
    coalesce(industry_code, case when entity is null then '_T' end) as industry_code,
    coalesce(entity, '_T') as entity_id,
    measure,
    period_type,
    cause,
    old_sheet,
    old_cell,
    new_sheet,
    new_cell,
    old_value,
    new_value,
    month,
    accepted_at,
    revised_maturity
from source
