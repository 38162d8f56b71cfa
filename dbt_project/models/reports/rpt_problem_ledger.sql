-- A problem is overdue while neither fixed nor closed; silence of the rule ends nothing, a person does (domain.md 0).
-- One that reappears is brought back by the release of the edition that prints it.
-- What was said of a cell before it was found to give a firm away is not said again (2.11).
with problems as (
    select
        s.*,
        s.rule in ('matched', 'verify_output') and s.entity_id is null
        and exists (
            select 1
            from jsonb_array_elements(s.problem -> 'evidence') as v (cell)
            inner join {{ ref('fct_confidential_cells') }} as z
                on v.cell ->> 'indicator' = z.indicator and s.region_key = z.region_key
                    and z.year = extract(year from s.last_month)
                    and z.industry_code = case
                        when s.rule = 'matched' then coalesce(nullif(split_part(s.problem_key, ':', 4), ''), '_T')
                        else '_T'
                    end
            where v.cell ? 'growth_pct' or v.cell ? 'value'
        ) as confidential
    from {{ ref('stg_problems') }} as s
)

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
    p.confidential,
    case when not p.confidential then p.problem ->> 'statement_zh' end as statement_zh,
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
    p.would_reopen and p.problem_key in (select c.problem_key from {{ ref('rpt_county_problems') }} as c) as reappears,
    p.due_on,
    p.state not in ('fixed', 'closed') and (p.as_of at time zone 'Asia/Shanghai')::date > p.due_on as overdue
from problems as p
cross join {{ ref('stg_build') }} as b
inner join {{ ref('dim_region') }} as d on p.region_key = d.region_key and b.area = d.area
