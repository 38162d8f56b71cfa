{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach_from=0,
    looks_back=[11]
) }}

-- Producer prices of the area by axis and month, to set nominal beside real: January-February and the year to date are
-- plain means of their months, an index is not added up.
with monthly as (
    select
        g.month,
        g.growth_pct
    from {{ ref('int_series_growth') }} as g
    inner join {{ ref('stg_build') }} as b on g.region_key = b.top_region_key
    where
        g.indicator = 'CN02' and g.period_type = 'M' and g.industry_code = '_T' and g.entity_id = '_T'
        and g.growth_pct is not null and {{ needed('g.month') }}
)

select
    a.axis,
    t.month,
    avg(m.growth_pct order by m.month) as growth_pct
from monthly as t
cross join (values ('M'), ('YTD')) as a (axis)
inner join monthly as m
    on t.month >= m.month
        and m.month >= case
            when a.axis = 'YTD' or extract(month from t.month) = 2 then date_trunc('year', t.month)
            else t.month
        end
where extract(month from t.month) > 1 and {{ affected('t.month') }}
group by a.axis, t.month
having
    count(*) = case
        when a.axis = 'YTD' or extract(month from t.month) = 2 then extract(month from t.month)
        else 1
    end
