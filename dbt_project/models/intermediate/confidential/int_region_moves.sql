-- How a hidden cell's figure could be another one, by region: its sibling loses what it gains, or its total gains it
-- too, or of a total one member.
with cells as (
    select * from {{ ref('int_cells_hidden_first') }}
),

sums as (
    select
        total,
        member
    from {{ ref('int_cell_sums') }}
    where kind = 'region'
),

partners as (
    select
        hidden.cell,
        hidden.judged_by,
        hidden.year,
        hidden.region_key,
        sibling.region_key as other_region,
        -1 as sign,
        row_number() over (
            partition by hidden.cell order by not sibling.is_hidden, sibling.value, sibling.region_key
        ) as move
    from cells as hidden
    inner join sums as part on hidden.cell = part.member
    inner join sums as other_part on part.total = other_part.total and part.member <> other_part.member
    inner join cells as sibling on other_part.member = sibling.cell
    where hidden.is_hidden
    union all
    select
        hidden.cell,
        hidden.judged_by,
        hidden.year,
        hidden.region_key,
        member.region_key as other_region,
        1 as sign,
        -row_number() over (
            partition by hidden.cell order by not member.is_hidden, member.value, member.region_key
        ) as move
    from cells as hidden
    inner join sums as part on hidden.cell = part.total
    inner join cells as member on part.member = member.cell
    where hidden.is_hidden
    union all
    select
        hidden.cell,
        hidden.judged_by,
        hidden.year,
        hidden.region_key,
        region.parent_key as other_region,
        1 as sign,
        0 as move
    from cells as hidden
    left join {{ ref('regions') }} as region
        on hidden.region_key = region.region_key and region.adds_to_parent and region.valid_to is null
    where hidden.is_hidden
)

select
    p.cell,
    p.judged_by,
    p.year,
    p.move,
    v.region_key,
    v.sign
from partners as p
cross join lateral (values (p.region_key, 1), (p.other_region, p.sign)) as v (region_key, sign)
where p.move <= {{ partner_choices() }} and v.region_key is not null
