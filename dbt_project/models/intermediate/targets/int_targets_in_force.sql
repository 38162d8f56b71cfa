-- The plan's targets (domain.md 0.1) for the year built, once for every region that they bind: the city, or each county
-- where every one has to reach it. A region that a clause excepts is kept and said to be exempt (T37). What has to be
-- done by a day stays owed after it (T43); what is asked of each year or of their average ends with the last of them.
with build as (
    select
        b.month,
        b.top_region_key,
        extract(year from b.month)::int as year,
        (b.month + interval '1 month')::date - 1 as last_day
    from {{ ref('stg_build') }} as b
)

select
    t.target,
    t.name_zh,
    t.kind,
    t.value,
    t.value_to,
    t.tolerance,
    t.unit,
    t.comparison,
    t.period,
    t.first_year,
    t.last_year,
    t.measure,
    t.indicator,
    t.denominator,
    t.pace_indicator,
    t.register,
    t.register_department,
    t.matching,
    t.number_attribute,
    t.more_than,
    t.date_attribute,
    t.counted_window,
    t.base_register,
    t.base_department,
    t.base_matching,
    t.same_fact,
    t.clause,
    t.clause_text_zh,
    t.evidence_zh,
    t.note_zh,
    make_date(t.first_year, 1, 1) as first_day,
    (t.last_year - t.first_year + 1) * 12 as plan_months,
    b.month,
    b.year,
    b.last_day,
    d.region_key,
    d.name_zh as region_name,
    coalesce(d.region_key = any(string_to_array(t.exempt_regions, ';')), false) as is_exempt
from {{ ref('targets') }} as t
inner join build as b
    on t.first_year <= b.year and (t.last_year >= b.year or t.period = 'by_end')
inner join {{ ref('regions') }} as d
    on d.valid_to is null
        and case t.kind
            when 'count_per_county' then d.ranking_group is not null
            else b.top_region_key = d.region_key
        end
