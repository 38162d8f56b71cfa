-- The pin-point problem list of every county (domain.md 3.3): what diverges, what declines, which firms have stopped.
-- Where output rises while power and invoices fall, the figure is to be verified by its supplier before any county is
-- asked (rule 6). Each rule's test is a model of the intermediate layer; here its finding is worded, and a rule that
-- speaks on a flash (domain.md 2.6) is put to the flash's supplier, whatever the rule.
with build as (
    select
        b.month,
        (b.month + interval '1 month')::date + {{ threshold('problem', 'due_days') }}::int - 1 as due_on
    from {{ ref('stg_build') }} as b
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
        || {{ period_zh("'M'", 'b.month') }}
        || '工业总产值'
        || case
            when {{ is_confidential(["'ST02'"], 'c.region_key', ['b.month']) }} then '明显增长（具体数据依法不予公布）'
            else {{ growth_zh('v.output_pct') }}
        end
        || '，而工业用电量'
        || {{ growth_zh('v.power_pct') }}
        || '、开票销售收入' || {{ growth_zh('v.invoices_pct') }} || '，请核实产值数据。' as statement_zh,
        '产值增速高于' || {{ threshold('verify_output', 'output_up_pct') }}::text || '%而用电、开票增速均低于'
        || {{ threshold('verify_output', 'others_down_pct') }}::text || '%，先核实数据，再由县区说明。' as evidence_zh,
        '统计局' as owner_department,
        'supplier' as route,
        null::text as entity_id
    from {{ ref('int_outputs_to_verify') }} as v
    inner join {{ ref('int_counties') }} as c on v.region_key = c.region_key
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

steep_decline as (
    select
        'steep_decline:' || d.region_key as problem_key,
        d.region_key,
        d.region_name,
        'steep_decline' as rule,
        d.colour,
        '主要运行指标降幅较大' as subject_zh,
        d.region_name || d.names_zh || case when d.fired_n > 1 then '等' || d.fired_n::text || '项' else '' end
        || '主要运行指标明显回落或处于低位，请分析原因并提出措施。' as statement_zh,
        d.findings_zh || '。' as evidence_zh,
        d.region_name || '经信部门' as owner_department,
        'county' as route,
        null::text as entity_id
    from {{ ref('rpt_interview_candidates') }} as d
    where d.is_candidate
),

growth_point as (
    select
        'growth_point:' || c.region_key as problem_key,
        c.region_key,
        c.name_zh as region_name,
        'growth_point' as rule,
        'yellow' as colour,
        '工业增长点培育进度' as subject_zh,
        c.name_zh || '列入名单的' || count(*)::text || '个工业增长点中，' || count(*) filter (where p.behind)::text
        || '个新增产值明显落后于序时进度，请分析原因并加快培育。' as statement_zh,
        '新增产值不足按月进度应达到的预增产值的' || {{ threshold('growth_point', 'behind_pct') }}::text || '%；名单截至'
        || to_char(max(p.month), 'FMYYYY"年"FMMM"月"') || '。' as evidence_zh,
        c.name_zh || '经信部门' as owner_department,
        'county' as route,
        null::text as entity_id
    from {{ ref('int_growth_point_pace') }} as p
    inner join {{ ref('int_counties') }} as c on p.region_key = c.region_key
    group by c.region_key, c.name_zh
    having count(*) filter (where p.behind) > 0
),

problems as (
    select * from verify
    union all
    select * from matched
    union all
    select * from steep_decline
    union all
    select * from growth_point
    union all
    select
        f.problem_key,
        f.region_key,
        f.region_name,
        f.rule,
        f.colour,
        f.subject_zh,
        f.statement_zh,
        f.evidence_zh,
        f.owner_department,
        'county',
        f.entity_id
    from {{ ref('rpt_firm_problems') }} as f
),

-- The figures that a rule looked at, each of one period: a month is a flash or settled by itself, whatever the year to
-- date beside it is (domain.md 2.6).
pointed as (
    select
        p.problem_key,
        -- a divergence within an industry carries it as the last part of its key
        coalesce(nullif(split_part(p.problem_key, ':', 4), ''), '_T') as industry_code,
        s.indicator,
        {{ period_on_axis('m.period_type', 's.month') }} as period_type,
        s.month
    from problems as p
    cross join build as b
    inner join {{ ref('matched_pairs') }} as m on split_part(p.problem_key, ':', 2) = m.pair
    left join {{ ref('matched_sums') }} as t on m.pair = t.pair
    cross join
        lateral (
            values
            (m.indicator_a, (b.month - make_interval(months => m.lag_months))::date),
            (coalesce(t.indicator, m.indicator_b), b.month)
        ) as s (indicator, month)
    where p.rule = 'matched'
    union
    select
        p.problem_key,
        '_T',
        r.indicator,
        r.period_type,
        r.month
    from problems as p
    inner join {{ ref('rpt_interview_candidates') }} as d on p.region_key = d.region_key
    inner join {{ ref('int_releases') }} as r
        on d.region_key = r.region_key and d.month = r.month and r.indicator = any(string_to_array(d.indicators, ';'))
    where p.rule = 'steep_decline' and r.month = {{ month_built() }}
    union
    select
        p.problem_key,
        '_T',
        unnest(array['ST02', 'PW02', 'TX03']),
        {{ period_on_axis("'M'", 'b.month') }},
        b.month
    from problems as p
    cross join build as b
    where p.rule = 'verify_output'
    union
    select
        f.problem_key,
        '_T',
        unnest(string_to_array(f.indicators, ';')),
        f.period_type,
        f.month
    from {{ ref('rpt_firm_problems') }} as f
),

evidence as (
    select
        p.problem_key,
        jsonb_agg(
            jsonb_strip_nulls(jsonb_build_object(
                'indicator', g.indicator,
                'period_type', g.period_type,
                'month', g.month,
                'value', case when not c.confidential then g.value end,
                'growth_pct', case when not c.confidential then g.growth_pct end,
                'value_delivery_id', g.value_delivery_id,
                'growth_delivery_id', g.growth_delivery_id
            )) order by g.indicator, g.period_type, g.month
        ) as evidence,
        -- whom a gap is put to is known already (int_gap_routes)
        string_agg(distinct i.department_zh, '、') filter (where g.maturity = 'flash' and p.rule <> 'matched')
            as flash_suppliers_zh
    from pointed as x
    inner join problems as p on x.problem_key = p.problem_key
    inner join {{ ref('int_series_growth') }} as g
        on p.region_key = g.region_key and x.indicator = g.indicator and coalesce(p.entity_id, '_T') = g.entity_id
            and x.month = g.month
            -- a stock of month end is of the year to date as well
            and (x.period_type = g.period_type or g.nature = 'stock' and x.period_type = 'YTD')
    left join {{ ref('dim_indicator') }} as i on g.indicator = i.indicator
    cross join
        lateral (
            select
                {{ is_confidential(['g.indicator'], 'g.region_key', ['g.month'], 'g.industry_code') }} as confidential
        ) as c
    where
        g.month between {{ month_built() }} - interval '12 months' and {{ month_built() }}
        and (g.entity_id <> '_T' or x.industry_code = g.industry_code)
    group by p.problem_key
)

select
    b.month,
    p.problem_key,
    p.region_key,
    p.region_name,
    p.rule,
    u.version as rule_version,
    p.colour,
    p.subject_zh,
    p.statement_zh
    || {{ flash_zh('e.flash_suppliers_zh is not null') }} as statement_zh,
    p.evidence_zh,
    coalesce(e.evidence, '[]'::jsonb) as evidence,
    coalesce(e.flash_suppliers_zh, p.owner_department) as owner_department,
    case when e.flash_suppliers_zh is null then p.route else 'supplier' end as route,
    -- printed again, a problem keeps the day by which it was due when it was raised; one that comes back has a new one
    coalesce(case when not l.would_reopen then l.due_on end, b.due_on) as due_on,
    p.entity_id
from problems as p
cross join build as b
left join {{ ref('rules') }} as u on p.rule = u.rule
left join evidence as e on p.problem_key = e.problem_key
left join {{ ref('stg_problems') }} as l on p.problem_key = l.problem_key
