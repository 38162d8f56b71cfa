-- How many firms a cell of statistics has and how much of it the largest holds (domain.md 2.11), by year, as it is
-- hidden. Firms are counted from the panel's list, else from their figures where these make up the cell; of a cell of
-- which neither is known, nothing can be said.
with recursive {{ containing_places() }},

-- Firms of one home are told apart no further: the largest of a cell is the largest of its homes. Sums are numeric:
-- float sums would differ with the order of their rows.
of_homes as (
    select
        s.indicator,
        s.region_key,
        s.industry_code,
        s.period_type,
        s.month,
        max(s.value) as largest,
        sum(s.value::numeric) as value,
        count(*) filter (where s.value <> 0) as firms_n
    from {{ ref('int_series') }} as s
    inner join {{ ref('panel_indicators') }} as p on s.indicator = p.indicator
    inner join {{ ref('indicators') }} as i on s.indicator = i.indicator and i.never_negative
    where s.entity_id <> '_T' and s.value is not null
    group by s.indicator, s.region_key, s.industry_code, s.period_type, s.month
),

{{ panel_lists() }},

-- To count a firm at its place and add up is quicker than to tell firms apart in every cell.
members as (
    select
        region_key,
        industry_code,
        month,
        count(*) as firms_n
    from listed
    where {{ in_panel('status') }}
    group by region_key, industry_code, month
),

panel as (
    select
        r.within_region as region_key,
        i.within_industry as industry_code,
        m.month,
        sum(m.firms_n) as firms_n
    from members as m
    inner join region_parents as r on m.region_key = r.region_key
    inner join industry_parents as i on m.industry_code = i.industry_code
    group by r.within_region, i.within_industry, m.month
),

published as (
    select
        p.judged_by,
        s.indicator,
        s.region_key,
        s.industry_code,
        s.period_type,
        s.month,
        s.value
    from {{ ref('int_series') }} as s
    inner join {{ ref('panel_indicators') }} as p on s.indicator = p.indicator
    where
        s.entity_id = '_T'
        -- where no firm is known, nothing can be said of any cell
        and (exists (select from of_homes) or exists (select from panel))
),

cells as (
    select distinct
        judged_by,
        region_key,
        industry_code
    from published
),

in_cells as (
    select
        home.indicator,
        region.within_region as region_key,
        industry.within_industry as industry_code,
        home.period_type,
        home.month,
        max(home.largest) as largest,
        sum(home.value) as value,
        sum(home.firms_n) as firms_n
    from of_homes as home
    inner join region_parents as region on home.region_key = region.region_key
    inner join industry_parents as industry on home.industry_code = industry.industry_code
    inner join {{ ref('panel_indicators') }} as judge on home.indicator = judge.indicator
    inner join cells as cell
        on judge.judged_by = cell.judged_by and region.within_region = cell.region_key
            and industry.within_industry = cell.industry_code
    group by home.indicator, region.within_region, industry.within_industry, home.period_type, home.month
),

measured as (
    select
        u.judged_by,
        u.region_key,
        u.industry_code,
        extract(year from u.month)::int as year,
        u.value,
        case when u.value > 0 then 100 * f.largest / u.value end as largest_pct,
        coalesce(
            case when f.value >= {{ threshold('confidential', 'covered_pct') }} / 100 * u.value then f.firms_n end,
            p.firms_n
        ) as firms_n
    from published as u
    left join in_cells as f
        on u.indicator = f.indicator and u.region_key = f.region_key and u.industry_code = f.industry_code
            and u.period_type = f.period_type and u.month = f.month
    left join panel as p
        on u.region_key = p.region_key and u.industry_code = p.industry_code and u.month = p.month
),

by_year as (
    select
        judged_by,
        region_key,
        industry_code,
        year,
        coalesce(max(value), 0) as value,
        max(value * largest_pct / 100) as largest,
        max(largest_pct) as largest_pct,
        min(firms_n)::int as firms_n
    from measured
    group by judged_by, region_key, industry_code, year
),

first_known as (
    select
        judged_by,
        region_key,
        industry_code,
        min(year) filter (where firms_n is not null) as counted_from,
        (array_agg(firms_n order by year) filter (where firms_n is not null))[1] as first_firms_n,
        min(year) filter (where largest_pct is not null) as shared_from,
        (array_agg(largest_pct order by year) filter (where largest_pct is not null))[1] as first_largest_pct
    from by_year
    group by judged_by, region_key, industry_code
),

-- A year before firms were told has those of the first year in which they were: shown, its ratio to what is shown of
-- both years would give back the figure of the year that is hidden.
carried_back as (
    select
        y.judged_by,
        y.region_key,
        y.industry_code,
        y.year,
        y.value,
        case when y.year < f.shared_from then y.value * f.first_largest_pct / 100 else y.largest end as largest,
        case when y.year < f.shared_from then f.first_largest_pct else y.largest_pct end as largest_pct,
        case when y.year < f.counted_from then f.first_firms_n else y.firms_n end as firms_n
    from by_year as y
    inner join first_known as f
        on y.judged_by = f.judged_by and y.region_key = f.region_key and y.industry_code = f.industry_code
)

-- A cell whose firms are unknown weighs as one of enough firms.
select
    row_number() over (order by judged_by, region_key, industry_code, year) as cell,
    judged_by,
    region_key,
    industry_code,
    year,
    value,
    coalesce(largest, 0) as largest,
    largest_pct,
    firms_n,
    coalesce(firms_n, {{ threshold('confidential', 'min_firms') }}) as known_firms_n,
    coalesce(firms_n < {{ threshold('confidential', 'min_firms') }}, false) as few_firms,
    coalesce(largest_pct > {{ threshold('confidential', 'one_firm_pct') }}, false) as one_firm
from carried_back
