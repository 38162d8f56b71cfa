-- Growth of the main indicators under each look at it (domain.md 3.3 rule 1), in the month built and in the release
-- before it. January, and February alone, are never looked at. Two years are averaged where both have comparable growth
-- on one basis; what else sets them apart is named beside, whatever the look (int_series_growth).
with releases as (
    select r.*
    from {{ ref('int_releases') }} as r
    inner join {{ ref('indicators') }} as i on r.indicator = i.indicator and i.main_indicator
    where
        r.month between {{ month_built() }} - interval '15 months' and {{ month_built() }}
        and r.growth_pct is not null and {{ may_judge('r') }}
        and extract(month from r.month) <> 1
        and (r.period_type <> 'M' or extract(month from r.month) > 2)
),

-- the month built and the release before it
looked_at as (
    select
        r.*,
        r.month = {{ month_built() }} as is_now
    from releases as r
    where
        r.month = {{ month_built() }}
        or exists (
            select 1 from releases as n
            where
                n.month = {{ month_built() }} and n.indicator = r.indicator and n.region_key = r.region_key
                and n.previous_month = r.month and (n.period_type = 'YTD') = (r.period_type = 'YTD')
        )
),

-- year-to-date figures and months, with what their growth stands on
periods as (
    select
        p.*,
        coalesce({{ growth_base('p') }}, p.month_base) as base
    from {{ ref('int_periods') }} as p
    where
        -- a month looked at, and the year of it
        p.month between {{ month_built() }} - interval '15 months' and {{ month_built() }}
        and p.period_type in ('YTD', 'M') and p.industry_code = '_T' and p.entity_id = '_T' and p.nature = 'flow'
),

-- From March on: the year to date less January-February where one delivery says both, since what was revised between
-- two of them would pass for growth since March (domain.md 2.1); else the months themselves, where each is known.
since_march as (
    select
        1 as preference,
        t.indicator,
        t.region_key,
        t.month,
        100 * ((t.value - f.value) / (t.base - f.base) - 1) as growth_pct,
        coalesce({{ difference_band_pp('t', 'f') }}, 0) as error_pp
    from periods as t
    inner join periods as f
        on t.indicator = f.indicator and t.region_key = f.region_key and t.period_type = f.period_type
            and f.month = date_trunc('year', t.month) + interval '1 month' and t.value_delivery_id = f.value_delivery_id
    where t.period_type = 'YTD' and t.month > f.month and t.base > f.base
    union all
    select
        2,
        t.indicator,
        t.region_key,
        t.month,
        100 * (sum(m.value order by m.month) / sum(m.base order by m.month) - 1),
        coalesce(
            sum(m.base * coalesce(m.growth_error_pp, {{ half_unit_pp(['m']) }}) order by m.month)
            filter (where m.base_reported is null)
            / sum(m.base order by m.month),
            0
        )
    from periods as t
    inner join periods as m
        on t.indicator = m.indicator and t.region_key = m.region_key and t.period_type = m.period_type
            and m.month between date_trunc('year', t.month) + interval '2 months' and t.month
    where t.period_type = 'M'
    group by t.indicator, t.region_key, t.month
    having count(m.value + m.base) = extract(month from t.month) - 2 and sum(m.base order by m.month) > 0
),

without_january_february as (
    select distinct on (s.indicator, s.region_key, s.month) s.*
    from since_march as s
    where s.growth_pct is not null
    order by s.indicator asc, s.region_key asc, s.month asc, s.preference asc
),

first_releases as (
    select distinct on (r.indicator, r.region_key, r.period_type, r.month) r.*
    from {{ ref('stg_revisions') }} as r
    where r.measure = 'growth' and r.industry_code = '_T' and r.entity_id = '_T' and r.old_value is not null
    order by r.indicator asc, r.region_key asc, r.period_type asc, r.month asc, r.accepted_at asc, r.delivery_id asc
)

select
    'published' as look, l.indicator, l.region_key, l.is_now, l.growth_pct,
    coalesce(l.growth_error_pp, 0) as error_pp, l.maturity, l.rank is not null as has_place,
    l.two_year_caveat
from looked_at as l
union all
select
    'first_release', l.indicator, l.region_key, l.is_now, coalesce(v.old_value, l.growth_pct),
    coalesce(l.growth_error_pp, 0), case when v.delivery_id is null then l.maturity else v.revised_maturity end,
    l.rank is not null, l.two_year_caveat
from looked_at as l
left join first_releases as v
    on l.indicator = v.indicator and l.region_key = v.region_key and l.period_type = v.period_type
        and l.month = v.month
union all
select
    'without_january_february', l.indicator, l.region_key, l.is_now, s.growth_pct, s.error_pp, l.maturity,
    l.rank is not null, l.two_year_caveat
from looked_at as l
inner join without_january_february as s
    on l.indicator = s.indicator and l.region_key = s.region_key and l.month = s.month
where l.period_type = 'YTD'
union all
select
    'two_year_average', l.indicator, l.region_key, l.is_now,
    100 * (sqrt((1 + l.growth_pct / 100) * (1 + y.growth_pct / 100)) - 1), coalesce(l.growth_error_pp, 0),
    l.maturity, l.rank is not null, l.two_year_caveat
from looked_at as l
inner join releases as y
    on l.indicator = y.indicator and l.region_key = y.region_key and l.month = y.month + interval '1 year'
        and l.period_type = y.period_type
where
    l.growth_pct > -100 and y.growth_pct > -100
    and coalesce(l.two_year_caveat not in ('no_comparable_growth', 'growth_basis'), true)
