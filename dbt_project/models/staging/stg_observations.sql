-- The cells in force as of a moment. A feed of scope month is replaced month by month as a whole; of a feed of
-- scope history the latest delivery that contains a series and period speaks for it.
with deliveries as (
    select
        d.delivery_id,
        d.feed,
        f.area,
        f.scope,
        d.accepted_at,
        b.top_region_key
    from {{ source('ops', 'delivery') }} as d
    inner join {{ source('ops', 'feed') }} as f on d.feed = f.feed
    inner join {{ ref('stg_build') }} as b on f.area = b.area and d.accepted_at <= b.as_of
    where d.status = 'accepted'
),

months_in_force as (
    select distinct on (d.feed, m.month)
        d.delivery_id,
        m.month
    from deliveries as d
    inner join {{ source('ops', 'delivery_month') }} as m on d.delivery_id = m.delivery_id
    where d.scope = 'month'
    order by d.feed asc, m.month asc, d.accepted_at desc, d.delivery_id desc
),

source as materialized (
    select
        o.*,
        d.area,
        d.scope,
        d.accepted_at,
        d.top_region_key,
        -- a firm goes by its credit code, in which departments meet; an account number is its own only where none is
        coalesce(l.credit_code, o.entity_id) as firm_id
    from {{ source('raw', 'observation') }} as o
    inner join deliveries as d on o.delivery_id = d.delivery_id
    left join {{ source('raw', 'register') }} as l
        on o.delivery_id = l.delivery_id and o.sheet = l.sheet and o.row = l.row and o.entity_id = l.entity_id
    where
        d.scope = 'history'
        or exists (
            select 1 from months_in_force as m
            where m.delivery_id = o.delivery_id and m.month = o.month
        )
),

region_labels as (
    select distinct
        s.region_label,
        a.region_key
    from (select distinct area, region_label from source where region_label is not null) as s
    left join {{ ref('region_aliases') }} as a
        on s.area = a.area and {{ clean_label('s.region_label') }} = {{ clean_label('a.alias') }}
),

industry_labels as (
    select distinct
        s.industry_label,
        a.industry_code
    from (select distinct industry_label from source where industry_label is not null) as s
    left join {{ ref('industry_aliases') }} as a
        on {{ clean_label('s.industry_label') }} = {{ clean_label('a.alias') }}
),

renamed as (
    select
        s.delivery_id,
        s.feed,
        s.scope,
        s.sheet,
        s.cell,
        s.indicator,
        case
            when s.region_label is not null then r.region_key
            when s.entity_id is null then s.top_region_key
        end as region_key,
        case
            when s.industry_label is not null then i.industry_code
            when s.entity_id is null then '_T'
        end as industry_code,
        coalesce(s.firm_id, '_T') as entity_id,
        s.entity_id as account_id,
        s.entity_name,
        s.region_label,
        s.industry_label,
        s.period_type,
        s.measure,
        s.basis,
        s.absent_reason,

        s.value,
        s.decimals,

        s.month,
        s.accepted_at
    from source as s
    left join region_labels as r on s.region_label = r.region_label
    left join industry_labels as i on s.industry_label = i.industry_label
),

-- a newer delivery of a history feed speaks for the periods it contains, and for those only
history as (
    select
        r.*,
        rank() over (
            partition by
                r.feed, r.indicator, r.region_key, r.industry_code, r.account_id, r.period_type, r.measure, r.month
            order by r.accepted_at desc, r.delivery_id desc
        ) as age
    from renamed as r
    where r.scope = 'history'
),

in_force as (
    select r.*, 1 as age
    from renamed as r
    where r.scope = 'month'
    union all
    select h.*
    from history as h
    where h.age = 1
)

select
    delivery_id,
    feed,
    sheet,
    cell,
    indicator,
    region_key,
    industry_code,
    entity_id,
    account_id,
    entity_name,
    region_label,
    industry_label,
    period_type,
    measure,
    basis,
    absent_reason,
    value,
    decimals,
    month,
    accepted_at
from in_force
