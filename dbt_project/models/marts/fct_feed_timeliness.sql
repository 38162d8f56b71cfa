-- What each feed owed in the last twelve months and when it first came (domain.md 1.6-4). The moment a simulated
-- file or a file of many past months came says nothing of lateness, nor does that of one which fills in history.
with owed as (
    select
        c.*,
        c.first_simulated or c.scope = 'history' or coalesce(
            (c.first_accepted_at at time zone 'Asia/Shanghai')::date - c.due_on
            > {{ threshold('timeliness', 'backfilled_after_days') }}, false
        ) as says_nothing
    from {{ ref('stg_coverage') }} as c
)

select
    c.feed,
    c.month,
    c.department,
    c.title,
    c.required,
    c.due_on,
    c.first_accepted_at,
    c.rejected_n::int as rejected_n,
    c.redelivered_n::int as redelivered_n,
    case
        when c.says_nothing then null
        else
            greatest((coalesce(c.first_accepted_at, c.as_of) at time zone 'Asia/Shanghai')::date - c.due_on, 0)
    end as days_late,
    case
        when c.first_accepted_at is null and (c.as_of at time zone 'Asia/Shanghai')::date <= c.due_on then 'not_due'
        when c.first_accepted_at is null then 'absent'
        when c.says_nothing then 'not_judged'
        when (c.first_accepted_at at time zone 'Asia/Shanghai')::date > c.due_on then 'late'
        else 'on_time'
    end as timeliness
from owed as c
