-- What is to be asked of single firms: stops, falls of large firms, strained loans. The firms are of power's, tax's and
-- the banks' own lists (domain.md 2.11); the test of each rule is a model of the intermediate layer.
with stopped as (
    select
        'stop' as rule,
        stop.entity_id,
        case
            when stop.two_witnesses and stop.state = 'stopped' then 'red'
            when stop.two_witnesses then 'orange'
            else 'yellow'
        end as colour,
        jsonb_build_object(
            'state', stop.state,
            'two_witnesses', stop.two_witnesses,
            'seasonal', stop.seasonal,
            'power', stop.power,
            'power_baseline', stop.power_baseline,
            'power_share_pct', stop.power_share_pct,
            'invoices_share_pct', stop.invoices_share_pct
        ) as facts,
        array_remove(array[stop.power_indicator, case when stop.invoices_share_pct is not null then 'TX03' end], null)
            as indicators,
        'M' as period_type,
        'industry' as owner_office
    from {{ ref('int_stopped_firms') }} as stop
    where stop.month = {{ month_built() }}
),

big_firm as (
    select
        'big_firm' as rule,
        falling.entity_id,
        case when count(*) > 1 then 'orange' else 'yellow' end as colour,
        jsonb_build_object(
            'falls',
            jsonb_agg(
                jsonb_build_object('name_zh', indicator.name_zh, 'growth_pct', falling.growth_pct)
                order by falling.indicator
            ),
            'fall_pct', {{ threshold('big_firm', 'fall_pct') }}
        ) as facts,
        array_agg(falling.indicator order by falling.indicator) as indicators,
        {{ period_on_axis("'M'", month_built()) }} as period_type,
        'industry' as owner_office
    from {{ ref('int_falling_big_firms') }} as falling
    inner join {{ ref('dim_indicator') }} as indicator on falling.indicator = indicator.indicator
    group by falling.entity_id
),

finance_stress as (
    select
        'finance_stress' as rule,
        loan.entity_id,
        case when loan.warnings > 0 then 'orange' else 'yellow' end as colour,
        jsonb_build_object('warned', loan.warnings > 0, 'fall_pct', loan.fall_pct) as facts,
        array_remove(
            array[
                case when loan.fall_pct is not null then 'BK01' end, case when loan.warnings > 0 then 'BK07' end
            ],
            null
        ) as indicators,
        'M' as period_type,
        'finance' as owner_office
    from {{ ref('int_strained_firms') }} as loan
),

problems as (
    select * from stopped
    union all
    select * from big_firm
    union all
    select * from finance_stress
)

select
    build.month,
    problem.rule || ':' || firm.region_key || ':' || problem.entity_id as problem_key,
    county.region_key,
    county.name_zh as region_name,
    problem.rule,
    problem.colour,
    jsonb_strip_nulls(
        problem.facts
        || jsonb_build_object(
            'entity_name', coalesce(firm.entity_name, problem.entity_id), 'period_type', problem.period_type
        )
    ) as facts,
    (
        select
            jsonb_agg(jsonb_build_object(
                'indicator', figure.indicator,
                'period_type', problem.period_type,
                'month', build.month,
                'industry_code', '_T'
            ) order by figure.indicator)
        from unnest(problem.indicators) as figure (indicator)
    ) as looked_at,
    null::text as owner_department,
    problem.owner_office,
    'county' as route,
    problem.entity_id
from problems as problem
inner join {{ ref('int_entities') }} as firm on problem.entity_id = firm.entity_id
inner join {{ ref('int_counties') }} as county on firm.region_key = county.region_key
cross join {{ ref('stg_build') }} as build
