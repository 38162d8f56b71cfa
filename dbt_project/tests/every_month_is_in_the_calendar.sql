-- A month for which seed spring_festival has no year would silently leave the comparison.
select
    r.delivery_id,
    r.sheet,
    r.row::text as place,
    r.month
from {{ ref('stg_rows') }} as r
where r.month not in (select c.month from {{ ref('int_calendar') }} as c)
union all
select
    s.delivery_id,
    s.sheet,
    s.letter as place,
    s.month
from {{ ref('stg_columns') }} as s
where s.month not in (select c.month from {{ ref('int_calendar') }} as c)
