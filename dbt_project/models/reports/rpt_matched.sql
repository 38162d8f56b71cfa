-- A gap of which one side would give a single firm away is judged and not shown (domain.md 2.11).
with panel as (
    -- what a changed panel did to the side that it is asked of, in the words of the note; joined where the cause is
    -- measured by it, never by a confidential row (int_gap_causes)
    select
        p.pair,
        g.region_key,
        (g.month + make_interval(months => case when k.side = 'a' then p.lag_months else 0 end))::date as month,
        '（同口径即两期均在库并报数的' || g.matched_n::text || '户' || {{ growth_zh('g.matched_growth_pct') }}
        || coalesce(
            '，名录企业合计增速' || nullif(
                concat_ws(
                    '、',
                    case when g.entrants_pp > 0 then '因新进库提高' || {{ figure_zh('g.entrants_pp') }} || '个百分点' end,
                    case when g.leavers_pp < 0 then '因退库降低' || {{ figure_zh('-g.leavers_pp') }} || '个百分点' end
                ),
                ''
            ),
            ''
        )
        || '）' as told_zh
    from {{ ref('matched_pairs') }} as p
    inner join {{ ref('matched_pair_causes') }} as k on p.pair = k.pair and k.cause = 'panel_change'
    inner join {{ ref('fct_panel_growth') }} as g
        on g.indicator = case k.side when 'a' then p.indicator_a else p.indicator_b end
    where
        g.industry_code = '_T'
        and g.period_type
        = case when p.period_type = 'M' and extract(month from g.month) = 2 then 'M12' else p.period_type end
),

causes as (
    select
        c.pair,
        c.region_key,
        c.month,
        string_agg(
            g.name_zh || case
                when c.verdict = 'does_not_help' then '不能解释'
                when c.explained_pp is null then '可解释一部分（具体数据依法不予公布）'
                when c.verdict = 'taken_out' then '已剔除' || {{ figure_zh('c.explained_pp', sign=true) }}
                else
                    '解释' || {{ figure_zh('c.explained_pp', sign=true) }}
                    || '、余' || {{ figure_zh('c.remaining_pp', sign=true) }}
            end
            || case
                when c.measured_by = 'level_ratio' then '（按公布水平之比核算）'
                when c.measured_by = 'matched_sample' and c.verdict = 'does_not_help' then '（按两期均在库企业增速核算）'
                when c.two_year_caveat is not null then '（' || {{ two_year_caveat_zh('c.two_year_caveat') }} || '）'
                else coalesce(n.told_zh, '')
            end,
            '；'
            order by
                array_position(array['closes', 'narrows', 'taken_out', 'does_not_help'], c.verdict),
                abs(c.remaining_pp),
                c.cause
        ) as causes_zh
    from {{ ref('fct_matched_causes') }} as c
    inner join {{ ref('gap_causes') }} as g on c.cause = g.cause
    left join panel as n
        on c.measured_by = 'matched_sample' and c.pair = n.pair and c.region_key = n.region_key and c.month = n.month
    where c.industry_code = '_T' and c.entity_id = '_T'
    group by c.pair, c.region_key, c.month
)

select
    f.month,
    f.pair,
    p.name_zh,
    f.region_key,
    d.name_zh as region_name,
    f.growth_a_pct,
    f.growth_b_pct,
    f.gap_pp,
    f.gap_error_pp,
    f.rate_adjustment_pp,
    f.robust_z,
    f.history_n,
    f.limit_pp,
    f.level_ratio,
    f.ratio_deviation_pct,
    f.elasticity,
    f.mix_adjusted_power_pct,
    f.colour,
    f.judged_by,
    f.run_length,
    f.explained_by,
    case f.explained_by when 'within_limit' then '差值未超过限值' else g.name_zh end as explained_by_zh,
    f.explained_pp,
    f.unexplained_pp,
    x.causes_zh,
    f.route,
    o.name_zh as route_department_zh,
    f.route_reason,
    f.route_reason_zh,
    -- the first side of a lagged pair is of its own month
    a.name_zh || case
        when p.lag_months > 0
            then '（' || {{ period_zh('p.period_type', '(f.month - make_interval(months => p.lag_months))') }} || '）'
        else ''
    end as indicator_a_name,
    c.name_zh as indicator_b_name,
    p.benign_causes_zh
from {{ ref('fct_matched_indicators') }} as f
inner join {{ ref('stg_build') }} as b on f.month = b.month
inner join {{ ref('matched_pairs') }} as p on f.pair = p.pair
inner join {{ ref('dim_region') }} as d on f.region_key = d.region_key
inner join {{ ref('dim_indicator') }} as a on p.indicator_a = a.indicator
inner join {{ ref('dim_indicator') }} as c on p.indicator_b = c.indicator
left join {{ ref('gap_causes') }} as g on f.explained_by = g.cause
left join {{ ref('departments') }} as o on f.route_department = o.department
left join causes as x on f.pair = x.pair and f.region_key = x.region_key and f.month = x.month
where
    f.industry_code = '_T' and f.entity_id = '_T'
    and not {{ is_confidential(['p.indicator_a', 'p.indicator_b'], 'f.region_key', ['f.month']) }}
