{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach=range(14) | list,
    looks_back=range(1, 13) | list
) }}

-- The firms of the panel's list, now and a year before, with the figures that they report, summed by what they do to a
-- total (domain.md 2.3), wherever one is published: what else may be told, nobody has judged (int_confidential_cells).
-- One of which a figure is missing counts in neither period's sum, wherever it is reckoned, so that regions add up to
-- the region that contains them. Sums are numeric: float sums would differ with the order of their rows.
with recursive {{ containing_places() }},

firms as (
    select *
    from {{ ref('int_panel_firms') }}
    where {{ affected() }}
),

figures as (
    select
        g.indicator,
        g.period_type,
        g.month,
        g.entity_id as firm,
        g.value
    from {{ ref('int_series_growth') }} as g
    inner join {{ ref('indicators') }} as i on g.indicator = i.indicator
    where
        i.department = 'stat' and i.sums_over_regions and g.entity_id <> '_T' and g.value is not null
        and {{ needed('g.month') }}
),

figures_before as (
    select
        indicator,
        period_type,
        (month + interval '1 year')::date as month,
        firm,
        value
    from figures
),

-- What firms are asked for in both periods. Series, homes and cells go by numbers: to group by their names takes longer
-- than all else (bench/marts.py).
asked as materialized (
    select
        row_number() over () as series,
        b.*
    from (
        select
            indicator,
            period_type,
            month
        from figures
        intersect
        select
            indicator,
            period_type,
            month
        from figures_before
    ) as b
),

published as materialized (
    select
        a.*,
        g.region_key,
        g.industry_code,
        dense_rank() over (order by g.region_key, g.industry_code) as cell
    from {{ ref('int_series_growth') }} as g
    inner join asked as a on g.indicator = a.indicator and g.period_type = a.period_type and g.month = a.month
    where g.entity_id = '_T' and {{ affected('g.month') }}
),

cells as materialized (
    select distinct
        cell,
        region_key,
        industry_code
    from published
),

homes as materialized (
    select
        row_number() over () as home,
        d.*,
        d.region_now <> '' and d.region_before <> '' as moved
    from (
        select distinct
            region_now,
            industry_now,
            region_before,
            industry_before
        from firms
    ) as d
),

reported as (
    select
        series.series,
        home.home,
        firm.reason,
        (figure.value is not null or home.region_now = '')
        and (figure_before.value is not null or home.region_before = '') as is_known,
        count(*) as firms_n,
        count(*) filter (where figure.value <> 0) as now_n,
        count(*) filter (where figure_before.value <> 0) as before_n,
        sum(figure.value::numeric) as value_now,
        sum(figure_before.value::numeric) as value_before
    from firms as firm
    inner join homes as home
        on firm.region_now = home.region_now and firm.industry_now = home.industry_now
            and firm.region_before = home.region_before and firm.industry_before = home.industry_before
    inner join asked as series on firm.month = series.month
    left join figures as figure
        on firm.firm = figure.firm and series.indicator = figure.indicator and series.period_type = figure.period_type
            and series.month = figure.month
    left join figures_before as figure_before
        on firm.firm = figure_before.firm and series.indicator = figure_before.indicator
            and series.period_type = figure_before.period_type and series.month = figure_before.month
    group by series.series, home.home, firm.reason, is_known
),

-- The published cells that contain a firm's place of now or of then.
places as (
    select
        home.home,
        home.moved,
        cell.cell,
        bool_or(place.is_now) as is_now,
        bool_or(not place.is_now) as is_before
    from homes as home
    cross join
        lateral (
            values (home.region_now, home.industry_now, true), (home.region_before, home.industry_before, false)
        ) as place (region_key, industry_code, is_now)
    inner join region_parents as region on place.region_key = region.region_key
    inner join industry_parents as industry on place.industry_code = industry.industry_code
    inner join cells as cell on region.within_region = cell.region_key and industry.within_industry = cell.industry_code
    group by home.home, home.moved, cell.cell
),

placed as (
    select
        f.series,
        p.cell,
        f.is_known,
        f.firms_n,
        f.now_n,
        f.before_n,
        f.value_now,
        f.value_before,
        case
            when p.is_now and p.is_before then 'both'
            else
                case when p.is_now then 'entered_' else 'left_' end
                || case when p.moved then 'moved' else coalesce(f.reason, 'unknown') end
        end as part
    from reported as f
    inner join places as p on f.home = p.home
),

-- Those that stayed, and those that came or went for one reason.
parts as (
    select
        series,
        cell,
        part,
        sum(firms_n)::int as firms_n,
        coalesce(sum(firms_n) filter (where is_known), 0)::int as known_n,
        case when part not like 'left%' then coalesce(sum(now_n) filter (where is_known), 0) else 0 end::int as now_n,
        case when part not like 'entered%' then coalesce(sum(before_n) filter (where is_known), 0) else 0 end::int
            as before_n,
        case when part not like 'left%' then coalesce(sum(value_now) filter (where is_known), 0) else 0 end
            as value_now,
        case when part not like 'entered%' then coalesce(sum(value_before) filter (where is_known), 0) else 0 end
            as value_before
    from placed
    group by series, cell, part
)

select
    u.indicator,
    u.region_key,
    u.industry_code,
    u.period_type,
    u.month,
    p.part,
    p.firms_n,
    p.known_n,
    p.now_n,
    p.before_n,
    p.value_now,
    p.value_before
from parts as p
inner join published as u on p.series = u.series and p.cell = u.cell
