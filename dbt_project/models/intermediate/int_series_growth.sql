{{ config(
    materialized='incremental',
    incremental_strategy='append',
    indexes=[{'columns': ['month']}],
    pre_hook="{{ forget([0, 1, 12, 13]) }}"
) }}

-- The growth object (domain.md 2.2): growth as reported, the ratio of levels, and the gap between the two, side by
-- side. Reported growth is what comparisons use; growth is computed only where none is reported, and never on a base
-- of zero or less.
with periods as not materialized (
    select
        p.*,
        -- growth on a basis that the department made comparable: reported, or on its own base
        case
            when p.yoy_index then p.value - 100
            when p.growth_reported_pct is not null then p.growth_reported_pct
            when p.growth_absent_reason in ('base_nonpositive', 'suppressed') or p.nature in ('rate', 'index') then null
            when p.base_reported is not null
                then case when p.base_reported > 0 then 100 * (p.value / p.base_reported - 1) end
            when p.month_base is not null then 100 * (p.value / p.month_base - 1)
        end as growth_comparable_pct
    from {{ ref('int_periods') }} as p
    where {{ affected([-12, -11, 0, 1, 12, 13], 'p.month') }}
),

compared as (
    select
        p.*,
        b.value as value_year_ago,
        b.growth_comparable_pct as comparable_year_ago_pct,
        b.growth_basis as growth_basis_year_ago,
        case
            when p.nature in ('flow', 'stock', 'count') and b.value > 0 then 100 * (p.value / b.value - 1)
        end as level_ratio_pct
    from periods as p
    left join periods as b
        on p.indicator = b.indicator and p.region_key = b.region_key and p.industry_code = b.industry_code
            and p.entity_id = b.entity_id and p.period_type = b.period_type
            and p.month = (b.month + interval '1 year')::date
    where {{ affected([0, 1, 12, 13], 'p.month') }}
),

used as (
    select
        c.*,
        case
            when c.growth_comparable_pct is not null then c.growth_comparable_pct
            when
                c.growth_absent_reason in ('base_nonpositive', 'suppressed')
                or c.base_reported is not null or c.month_base is not null
                then null
            else c.level_ratio_pct
        end as growth_pct,
        c.growth_reported_pct - c.level_ratio_pct as basis_gap_pp,
        c.industry_code <> '_T' as of_industry
    from compared as c
),

-- the change of basis by which a month is known, of one indicator or (null) of all
basis_kinds as (
    select distinct on (k.indicator, m.month, o.of_industry)
        k.indicator,
        m.month::date as month,
        o.of_industry,
        k.kind
    from {{ ref('basis_changes') }} as k
    cross join lateral generate_series(k.first_month, k.last_month, interval '1 month') as m (month)
    cross join (values (false), (true)) as o (of_industry)
    where o.of_industry or not k.industries_only
    order by k.indicator asc, m.month asc, o.of_industry asc, k.change asc
)

select
    u.indicator,
    u.region_key,
    u.industry_code,
    u.entity_id,
    u.period_type,
    u.month,
    u.nature,
    u.value,
    u.value_year_ago,
    u.base_reported,
    u.growth_reported_pct,
    u.growth_basis,
    case
        when u.growth_reported_pct > -100 then u.value / (1 + u.growth_reported_pct / 100) else u.month_base
    end as implied_base,
    u.level_ratio_pct,
    u.basis_gap_pp,
    -- why the two differ, as far as it is known; a gap of rounding has no reason
    case
        when abs(u.basis_gap_pp) > {{ threshold('growth', 'min_basis_gap_pp') }}
            then coalesce(
                    own.kind,
                    general.kind,
                    case when u.growth_basis = 'comparable_real' then 'price' end,
                    'unexplained'
                )
    end as basis_gap_label,
    u.growth_pct,
    case
        when u.growth_pct is null then null
        when u.growth_reported_pct is not null and not u.yoy_index then 'reported'
        else 'computed'
    end as growth_source,
    u.growth_error_pp,
    -- where the year before is no fair base, the mean of two years, if both are comparable in the same way
    case
        when
            c.against_year is not null
            and u.growth_comparable_pct > -100 and u.comparable_year_ago_pct > -100
            and coalesce(u.growth_basis, '') = coalesce(u.growth_basis_year_ago, '')
            then
                100 * (
                    sqrt((1 + u.growth_comparable_pct / 100) * (1 + u.comparable_year_ago_pct / 100)) - 1
                )
    end as growth_two_year_pct,
    case when t.rate_ratio is not null then 100 * ((1 + u.growth_pct / 100) / t.rate_ratio - 1) end
        as growth_rate_adjusted_pct,
    u.derivation,
    d.maturity,
    u.value_delivery_id,
    u.value_sheet,
    u.value_cell,
    u.growth_delivery_id,
    u.growth_sheet,
    u.growth_cell
from used as u
-- how settled the delivery is on whose figure the growth rests (domain.md 2.6)
left join {{ ref('stg_deliveries') }} as d
    on d.delivery_id = case
            when u.growth_reported_pct is not null and not u.yoy_index then u.growth_delivery_id
            else coalesce(u.value_delivery_id, u.growth_delivery_id)
        end and u.month = d.month
left join {{ ref('int_calendar') }} as c on u.period_type = c.period_type and u.month = c.month
left join {{ ref('int_tax_rates') }} as t
    on u.indicator = t.indicator and u.period_type = t.period_type and u.month = t.month
left join basis_kinds as own
    on u.indicator = own.indicator and u.month = own.month and u.of_industry = own.of_industry
left join basis_kinds as general
    on general.indicator is null and u.month = general.month and u.of_industry = general.of_industry
