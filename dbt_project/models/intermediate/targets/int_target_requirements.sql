-- Growth that the rest of the year has to bring (domain.md 3.3 rule 3), ((1 + T) B12 - Yt) / (B12 - Bt) - 1 with the
-- base of the whole year as 1, beside the best growth that the same months have brought in five years.
with asked as (
    select
        target.target,
        target.region_key,
        target.indicator,
        target.pace_indicator,
        target.year,
        figure.this_year_pct,
        extract(month from figure.measured_month) as months,
        coalesce(season.share_last_year, season.share) as base_share,
        -- the target of the year, or of every year left what an average of years still needs; around asks for its lower
        -- edge, as its completion does (fct_target_progress)
        case
            when target.period = 'average'
                then
                    100 * (
                        exp(
                            (
                                ln(1 + edge.edge_pct / 100) * (target.last_year - target.first_year + 1)
                                - figure.past_log_growth
                            )
                            / (target.last_year - target.first_year + 1 - figure.past_years_n)
                        ) - 1
                    )
            else edge.edge_pct
        end as year_target_pct
    from {{ ref('int_targets_in_force') }} as target
    inner join {{ ref('int_target_figures') }} as figure
        on target.target = figure.target and target.region_key = figure.region_key
    inner join {{ ref('int_target_seasons') }} as season on target.target = season.target
    cross join
        lateral (
            select target.value - case when target.comparison = 'around' then target.tolerance else 0 end as edge_pct
        ) as edge
    where target.measure = 'growth'
),

-- the same months of five years, each on the base of the year before it where that is known
rests as (
    select
        target.target,
        max(
            100 * (
                (1 + whole.growth_pct / 100 - (1 + part.growth_pct / 100) * base.base_share) / (1 - base.base_share) - 1
            )
        ) as best_pct,
        count(*)::int as years_n
    from asked as target
    inner join {{ ref('int_target_points') }} as part
        on target.indicator = part.indicator and part.period_type = 'YTD'
            and part.year between target.year - 5 and target.year - 1 and target.months = part.month_of_year
    inner join {{ ref('int_target_points') }} as whole
        on part.indicator = whole.indicator and part.year = whole.year and whole.period_type = 'YTD'
            and whole.month_of_year = 12
    left join {{ ref('int_target_points') }} as pace_part
        on target.pace_indicator = pace_part.indicator and pace_part.period_type = 'YTD'
            and part.year - 1 = pace_part.year and part.month_of_year = pace_part.month_of_year
    left join {{ ref('int_target_points') }} as pace_whole
        on pace_part.indicator = pace_whole.indicator and pace_part.year = pace_whole.year
            and pace_whole.period_type = 'YTD' and pace_whole.month_of_year = 12 and pace_whole.value > 0
    cross join lateral (select coalesce(pace_part.value / pace_whole.value, target.base_share) as base_share) as base
    where base.base_share < 1 and part.growth_pct is not null and whole.growth_pct is not null
    group by target.target
)

select
    a.target,
    a.region_key,
    100 * ((1 + a.year_target_pct / 100 - (1 + a.this_year_pct / 100) * a.base_share) / (1 - a.base_share) - 1)
        as required_pct,
    r.best_pct as best_past_pct,
    r.years_n as best_past_years_n
from asked as a
left join rests as r on a.target = r.target
where a.months < 12 and a.base_share < 1
