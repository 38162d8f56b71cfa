-- A month before the first year of seed spring_festival or after its last would silently leave every comparison.
with spoken_of as (
    select
        r.delivery_id,
        r.sheet,
        r.row::text as place,
        r.month
    from {{ ref('stg_rows') }} as r
    where r.month is not null
    union all
    select
        s.delivery_id,
        s.sheet,
        s.letter as place,
        s.month
    from {{ ref('stg_columns') }} as s
    where s.month is not null
)

select *
from spoken_of
where
    month < (select min(c.month) from {{ ref('int_calendar') }} as c)
    or month > (select max(c.month) from {{ ref('int_calendar') }} as c)
