-- Why little power is no stop of a firm, or of all firms of an industry, and for which months (domain.md 3.3 rule 5).
-- Moves and meter swaps are read off the departments' own lists; maintenance, own generation and seasons no department
-- lists, so they are named in seed stop_exclusions.
with listed as (
    select
        x.entity_id,
        x.industry_code,
        x.reason,
        x.first_month,
        x.last_month
    from {{ ref('stop_exclusions') }} as x
),

-- its power lies at two places from the start of a relocation to its end
relocated as (
    select
        r.credit_code as entity_id,
        date_trunc('month', (r.attributes ->> 'started_on')::date)::date as first_month,
        date_trunc('month', (r.attributes ->> 'completed_on')::date)::date as last_month
    from {{ ref('stg_register') }} as r
    where r.kind = 'relocation' and r.in_force and r.attributes ->> 'started_on' is not null
),

-- for a year what it is held against was used at the place that it left
moved as (
    select
        r.credit_code as entity_id,
        r.month as first_month,
        (r.month + interval '11 months')::date as last_month
    from {{ ref('stg_register') }} as r
    where r.kind = 'panel' and {{ has_moved(panel_status('r')) }}
),

-- lists of accounts come by the quarter: the meter was swapped somewhere since the list before
metered as (
    select
        {{ firm_of('r') }} as entity_id,
        r.attributes ->> 'meter_id' as meter_id,
        lag(r.attributes ->> 'meter_id') over account as meter_before,
        lag(r.month) over account as month_before,
        r.month
    from {{ ref('stg_register') }} as r
    where r.kind = 'account'
    window account as (partition by r.feed, r.entity_id order by r.month)
),

known as (
    select * from listed
    union all
    select entity_id, '_T', 'moved', first_month, last_month from relocated
    union all
    select entity_id, '_T', 'moved', first_month, last_month from moved
    union all
    select entity_id, '_T', 'meter_swap', (month_before + interval '1 month')::date, month
    from metered
    where meter_id <> meter_before
)

select
    k.entity_id,
    k.industry_code,
    k.reason,
    k.first_month,
    max(coalesce(k.last_month, 'infinity')) as last_month
from known as k
where k.entity_id is not null
group by k.entity_id, k.industry_code, k.reason, k.first_month
