{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach_from=-3
) }}

-- A department parts from another, and a third, which parts from it the same way, agrees with that other: the first is
-- the odd one out.
with sides as (
    select *
    from {{ ref('int_gap_sides') }}
    where {{ affected() }}
),

-- How two departments stand to each other in a month: 1 or -1 where they part, seen from the first; 0 where no pair
-- of theirs does.
stances as (
    select
        t.region_key,
        t.industry_code,
        t.entity_id,
        t.month,
        t.department,
        t.other,
        coalesce(max(t.direction) filter (where t.colour in ('orange', 'red')), 0) as highest,
        coalesce(min(t.direction) filter (where t.colour in ('orange', 'red')), 0) as lowest
    from (
        select
            s.region_key, s.industry_code, s.entity_id, s.month, s.colour, s.direction,
            s.department_a as department, s.department_b as other
        from sides as s
        union all
        select
            s.region_key, s.industry_code, s.entity_id, s.month, s.colour, -s.direction,
            s.department_b, s.department_a
        from sides as s
    ) as t
    where t.department <> t.other
    group by t.region_key, t.industry_code, t.entity_id, t.month, t.department, t.other
)

select
    x.region_key,
    x.industry_code,
    x.entity_id,
    x.month,
    x.department,
    x.other,
    min(y.other) as agreeing
from stances as x
inner join stances as y
    on x.region_key = y.region_key and x.industry_code = y.industry_code and x.entity_id = y.entity_id
        and x.month = y.month and x.department = y.department and x.other <> y.other
        and (x.highest = 1 and y.highest = 1 or x.lowest = -1 and y.lowest = -1)
inner join stances as z
    on x.region_key = z.region_key and x.industry_code = z.industry_code and x.entity_id = z.entity_id
        and x.month = z.month and x.other = z.department and y.other = z.other
        and z.highest = 0 and z.lowest = 0
group by x.region_key, x.industry_code, x.entity_id, x.month, x.department, x.other
