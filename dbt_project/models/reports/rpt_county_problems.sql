-- The pin-point problem list of every county (domain.md 3.3): what diverges, what declines, which firms have stopped.
-- Each rule's finding is a row of its own model; here it gets its figures with their sources, its owner and its day,
-- and a rule that speaks on a flash (domain.md 2.6) is put to the flash's supplier, whatever the rule.
with build as (
    select
        built.month,
        -- from the release, or a month that is told late would have its problems overdue on the day they are opened
        greatest((built.month + interval '1 month')::date - 1, (built.as_of at time zone 'Asia/Shanghai')::date)
        + {{ threshold('problem', 'due_days') }}::int as due_on
    from {{ ref('stg_build') }} as built
),

problems as (
    {% for found in ['rpt_region_problems', 'rpt_matched_problems', 'rpt_twin_problems', 'rpt_firm_problems'] %}
        select
            problem_key,
            region_key,
            region_name,
            rule,
            colour,
            facts,
            looked_at,
            owner_department,
            owner_office,
            route,
            entity_id
        from {{ ref(found) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- The figures that a rule looked at, each of one period: a month is a flash or settled by itself, whatever the year to
-- date beside it is (domain.md 2.6).
pointed as (
    select distinct
        problem.problem_key,
        problem.rule,
        problem.region_key,
        coalesce(problem.entity_id, '_T') as entity_id,
        figure.*
    from problems as problem
    cross join
        lateral jsonb_to_recordset(problem.looked_at) as figure (
            indicator text, period_type text, month date, industry_code text
        )
),

evidence as (
    select
        point.problem_key,
        jsonb_agg(
            jsonb_strip_nulls(jsonb_build_object(
                'indicator', figure.indicator,
                'period_type', figure.period_type,
                'month', figure.month,
                'value', case when not hidden.confidential then figure.value end,
                'growth_pct', case when not hidden.confidential then figure.growth_pct end,
                'value_delivery_id', figure.value_delivery_id,
                'growth_delivery_id', figure.growth_delivery_id
            )) order by figure.indicator, figure.period_type, figure.month
        ) as evidence,
        -- whom a gap is put to is known already (int_gap_routes)
        string_agg(distinct indicator.department_zh, '、') filter (
            where figure.maturity = 'flash' and point.rule <> 'matched'
        ) as flash_suppliers_zh
    from pointed as point
    inner join {{ ref('int_series_growth') }} as figure
        on point.region_key = figure.region_key and point.indicator = figure.indicator
            and point.entity_id = figure.entity_id and point.month = figure.month
            -- a stock of month end is of the year to date as well
            and (
                point.period_type = figure.period_type or figure.nature = 'stock' and point.period_type = 'YTD'
            )
    left join {{ ref('dim_indicator') }} as indicator on figure.indicator = indicator.indicator
    cross join
        lateral (
            select
                {{ is_confidential(['figure.indicator'], 'figure.region_key', ['figure.month'],
                    'figure.industry_code') }} as confidential
        ) as hidden
    where
        figure.month between {{ month_built() }} - interval '12 months' and {{ month_built() }}
        and (figure.entity_id <> '_T' or point.industry_code = figure.industry_code)
    group by point.problem_key
)

select
    build.month,
    problem.problem_key,
    problem.region_key,
    problem.region_name,
    problem.rule,
    rules.version as rule_version,
    problem.colour,
    problem.facts,
    evidence.flash_suppliers_zh is not null as on_flash,
    coalesce(evidence.evidence, '[]'::jsonb) as evidence,
    coalesce(evidence.flash_suppliers_zh, problem.owner_department) as owner_department,
    case when evidence.flash_suppliers_zh is null then problem.owner_office end as owner_office,
    case when evidence.flash_suppliers_zh is null then problem.route else 'supplier' end as route,
    -- printed again, a problem keeps the day by which it was due when it was raised; one that comes back has a new one
    coalesce(case when not known.would_reopen then known.due_on end, build.due_on) as due_on,
    problem.entity_id
from problems as problem
cross join build
left join {{ ref('rules') }} as rules on problem.rule = rules.rule
left join evidence on problem.problem_key = evidence.problem_key
left join {{ ref('stg_problems') }} as known on problem.problem_key = known.problem_key
