-- Headline figures of earlier months that deliveries have changed since an edition last spoke of their month: what its
-- reader would otherwise not hear of. An edition speaks of its own month and, in this list, of those before it; a
-- corrected one of April says nothing of May. A figure that was changed and changed back is none.
with told as (
    select
        c.month,
        max(e.as_of) as as_of
    from {{ ref('int_calendar') }} as c
    inner join {{ ref('stg_editions') }} as e on c.month <= e.month
    inner join {{ ref('stg_build') }} as b on e.month < b.month
    where c.period_type = 'M'
    group by c.month
),

changed as (
    select
        r.indicator,
        r.period_type,
        r.measure,
        r.month,
        (array_agg(r.old_value order by r.accepted_at, r.delivery_id))[1] as old_value,
        (array_agg(r.new_value order by r.accepted_at desc, r.delivery_id desc))[1] as new_value,
        (array_agg(r.cause order by r.accepted_at desc, r.delivery_id desc))[1] as cause
    from {{ ref('fct_revisions') }} as r
    inner join {{ ref('stg_build') }} as b on r.region_key = b.top_region_key and r.month < b.month
    inner join told as t on r.month = t.month and r.accepted_at > t.as_of
    where
        r.industry_code = '_T' and r.measure in ('value', 'growth')
        and not {{ is_confidential(['r.indicator'], 'r.region_key', ['r.month']) }}
    group by r.indicator, r.period_type, r.measure, r.month
)

select
    b.month,
    c.month as restated_month,
    c.indicator,
    i.name_zh,
    i.unit,
    i.headline_order::int as display_order,
    c.period_type,
    c.measure,
    c.old_value,
    c.new_value,
    c.cause
from changed as c
cross join {{ ref('stg_build') }} as b
inner join {{ ref('dim_indicator') }} as i on c.indicator = i.indicator
where i.headline_order is not null and c.old_value is not null and c.new_value is distinct from c.old_value
