-- The growth object (domain.md 2.2): growth as reported, the ratio of levels, and the gap between the two, side by
-- side. Reported growth is what comparisons use; growth is computed only where none is reported, and never on a base
-- of zero or less.
with compared as (
    select
        p.*,
        b.value as value_year_ago,
        case
            when p.nature in ('flow', 'stock', 'count') and b.value > 0 then 100 * (p.value / b.value - 1)
        end as level_ratio_pct
    from {{ ref('int_periods') }} as p
    left join {{ ref('int_periods') }} as b
        on p.indicator = b.indicator and p.region_key = b.region_key and p.industry_code = b.industry_code
            and p.entity_id = b.entity_id and p.period_type = b.period_type
            and p.month = b.month + interval '1 year'
),

computed as (
    select
        c.*,
        case
            when c.growth_absent_reason in ('base_nonpositive', 'suppressed') then null
            when c.nature in ('rate', 'index') then null
            when c.base_reported is not null
                then case when c.base_reported > 0 then 100 * (c.value / c.base_reported - 1) end
            when c.month_base is not null then 100 * (c.value / c.month_base - 1)
            else c.level_ratio_pct
        end as growth_computed_pct
    from compared as c
)

select
    indicator,
    region_key,
    industry_code,
    entity_id,
    period_type,
    month,
    nature,
    value,
    value_year_ago,
    base_reported,
    growth_reported_pct,
    growth_basis,
    case
        when growth_reported_pct > -100 then value / (1 + growth_reported_pct / 100) else month_base
    end as implied_base,
    level_ratio_pct,
    growth_reported_pct - level_ratio_pct as basis_gap_pp,
    case
        when yoy_index then value - 100
        else coalesce(growth_reported_pct, growth_computed_pct)
    end as growth_pct,
    case
        when yoy_index and value is not null then 'computed'
        when yoy_index then null
        when growth_reported_pct is not null then 'reported'
        when growth_computed_pct is not null then 'computed'
    end as growth_source,
    growth_error_pp,
    derivation,
    value_delivery_id,
    value_sheet,
    value_cell,
    growth_delivery_id,
    growth_sheet,
    growth_cell
from computed
