-- How much of a year usually lies behind at the month measured, of the last three years that are whole. ST01 has no
-- level, so output (seed targets, pace_indicator) tells its season.
select
    t.target,
    avg(p.value / w.value order by p.year) as share,
    max(p.value / w.value) filter (where p.year = t.year - 1) as share_last_year
from {{ ref('int_targets_in_force') }} as t
inner join {{ ref('int_target_figures') }} as f on t.target = f.target and t.region_key = f.region_key
inner join {{ ref('int_target_points') }} as p
    on t.pace_indicator = p.indicator and p.period_type = 'YTD' and p.year between t.year - 3 and t.year - 1
        and p.month_of_year = extract(month from f.measured_month)
inner join {{ ref('int_target_points') }} as w
    on p.indicator = w.indicator and p.year = w.year and w.period_type = 'YTD' and w.month_of_year = 12 and w.value > 0
where p.value is not null
group by t.target
