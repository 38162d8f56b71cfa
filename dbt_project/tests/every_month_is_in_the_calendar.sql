-- A month after the last year of seed spring_festival would silently leave the comparison. What lies before its first,
-- as national money and budgets since the 1950s, is history that nothing is compared with.
select
    r.delivery_id,
    r.sheet,
    r.row::text as place,
    r.month
from {{ ref('stg_rows') }} as r
where r.month > (select max(c.month) from {{ ref('int_calendar') }} as c)
union all
select
    s.delivery_id,
    s.sheet,
    s.letter as place,
    s.month
from {{ ref('stg_columns') }} as s
where s.month > (select max(c.month) from {{ ref('int_calendar') }} as c)
