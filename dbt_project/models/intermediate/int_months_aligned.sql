-- The axis on which indicators are compared: eleven points a year, January-February as one of them at February
-- (domain.md 2.1). A stock of month end belongs to the months and to the year to date alike.
-- Rates and indexes have a change in points where flows have growth.
with aligned as (
    select
        g.*,
        case when g.period_type = 'M12' then 'M' else g.period_type end as axis
    from {{ ref('int_series_growth') }} as g
    where
        g.period_type in ('M12', 'Q')
        or (g.period_type = 'M' and extract(month from g.month) > 2)
        or (g.period_type = 'YTD' and extract(month from g.month) > 1)
    union all
    select
        g.*,
        'YTD' as axis
    from {{ ref('int_series_growth') }} as g
    where
        g.nature = 'stock'
        and (g.period_type = 'M12' or (g.period_type = 'M' and extract(month from g.month) > 2))
)

select
    indicator,
    region_key,
    industry_code,
    entity_id,
    axis,
    month,
    case
        when axis = 'Q' then extract(year from month)::int * 4 + extract(quarter from month)::int
        else extract(year from month)::int * 11 + extract(month from month)::int - 1
    end as position,
    value,
    growth_pct,
    growth_source,
    growth_error_pp,
    basis_gap_pp,
    case when nature in ('rate', 'index') then value - value_year_ago end as change_pp
from aligned
where growth_pct is not null or value is not null
