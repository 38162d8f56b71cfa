-- What a firm invoiced in the twelve months up to the one built, all of them delivered.
select
    g.entity_id,
    b.month,
    sum(g.value order by g.month) as invoiced_12_months_10k_yuan
from {{ ref('int_series_growth') }} as g
cross join {{ ref('stg_build') }} as b
where
    g.indicator = 'TX03' and g.period_type = 'M' and g.value is not null
    and g.entity_id <> '_T'
    and g.month > {{ month_built() }} - interval '1 year'
    and g.month <= {{ month_built() }}
group by g.entity_id, b.month
having count(*) = 12
