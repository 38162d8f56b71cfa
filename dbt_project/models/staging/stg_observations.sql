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

source as (
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

regions as (
    select distinct
        area,
        {{ clean_label('alias') }} as label,
        region_key
    from {{ ref('region_aliases') }}
),

industries as (
    select distinct
        {{ clean_label('alias') }} as label,
        industry_code
    from {{ ref('industry_aliases') }}
),

renamed as (
    select
        s.delivery_id,
        s.feed,
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
        s.accepted_at,
        -- a newer delivery of a history feed speaks for the periods it contains, and for those only
        s.scope = 'month' or rank() over (
            partition by
                s.scope, s.feed, s.indicator, r.region_key, i.industry_code, s.entity_id, s.period_type, s.measure, s.month
            order by s.accepted_at desc, s.delivery_id desc
        ) = 1 as in_force
    from source as s
    left join regions as r on s.area = r.area and {{ clean_label('s.region_label') }} = r.label
    left join industries as i on {{ clean_label('s.industry_label') }} = i.label
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
from renamed
where in_force
