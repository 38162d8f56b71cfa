-- Cells of statistics that would give away a single firm (domain.md 2.11), by year: a month is the difference of two
-- figures to date, so one month's hit hides its whole year. Few firms, or one that holds nearly all, hide a cell;
-- others are hidden with it, the smallest first, so that
--   1. of a total that is shown, what is hidden adds up to no secret (int_cells_hidden_first);
--   2. no hidden figure follows from those shown: each could be another one, with others that are hidden, while all
--      that is shown stays and every sum that adds up still does (of regions of two levels, a city and its counties).
with cells as (
    select * from {{ ref('int_cells_hidden_first') }}
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
    from {{ ref('int_region_moves') }} as r
    inner join {{ ref('int_industry_moves') }} as i on r.cell = i.cell
),

moves as (
    select
        s.cell,
        s.by_region,
        s.by_industry,
        s.sign,
        o.cell as moved,
        case when o.is_hidden then 0 else o.value end as cost
    from steps as s
    inner join cells as o
        on s.judged_by = o.judged_by and s.year = o.year and s.region_key = o.region_key
            and s.industry_code = o.industry_code
),

sums as (
    select
        total,
        kind,
        member
    from {{ ref('int_cell_sums') }}
    where adds_up
),

signs as (
    select
        total,
        kind,
        member as cell,
        1 as sign
    from sums
    union all
    select distinct
        total,
        kind,
        total as cell,
        -1 as sign
    from sums
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
    select c.cell
    from cells as c
    where c.is_hidden
    union
    select m.moved
    from chosen as c
    inner join moves as m on c.cell = m.cell and c.by_region = m.by_region and c.by_industry = m.by_industry
)

select
    c.judged_by,
    c.region_key,
    c.industry_code,
    c.year,
    case when c.few_firms then 'few_firms' when c.one_firm then 'one_firm' else 'complementary' end as reason,
    c.firms_n,
    c.largest_pct
from hidden as h
inner join cells as c on h.cell = c.cell
