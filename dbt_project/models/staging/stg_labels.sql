-- A label is looked up once, not once a cell.
with lines as (
    select
        r.region,
        r.industry
    from {{ source('raw', 'delivered_row') }} as r
    where r.delivery_id in (select d.delivery_id from {{ ref('stg_deliveries') }} as d)
    group by r.region, r.industry
    union all
    select
        c.region,
        c.industry
    from {{ source('raw', 'delivered_column') }} as c
    where c.delivery_id in (select d.delivery_id from {{ ref('stg_deliveries') }} as d)
    union all
    select
        l.region,
        l.industry
    from {{ source('raw', 'register') }} as l
    where l.delivery_id in (select d.delivery_id from {{ ref('stg_deliveries') }} as d)
    group by l.region, l.industry
),

source as (
    select 'region' as kind, region as label from lines
    union
    select 'industry' as kind, industry as label from lines
),

aliases as (
    select distinct
        'region' as kind,
        {{ clean_label('a.alias') }} as alias,
        a.region_key as key
    from {{ ref('region_aliases') }} as a
    inner join {{ ref('stg_build') }} as b on a.area = b.area
    union
    select
        'industry' as kind,
        {{ clean_label('i.alias') }} as alias,
        i.industry_code as key
    from {{ ref('industry_aliases') }} as i
)

select
    s.kind,
    s.label,
    a.key
from source as s
left join aliases as a on s.kind = a.kind and {{ clean_label('s.label') }} = a.alias
where s.label is not null
