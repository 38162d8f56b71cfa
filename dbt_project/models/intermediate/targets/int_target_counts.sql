-- What the departments' lists hold of a target: growth points, projects, certificates, by their dates and their place.
-- A list that has come and holds nothing of it counts 0; a list that has not come has no row.
with targets as (
    select t.* from {{ ref('int_targets_in_force') }} as t
    where t.register is not null
),

listed as (
    select
        r.kind,
        split_part(r.feed, '__', 1) as department,
        -- what a list places nowhere counts for the city
        coalesce(r.region_key, b.top_region_key) as region_key,
        r.entity_id,
        {{ firm_of('r') }} as firm,
        r.attributes,
        r.month,
        r.in_force
    from {{ ref('stg_register') }} as r
    inner join {{ ref('stg_build') }} as b on r.month <= b.month
),

-- of several departments that list the same kind of thing, a target may mean one: firms above designated size are those
-- of statistics, not every taxpayer
last_lists as (
    select
        t.target,
        max(l.month) as month
    from (select distinct target, register, register_department from targets) as t
    inner join listed as l on t.register = l.kind and coalesce(t.register_department, l.department) = l.department
    where l.in_force
    group by t.target
),

-- A target of a year is counted in a list of that year: the last one of the year before knows nothing of it.
asked as (
    select
        t.*,
        l.month as measured_month
    from targets as t
    inner join last_lists as l on t.target = l.target
    where t.period <> 'annual' or extract(year from l.month) = t.year
),

-- a list's row counts for the place it names, for the combined unit around it, and for the city
covers as (
    select
        d.region_key as place,
        r.region_key
    from {{ ref('regions') }} as d
    inner join {{ ref('regions') }} as r
        on d.area = r.area and r.valid_to is null
            and (d.parent_key is null or d.region_key = r.region_key or d.region_key = r.parent_key)
    where d.valid_to is null
),

-- the whole of which a share is taken
bases as (
    select distinct
        t.target,
        x.firm
    from targets as t
    inner join listed as x
        on t.base_register = x.kind and coalesce(t.base_department, x.department) = x.department and x.in_force
            and {{ matches('x.attributes', 't.base_matching') }}
),

wholes as (
    select
        target,
        count(*) as base_n
    from bases
    group by target
),

counted as (
    select
        target.target,
        target.region_key,
        -- a firm (家) counts once, however many projects it has; a project or a growth point (个, 项) is its own
        case when target.unit in ('个', '项') then item.entity_id else item.firm end as thing,
        base.firm is not null as in_base,
        (item.attributes ->> target.date_attribute)::date < target.first_day as was_before_plan,
        -- what is done has its day, before the last one or after it; what is held or listed now tells nothing of then
        target.counted_window in ('until', 'since_start')
        and (item.attributes ->> target.date_attribute)::date > make_date(target.last_year, 12, 31) as was_late,
        (item.attributes ->> 'output_increase_10k_yuan')::float8 as output_increase
    from asked as target
    inner join covers as cover on target.region_key = cover.place
    inner join listed as item
        on target.register = item.kind and coalesce(target.register_department, item.department) = item.department
            and cover.region_key = item.region_key
            and case target.counted_window
                when 'lists' then target.first_day <= item.month
                when 'year'
                    then
                        item.in_force
                        and (item.attributes ->> target.date_attribute)::date
                        between make_date(target.year, 1, 1) and target.last_day
                when 'since_start'
                    then
                        item.in_force
                        and (item.attributes ->> target.date_attribute)::date
                        between target.first_day and target.last_day
                when 'until' then item.in_force and (item.attributes ->> target.date_attribute)::date <= target.last_day
                when 'held'
                    then
                        item.in_force and (item.attributes ->> target.date_attribute)::date <= target.last_day
                        and coalesce((item.attributes ->> 'valid_until')::date >= target.last_day, true)
                else item.in_force
            end
            and {{ matches('item.attributes', 'target.matching') }}
            and (
                target.number_attribute is null
                or (item.attributes ->> target.number_attribute)::float8 > target.more_than
            )
    left join bases as base on target.target = base.target and item.firm = base.firm
)

select
    t.target,
    t.region_key,
    t.measured_month,
    count(distinct c.thing) as counted_n,
    count(distinct c.thing) filter (where c.was_before_plan) as before_plan_n,
    count(distinct c.thing) filter (where not c.was_late) as in_time_n,
    count(distinct c.thing) filter (where c.in_base) as in_base_n,
    count(distinct c.thing) filter (where c.in_base and not c.was_late) as in_base_in_time_n,
    coalesce(w.base_n, 0) as base_n,
    sum(c.output_increase order by c.output_increase) as output_increase
from asked as t
left join counted as c on t.target = c.target and t.region_key = c.region_key
left join wholes as w on t.target = w.target
group by t.target, t.region_key, t.measured_month, w.base_n
