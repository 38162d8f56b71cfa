-- How a hidden cell's figure could be another one, by industry: one within it gains, another loses or all that contains
-- it gains too.
with {{ industry_parents() }},

cells as (
    select * from {{ ref('int_cells_hidden_first') }}
),

sums_by_industry as (
    select distinct total
    from {{ ref('int_cell_sums') }}
    where kind <> 'region'
),

-- The industries that nothing adds up to, of its region first, else of the total: those within the hidden cell and the
-- others, by size.
leaves as (
    select
        hidden.cell,
        leaf.industry_code,
        contained.industry_code is not null as is_within,
        row_number() over (
            partition by hidden.cell, contained.industry_code is not null
            order by min(looked_in.place), not bool_or(leaf.is_hidden), min(leaf.value), leaf.industry_code
        ) as place
    from cells as hidden
    left join {{ ref('regions') }} as region
        on hidden.region_key = region.region_key and region.adds_to_parent and region.valid_to is null
    cross join
        lateral (
            values (hidden.region_key, 0), (region.parent_key, 1)
        ) as looked_in (region_key, place)
    inner join cells as leaf
        on hidden.judged_by = leaf.judged_by and hidden.year = leaf.year and looked_in.region_key = leaf.region_key
    left join sums_by_industry as added_up on leaf.cell = added_up.total
    left join industry_parents as contained
        on leaf.industry_code = contained.industry_code and hidden.industry_code = contained.within_industry
    where hidden.is_hidden and added_up.total is null
    group by hidden.cell, leaf.industry_code, contained.industry_code
),

leaf_moves as (
    select
        u.cell,
        100 * u.place + v.place as move,
        w.industry_code,
        w.sign
    from leaves as u
    inner join leaves as v on u.cell = v.cell and not v.is_within and v.place <= {{ partner_choices() }}
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
)

select
    l.cell,
    l.move,
    i.within_industry as industry_code,
    sum(l.sign) as sign
from leaf_moves as l
inner join industry_parents as i on l.industry_code = i.industry_code
group by l.cell, l.move, i.within_industry
having sum(l.sign) <> 0
