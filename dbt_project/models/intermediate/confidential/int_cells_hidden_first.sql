-- Few firms, or one that holds nearly all, hide a cell; others are hidden with it, the smallest first, so that of a
-- total that is shown, what is hidden adds up to no secret (int_confidential_cells, 1). Cells hidden later are no
-- secret themselves, so that it stays none.
with cells as (
    select * from {{ ref('int_cell_concentration') }}
),

-- In each sum the cells that are confidential themselves first, then the others by size.
lined_up as (
    select
        part.total,
        part.kind,
        part.member,
        member.value,
        member.largest,
        member.known_firms_n,
        whole.few_firms or whole.one_firm as total_hidden,
        count(*) filter (where member.few_firms or member.one_firm) over (partition by part.total, part.kind)
            as hidden_n,
        row_number() over (
            partition by part.total, part.kind
            order by
                not (member.few_firms or member.one_firm), member.value, member.region_key, member.industry_code
        ) as place
    from {{ ref('int_cell_sums') }} as part
    inner join cells as member on part.member = member.cell
    inner join cells as whole on part.total = whole.cell
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
        *,
        min(place) filter (where is_safe) over (partition by total, kind) as enough
    from added_up
),

hidden as (
    select member as cell
    from enough
    where place <= coalesce(enough, place)
    union
    select cell
    from cells
    where few_firms or one_firm
)

select
    c.cell,
    c.judged_by,
    c.region_key,
    c.industry_code,
    c.year,
    c.value,
    c.largest_pct,
    c.firms_n,
    c.few_firms,
    c.one_firm,
    h.cell is not null as is_hidden
from cells as c
left join hidden as h on c.cell = h.cell
