{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach=[0, 1],
    looks_back=[1]
) }}

-- Periods that follow from delivered ones: a month as the difference of two consecutive year-to-date figures of one
-- delivery (domain.md 2.1), and January-February as one period for every department. What was delivered itself is never
-- derived. What rests on several deliveries is as settled as the least settled of them.
with delivered as not materialized (
    select
        s.*,
        i.nature,
        i.never_negative,
        i.yoy_index
    from {{ ref('int_series') }} as s
    inner join {{ ref('indicators') }} as i on s.indicator = i.indicator
    where {{ needed('s.month') }}
),

stages as (
    select distinct
        delivery_id,
        maturity
    from {{ ref('stg_deliveries') }}
),

-- Comparable bases of two neighbouring year-to-date figures give the base of the month between them.
ytd_pairs as (
    select
        to_date.*,
        to_date.value - before.value as month_value,
        {{ growth_base('to_date') }} as base_to_date,
        {{ growth_base('before') }} as base_before,
        {{ difference_band_pp('to_date', 'before') }} as growth_error_pp,
        {{ least_mature(['value_stage.maturity', 'growth_stage.maturity', 'stage_before.maturity']) }}
            as derived_maturity
    from delivered as to_date
    inner join delivered as before
        on to_date.indicator = before.indicator and to_date.region_key = before.region_key
            and to_date.industry_code = before.industry_code and to_date.entity_id = before.entity_id
            and to_date.period_type = before.period_type
            and to_date.month = (before.month + interval '1 month')::date
            and to_date.value_delivery_id = before.value_delivery_id
    left join stages as value_stage on to_date.value_delivery_id = value_stage.delivery_id
    left join stages as growth_stage on to_date.growth_delivery_id = growth_stage.delivery_id
    left join stages as stage_before on before.growth_delivery_id = stage_before.delivery_id
    where
        to_date.period_type = 'YTD' and extract(month from to_date.month) >= 3
        and {{ adds_over_months('to_date.nature') }}
        and {{ affected('to_date.month') }}
        and (to_date.value >= before.value or not to_date.never_negative)
        and not exists (
            select 1 from delivered as m
            where
                m.indicator = to_date.indicator and m.region_key = to_date.region_key
                and m.industry_code = to_date.industry_code and m.entity_id = to_date.entity_id
                and m.period_type = 'M' and m.month = to_date.month
        )
),

derived_months as (
    select
        y.*,
        case when y.base_to_date - y.base_before > 0 then y.base_to_date - y.base_before end as month_base
    from ytd_pairs as y
),

-- February's year-to-date figure is January-February; a month's own February cell is something else.
february_to_date as (
    select * from delivered
    where period_type = 'YTD' and extract(month from month) = 2 and {{ affected() }}
),

february_alone as (
    select * from delivered
    where period_type = 'M' and extract(month from month) = 2 and {{ affected() }}
),

january_alone as (
    select * from delivered
    where period_type = 'M' and extract(month from month) = 1
),

january_february as (
    select
        february.*,
        january.value + february.value as both_value,
        january.base_reported + february.base_reported as both_base,
        {{ growth_base('january') }} + {{ growth_base('february') }} as both_implied_base,
        -- what a department withholds or calls undefined is not reckoned from the ratio of levels
        case
            when 'suppressed' in (january.growth_absent_reason, february.growth_absent_reason) then 'suppressed'
            when
                'base_nonpositive' in (january.growth_absent_reason, february.growth_absent_reason)
                and january.base_reported + february.base_reported is null
                then 'base_nonpositive'
        end as both_absent_reason,
        -- an address belongs to one delivery: January's cell is named where it stands on the same sheet of it
        case
            when january.value_delivery_id = february.value_delivery_id and january.value_sheet = february.value_sheet
                then january.value_cell || '+'
            else ''
        end || february.value_cell as both_cell,
        {{ least_mature([
            'value_stage.maturity', 'january_value_stage.maturity',
            'growth_stage.maturity', 'january_growth_stage.maturity',
        ]) }} as derived_maturity
    from february_alone as february
    inner join january_alone as january
        on february.indicator = january.indicator and february.region_key = january.region_key
            and february.industry_code = january.industry_code and february.entity_id = january.entity_id
            and february.month = (january.month + interval '1 month')::date
    left join stages as value_stage on february.value_delivery_id = value_stage.delivery_id
    left join stages as january_value_stage on january.value_delivery_id = january_value_stage.delivery_id
    left join stages as growth_stage on february.growth_delivery_id = growth_stage.delivery_id
    left join stages as january_growth_stage on january.growth_delivery_id = january_growth_stage.delivery_id
    where {{ adds_over_months('february.nature') }} and january.value is not null and february.value is not null
),

two_months as (
    select
        1 as preference, indicator, region_key, industry_code, entity_id, month, value, base_reported,
        growth_reported_pct, growth_basis, growth_decimals, growth_absent_reason, nature, yoy_index,
        'ytd_february' as derivation, null::double precision as month_base, null::text as derived_maturity,
        value_delivery_id, value_sheet, value_cell, growth_delivery_id, growth_sheet, growth_cell
    from february_to_date
    union all
    select
        2, indicator, region_key, industry_code, entity_id, month, both_value, both_base,
        null, null, null, both_absent_reason, nature, yoy_index,
        'january_plus_february', case when both_implied_base > 0 then both_implied_base end, derived_maturity,
        value_delivery_id, value_sheet, both_cell, null, null, null
    from january_february
    union all
    select
        3, indicator, region_key, industry_code, entity_id, month, value, base_reported,
        growth_reported_pct, growth_basis, growth_decimals, growth_absent_reason, nature, yoy_index,
        'end_of_february', null, null,
        value_delivery_id, value_sheet, value_cell, growth_delivery_id, growth_sheet, growth_cell
    from february_alone
    where nature = 'stock'
),

one_of_two_months as (
    select distinct on (t.indicator, t.region_key, t.industry_code, t.entity_id, t.month) t.*
    from two_months as t
    where
        not exists (
            select 1 from delivered as d
            where
                d.indicator = t.indicator and d.region_key = t.region_key and d.industry_code = t.industry_code
                and d.entity_id = t.entity_id and d.period_type = 'M12' and d.month = t.month
        )
    order by t.indicator asc, t.region_key asc, t.industry_code asc, t.entity_id asc, t.month asc, t.preference asc
)

select
    indicator,
    region_key,
    industry_code,
    entity_id,
    'M12' as period_type,
    month,
    value,
    base_reported,
    growth_reported_pct,
    growth_basis,
    growth_decimals,
    growth_absent_reason,
    nature,
    yoy_index,
    derivation,
    month_base,
    null::double precision as growth_error_pp,
    derived_maturity,
    value_delivery_id,
    value_sheet,
    value_cell,
    growth_delivery_id,
    growth_sheet,
    growth_cell
from one_of_two_months
union all
select
    indicator,
    region_key,
    industry_code,
    entity_id,
    'M' as period_type,
    month,
    month_value as value,
    null as base_reported,
    null as growth_reported_pct,
    null as growth_basis,
    null as growth_decimals,
    -- what a department withholds of the year to date is not reckoned for its month
    case when growth_absent_reason = 'suppressed' then growth_absent_reason end as growth_absent_reason,
    nature,
    yoy_index,
    'ytd_difference' as derivation,
    month_base,
    growth_error_pp,
    derived_maturity,
    value_delivery_id,
    value_sheet,
    value_cell,
    growth_delivery_id,
    growth_sheet,
    growth_cell
from derived_months
