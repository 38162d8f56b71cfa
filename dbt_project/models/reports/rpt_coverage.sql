-- The moment a simulated or a historical file came says nothing of lateness, so none is stated for it.
select
    c.month,
    c.feed,
    c.department,
    d.name_zh as department_zh,
    c.title,
    c.required,
    c.due_on,
    c.accepted_at,
    case
        when c.simulated or c.scope = 'history' then null
        else greatest((coalesce(c.accepted_at, c.as_of) at time zone 'Asia/Shanghai')::date - c.due_on, 0)
    end as days_late,
    c.status,
    c.maturity,
    c.cells
from {{ ref('stg_coverage') }} as c
inner join {{ ref('stg_build') }} as b on c.month = b.month
inner join {{ ref('departments') }} as d on c.department = d.department
