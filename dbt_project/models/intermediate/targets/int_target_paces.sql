-- What a target asks by the month measured (序时进度, domain.md 3.3 rule 3): of a year's sum the share that its season
-- has had by then, of a count of a year or of the plan the months gone by, of all else the target itself. What stands
-- on a list of the year stands there from the day that the list is made: it is no flow, and all of it is asked for.
with gone_by as (
    select
        t.*,
        f.before_plan,
        s.share as season_share,
        extract(month from f.measured_month) as months_of_year,
        -- after its last day a target asks for the whole and no more
        least(
            (extract(year from f.measured_month) - t.first_year) * 12 + extract(month from f.measured_month),
            t.plan_months
        ) as months_of_plan
    from {{ ref('int_targets_in_force') }} as t
    inner join {{ ref('int_target_figures') }} as f on t.target = f.target and t.region_key = f.region_key
    left join {{ ref('int_target_seasons') }} as s on t.target = s.target
)

select
    g.target,
    g.region_key,
    case
        when g.measure = 'level_to_date' then g.value * coalesce(g.season_share, g.months_of_year / 12)
        when g.measure in ('increase', 'register_count') and g.period = 'average'
            then g.value * g.months_of_plan / 12
        when g.measure = 'register_count' and g.period = 'annual' and g.counted_window = 'year'
            then g.value * g.months_of_year / 12
        -- what was held before the plan is no progress of it
        when g.counted_window = 'held'
            then g.before_plan + greatest(g.value - g.before_plan, 0) * g.months_of_plan / g.plan_months
        when g.measure in ('register_share', 'change') or g.counted_window = 'since_start'
            then g.value * g.months_of_plan / g.plan_months
        else g.value
    end as expected,
    case
        when g.measure = 'level_to_date' and g.season_share is not null then 'seasonal'
        when
            g.measure in ('level_to_date', 'increase', 'register_share', 'change')
            or g.counted_window in ('held', 'since_start')
            or g.measure = 'register_count' and (g.period = 'average' or g.counted_window = 'year')
            then 'linear'
        else 'none'
    end as pace,
    -- what is reached when the target is: of an average of years the sum of them
    case
        when g.measure in ('increase', 'register_count') and g.period = 'average' then g.value * g.plan_months / 12
        else g.value
    end as whole
from gone_by as g
