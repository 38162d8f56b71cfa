{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach=range(14) | list
) }}

-- Of which regions analysts see what entrants and leavers do to a total (docs/decisions/0009): of the one sum of which
-- they see the members, a region and those that add up to it, at all industry. Shown industries beside shown regions
-- would be two such sums, of which one less the other may leave a single firm.
with telling as (
    select
        p.*,
        p.region_key = b.top_region_key as is_total,
        dense_rank() over (order by p.indicator, p.period_type, p.month) as series,
        bool_or(
            p.now_n between 1 and {{ threshold('confidential', 'min_firms') }} - 1
            or p.before_n between 1 and {{ threshold('confidential', 'min_firms') }} - 1
        ) over (partition by p.indicator, p.period_type, p.month, p.region_key) as is_few
    from {{ ref('int_panel_parts') }} as p
    cross join {{ ref('stg_build') }} as b
    left join {{ ref('regions') }} as r on p.region_key = r.region_key and r.valid_to is null
    where
        p.industry_code = '_T' and p.known_n > 0
        and (p.region_key = b.top_region_key or r.parent_key = b.top_region_key and r.adds_to_parent)
        and {{ affected('p.month') }}
),

-- How many firms give each figure of this year (side entered) and of the year before (left). What adds up to those that
-- stayed in the total are members' own and those that moved among them.
givers as (
    select
        t.series,
        t.region_key,
        t.is_total,
        t.is_few,
        v.side,
        case when t.part = v.side || '_moved' then 'both' else t.part end as adds_to,
        v.firms_n
    from telling as t
    cross join lateral (values ('entered', t.now_n), ('left', t.before_n)) as v (side, firms_n)
    where v.firms_n > 0
),

lined_up as (
    select
        series,
        region_key,
        is_few,
        row_number() over (partition by series order by is_few desc, sum(value_now) asc, region_key asc) as place
    from telling
    where not is_total
    group by series, region_key, is_few
),

tried as (
    select
        series,
        generate_series(count(*) filter (where is_few), count(*)) as hidden_n
    from lined_up
    group by series
),

-- What a shown total leaves of each figure beside the members shown, if so many of them are not.
left_over as (
    select
        t.series,
        h.hidden_n,
        t.firms_n - coalesce(sum(m.firms_n), 0) as firms_n
    from givers as t
    inner join tried as h on t.series = h.series
    left join (
        select
            g.*,
            l.place
        from givers as g
        inner join lined_up as l on g.series = l.series and g.region_key = l.region_key
    ) as m
        on t.series = m.series and t.side = m.side and t.adds_to = m.adds_to and h.hidden_n < m.place
    where t.is_total and not t.is_few
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

select distinct
    t.indicator,
    t.region_key,
    t.industry_code,
    t.period_type,
    t.month
from telling as t
left join lined_up as l on t.series = l.series and t.region_key = l.region_key
left join enough as e on t.series = e.series
where not t.is_few and coalesce(l.place > e.hidden_n, true)
