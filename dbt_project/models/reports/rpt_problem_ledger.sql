-- A problem is overdue while neither fixed nor closed; silence of the rule ends nothing, a person does (domain.md 0).
select
    b.month,
    p.problem_key,
    p.region_key,
    d.name_zh as region_name,
    p.rule,
    (p.problem ->> 'rule_version')::int as rule_version,
    p.entity_id,
    p.problem ->> 'colour' as colour,
    p.problem ->> 'subject_zh' as subject_zh,
    p.problem ->> 'statement_zh' as statement_zh,
    p.problem ->> 'owner_department' as owner_department,
    p.problem ->> 'route' as route,
    p.first_month,
    p.last_month,
    (
        extract(year from age(b.month, p.first_month)) * 12 + extract(month from age(b.month, p.first_month))
    )::int as age_months,
    p.state,
    p.state_since,
    p.by_whom,
    p.note,
    p.quiet,
    p.due_on,
    p.state not in ('fixed', 'closed') and (p.as_of at time zone 'Asia/Shanghai')::date > p.due_on as overdue
from {{ ref('stg_problems') }} as p
cross join {{ ref('stg_build') }} as b
inner join {{ ref('dim_region') }} as d on p.region_key = d.region_key and b.area = d.area
