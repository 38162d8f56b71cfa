-- By how much a change of the tax rate alone moves the receipts of a period against a year before. Receipts of a month
-- are tax on the sales of the month before (domain.md 2.5), so the rate is that of the sales.
with rates as (
    select
        r.indicator,
        r.rate_pct,
        -- the first month whose receipts know the rate
        (r.valid_from + make_interval(months => r.lag_months))::date as first_month,
        lead((r.valid_from + make_interval(months => r.lag_months))::date, 1, 'infinity')
            over (partition by r.indicator order by r.valid_from) as next_month
    from {{ ref('tax_rates') }} as r
),

months as (
    select
        r.indicator,
        c.month,
        r.rate_pct
    from {{ ref('int_calendar') }} as c
    inner join rates as r on c.month >= r.first_month and c.month < r.next_month
    where c.period_type = 'M'
),

periods as (
    select
        m.indicator,
        c.period_type,
        c.month,
        avg(m.rate_pct order by m.month) as rate_pct
    from {{ ref('int_calendar') }} as c
    inner join months as m on m.month between c.first_month and c.month
    group by m.indicator, c.period_type, c.month
)

select
    p.indicator,
    p.period_type,
    p.month,
    p.rate_pct / b.rate_pct as rate_ratio
from periods as p
inner join periods as b
    on p.indicator = b.indicator and p.period_type = b.period_type and p.month = b.month + interval '1 year'
