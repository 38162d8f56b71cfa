{{ config(pre_hook="{{ keep_before() }}") }}

-- What speaks as of the build's moment: of a feed of scope month the latest accepted delivery for each month, of a feed
-- of scope history every accepted delivery, for all the months it contains.
with source as (
    select
        d.delivery_id,
        d.feed,
        f.scope,
        d.accepted_at,
        d.maturity,
        b.top_region_key,
        m.month
    from {{ source('ops', 'delivery') }} as d
    inner join {{ source('ops', 'feed') }} as f on d.feed = f.feed
    inner join {{ source('ops', 'delivery_month') }} as m on d.delivery_id = m.delivery_id
    inner join {{ ref('stg_build') }} as b on f.area = b.area and d.accepted_at <= b.as_of
    where d.status = 'accepted'
),

by_month as (
    select distinct on (s.feed, s.month) *
    from source as s
    where s.scope = 'month'
    order by s.feed asc, s.month asc, s.accepted_at desc, s.delivery_id desc
),

in_force as (
    select * from by_month
    union all
    select * from source
    where scope = 'history'
)

select
    delivery_id,
    feed,
    scope,
    accepted_at,
    maturity,
    top_region_key,
    month,
    count(*) over (partition by feed, month) = 1 as speaks_alone
from in_force
