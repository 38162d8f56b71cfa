-- The month's headline figures as first released and as they stand, and how much their series are usually revised.
with of_top as (
    select f.*
    from {{ ref('fct_revisions') }} as f
    inner join {{ ref('stg_build') }} as b on f.region_key = b.top_region_key and f.month <= b.month
    where f.industry_code = '_T'
),

usual as (
    select
        indicator,
        period_type,
        measure,
        avg(abs(size) order by month, delivery_id) as mean_abs_size,
        count(size) as revised_n,
        min(size_unit) as size_unit
    from of_top
    where kind = 'revision'
    group by indicator, period_type, measure
),

of_month as (
    select
        o.indicator,
        o.period_type,
        o.measure,
        (array_agg(o.old_value order by o.revision_no) filter (where o.kind <> 'new_data'))[1] as first_value,
        count(*) filter (where o.kind = 'revision') as revisions_n,
        (array_agg(o.kind order by o.revision_no desc))[1] as last_kind,
        (array_agg(o.cause order by o.revision_no desc))[1] as last_cause,
        (array_agg(o.size_unit))[1] as size_unit
    from of_top as o
    inner join {{ ref('stg_build') }} as b on o.month = b.month
    group by o.indicator, o.period_type, o.measure
),

headline as (
    select
        h.*,
        m.measure,
        case m.measure when 'value' then h.value else h.growth_pct end as current_value
    from {{ ref('rpt_headline') }} as h
    cross join (values ('value'), ('growth')) as m (measure)
)

select
    h.month,
    h.indicator,
    h.name_zh,
    h.unit,
    h.display_order,
    h.period_type,
    h.measure,
    coalesce(o.first_value, h.current_value) as first_value,
    h.current_value,
    coalesce(o.revisions_n, 0)::int as revisions_n,
    o.last_kind,
    o.last_cause,
    u.mean_abs_size,
    coalesce(u.revised_n, 0)::int as revised_n,
    coalesce(u.size_unit, o.size_unit) as size_unit
from headline as h
left join of_month as o
    on h.indicator = o.indicator and h.period_type = o.period_type and h.measure = o.measure
left join usual as u
    on h.indicator = u.indicator and h.period_type = u.period_type and h.measure = u.measure
where
    h.current_value is not null
    and (h.measure = 'value' or h.growth_source = 'reported')
    and (o.indicator is not null or u.indicator is not null)
