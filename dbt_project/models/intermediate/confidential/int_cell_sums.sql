-- Totals and what adds up to them: regions to the region that contains them, divisions to their section, divisions and
-- sections to all industry. A total may be the sum of several kinds of members.
with cells as (
    select * from {{ ref('int_cell_concentration') }}
),

parts as (
    select
        whole.cell as total,
        'region' as kind,
        member.cell as member,
        whole.value as value_of_total,
        member.value
    from cells as whole
    inner join {{ ref('regions') }} as region
        on whole.region_key = region.parent_key and region.adds_to_parent and region.valid_to is null
    inner join cells as member
        on region.region_key = member.region_key and whole.industry_code = member.industry_code
            and whole.judged_by = member.judged_by and whole.year = member.year
    union all
    select
        whole.cell as total,
        industry.level as kind,
        member.cell as member,
        whole.value as value_of_total,
        member.value
    from cells as whole
    inner join cells as member
        on whole.region_key = member.region_key and whole.judged_by = member.judged_by and whole.year = member.year
    inner join {{ ref('industries') }} as industry
        on member.industry_code = industry.industry_code
            and (
                whole.industry_code = '_T' and industry.level <> 'total'
                or industry.level = 'division' and whole.industry_code = industry.section
            )
)

select
    total,
    kind,
    member,
    sum(value::numeric) over (partition by total, kind)
    >= {{ threshold('confidential', 'covered_pct') }} / 100 * value_of_total as adds_up
from parts
