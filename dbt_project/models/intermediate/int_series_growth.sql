{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach=[0, 1, 12, 13],
    looks_back=[12],
    post_hook="{{ index_firms() }}"
) }}

-- The growth object (domain.md 2.2): growth as reported, the ratio of levels, and the gap between the two, side by
-- side. Reported growth is what comparisons use; growth is computed only where none is reported, and never on a base
-- of zero or less.
-- A mean of two years chains two growths, v(t)/B(t) and v(t-12)/B(t-12): it means growth against two years ago only if
-- B(t), the base of this year's growth, is v(t-12). Where it is not one thing, `two_year_caveat` says why (domain.md
-- 2.2). Without comparable growth in both years, or with one real and one nominal, there is no mean. With a base that
-- was restated to another panel or classification there is one, as NBS chains them, and it is told; so is a flash. A
-- gap of the year before needs no telling: its base, restated, is the one that the mean goes back to.
with periods as not materialized (
    select
        p.*,
        -- growth on a basis that the department made comparable: reported, or on its own base
        case
            when p.yoy_index then p.value - 100
            when p.growth_reported_pct is not null then p.growth_reported_pct
            when p.growth_absent_reason in ('base_nonpositive', 'suppressed') or {{ changes_in_points('p.nature') }}
                then null
            when p.base_reported is not null
                then case when p.base_reported > 0 then 100 * (p.value / p.base_reported - 1) end
            when p.month_base is not null then 100 * (p.value / p.month_base - 1)
        end as growth_comparable_pct,
        -- the delivery on whose figure the growth rests
        case
            when p.growth_reported_pct is not null and not p.yoy_index then p.growth_delivery_id
            else coalesce(p.value_delivery_id, p.growth_delivery_id)
        end as growth_rests_on
    from {{ ref('int_periods') }} as p
    where {{ needed('p.month') }}
),

compared as (
    select
        p.*,
        b.value as value_year_ago,
        b.growth_comparable_pct as comparable_year_ago_pct,
        b.growth_basis as growth_basis_year_ago,
        b.growth_rests_on as growth_rests_on_year_ago,
        b.derived_maturity as derived_maturity_year_ago,
        b.month as month_year_ago,
        case
            when not {{ changes_in_points('p.nature') }} and b.value > 0 then 100 * (p.value / b.value - 1)
        end as level_ratio_pct
    from periods as p
    left join periods as b
        on p.indicator = b.indicator and p.region_key = b.region_key and p.industry_code = b.industry_code
            and p.entity_id = b.entity_id and p.period_type = b.period_type
            and p.month = (b.month + interval '1 year')::date
    where {{ affected('p.month') }}
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
),

-- what is known of the period: how settled the two deliveries are on whose figures the growth of the two years rests
-- (domain.md 2.6), its calendar, its tax rate and its change of basis
placed as (
    select
        period.*,
        coalesce(period.derived_maturity, delivery.maturity) as maturity,
        coalesce(period.derived_maturity_year_ago, delivery_year_ago.maturity) as maturity_year_ago,
        calendar.against_year,
        tax_rate.rate_ratio,
        coalesce(own.kind, general.kind) as basis_change,
        {{ settled('abs(period.basis_gap_pp)') }} > {{ threshold('growth', 'min_basis_gap_pp') }} as basis_differs,
        -- of reported growth the same; of growth on a given or derived base it says so too, beyond the error band
        {{ settled(
            'abs(period.growth_comparable_pct - period.level_ratio_pct) - coalesce(period.growth_error_pp, 0)'
        ) }}
        > {{ threshold('growth', 'min_basis_gap_pp') }} as base_restated
    from used as period
    left join {{ ref('stg_deliveries') }} as delivery
        on period.growth_rests_on = delivery.delivery_id and period.month = delivery.month
    left join {{ ref('stg_deliveries') }} as delivery_year_ago
        on period.growth_rests_on_year_ago = delivery_year_ago.delivery_id
            and period.month_year_ago = delivery_year_ago.month
    left join {{ ref('int_calendar') }} as calendar
        on period.period_type = calendar.period_type and period.month = calendar.month
    left join {{ ref('int_tax_rates') }} as tax_rate
        on period.indicator = tax_rate.indicator and period.period_type = tax_rate.period_type
            and period.month = tax_rate.month
    left join basis_kinds as own
        on period.indicator = own.indicator and period.month = own.month and period.of_industry = own.of_industry
    left join basis_kinds as general
        on general.indicator is null and period.month = general.month and period.of_industry = general.of_industry
),

judged as (
    select
        p.*,
        -- what growth would gain, were all of the tax at the rate that changed
        (100 + p.growth_pct) * (1 / p.rate_ratio - 1) as rate_effect_pp,
        case
            when p.growth_pct is null then null
            when p.growth_comparable_pct is null or p.comparable_year_ago_pct is null then 'no_comparable_growth'
            when coalesce(p.growth_basis, '') <> coalesce(p.growth_basis_year_ago, '') then 'growth_basis'
            when p.maturity = 'flash' or p.maturity_year_ago = 'flash' then 'flash'
            -- real growth lies off the ratio of levels by the price
            when p.base_restated
                then coalesce(
                        p.basis_change, case when p.growth_basis is distinct from 'comparable_real' then 'basis_gap' end
                    )
            -- where only growth is released no gap shows, and the change is known all the same
            when p.base_restated is null then p.basis_change
        end as two_year_caveat
    from placed as p
)

select
    j.indicator,
    j.region_key,
    j.industry_code,
    j.entity_id,
    j.period_type,
    j.month,
    j.nature,
    j.value,
    j.value_year_ago,
    j.base_reported,
    j.growth_reported_pct,
    j.growth_basis,
    case
        when j.growth_reported_pct > -100 then j.value / (1 + j.growth_reported_pct / 100) else j.month_base
    end as implied_base,
    j.level_ratio_pct,
    j.basis_gap_pp,
    -- why the two differ, as far as it is known; a gap of rounding has no reason
    case
        when j.basis_differs
            then coalesce(
                    j.basis_change,
                    case when j.growth_basis = 'comparable_real' then 'price' end,
                    'unexplained'
                )
    end as basis_gap_label,
    j.growth_pct,
    case
        when j.growth_pct is null then null
        -- an index of the same month a year before is printed growth and 100
        when j.growth_reported_pct is not null or j.yoy_index then 'reported'
        when j.growth_comparable_pct is not null then 'own_base'
        else 'computed'
    end as growth_source,
    j.growth_error_pp,
    -- where the year before is no fair base, the mean of two years
    case
        when
            j.against_year is not null
            and j.growth_comparable_pct > -100 and j.comparable_year_ago_pct > -100
            and coalesce(j.two_year_caveat not in ('no_comparable_growth', 'growth_basis'), true)
            then
                100 * (
                    sqrt((1 + j.growth_comparable_pct / 100) * (1 + j.comparable_year_ago_pct / 100)) - 1
                )
    end as growth_two_year_pct,
    j.two_year_caveat,
    -- how much of a tax is at the rate that changed is not known: half of it, give or take half
    j.growth_pct + j.rate_effect_pp / 2 as growth_rate_adjusted_pct,
    abs(j.rate_effect_pp) / 2 as growth_rate_error_pp,
    j.derivation,
    j.maturity,
    j.value_delivery_id,
    j.value_sheet,
    j.value_cell,
    j.growth_delivery_id,
    j.growth_sheet,
    j.growth_cell
from judged as j
