{{ config(post_hook="{{ hide_from_analysts('indicator', firms=false) }}") }}

-- What changed between deliveries (domain.md 2.6): a cell that was not there before is new data, one that had another
-- number is a revision, one that is gone was withdrawn. Each with both addresses and the cause that its sender gives.
select
    r.delivery_id,
    r.series,
    r.measure,
    r.month,
    r.indicator,
    r.region_key,
    r.industry_code,
    r.period_type,
    case
        when r.old_value is null then 'new_data'
        when r.new_value is null then 'withdrawn'
        else 'revision'
    end as kind,
    r.cause,
    r.old_value,
    r.new_value,
    case
        when r.measure = 'growth' or {{ changes_in_points('i.nature') }} then r.new_value - r.old_value
        else 100 * (r.new_value - r.old_value) / nullif(abs(r.old_value), 0)
    end as size,
    case when r.measure = 'growth' or {{ changes_in_points('i.nature') }} then 'pp' else 'pct' end as size_unit,
    row_number() over (
        partition by r.feed, r.series, r.measure, r.month order by r.accepted_at, r.delivery_id
    )::int as revision_no,
    r.revised_delivery_id,
    r.old_sheet,
    r.old_cell,
    r.new_sheet,
    r.new_cell,
    r.accepted_at
from {{ ref('stg_revisions') }} as r
inner join {{ ref('dim_indicator') }} as i on r.indicator = i.indicator
where r.entity_id = '_T'
