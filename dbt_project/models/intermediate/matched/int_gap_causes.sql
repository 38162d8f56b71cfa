{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach_from=-3,
    looks_back=[11]
) }}

-- What each benign cause would explain of a gap that stands out, in points (domain.md 3.1): the gap is reckoned again
-- as if the cause were not there. Of a neighbour counts what it lies off the usual gap; it explains no more than this
-- month lies off it, and only if it points the other way: averaging any two months would halve any gap.
with series as (
    select
        j.*,
        lag(j.position) over s as position_before,
        lead(j.position) over s as position_after,
        lag(j.growth_a_pct) over s as growth_a_before_pct,
        lag(j.growth_b_pct) over s as growth_b_before_pct,
        lag(j.months_n) over s as months_before_n,
        lead(j.months_n) over s as months_after_n,
        case when j.judged_by = 'ratio' then lag(j.ratio_deviation_pct) over s else lag(j.gap_pp) over s end
            as departure_before_pp,
        case when j.judged_by = 'ratio' then lead(j.ratio_deviation_pct) over s else lead(j.gap_pp) over s end
            as departure_after_pp,
        sum(j.gap_pp * j.months_n) over this_year as gaps_of_year_pp,
        sum(j.months_n) over this_year as months_of_year_n,
        case when j.judged_by <> 'ratio' and j.robust_z is not null then j.median_pp else 0 end as usual_pp
    from {{ ref('int_gap_judgements') }} as j
    -- the year so far, of the point before the first that is written
    where {{ needed('j.month') }}
    window
        s as (partition by j.pair, j.region_key, j.industry_code, j.entity_id order by j.month),
        this_year as (
            partition by j.pair, j.region_key, j.industry_code, j.entity_id, date_trunc('year', j.month)
            order by j.month
            rows between unbounded preceding and 1 preceding
        )
),

-- What lies the other way beside it, in points of this month.
outlying as (
    select
        s.*,
        (s.usual_pp - s.departure_before_pp) * s.months_before_n / s.months_n as given_before_pp,
        (s.usual_pp - s.departure_after_pp) * s.months_after_n / s.months_n as given_after_pp,
        case
            when s.judged_by <> 'ratio' then (s.usual_pp * s.months_of_year_n - s.gaps_of_year_pp) / s.months_n
        end as given_this_year_pp,
        s.departure_pp - s.usual_pp as unusual_pp,
        coalesce(s.position_before = s.position - 1, false) as follows,
        coalesce(s.position_after = s.position + 1, false) as is_followed,
        sign(s.departure_pp) as direction
    from series as s
    where
        s.first_colour <> 'green' and s.departure_pp is not null and s.method <> 'sign'
        and {{ affected('s.month') }}
),

asked as (
    select
        o.*,
        c.cause,
        c.side,
        case c.side when 'a' then o.growth_a_pct else o.growth_b_pct end as growth_pct,
        case c.side when 'a' then 1 else -1 end as side_sign,
        case c.side when 'a' then p.indicator_a else p.indicator_b end as side_indicator,
        (o.month - make_interval(months => case when c.side = 'a' then p.lag_months else 0 end))::date as side_month,
        -- what both sides see lies in the first side's month: receipts of the next are tax on its sales (domain.md 2.5)
        (o.month - make_interval(months => p.lag_months))::date as fact_month
    from outlying as o
    inner join {{ ref('matched_pair_causes') }} as c on o.pair = c.pair
    inner join {{ ref('matched_pairs') }} as p on o.pair = p.pair
),

-- Growth of one side as it would be without the cause. A changed panel is measured by the growth of the firms in both
-- years where these stand for the total and give no firm away (domain.md 2.3, 2.11), else by the ratio of published
-- levels.
without_cause as (
    select
        gap.*,
        case
            when gap.cause = 'panel_change' and panel.matched_growth_pct is not null then panel.matched_growth_pct
            when gap.cause = 'panel_change' and gap.side = 'a' then gap.growth_a_pct - gap.basis_gap_a_pp
            when gap.cause = 'panel_change' then gap.growth_b_pct - gap.basis_gap_b_pp
            when gap.cause = 'mix' then mix.growth_pct
            when gap.cause = 'price' then 100 * ((1 + gap.growth_pct / 100) / (1 + price.growth_pct / 100) - 1)
        end as growth_without_pct,
        case
            when gap.cause = 'panel_change'
                then case when panel.matched_growth_pct is not null then 'matched_sample' else 'level_ratio' end
        end as measured_by
    from asked as gap
    left join {{ ref('int_mix_adjusted_power') }} as mix
        on gap.cause = 'mix' and gap.region_key = mix.region_key and gap.side_month = mix.month
            and gap.period_type = mix.axis and gap.industry_code = '_T' and gap.entity_id = '_T'
    left join {{ ref('int_price_growth') }} as price
        on gap.cause = 'price' and gap.fact_month = price.month and gap.period_type = price.axis
    left join {{ ref('int_panel_growth') }} as panel
        on gap.cause = 'panel_change' and gap.entity_id = '_T' and panel.stands_for_total and not panel.confidential
            and gap.side_indicator = panel.indicator and gap.region_key = panel.region_key
            and gap.industry_code = panel.industry_code and gap.side_month = panel.month
            and panel.period_type = case
                when gap.period_type = 'M' and extract(month from gap.side_month) = 2 then 'M12'
                else gap.period_type
            end
),

