-- The pin-point problem list of every county (domain.md 3.3): what diverges, what declines, which firms have stopped.
-- Where output rises while power and invoices fall, the figure is to be verified by its supplier before any county is
-- asked (rule 6).
with build as (
    select
        b.month,
        b.area,
        b.top_region_key,
        case when extract(month from b.month) = 2 then '1—2月' else extract(month from b.month)::text || '月' end
            as month_zh,
        case when extract(month from b.month) = 1 then '1月' else '1—' || extract(month from b.month)::text || '月' end
            as to_date_zh,
        (b.month + interval '1 month')::date + {{ threshold('problem', 'due_days') }}::int - 1 as due_on
    from {{ ref('stg_build') }} as b
),

counties as (
    select
        d.region_key,
        d.name_zh,
        d.ranking_group
    from {{ ref('dim_region') }} as d
    inner join build as b on d.area = b.area
    where not d.is_top and d.region_type <> 'residual'
),

months as (
    select
        a.region_key,
        max(a.growth_pct) filter (where a.indicator = 'ST02') as output_pct,
        max(a.growth_pct) filter (where a.indicator = 'PW02') as power_pct,
        max(a.growth_pct) filter (where a.indicator = 'TX03') as invoices_pct
    from {{ ref('int_months_aligned') }} as a
    inner join build as b on a.month = b.month
    where a.axis = 'M' and a.industry_code = '_T' and a.entity_id = '_T'
    group by a.region_key
),

to_verify as (
    select m.*
    from months as m
    where
        m.output_pct > {{ threshold('verify_output', 'output_up_pct') }}
        and m.power_pct < {{ threshold('verify_output', 'others_down_pct') }}
        and m.invoices_pct < {{ threshold('verify_output', 'others_down_pct') }}
),

verify as (
    select
        'verify_output:' || c.region_key as problem_key,
        c.region_key,
        c.name_zh as region_name,
        'verify_output' as rule,
        'red' as colour,
        '规模以上工业总产值' as subject_zh,
        c.name_zh
        || b.month_zh
        || '工业总产值'
        || {{ growth_zh('v.output_pct') }}
        || '，而工业用电量'
        || {{ growth_zh('v.power_pct') }}
        || '、开票销售收入' || {{ growth_zh('v.invoices_pct') }} || '，请核实产值数据。' as statement_zh,
        '产值增速高于' || {{ threshold('verify_output', 'output_up_pct') }}::text || '%而用电、开票增速均低于'
        || {{ threshold('verify_output', 'others_down_pct') }}::text || '%，先核实数据，再由县区说明。' as evidence_zh,
        '统计局' as owner_department,
        'supplier' as route,
        null::text as entity_id
    from to_verify as v
    inner join counties as c on v.region_key = c.region_key
    cross join build as b
),

matched as (
    select
        m.problem_key,
        m.region_key,
        m.region_name,
        m.rule,
        m.colour,
        m.subject_zh,
        m.statement_zh,
        m.evidence_zh,
        m.owner_department,
        m.route,
        m.entity_id
    from {{ ref('rpt_matched_problems') }} as m
),

main_indicators as (
    select
        r.region_key,
        i.indicator,
        i.name_zh,
        case r.period_type when 'YTD' then b.to_date_zh else b.month_zh end as period_zh,
        r.growth_pct,
        r.previous_growth_pct,
        t.growth_pct as top_pct,
        r.growth_pct < 0 and r.growth_pct <= t.growth_pct - {{ threshold('steep_decline', 'below_top_pp') }}
            as far_below,
        r.change_pp <= -{{ threshold('steep_decline', 'fall_pp') }} as fell,
        r.growth_pct < 0 and r.previous_growth_pct < 0 as negative_again,
        r.rank + r.rank_ties - 1 = r.rank_of and r.rank_of > 2
        and q.rank + q.rank_ties - 1 = q.rank_of and q.rank_of > 2 as last_again,
        r.indicator = 'ST01'
        and r.growth_pct
        <= {{ threshold('steep_decline', 'floor_pct') }} - {{ threshold('steep_decline', 'floor_gap_pp') }}
            as below_floor
    from {{ ref('int_releases') }} as r
    inner join build as b on r.month = b.month
    inner join {{ ref('dim_indicator') }} as i on r.indicator = i.indicator
    left join {{ ref('int_releases') }} as t
        on r.indicator = t.indicator and r.month = t.month and b.top_region_key = t.region_key
            and r.period_type = t.period_type
    left join {{ ref('int_releases') }} as q
        on r.indicator = q.indicator and r.region_key = q.region_key and r.previous_month = q.month
    -- January alone makes nobody a candidate: the festival moves in and out of it
    where i.main_indicator and r.growth_pct is not null and extract(month from b.month) <> 1
),

