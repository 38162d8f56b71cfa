{{ config(
    materialized='incremental',
    incremental_strategy='append',
    indexes=[{'columns': ['month']}],
    pre_hook="{{ forget(range(0, 14)) }}"
) }}

-- What entrants and leavers do to a total (domain.md 2.3): the firms of the panel's list, now and a year before, with
-- the figures that they report, wherever a total is published: what else may be told, nobody has judged
-- (int_confidential_cells). A firm belongs where the list of the time put it, so one that moved leaves one region
-- and enters the other. One of which a figure is missing counts in neither period's sum, wherever it is reckoned, so
-- that regions add up to the region that contains them. Sums are numeric: float sums would differ with the order of
-- their rows.
with recursive {{ containing_places() }},

{{ panel_lists(affected(range(-12, 14), 'l.month')) }},

lists as (select distinct month from listed),

-- Both lists are known, or nothing is said: a list that did not come has no leavers.
months as (
    select n.month
    from lists as n
    inner join lists as b on n.month = (b.month + interval '1 year')::date
    where {{ affected(range(0, 14), 'n.month') }}
),

members as (
    select *
    from listed
    where {{ in_panel('status') }}
),

members_before as (
    select
        firm,
        (month + interval '1 year')::date as month,
        region_key,
        industry_code
    from members
),

-- An empty region says that the firm is not on that list.
firms as (
    select
        coalesce(n.firm, b.firm) as firm,
        coalesce(n.month, b.month) as month,
        coalesce(n.region_key, '') as region_now,
        coalesce(n.industry_code, '') as industry_now,
        coalesce(b.region_key, '') as region_before,
        coalesce(b.industry_code, '') as industry_before
    from members as n
    full outer join members_before as b on n.firm = b.firm and n.month = b.month
    inner join months as m on coalesce(n.month, b.month) = m.month
),

-- why a firm came or went, as the lists of the year say, the last of them first
reasons as (
    select distinct on (f.firm, f.month)
        f.firm,
        f.month,
        e.status as reason
    from firms as f
    inner join listed as e
        on f.firm = e.firm and f.month - interval '1 year' < e.month and f.month >= e.month
    where
        f.region_before = '' and e.status in ('new_built', 'graduated')
        or f.region_now = '' and e.status in ('dropped', 'closed', 'merged')
    order by f.firm asc, f.month asc, e.month desc
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
        and {{ affected(range(-12, 14), 'g.month') }}
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
        g.indicator,
        g.region_key,
        g.industry_code,
        g.period_type,
        g.month,
        g.value,
        g.value_year_ago,
        g.growth_reported_pct,
        g.level_ratio_pct
    from {{ ref('int_series_growth') }} as g
    inner join (select distinct indicator from asked) as a on g.indicator = a.indicator
    where g.entity_id = '_T' and {{ affected(range(0, 14), 'g.month') }}
),

homes as materialized (
    select
        row_number() over () as home,
        d.*
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
        a.series,
        h.home,
        r.reason,
        (n.value is not null or h.region_now = '') and (b.value is not null or h.region_before = '') as is_known,
        count(*) as firms_n,
        count(*) filter (where n.value <> 0) as now_n,
        count(*) filter (where b.value <> 0) as before_n,
        sum(n.value::numeric) as value_now,
        sum(b.value::numeric) as value_before
    from firms as f
    inner join homes as h
        on f.region_now = h.region_now and f.industry_now = h.industry_now
            and f.region_before = h.region_before and f.industry_before = h.industry_before
    inner join asked as a on f.month = a.month
    left join reasons as r on f.firm = r.firm and f.month = r.month
    left join figures as n
        on f.firm = n.firm and a.indicator = n.indicator and a.period_type = n.period_type and a.month = n.month
    left join figures_before as b
        on f.firm = b.firm and a.indicator = b.indicator and a.period_type = b.period_type and a.month = b.month
    group by a.series, h.home, r.reason, is_known
),