-- A bill that lies half a month behind the calendar shows the mean of two months' growth of the other side.
billed as (
    select
        w.*,
        case w.side
            when 'a'
                then
                    (w.growth_b_before_pct - w.growth_b_pct) * w.months_before_n / (w.months_n + w.months_before_n)
            else (w.growth_a_pct - w.growth_a_before_pct) * w.months_before_n / (w.months_n + w.months_before_n)
        end as billed_late_pp,
        sign(w.unusual_pp) as side_of_usual,
        -- null where there is no neighbour to offer anything
        greatest(
            case
                when w.follows and (w.cause in ('timing', 'billing_cycle') or extract(month from w.month) = 3)
                    then sign(w.unusual_pp) * w.given_before_pp
            end,
            case
                when
                    w.is_followed
                    and (w.cause = 'timing' or w.cause = 'spring_festival' and extract(month from w.month) = 2)
                    then sign(w.unusual_pp) * w.given_after_pp
            end,
            case when w.cause = 'timing' then sign(w.unusual_pp) * w.given_this_year_pp end
        ) as offered_pp
    from without_cause as w
),

explained as (
    select
        b.*,
        case
            when b.cause in ('timing', 'spring_festival')
                then case
                        when b.offered_pp is not null then b.side_of_usual * least(abs(b.unusual_pp), b.offered_pp)
                    end
            when b.cause = 'vat_rate' and abs(b.rate_adjustment_pp) > 1e-9 then b.rate_adjustment_pp
            when b.judged_by = 'ratio' and b.cause <> 'common_to_parent' then null
            -- a year that starts from a shock is read with the year before it (domain.md 2.2)
            when b.cause = 'base_effect' then b.gap_pp - b.gap_two_years_pp
            -- or this month's bill is short of what last month's held too much
            when b.cause = 'billing_cycle' and b.follows
                then
                    b.side_of_usual
                    * greatest(b.side_of_usual * b.billed_late_pp, least(abs(b.unusual_pp), b.offered_pp))
            when b.cause = 'common_to_parent'
                then case when b.judged_by = 'ratio' then u.ratio_deviation_pct else u.gap_pp end
            else b.side_sign * (b.growth_pct - b.growth_without_pct)
        end as explained_pp
    from billed as b
    left join {{ ref('regions') }} as d on b.region_key = d.region_key and d.valid_to is null
    left join {{ ref('int_gap_judgements') }} as u
        on b.cause = 'common_to_parent' and b.pair = u.pair and d.parent_key = u.region_key
            and b.industry_code = u.industry_code and b.entity_id = u.entity_id and b.month = u.month
            and {{ affected('u.month') }}
    where
        (b.cause <> 'spring_festival' or b.period_type = 'M' and b.festival_month)
        and (b.cause <> 'timing' or b.period_type = 'M')
),

-- The tax rate was taken out before the gap was judged.
measured as (
    select
        e.*,
        e.departure_pp + case when e.cause = 'vat_rate' then e.explained_pp else 0 end as whole_pp
    from explained as e
    where e.explained_pp is not null
)

select
    m.pair,
    m.region_key,
    m.industry_code,
    m.entity_id,
    m.month,
    m.cause,
    m.measured_by,
    case when m.cause = 'base_effect' then m.gap_two_years_caveat end as two_year_caveat,
    m.whole_pp as departure_pp,
    m.explained_pp,
    m.whole_pp - m.explained_pp as remaining_pp,
    case
        when m.cause = 'vat_rate' then 'taken_out'
        when m.direction * m.explained_pp <= 0 then 'does_not_help'
        when
            abs({{ settled('m.whole_pp - m.explained_pp') }}) <= case
                when m.cause = 'common_to_parent' then {{ threshold('matched', 'explained_common_pp') }}
                else m.departure_limit_pp
            end
            then 'closes'
        when abs(m.whole_pp - m.explained_pp) < abs(m.whole_pp) then 'narrows'
        else 'does_not_help'
    end as verdict
from measured as m
