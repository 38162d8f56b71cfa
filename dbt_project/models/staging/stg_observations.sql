{{ config(materialized='view') }}

-- The cells in force as of a moment. A feed of scope month is replaced month by month as a whole; of a feed of
-- scope history the latest delivery that contains a series and period speaks for it.
with cells as not materialized (
    select
        d.delivery_id,
        d.feed,
        d.scope,
        r.sheet,
        c.letter || r.row::text as cell,
        coalesce(r.indicator, c.indicator) as indicator,
        case
            when coalesce(r.region_label, c.region_label) is not null
                then case when r.region_label is not null then r.region_key else c.region_key end
            when r.entity_id = '_T' then d.top_region_key
        end as region_key,
        case
            when coalesce(r.industry_label, c.industry_label) is not null
                then case when r.industry_label is not null then r.industry_code else c.industry_code end
            when r.entity_id = '_T' then '_T'
        end as industry_code,
        r.entity_id,
        r.account_id,
        coalesce(r.region_label, c.region_label) as region_label,
        coalesce(r.industry_label, c.industry_label) as industry_label,
        coalesce(r.period_type, c.period_type) as period_type,
        coalesce(r.measure, c.measure) as measure,
        coalesce(r.basis, c.basis) as basis,
        r.absent ->> c.position::text as absent_reason,

        r.values[c.position] * coalesce(r.factor, c.factor) as value,
        coalesce(r.decimals[c.position], c.decimals) as decimals,
        coalesce(r.factor, c.factor) * 10.0::float8 ^ -coalesce(r.decimals[c.position], c.decimals) as rounding,
        {{ contested() }} as contested,

        d.month,
        d.accepted_at
    from {{ ref('stg_deliveries') }} as d
    inner join {{ ref('stg_rows') }} as r on d.delivery_id = r.delivery_id
    inner join {{ ref('stg_columns') }} as c
        on r.delivery_id = c.delivery_id and r.sheet = c.sheet and d.month = coalesce(r.month, c.month)
    left join {{ ref('stg_shared') }} as s
        on coalesce(r.indicator, c.indicator) = s.indicator
            and coalesce(r.period_type, c.period_type) = s.period_type
            and (r.entity_id <> '_T') = s.of_firms
    where
        coalesce(r.indicator, c.indicator) is not null
        and (r.values[c.position] is not null or r.absent ? c.position::text)
),

-- a newer delivery of a history feed speaks for the periods it contains, and for those only
history as (
    select
        h.*,
        rank() over (
            partition by
                h.feed, h.indicator, h.region_key, h.industry_code, h.account_id, h.period_type, h.measure, h.month
            order by h.accepted_at desc, h.delivery_id desc
        ) as age
    from cells as h
    where h.scope = 'history'
),

in_force as (
    select
        m.*,
        1 as age
    from cells as m
    where m.scope = 'month'
    union all
    select * from history
    where age = 1
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
    region_label,
    industry_label,
    period_type,
    measure,
    basis,
    absent_reason,
    value,
    decimals,
    rounding,
    contested,
    month,
    accepted_at
from in_force