-- The published cells that contain a firm's place of now or of then.
places as (
    select
        s.home,
        s.moved,
        s.region_key,
        s.industry_code,
        dense_rank() over (order by s.region_key, s.industry_code) as cell,
        bool_or(s.is_now) as is_now,
        bool_or(not s.is_now) as is_before
    from (
        select
            h.home,
            h.region_now <> '' and h.region_before <> '' as moved,
            r.within_region as region_key,
            i.within_industry as industry_code,
            true as is_now
        from homes as h
        inner join region_parents as r on h.region_now = r.region_key
        inner join industry_parents as i on h.industry_now = i.industry_code
        union all
        select
            h.home,
            h.region_now <> '' and h.region_before <> '' as moved,
            r.within_region,
            i.within_industry,
            false
        from homes as h
        inner join region_parents as r on h.region_before = r.region_key
        inner join industry_parents as i on h.industry_before = i.industry_code
    ) as s
    inner join (
        select distinct
            region_key,
            industry_code
        from published
    ) as u on s.region_key = u.region_key and s.industry_code = u.industry_code
    group by s.home, s.moved, s.region_key, s.industry_code
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
        sum(firms_n) as firms_n,
        coalesce(sum(firms_n) filter (where is_known), 0) as known_n,
        case when part not like 'left%' then coalesce(sum(now_n) filter (where is_known), 0) else 0 end as now_n,
        case when part not like 'entered%' then coalesce(sum(before_n) filter (where is_known), 0) else 0 end
            as before_n,
        case when part not like 'left%' then coalesce(sum(value_now) filter (where is_known), 0) else 0 end
            as value_now,
        case when part not like 'entered%' then coalesce(sum(value_before) filter (where is_known), 0) else 0 end
            as value_before
    from placed
    group by series, cell, part
),

cells as (
    select
        series,
        cell,
        coalesce(sum(firms_n) filter (where part not like 'left%'), 0)::int as firms_n,
        coalesce(sum(firms_n) filter (where part not like 'entered%'), 0)::int as firms_year_ago_n,
        coalesce(sum(firms_n) filter (where part = 'both'), 0)::int as firms_both_n,
        coalesce(sum(firms_n) filter (where part like 'entered%'), 0)::int as entrants_n,
        coalesce(sum(firms_n) filter (where part like 'left%'), 0)::int as leavers_n,
        coalesce(sum(known_n) filter (where part = 'both'), 0)::int as matched_n,
        sum(firms_n - known_n)::int as silent_n,
        sum(known_n) as known_n,
        sum(value_now)::float8 as firms_value,
        sum(value_before)::float8 as firms_value_year_ago,
        (sum(value_now) filter (where part = 'both' and known_n > 0))::float8 as matched_value,
        (sum(value_before) filter (where part = 'both' and known_n > 0))::float8 as matched_value_year_ago,
        {%- for reason in ('new_built', 'graduated', 'moved', 'unknown') %}
            coalesce(sum(value_now) filter (where part = 'entered_{{ reason }}'), 0)::float8 as entered_{{ reason }},
        {%- endfor %}
        {%- for reason in ('dropped', 'closed', 'merged', 'moved', 'unknown') %}
            (-coalesce(sum(value_before) filter (where part = 'left_{{ reason }}'), 0))::float8 as left_{{ reason }},
        {%- endfor %}
        coalesce(sum(value_now) filter (where part like 'entered%'), 0)::float8 as entered,
        (-coalesce(sum(value_before) filter (where part like 'left%'), 0))::float8 as gone
    from parts
    group by series, cell
),

named as (
    select
        a.indicator,
        a.period_type,
        a.month,
        p.region_key,
        p.industry_code,
        c.*
    from cells as c
    inner join asked as a on c.series = a.series
    inner join (
        select distinct
            cell,
            region_key,
            industry_code
        from places
    ) as p on c.cell = p.cell
    where c.known_n > 0
),

compared as (
    select
        c.*,
        case when c.firms_value_year_ago > 0 then c.firms_value_year_ago end as whole,
        g.growth_reported_pct,
        g.level_ratio_pct,
        case when g.value > 0 then 100 * c.firms_value / g.value end as covered_pct,
        case when g.value_year_ago > 0 then 100 * c.firms_value_year_ago / g.value_year_ago end as covered_year_ago_pct
    from named as c
    inner join published as g
        on c.indicator = g.indicator and c.region_key = g.region_key and c.industry_code = g.industry_code
            and c.period_type = g.period_type and c.month = g.month
),

-- The one sum of which analysts see the members: a region and those that add up to it. Shown industries beside shown
-- regions would be two such sums, of which one less the other may leave a single firm.
telling as (
    select
        c.series,
        c.cell,
        c.region_key,
        c.region_key = b.top_region_key as is_total,
        c.firms_value
    from compared as c
    cross join {{ ref('stg_build') }} as b
    left join {{ ref('regions') }} as r on c.region_key = r.region_key and r.valid_to is null
    where
        c.industry_code = '_T'
        and (c.region_key = b.top_region_key or r.parent_key = b.top_region_key and r.adds_to_parent)
),

