-- The plan's targets (domain.md 0.1, 3.3 rule 3) as at the month built: what is reached, what the pace asks by now,
-- what the rest of the year has to bring. A target whose feed has not come has no figure; it is never a 0.
with build as (
    select
        b.month,
        b.top_region_key,
        b.area,
        extract(year from b.month)::int as year,
        (b.month + interval '1 month')::date - 1 as last_day
    from {{ ref('stg_build') }} as b
),

placed as (
    select
        t.*,
        make_date(t.first_year, 1, 1) as first_day,
        (t.last_year - t.first_year + 1) * 12 as plan_months,
        b.month,
        b.year,
        b.last_day,
        d.region_key,
        d.name_zh as region_name,
        coalesce(d.region_key = any(string_to_array(t.exempt_regions, ';')), false) as is_exempt
    from {{ ref('targets') }} as t
    inner join build as b on b.area = 'jingmen' and b.year between t.first_year and t.last_year
    inner join {{ ref('dim_region') }} as d
        on b.area = d.area
            and case t.kind
                when 'count_per_county' then d.ranking_group is not null
                else b.top_region_key = d.region_key
            end
),

points as (
    select
        g.indicator,
        g.period_type,
        g.month,
        extract(year from g.month)::int as year,
        g.value,
        g.growth_pct
    from {{ ref('int_series_growth') }} as g
    inner join build as b on g.region_key = b.top_region_key and g.month <= b.month
    where g.industry_code = '_T' and g.entity_id = '_T'
),

-- the figure by which a year is known up to the month built: year to date where there is one
latest_values as (
    select distinct on (indicator, year) *
    from points
    where value is not null
    order by indicator asc, year asc, (period_type = 'YTD') desc, month desc
),

latest_growth as (
    select distinct on (indicator, year) *
    from points
    where growth_pct is not null and period_type = 'YTD'
    order by indicator asc, year asc, month desc
),

grown as (
    select
        p.target,
        g.growth_pct,
        g.month as measured_month
    from placed as p
    inner join latest_growth as g on p.indicator = g.indicator and p.year = g.year
    where p.measure = 'growth'
),

-- whole years of the plan that are over, for what is an average of years
past_years as (
    select
        p.target,
        count(*) as years_n,
        sum(ln(1 + g.growth_pct / 100)) as log_growth
    from placed as p
    inner join latest_growth as g
        on p.indicator = g.indicator and g.year between p.first_year and p.year - 1
            and extract(month from g.month) = 12 and g.growth_pct > -100
    where p.measure = 'growth' and p.period = 'average'
    group by p.target
),

shares as (
    select distinct on (p.target)
        p.target,
        100 * n.value / d.value as actual,
        n.month as measured_month
    from placed as p
    inner join points as n on p.indicator = n.indicator and p.year = n.year and n.period_type = 'YTD'
    inner join points as d on p.denominator = d.indicator and n.month = d.month and d.period_type = 'YTD'
    where p.measure = 'share' and n.value is not null and d.value > 0
    order by p.target asc, n.month desc
),

levels as (
    select
        p.target,
        case when p.measure in ('change', 'increase') then v.value - o.value else v.value end as actual,
        o.value as before_plan,
        v.month as measured_month
    from placed as p
    inner join latest_values as v on p.indicator = v.indicator and p.year = v.year
    left join latest_values as o on p.indicator = o.indicator and o.year = p.first_year - 1
    where p.measure in ('level', 'level_to_date', 'change', 'increase', 'rank')
),

-- a list's row counts for the place it names, for the combined unit around it, and for the city
covers as (
    select
        d.region_key as place,
        r.region_key
    from {{ ref('dim_region') }} as d
    inner join {{ ref('dim_region') }} as r
        on d.area = r.area and (d.is_top or d.region_key = r.region_key or d.region_key = r.parent_key)
),

listed as (
    select
        r.kind,
        -- what a list places nowhere counts for the city
        coalesce(r.region_key, b.top_region_key) as region_key,
        coalesce(r.credit_code, r.entity_id) as entity_id,
        r.attributes,
        r.month,
        r.in_force
    from {{ ref('stg_register') }} as r
    inner join build as b on r.month <= b.month
),

lists as (
    select
        kind,
        max(month) as month
    from listed
    where in_force
    group by kind
),

