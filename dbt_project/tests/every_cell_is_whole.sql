-- Between them a line and a column must say what is measured, how and for which period.
with lines as (
    select
        r.delivery_id,
        r.sheet,
        r.indicator is not null as says_indicator,
        r.measure is not null as says_measure,
        r.period_type is not null as says_period_type,
        r.month is not null as says_month,
        count(*) as lines
    from {{ ref('stg_rows') }} as r
    group by 1, 2, 3, 4, 5, 6
)

select
    l.delivery_id,
    l.sheet,
    c.letter,
    l.lines
from lines as l
inner join {{ ref('stg_columns') }} as c on l.delivery_id = c.delivery_id and l.sheet = c.sheet
where
    (l.says_indicator or c.indicator is not null)
    and not (
        (l.says_measure or c.measure is not null)
        and (l.says_period_type or c.period_type is not null)
        and (l.says_month or c.month is not null)
    )