fired as (
    select
        m.*,
        m.name_zh || m.period_zh || {{ growth_zh('m.growth_pct') }} || '（'
        || concat_ws(
            '、',
            case
                when m.far_below
                    then '低于全市' || round((m.top_pct - m.growth_pct)::numeric, 1)::text || '个百分点'
            end,
            case
                when m.fell
                    then
                        '较上期回落' || round((m.previous_growth_pct - m.growth_pct)::numeric, 1)::text || '个百分点'
            end,
            case when m.negative_again then '连续两期下降' end,
            case when m.last_again then '连续两期居同组末位' end,
            case
                when m.below_floor
                    then
                        '低于' || {{ threshold('steep_decline', 'floor_pct') }}::text || '%的年度底线'
                        || round(({{ threshold('steep_decline', 'floor_pct') }} - m.growth_pct)::numeric, 1)::text
                        || '个百分点'
            end
        )
        || '）' as finding
    from main_indicators as m
    where m.far_below or m.fell or m.negative_again or m.last_again or m.below_floor
),

declining as (
    select
        f.region_key,
        count(*) as indicators_n,
        coalesce(bool_or(f.below_floor), false) as below_floor,
        string_agg(f.name_zh, '、' order by f.indicator) as names,
        string_agg(f.finding, '；' order by f.indicator) as findings
    from fired as f
    group by f.region_key
),

steep_decline as (
    select
        'steep_decline:' || c.region_key as problem_key,
        c.region_key,
        c.name_zh as region_name,
        'steep_decline' as rule,
        case when d.below_floor or d.indicators_n > 2 then 'red' else 'orange' end as colour,
        '主要运行指标降幅较大' as subject_zh,
        c.name_zh || d.names || '等' || d.indicators_n::text || '项主要运行指标明显回落或处于低位，请分析原因并提出措施。'
            as statement_zh,
        d.findings || '。' as evidence_zh,
        c.name_zh || '经信部门' as owner_department,
        'county' as route,
        null::text as entity_id
    from declining as d
    inner join counties as c on d.region_key = c.region_key
    where d.indicators_n >= {{ threshold('steep_decline', 'min_indicators') }} or d.below_floor
),

stopped as (
    select
        'stop:' || e.region_key || ':' || s.entity_id as problem_key,
        c.region_key,
        c.name_zh as region_name,
        'stop' as rule,
        case
            when s.two_witnesses and s.state = 'stopped' then 'red'
            when s.two_witnesses then 'orange'
            else 'yellow'
        end as colour,
        coalesce(e.entity_name, s.entity_id) as subject_zh,
        coalesce(e.entity_name, s.entity_id) || '本月用电量' || round(s.power::numeric, 2)::text || '万千瓦时，为此前均值的'
        || round(s.power_share_pct::numeric, 1)::text || '%，判断为'
        || case when s.two_witnesses then '' else '疑似' end
        || case s.state when 'stopped' then '停产' else '半停产' end
        || case when s.two_witnesses then '（电+票双证）' else '（单证）' end || '。' as statement_zh,
        '此前12个月（不含春节所在的1、2月）用电均值' || round(s.power_baseline::numeric, 2)::text || '万千瓦时；'
        || case
            when s.invoices_share_pct is null then '无同企业开票数据可以印证'
            else '开票销售收入为此前均值的' || round(s.invoices_share_pct::numeric, 1)::text || '%'
        end
        || '。检修、季节性生产、换表和搬迁企业应予剔除。' as evidence_zh,
        c.name_zh || '经信部门' as owner_department,
        'county' as route,
        s.entity_id
    from {{ ref('int_stopped_firms') }} as s
    inner join build as b on s.month = b.month
    inner join {{ ref('int_entities') }} as e on s.entity_id = e.entity_id
    inner join counties as c on e.region_key = c.region_key
),

problems as (
    select * from verify
    union all
    select * from matched
    union all
    select * from steep_decline
    union all
    select * from stopped
)

select
    b.month,
    p.problem_key,
    p.region_key,
    p.region_name,
    p.rule,
    p.colour,
    p.subject_zh,
    p.statement_zh,
    p.evidence_zh,
    p.owner_department,
    p.route,
    b.due_on,
    p.entity_id
from problems as p
cross join build as b
