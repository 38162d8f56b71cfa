{{ config(post_hook="{{ hide_from_analysts(none, firms=false, also_shown='not confidential') }}") }}
{%- set indicators = ['target.indicator', 'target.denominator', 'target.pace_indicator'] -%}
{#- the best of five years stands on the bases of six (int_target_requirements) -#}
{%- set years = [] -%}
{%- for n in range(7) -%}{%- do years.append("target.month - interval '" ~ n ~ " years'") -%}{%- endfor %}

-- The plan's targets (domain.md 0.1, 3.3 rule 3) as at the month built: what is reached beside what is asked by now and
-- what the rest of the year has to bring, and the verdict on it. Without a figure there is no verdict.
with progress as (
    select
        target.*,
        figure.actual,
        figure.before_plan,
        figure.in_time,
        figure.measured_month,
        figure.past_years_n,
        pace.expected,
        pace.pace,
        pace.whole,
        requirement.required_pct,
        requirement.best_past_pct,
        requirement.best_past_years_n,
        {{ is_confidential(indicators, 'target.region_key', years) }} as confidential,
        -- each year is decided in its December, an average of years or what has to be done by a day in the last one
        target.year > target.last_year
        or figure.measured_month = make_date(target.year, 12, 1)
        and (target.period in ('annual', 'monthly') or target.year = target.last_year)
            as is_over,
        not figure.is_flash as is_settled,
        -- a place in the province is judged by the one before the plan only
        figure.actual is not null and not target.is_exempt
        and (target.comparison <> 'qualitative' or figure.before_plan is not null)
            as is_judged
    from {{ ref('int_targets_in_force') }} as target
    left join {{ ref('int_target_figures') }} as figure
        on target.target = figure.target and target.region_key = figure.region_key
    left join {{ ref('int_target_paces') }} as pace
        on target.target = pace.target and target.region_key = pace.region_key
    left join {{ ref('int_target_requirements') }} as requirement
        on target.target = requirement.target and target.region_key = requirement.region_key
),

completed as (
    select
        p.*,
        case
            when not p.is_judged or p.comparison = 'qualitative' then null
            -- around asks for its lower edge: twice the profit rate is no double fulfilment, and no shortfall either
            when p.comparison = 'around' and p.actual >= p.value - p.tolerance then 100
            when p.expected > 0 then 100 * p.actual / p.expected
            when p.expected = 0 then 100
        end as completion_pct,
        case p.comparison
            when 'around' then abs(p.actual - p.value) <= p.tolerance
            when 'more_than' then p.actual > p.whole
            else p.actual >= p.whole
        end as reached,
        p.year > p.last_year
        and case p.comparison when 'more_than' then p.in_time <= p.whole else p.in_time < p.whole end as is_late
    from progress as p
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
    case when is_judged and comparison <> 'qualitative' then expected end as expected,
    case when is_judged then pace end as pace,
    completion_pct,
    case
        when not is_judged then null
        when comparison = 'qualitative'
            then case when actual < before_plan then 'green' when actual = before_plan then 'yellow' else 'orange' end
        when {{ settled('completion_pct') }} >= {{ threshold('target', 'green_pct') }}
            then case when comparison = 'more_than' and expected >= value and not reached then 'yellow' else 'green' end
        when {{ settled('completion_pct') }} >= {{ threshold('target', 'yellow_pct') }} then 'yellow'
        when {{ settled('completion_pct') }} >= {{ threshold('target', 'orange_pct') }} then 'orange'
        else 'red'
    end as colour,
    case
        when is_exempt then 'exempt'
        when not is_judged then 'no_data'
        when comparison = 'qualitative' then case when actual < before_plan then 'on_pace' else 'behind' end
        -- a flash decides nothing (domain.md 2.6)
        when
            reached and is_settled
            and (measure in ('register_count', 'register_share', 'level_to_date', 'increase', 'change') or is_over)
            then case when is_late then 'met_late' else 'met' end
        when comparison = 'around' and actual > value + tolerance then 'above_band'
        when is_over and is_settled then case when period = 'by_end' then 'overdue' else 'missed' end
        -- what this year leaves undone, the years left of an average may bring
        when required_pct > best_past_pct and (period <> 'average' or year = last_year) then 'unreachable'
        when {{ settled('completion_pct') }} >= {{ threshold('target', 'green_pct') }} then 'on_pace'
        else 'behind'
    end as state,
    required_pct,
    best_past_pct,
    best_past_years_n,
    case
        when measure in ('register_count', 'level_to_date', 'increase') and is_judged
            then greatest(whole - actual, 0)
    end as remaining,
    case when measure = 'growth' and period = 'average' and actual is not null then past_years_n + 1 end::int
        as years_n,
    case
        when same_fact is not null then value = max(value) over (partition by same_fact, region_key)
    end as is_stricter,
    clause,
    clause_text_zh,
    evidence_zh,
    note_zh,
    confidential
from completed
