-- How much of a year usually lies behind at the month measured, of the last three years that are whole. ST01 has no
-- level, so output (seed targets, pace_indicator) tells its season.
select
    target.target,
    avg(part.value / whole.value order by part.year) as share,
    max(part.value / whole.value) filter (where part.year = target.year - 1) as share_last_year
from {{ ref('int_targets_in_force') }} as target
inner join {{ ref('int_target_figures') }} as figure
    on target.target = figure.target and target.region_key = figure.region_key
inner join {{ ref('int_target_points') }} as part
    on target.pace_indicator = part.indicator and part.period_type = 'YTD'
        and part.year between target.year - 3 and target.year - 1
        and part.month_of_year = extract(month from figure.measured_month)
inner join {{ ref('int_target_points') }} as whole
    on part.indicator = whole.indicator and part.year = whole.year and whole.period_type = 'YTD'
        and whole.month_of_year = 12 and whole.value > 0
where part.value is not null
group by target.target
