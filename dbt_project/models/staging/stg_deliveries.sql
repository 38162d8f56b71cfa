{{ config(pre_hook="{{ keep_before() }}") }}

-- What speaks as of the build's moment: of a feed of scope month, for each month, the accepted delivery that came last;
-- of a feed of scope history every accepted delivery, for all the months it contains.
with source as (
    select
        delivery.delivery_id,
        delivery.feed,
        feed.scope,
        delivery.accepted_at,
        delivery.maturity,
        build.top_region_key,
        covered.month
    from {{ source('ops', 'delivery') }} as delivery
    inner join {{ source('ops', 'feed') }} as feed on delivery.feed = feed.feed
    inner join {{ source('ops', 'delivery_month') }} as covered on delivery.delivery_id = covered.delivery_id
    inner join {{ ref('stg_build') }} as build on feed.area = build.area and delivery.accepted_at <= build.as_of
    where delivery.status = 'accepted'
),

by_month as (
    select distinct on (s.feed, s.month) *
    from source as s
    where s.scope = 'month'
    order by s.feed asc, s.month asc, s.delivery_id desc
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
