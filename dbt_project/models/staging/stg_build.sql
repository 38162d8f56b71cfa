-- The only model that reads what is asked for: everything below asks this one row what is being built. A var, or the
-- environment, which warehouse/build.py uses because a change of vars makes dbt parse the whole project again; so would
-- one of the environment, were it read while dbt parses.
{% set as_of = var("as_of") or (env_var("GONGYUN_BUILD_AS_OF", "") if execute) %}
{% set month = var("month") or (env_var("GONGYUN_BUILD_MONTH", "") if execute) %}

with source as (
    select
        r.area,
        r.region_key as top_region_key,
        {% if as_of %}timestamptz '{{ as_of }}'{% else %}clock_timestamp(){% endif %} as as_of
    from {{ ref('regions') }} as r
    where r.parent_key is null and r.valid_to is null
),

last_month as (
    select max(covered.month) as last_month
    from {{ source('ops', 'delivery_month') }} as covered
    inner join {{ source('ops', 'delivery') }} as delivery on covered.delivery_id = delivery.delivery_id
    inner join {{ source('ops', 'feed') }} as feed on delivery.feed = feed.feed
    inner join source on feed.area = source.area and delivery.accepted_at <= source.as_of
    where delivery.status = 'accepted'
)

select
    s.area,
    s.top_region_key,
    coalesce({% if month %}date '{{ month }}-01'{% else %}null::date{% endif %}, m.last_month) as month,
    s.as_of
from source as s
cross join last_month as m
