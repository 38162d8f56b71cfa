-- Every change of a delivered cell from one delivery to the next, as far as it was known at the build's moment.
with source as (
    select
        revision.*,
        delivery.feed,
        delivery.accepted_at,
        revised.maturity as revised_maturity,
        build.top_region_key
    from {{ source('ops', 'revision') }} as revision
    inner join {{ source('ops', 'delivery') }} as delivery on revision.delivery_id = delivery.delivery_id
    inner join {{ source('ops', 'delivery') }} as revised on revision.revised_delivery_id = revised.delivery_id
    inner join {{ source('ops', 'feed') }} as feed on delivery.feed = feed.feed
    inner join {{ ref('stg_build') }} as build on feed.area = build.area and delivery.accepted_at <= build.as_of
    where delivery.status = 'accepted'
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
