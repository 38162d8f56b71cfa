-- Which cells of statistics analysts do not see and an edition does not print, and no more: which of them are hidden
-- for their own sake is told to nobody. The growth of the year after gives back a year's figure (base = value / (1 +
-- growth)), and so does a mean of two years, so these years are hidden too.
with hidden as (
    select
        p.indicator,
        c.region_key,
        c.industry_code,
        y.year
    from {{ ref('int_confidential_cells') }} as c
    inner join {{ ref('panel_indicators') }} as p on c.judged_by = p.judged_by
    cross join lateral (
        select c.year
        union
        select c.year + 1
        union
        select b.year from {{ ref('base_effects') }} as b
        where b.against_year = c.year
    ) as y
)

select distinct
    indicator,
    region_key,
    industry_code,
    year
from hidden