-- How many firms give each figure of this year (side entered) and of the year before (left). What adds up to those that
-- stayed in the total are members' own and those that moved among them.
givers as (
    select
        t.series,
        t.cell,
        t.is_total,
        v.side,
        case when p.part = v.side || '_moved' then 'both' else p.part end as adds_to,
        v.firms_n
    from telling as t
    inner join parts as p on t.series = p.series and t.cell = p.cell
    cross join lateral (values ('entered', p.now_n), ('left', p.before_n)) as v (side, firms_n)
    where v.firms_n > 0
),

few as (
    select distinct
        series,
        cell
    from givers
    where firms_n < {{ threshold('confidential', 'min_firms') }}
),

lined_up as (
    select
        t.series,
        t.cell,
        count(f.cell) over (partition by t.series) as few_n,
        row_number() over (
            partition by t.series order by f.cell is null, t.firms_value, t.region_key
        ) as place
    from telling as t
    left join few as f on t.series = f.series and t.cell = f.cell
    where not t.is_total
),

-- What a shown total leaves of each figure beside the members shown, if so many of them are not.
left_over as (
    select
        t.series,
        h.hidden_n,
        t.firms_n - coalesce(sum(m.firms_n), 0) as firms_n
    from givers as t
    left join few as f on t.series = f.series and t.cell = f.cell
    inner join (
        select
            series,
            place as hidden_n
        from lined_up
        where place >= few_n
        union
        select
            series,
            0
        from lined_up
        where few_n = 0
    ) as h on t.series = h.series
    left join (
        select
            g.*,
            l.place
        from givers as g
        inner join lined_up as l on g.series = l.series and g.cell = l.cell
    ) as m
        on t.series = m.series and t.side = m.side and t.adds_to = m.adds_to and h.hidden_n < m.place
    where t.is_total and f.cell is null
    group by t.series, t.side, t.adds_to, t.firms_n, h.hidden_n
),

enough as (
    select
        s.series,
        min(s.hidden_n) as hidden_n
    from (
        select
            series,
            hidden_n
        from left_over
        group by series, hidden_n
        having not bool_or(firms_n > 0 and firms_n < {{ threshold('confidential', 'min_firms') }})
    ) as s
    group by s.series
)

select
    c.indicator,
    c.region_key,
    c.industry_code,
    c.period_type,
    c.month,
    c.firms_n,
    c.firms_year_ago_n,
    c.firms_both_n,
    c.entrants_n,
    c.leavers_n,
    c.matched_n,
    c.silent_n,
    c.growth_reported_pct,
    c.level_ratio_pct,
    100 * (c.firms_value - c.firms_value_year_ago) / c.whole as firms_growth_pct,
    case
        when c.matched_value_year_ago > 0
            then 100 * (c.matched_value - c.matched_value_year_ago) / c.matched_value_year_ago
    end
        as matched_growth_pct,
    100 * (coalesce(c.matched_value, 0) - coalesce(c.matched_value_year_ago, 0)) / c.whole as matched_pp,
    100 * c.entered / c.whole as entrants_pp,
    100 * c.gone / c.whole as leavers_pp,
    {%- for reason in ('new_built', 'graduated', 'moved', 'unknown') %}
        100 * c.entered_{{ reason }} / c.whole as entered_{{ reason }}_pp,
    {%- endfor %}
    {%- for reason in ('dropped', 'closed', 'merged', 'moved', 'unknown') %}
        100 * c.left_{{ reason }} / c.whole as left_{{ reason }}_pp,
    {%- endfor %}
    c.covered_pct,
    c.covered_year_ago_pct,
    coalesce(
        greatest(abs(c.covered_pct - 100), abs(c.covered_year_ago_pct - 100))
        <= {{ threshold('panel', 'covered_off_pct') }}
        and c.covered_pct is not null and c.covered_year_ago_pct is not null,
        false
    ) as stands_for_total,
    t.cell is null or f.cell is not null or coalesce(l.place <= e.hidden_n, false) as confidential
from compared as c
left join telling as t on c.series = t.series and c.cell = t.cell
left join few as f on c.series = f.series and c.cell = f.cell
left join lined_up as l on c.series = l.series and c.cell = l.cell
left join enough as e on c.series = e.series