counted as (
    select
        p.target,
        p.region_key,
        l.month as measured_month,
        count(distinct x.entity_id) as actual,
        count(distinct x.entity_id) filter (
            where (x.attributes ->> p.date_attribute)::date < p.first_day
        ) as before_plan,
        sum((x.attributes ->> 'output_increase_10k_yuan')::float8) as output_increase
    from placed as p
    inner join lists as l on p.register = l.kind
    left join covers as c on p.region_key = c.place
    left join listed as x
        on p.register = x.kind and c.region_key = x.region_key
            and case p.counted_window
                when 'lists' then p.first_day <= x.month
                when 'year'
                    then
                        x.in_force
                        and (x.attributes ->> p.date_attribute)::date between make_date(p.year, 1, 1) and p.last_day
                when 'since_start'
                    then
                        x.in_force and (x.attributes ->> p.date_attribute)::date between p.first_day and p.last_day
                when 'until' then x.in_force and (x.attributes ->> p.date_attribute)::date <= p.last_day
                when 'held'
                    then
                        x.in_force and (x.attributes ->> p.date_attribute)::date <= p.last_day
                        and coalesce((x.attributes ->> 'valid_until')::date >= p.last_day, true)
                else x.in_force
            end
            and (
                p.matching is null
                or exists (
                    select 1 from jsonb_array_elements(p.matching) as m (one)
                    where x.attributes @> m.one
                )
            )
            and (p.number_attribute is null or (x.attributes ->> p.number_attribute)::float8 > p.more_than)
    where p.register is not null
    group by p.target, p.region_key, l.month
),

bases as (
    select
        p.target,
        count(distinct x.entity_id) as base
    from placed as p
    inner join listed as x
        on p.base_register = x.kind and x.in_force
            and (
                p.base_matching is null
                or exists (
                    select 1 from jsonb_array_elements(p.base_matching) as m (one)
                    where x.attributes @> m.one
                )
            )
    group by p.target
),

added_output as (
    select
        p.target,
        v.value - v.value / (1 + g.growth_pct / 100) as increase
    from placed as p
    inner join latest_values as v on p.indicator = v.indicator and p.year = v.year
    inner join latest_growth as g on v.indicator = g.indicator and v.month = g.month and g.growth_pct > -100
    where p.measure = 'growth_points_share'
),

measured as (
    select
        p.*,
        coalesce(g.measured_month, s.measured_month, l.measured_month, c.measured_month) as measured_month,
        case p.measure
            when 'growth' then g.growth_pct
            when 'share' then s.actual
            when 'register_count' then c.actual
            when 'register_share' then 100 * c.actual / nullif(o.base, 0)::float8
            when 'growth_points_share' then case when a.increase > 0 then 100 * c.output_increase / a.increase end
            else l.actual
        end as current_actual,
        case p.measure when 'register_count' then c.before_plan else l.before_plan end as before_plan,
        coalesce(y.years_n, 0) as past_years_n,
        coalesce(y.log_growth, 0) as past_log_growth
    from placed as p
    left join grown as g on p.target = g.target
    left join past_years as y on p.target = y.target
    left join shares as s on p.target = s.target
    left join levels as l on p.target = l.target
    left join counted as c on p.target = c.target and p.region_key = c.region_key
    left join bases as o on p.target = o.target
    left join added_output as a on p.target = a.target
),

-- Share of the year that lies behind at the month measured, of the last three years that are whole; of ST01, which
-- has no level, that of output.
seasons as (
    select
        m.target,
        avg(t.value / d.value) as share,
        count(*) as years_n,
        max(t.value / d.value) filter (where t.year = m.year - 1) as share_last_year
    from measured as m
    inner join points as t
        on m.pace_indicator = t.indicator and t.period_type = 'YTD' and t.year between m.year - 3 and m.year - 1
            and extract(month from t.month) = extract(month from m.measured_month)
    inner join points as d
        on t.indicator = d.indicator and t.year = d.year and d.period_type = 'YTD'
            and extract(month from d.month) = 12 and d.value > 0
    where t.value is not null
    group by m.target
),

paced as (
    select
        m.*,
        s.share as season_share,
        s.years_n as season_years_n,
        coalesce(s.share_last_year, s.share) as base_share,
        case
            when m.measure = 'growth' and m.period = 'average' and m.current_actual > -100
                then 100 * (exp((m.past_log_growth + ln(1 + m.current_actual / 100)) / (m.past_years_n + 1)) - 1)
            else m.current_actual
        end as actual,
        (m.year - m.first_year) * 12 + extract(month from m.measured_month) as elapsed_months
    from measured as m
    left join seasons as s on m.target = s.target
),

