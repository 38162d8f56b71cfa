{#- of how many partners, the smallest first, a hidden cell may choose -#}
{%- set choices = 2 -%}

-- Cells of statistics that would give away a single firm (domain.md 2.11), by year: a month is the difference of two
-- figures to date, so one month's hit hides its whole year. Few firms, or one that holds nearly all, hide a cell;
-- others are hidden with it, the smallest first, so that
--   1. of a total that is shown, what is hidden adds up to no secret;
--   2. no hidden figure follows from those shown: each could be another one, with others that are hidden, while all
--      that is shown stays and every sum that adds up still does (of regions of two levels, a city and its counties).
with {{ industry_parents() }},

judged as (
    select * from {{ ref('int_cell_concentration') }}
),

-- Totals and what adds up to them: regions to the region that contains them, divisions to their section, divisions and
-- sections to all industry. A total may be the sum of several kinds of members.
parts as (
    select
        t.cell as total,
        'region' as kind,
        m.cell as member,
        t.value as value_of_total,
        m.value
    from judged as t
    inner join {{ ref('regions') }} as r on t.region_key = r.parent_key and r.adds_to_parent and r.valid_to is null
    inner join judged as m
        on r.region_key = m.region_key and t.industry_code = m.industry_code and t.judged_by = m.judged_by
            and t.year = m.year
    union all
    select
        t.cell as total,
        i.level as kind,
        m.cell as member,
        t.value as value_of_total,
        m.value
    from judged as t
    inner join judged as m on t.region_key = m.region_key and t.judged_by = m.judged_by and t.year = m.year
    inner join {{ ref('industries') }} as i
        on m.industry_code = i.industry_code
            and (t.industry_code = '_T' and i.level <> 'total' or i.level = 'division' and t.industry_code = i.section)
),

sums as (
    select
        p.total,
        p.kind,
        p.member,
        sum(p.value::numeric) over (partition by p.total, p.kind)
        >= {{ threshold('confidential', 'covered_pct') }} / 100 * p.value_of_total as adds_up
    from parts as p
),

-- In each sum the cells that are confidential themselves first, then the others by size.
lined_up as (
    select
        s.total,
        s.kind,
        s.member,
        m.value,
        m.largest,
        m.known_firms_n,
        t.few_firms or t.one_firm as total_hidden,
        count(*) filter (where m.few_firms or m.one_firm) over (partition by s.total, s.kind) as hidden_n,
        row_number() over (
            partition by s.total, s.kind
            order by not (m.few_firms or m.one_firm), m.value, m.region_key, m.industry_code
        ) as place
    from sums as s
    inner join judged as m on s.member = m.cell
    inner join judged as t on s.total = t.cell
),

added_up as (
    select
        l.*,
        l.place >= l.hidden_n and (
            l.total_hidden
            or sum(l.known_firms_n) over up_to_here >= {{ threshold('confidential', 'min_firms') }}
            and max(l.largest) over up_to_here
            <= {{ threshold('confidential', 'one_firm_pct') }} / 100 * sum(l.value) over up_to_here
        ) as is_safe
    from lined_up as l
    where l.hidden_n > 0
    window up_to_here as (partition by l.total, l.kind order by l.place)
),

enough as (
    select
        a.*,
        min(a.place) filter (where a.is_safe) over (partition by a.total, a.kind) as enough
    from added_up as a
),

-- Where a total is shown, so is the sum of what is hidden of it: enough is hidden for that to be no secret. Cells
-- hidden later are no secret themselves, so that it stays none.
first_hidden as (
    select e.member as cell
    from enough as e
    where e.place <= coalesce(e.enough, e.place)
    union
    select j.cell from judged as j
    where j.few_firms or j.one_firm
),

seen as (
    select
        j.*,
        h.cell is not null as is_hidden
    from judged as j
    left join first_hidden as h on j.cell = h.cell
),

-- How a hidden cell's figure could be another one, by region: its sibling loses what it gains, or its total gains it
-- too, or of a total one member.
region_moves as (
    select
        p.cell,
        p.judged_by,
        p.year,
        p.move,
        v.region_key,
        v.sign
    from (
        select
            c.cell,
            c.judged_by,
            c.year,
            c.region_key,
            o.region_key as other_region,
            -1 as sign,
            row_number() over (partition by c.cell order by not o.is_hidden, o.value, o.region_key) as move
        from seen as c
        inner join sums as s on c.cell = s.member and s.kind = 'region'
        inner join sums as t on s.total = t.total and t.kind = 'region' and s.member <> t.member
        inner join seen as o on t.member = o.cell
        where c.is_hidden
        union all
        select
            c.cell,
            c.judged_by,
            c.year,
            c.region_key,
            o.region_key as other_region,
            1 as sign,
            -row_number() over (partition by c.cell order by not o.is_hidden, o.value, o.region_key) as move
        from seen as c
        inner join sums as s on c.cell = s.total and s.kind = 'region'
        inner join seen as o on s.member = o.cell
        where c.is_hidden
        union all
        select
            c.cell,
            c.judged_by,
            c.year,
            c.region_key,
            r.parent_key as other_region,
            1 as sign,
            0 as move
        from seen as c
        left join {{ ref('regions') }} as r on c.region_key = r.region_key and r.adds_to_parent and r.valid_to is null
        where c.is_hidden
    ) as p
    cross join lateral (values (p.region_key, 1), (p.other_region, p.sign)) as v (region_key, sign)
    where p.move <= {{ choices }} and v.region_key is not null
),

sums_by_industry as (
    select distinct s.total
    from sums as s
    where s.kind <> 'region'
),

-- The industries that nothing adds up to, of its region first, else of the total: those within the hidden cell and the
-- others, by size.
leaves as (
    select
        c.cell,
        o.industry_code,
        i.industry_code is not null as is_within,
        row_number() over (
            partition by c.cell, i.industry_code is not null
            order by min(w.place), not bool_or(o.is_hidden), min(o.value), o.industry_code
        ) as place
    from seen as c
    left join {{ ref('regions') }} as r on c.region_key = r.region_key and r.adds_to_parent and r.valid_to is null
    cross join lateral (values (c.region_key, 0), (r.parent_key, 1)) as w (region_key, place)
    inner join seen as o on c.judged_by = o.judged_by and c.year = o.year and w.region_key = o.region_key
    left join sums_by_industry as t on o.cell = t.total
    left join industry_parents as i on o.industry_code = i.industry_code and c.industry_code = i.within_industry
    where c.is_hidden and t.total is null
    group by c.cell, o.industry_code, i.industry_code
),

-- The same by industry: one within it gains, another loses or all that contains it gains too.
industry_moves as (
    select
        l.cell,
        l.move,
        i.within_industry as industry_code,
        sum(l.sign) as sign
    from (
        select
            u.cell,
            100 * u.place + coalesce(v.place, 0) as move,
            w.industry_code,
            w.sign
        from leaves as u
        inner join leaves as v on u.cell = v.cell and not v.is_within and v.place <= {{ choices }}
        cross join lateral (values (u.industry_code, 1), (v.industry_code, -1)) as w (industry_code, sign)
        where u.is_within
        union all
        select
            u.cell,
            100 * u.place as move,
            u.industry_code,
            1 as sign
        from leaves as u
        where u.is_within
    ) as l
    inner join industry_parents as i on l.industry_code = i.industry_code
    group by l.cell, l.move, i.within_industry
    having sum(l.sign) <> 0
),

-- Said apart: the planner, which expects one row of every step, would else begin with all cells of a year.
steps as materialized (
    select
        r.cell,
        r.move as by_region,
        i.move as by_industry,
        r.judged_by,
        r.year,
        r.region_key,
        i.industry_code,
        r.sign * i.sign as sign
    from region_moves as r
    inner join industry_moves as i on r.cell = i.cell
),

moves as (
    select
        t.cell,
        t.by_region,
        t.by_industry,
        t.sign,
        o.cell as moved,
        case when o.is_hidden then 0 else o.value end as cost
    from steps as t
    inner join seen as o
        on t.judged_by = o.judged_by and t.year = o.year and t.region_key = o.region_key
            and t.industry_code = o.industry_code
),

signs as (
    select
        s.total,
        s.kind,
        s.member as cell,
        1 as sign
    from sums as s
    where s.adds_up
    union all
    select distinct
        s.total,
        s.kind,
        s.total as cell,
        -1 as sign
    from sums as s
    where s.adds_up
),

-- A move after which a sum no longer adds up shows itself; one that never did tells nothing.
unbalanced as (
    select
        m.cell,
        m.by_region,
        m.by_industry
    from moves as m
    inner join signs as s on m.moved = s.cell
    group by m.cell, m.by_region, m.by_industry, s.total, s.kind
    having sum(m.sign * s.sign) <> 0
),

chosen as (
    select distinct on (m.cell)
        m.cell,
        m.by_region,
        m.by_industry
    from (
        select
            cell,
            by_region,
            by_industry,
            sum(cost::numeric) as cost
        from moves
        group by cell, by_region, by_industry
    ) as m
    left join unbalanced as u on m.cell = u.cell and m.by_region = u.by_region and m.by_industry = u.by_industry
    order by m.cell, u.cell is not null, m.cost, m.by_region, m.by_industry
),

hidden as (
    select h.cell from first_hidden as h
    union
    select m.moved
    from chosen as c
    inner join moves as m on c.cell = m.cell and c.by_region = m.by_region and c.by_industry = m.by_industry
)

select
    j.judged_by,
    j.region_key,
    j.industry_code,
    j.year,
    case when j.few_firms then 'few_firms' when j.one_firm then 'one_firm' else 'complementary' end as reason,
    j.firms_n,
    j.largest_pct
from hidden as h
inner join judged as j on h.cell = j.cell
