-- What speaks as of the build's moment: of a feed of scope month the latest accepted delivery for each month, of a feed
-- of scope history every accepted delivery.
with source as (
    select
        d.delivery_id,
        d.feed,
        f.scope,
        d.accepted_at,
        b.top_region_key
    from {{ source('ops', 'delivery') }} as d
    inner join {{ source('ops', 'feed') }} as f on d.feed = f.feed
    inner join {{ ref('stg_build') }} as b on f.area = b.area and d.accepted_at <= b.as_of
    where d.status = 'accepted'
),

by_month as (
    select distinct on (s.feed, m.month)
        s.*,
        m.month
    from source as s
    inner join {{ source('ops', 'delivery_month') }} as m on s.delivery_id = m.delivery_id
    where s.scope = 'month'
    order by s.feed asc, m.month asc, s.accepted_at desc, s.delivery_id desc
)

select
    delivery_id,
    feed,
    scope,
    accepted_at,
    top_region_key,
    month
from by_month
union all
select
    delivery_id,
    feed,
    scope,
    accepted_at,
    top_region_key,
    null as month
from source
where scope = 'history'
