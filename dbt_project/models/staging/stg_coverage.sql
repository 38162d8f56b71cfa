-- What each feed owes for the month built and what had come of it by as_of. A file that was rejected or is still
-- waiting does not speak of any month in raw, so it is found by the month written on the delivery itself.
with source as (
    select
        o.feed,
        o.department,
        o.title,
        o.required,
        o.due_on,
        b.month,
        b.as_of
    from {{ ref('stg_build') }} as b
    cross join lateral ops.month_feeds(b.month) as o
    inner join {{ source('ops', 'feed') }} as f on o.feed = f.feed and b.area = f.area
),

accepted as (
    select distinct on (d.feed)
        d.feed,
        d.delivery_id,
        d.accepted_at,
        d.simulated,
        m.cells
    from {{ source('ops', 'delivery') }} as d
    inner join {{ source('ops', 'delivery_month') }} as m on d.delivery_id = m.delivery_id
    inner join {{ ref('stg_build') }} as b on m.month = b.month and d.accepted_at <= b.as_of
    where d.status = 'accepted'
    order by d.feed asc, d.accepted_at desc, d.delivery_id desc
),

latest as (
    select distinct on (d.feed)
        d.feed,
        case when d.rejected_at <= b.as_of then 'rejected' else 'waiting' end as status
    from {{ source('ops', 'delivery') }} as d
    inner join {{ ref('stg_build') }} as b on d.month = b.month and d.received_at <= b.as_of
    where d.status <> 'duplicate'
    order by d.feed asc, d.delivery_id desc
)

select
    s.feed,
    s.department,
    s.title,
    s.required,
    s.due_on,
    s.month,
    s.as_of,
    a.delivery_id,
    a.accepted_at,
    a.simulated,
    a.cells,
    case when a.delivery_id is not null then 'accepted' else coalesce(l.status, 'missing') end as status
from source as s
left join accepted as a on s.feed = a.feed
left join latest as l on s.feed = l.feed
