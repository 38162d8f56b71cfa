-- Headline figures of earlier months that deliveries have changed since the last edition of an earlier month: what that
-- edition's reader would otherwise not hear of. A figure that was changed and changed back is none.
with last_edition as (
    select max(e.as_of) as as_of
    from {{ ref('stg_editions') }} as e
    inner join {{ ref('stg_build') }} as b on e.month < b.month
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
    inner join last_edition as e on r.accepted_at > e.as_of
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
