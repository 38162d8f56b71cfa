-- What each feed owes for each of the last twelve months and what had come of it by as_of. A file that was rejected
-- or is still waiting does not speak of any month in raw, so it is found by the month written on the delivery
-- itself.
with months as (
    select
        b.area,
        b.as_of,
        g.month::date as month
    from {{ ref('stg_build') }} as b
    cross join generate_series(b.month - interval '11 months', b.month, interval '1 month') as g (month)
),

source as (
    select
        o.feed,
        o.department,
        o.title,
        o.required,
        o.due_on,
        f.scope,
        m.month,
        m.as_of
    from months as m
    cross join lateral ops.month_feeds(m.month, m.as_of) as o
    inner join {{ source('ops', 'feed') }} as f on o.feed = f.feed and m.area = f.area
),

accepted as (
    select distinct on (d.feed, m.month)
        d.feed,
        m.month,
        d.delivery_id,
        d.accepted_at,
        d.simulated,
        d.maturity,
        m.cells,
        first_value(d.accepted_at) over earliest as first_accepted_at,
        first_value(d.simulated) over earliest as first_simulated,
        -- a file of many months comes again for its newest: for the others it only repeats what was said
        greatest(count(*) filter (where d.month = m.month) over (partition by d.feed, m.month) - 1, 0) as redelivered_n
    from {{ source('ops', 'delivery') }} as d
    inner join {{ source('ops', 'delivery_month') }} as m on d.delivery_id = m.delivery_id
    inner join months as b on m.month = b.month and d.accepted_at <= b.as_of
    where d.status = 'accepted'
    window earliest as (partition by d.feed, m.month order by d.accepted_at, d.delivery_id)
    order by d.feed asc, m.month asc, d.delivery_id desc
),

latest as (
    select distinct on (d.feed, d.month)
        d.feed,
        d.month,
        case when d.rejected_at <= b.as_of then 'rejected' else 'waiting' end as status,
        count(*) filter (where d.rejected_at <= b.as_of) over (partition by d.feed, d.month) as rejected_n
    from {{ source('ops', 'delivery') }} as d
    inner join months as b on d.month = b.month and d.received_at <= b.as_of
    where d.status <> 'duplicate'
    order by d.feed asc, d.month asc, d.delivery_id desc
)

select
    s.feed,
    s.department,
    s.title,
    s.required,
    s.due_on,
    s.scope,
    s.month,
    s.as_of,
    a.delivery_id,
    a.accepted_at,
    a.simulated,
    a.maturity,
    a.cells,
    case when a.delivery_id is not null then 'accepted' else coalesce(l.status, 'missing') end as status,
    a.first_accepted_at,
    a.first_simulated,
    coalesce(a.redelivered_n, 0) as redelivered_n,
    coalesce(l.rejected_n, 0) as rejected_n
from source as s
left join accepted as a on s.feed = a.feed and s.month = a.month
left join latest as l on s.feed = l.feed and s.month = l.month