expected as (
    select
        p.*,
        case
            when p.measure = 'level_to_date'
                then p.value * coalesce(p.season_share, extract(month from p.measured_month) / 12)
            when p.measure in ('increase', 'register_count') and p.period = 'average'
                then p.value * p.elapsed_months / 12
            when p.measure = 'register_count' and p.period = 'annual'
                then p.value * extract(month from p.measured_month) / 12
            when p.counted_window = 'held'
                then
                    p.before_plan
                    + greatest(p.value - p.before_plan, 0) * p.elapsed_months / p.plan_months
            when p.measure in ('register_share', 'change') or p.counted_window = 'since_start'
                then p.value * p.elapsed_months / p.plan_months
            else p.value
        end as expected,
        case
            when p.measure = 'level_to_date' and p.season_share is not null then 'seasonal'
            when
                p.measure in ('level_to_date', 'increase', 'register_share', 'change')
                or p.counted_window in ('held', 'since_start')
                or (p.measure = 'register_count' and p.period in ('average', 'annual'))
                then 'linear'
            else 'none'
        end as pace,
        -- what the year has to bring: the target, or what is left of an average of years
        case
            when p.measure = 'growth' and p.period = 'average'
                then
                    100 * (
                        exp(
                            (ln(1 + p.value / 100) * (p.last_year - p.first_year + 1) - p.past_log_growth)
                            / (p.last_year - p.first_year + 1 - p.past_years_n)
                        ) - 1
                    )
            when p.measure = 'growth' then p.value
        end as year_target_pct
    from paced as p
),

-- Growth of the months that follow the one measured, in each of five years: what has been done before
rests as (
    select
        e.target,
        max((1 + d.growth_pct / 100 - (1 + t.growth_pct / 100) * e.base_share) / (1 - e.base_share) - 1) * 100
            as best_pct,
        count(*) as years_n
    from expected as e
    inner join points as t
        on e.indicator = t.indicator and t.period_type = 'YTD' and t.year between e.year - 5 and e.year - 1
            and extract(month from t.month) = extract(month from e.measured_month)
    inner join points as d
        on t.indicator = d.indicator and t.year = d.year and d.period_type = 'YTD' and extract(month from d.month) = 12
    where e.measure = 'growth' and e.base_share < 1 and t.growth_pct is not null and d.growth_pct is not null
    group by e.target
),

required as (
    select
        e.*,
        case
            when e.base_share < 1
                then
                    100 * (
                        (1 + e.year_target_pct / 100 - (1 + e.current_actual / 100) * e.base_share)
                        / (1 - e.base_share) - 1
                    )
        end as required_pct,
        r.best_pct as best_past_pct,
        case
            when e.is_exempt or e.actual is null or e.comparison = 'qualitative' then null
            -- around is around from both sides: twice the profit rate is no double fulfilment
            when e.comparison = 'around'
                then 100 - 100 * greatest(abs(e.actual - e.value) - e.tolerance, 0) / e.value
            when e.expected > 0 then 100 * e.actual / e.expected
            when e.expected = 0 then 100
        end as completion_pct,
        case e.comparison when 'more_than' then e.actual > e.value else e.actual >= e.value end as reached
    from expected as e
    left join rests as r on e.target = r.target
)

select
    month,
    target,
    region_key,
    region_name,
    name_zh,
    kind,
    comparison,
    period,
    unit,
    value as target_value,
    value_to as target_value_to,
    tolerance,
    actual,
    before_plan,
    measured_month,
    case when actual is not null and comparison <> 'qualitative' and not is_exempt then expected end as expected,
    case when actual is not null and not is_exempt then pace end as pace,
    completion_pct,
    case
        when is_exempt or actual is null then null
        when comparison = 'qualitative'
            then case when actual < before_plan then 'green' when actual = before_plan then 'yellow' else 'orange' end
        when completion_pct >= {{ threshold('target', 'green_pct') }}
            then case when comparison = 'more_than' and expected >= value and not reached then 'yellow' else 'green' end
        when completion_pct >= {{ threshold('target', 'yellow_pct') }} then 'yellow'
        when completion_pct >= {{ threshold('target', 'orange_pct') }} then 'orange'
        else 'red'
    end as colour,
    case
        when is_exempt then 'exempt'
        when actual is null then 'no_data'
        when comparison = 'qualitative' then case when actual < before_plan then 'on_pace' else 'behind' end
        when
            reached and comparison <> 'around'
            and (
                measure in ('register_count', 'register_share', 'level_to_date', 'increase', 'change')
                or extract(month from measured_month) = 12
            )
            then 'met'
        when required_pct > best_past_pct and extract(month from measured_month) < 12 then 'unreachable'
        when completion_pct >= {{ threshold('target', 'green_pct') }} then 'on_pace'
        else 'behind'
    end as state,
    case when extract(month from measured_month) < 12 then required_pct end as required_pct,
    best_past_pct,
    case
        when measure in ('register_count', 'level_to_date', 'increase') and actual is not null and not is_exempt
            then greatest(case period when 'average' then value * plan_months / 12 else value end - actual, 0)
    end as remaining,
    case when measure = 'growth' and period = 'average' and actual is not null then past_years_n + 1 end::int
        as years_n,
    case
        when same_fact is not null then value = max(value) over (partition by same_fact, region_key)
    end as is_stricter,
    clause,
    clause_text_zh,
    evidence_zh,
    note_zh
from required
