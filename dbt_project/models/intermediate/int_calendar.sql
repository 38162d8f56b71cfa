-- What the calendar does to a period (domain.md 2.5). The days around the Spring Festival fall into January, February
-- or March; a period that holds more or fewer of them than a year before is not comparable with it. The axis on which a
-- period is compared has eleven points a year, with January-February as one of them at February (domain.md 2.1); where
-- the festival is not kept, it has twelve. A shock marks each period that holds one of its months: the year to date
-- carries it to December.
with years as (
    select
        s.year,
        s.first_day - {{ threshold('calendar', 'festival_days_before') }}::int as festival_from,
        s.first_day + {{ threshold('calendar', 'festival_days_after') }}::int as festival_to
    from {{ ref('spring_festival') }} as s
),

periods as (
    select
        p.period_type,
        make_date(y.year, m.month, 1) as month,
        make_date(y.year, m.month - least(p.months, m.month) + 1, 1) as first_month,
        y.year,
        y.festival_from,
        y.festival_to
    from years as y
    cross join generate_series(1, 12) as m (month)
    inner join (values ('M', 1, 1), ('M12', 2, 2), ('YTD', 12, 1), ('Q', 3, 3), ('Y', 12, 12))
        as p (period_type, months, every)
        on case p.period_type when 'M12' then m.month = 2 else m.month % p.every = 0 end
),

counted as (
    select
        p.*,
        p.festival_from is not null as is_kept,
        case
            when p.festival_from is null then 0
            else greatest(
                    least((p.month + interval '1 month')::date - 1, p.festival_to) + 1
                    - greatest(p.first_month, p.festival_from),
                    0
                )
        end as festival_days
    from periods as p
)

select
    period.period_type,
    period.first_month,
    period.month,
    period.festival_days,
    (period.is_kept and period.period_type = 'M' and extract(month from period.month) <= 2)
    or coalesce(
        abs(period.festival_days - year_ago.festival_days) >= {{ threshold('calendar', 'festival_shift_days') }}, false
    ) as festival_month,
    shocks.shock,
    base_effect.against_year,
    case
        when period.period_type in ('M', 'YTD') and not period.is_kept then period.period_type
        when period.period_type = 'M12' and period.is_kept then 'M'
        when period.period_type = 'M' and extract(month from period.month) > 2 then 'M'
        when period.period_type = 'YTD' and extract(month from period.month) > 1 then 'YTD'
        when period.period_type = 'Q' then 'Q'
    end as axis,
    case
        when period.period_type = 'Q' then period.year * 4 + extract(quarter from period.month)::int
        when period.is_kept then period.year * 11 + extract(month from period.month)::int - 1
        else {{ month_number('period.month') }}
    end as position
from counted as period
left join counted as year_ago
    on period.period_type = year_ago.period_type and period.month = year_ago.month + interval '1 year'
left join lateral (
    select max(p.shock) as shock
    from {{ ref('shock_periods') }} as p
    where p.first_month <= period.month and p.last_month >= period.first_month
) as shocks on true
left join {{ ref('base_effects') }} as base_effect on period.year = base_effect.year
