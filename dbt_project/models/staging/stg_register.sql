-- The lists in force as of a moment. What tables of numbers say of their firms is not a list: those firms are sampled.
with source as (
    select
        r.*,
        d.feed,
        d.accepted_at
    from {{ source('raw', 'register') }} as r
    inner join {{ ref('stg_deliveries') }} as d
        on r.delivery_id = d.delivery_id and r.month = d.month
),

renamed as (
    select
        s.delivery_id,
        s.feed,
        s.sheet,
        s.row,
        s.kind,
        s.entity_id,
        s.credit_code,
        r.key as region_key,
        i.key as industry_code,
        s.entity_name,
        s.region as region_label,
        s.industry as industry_label,
        s.attributes,
        s.month,
        s.accepted_at
    from source as s
    left join {{ ref('stg_labels') }} as r on r.kind = 'region' and s.region = r.label
    left join {{ ref('stg_labels') }} as i on i.kind = 'industry' and s.industry = i.label
),

last_lists as (
    select
        n.feed,
        max(n.month) as month
    from renamed as n
    inner join {{ ref('stg_build') }} as b on n.month <= b.month
    group by n.feed
)

select
    n.delivery_id,
    n.feed,
    n.sheet,
    n.row,
    n.kind,
    n.entity_id,
    n.credit_code,
    n.region_key,
    n.industry_code,
    n.entity_name,
    n.region_label,
    n.industry_label,
    n.attributes,
    n.month,
    l.month is not null as in_force,
    n.accepted_at
from renamed as n
left join last_lists as l on n.feed = l.feed and n.month = l.month
