-- Growth that the rest of the year has to bring (domain.md 3.3 rule 3), ((1 + T) B12 - Yt) / (B12 - Bt) - 1 with the
-- base of the whole year as 1, beside the best growth that the same months have brought in five years.
with asked as (
    select
        t.target,
        t.region_key,
        t.indicator,
        t.pace_indicator,
        t.year,
        f.this_year_pct,
        extract(month from f.measured_month) as months,
        coalesce(s.share_last_year, s.share) as base_share,
        -- the target of the year, or of every year left what an average of years still needs; around asks for its lower
        -- edge, as its completion does (fct_target_progress)
        case
            when t.period = 'average'
                then
                    100 * (
                        exp(
                            (ln(1 + x.edge_pct / 100) * (t.last_year - t.first_year + 1) - f.past_log_growth)
                            / (t.last_year - t.first_year + 1 - f.past_years_n)
                        ) - 1
                    )
            else x.edge_pct
        end as year_target_pct
    from {{ ref('int_targets_in_force') }} as t
    inner join {{ ref('int_target_figures') }} as f on t.target = f.target and t.region_key = f.region_key
    inner join {{ ref('int_target_seasons') }} as s on t.target = s.target
    cross join lateral (select t.value - case when t.comparison = 'around' then t.tolerance else 0 end as edge_pct) as x
    where t.measure = 'growth'
),

-- the same months of five years, each on the base of the year before it where that is known
rests as (
    select
        a.target,
        max(
            100 * (
                (1 + w.growth_pct / 100 - (1 + p.growth_pct / 100) * x.base_share) / (1 - x.base_share) - 1
            )
        ) as best_pct,
        count(*)::int as years_n
    from asked as a
    inner join {{ ref('int_target_points') }} as p
        on a.indicator = p.indicator and p.period_type = 'YTD' and p.year between a.year - 5 and a.year - 1
            and a.months = p.month_of_year
    inner join {{ ref('int_target_points') }} as w
        on p.indicator = w.indicator and p.year = w.year and w.period_type = 'YTD' and w.month_of_year = 12
    left join {{ ref('int_target_points') }} as b
        on a.pace_indicator = b.indicator and b.period_type = 'YTD' and p.year - 1 = b.year
            and p.month_of_year = b.month_of_year
    left join {{ ref('int_target_points') }} as v
        on b.indicator = v.indicator and b.year = v.year and v.period_type = 'YTD' and v.month_of_year = 12
            and v.value > 0
    cross join lateral (select coalesce(b.value / v.value, a.base_share) as base_share) as x
    where x.base_share < 1 and p.growth_pct is not null and w.growth_pct is not null
    group by a.target
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
