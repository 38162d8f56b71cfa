-- What is to be asked of a county as a whole: output that rises while power and invoices fall, which its supplier
-- verifies first (domain.md 3.3 rule 6), a steep decline, growth points behind their schedule. The test of each rule is
-- a model of the intermediate layer or of the interviews.
with verify as (
    select
        'verify_output:' || county.region_key as problem_key,
        county.region_key,
        county.name_zh as region_name,
        'verify_output' as rule,
        'red' as colour,
        jsonb_strip_nulls(jsonb_build_object(
            'confidential', {{ is_confidential(["'ST02'"], 'county.region_key', ['build.month']) }},
            'output_pct', case
                when not {{ is_confidential(["'ST02'"], 'county.region_key', ['build.month']) }} then rising.output_pct
            end,
            'power_pct', rising.power_pct,
            'invoices_pct', rising.invoices_pct,
            'output_up_pct', {{ threshold('verify_output', 'output_up_pct') }},
            'others_down_pct', {{ threshold('verify_output', 'others_down_pct') }}
        )) as facts,
        (
            select
                jsonb_agg(jsonb_build_object(
                    'indicator', figure.indicator,
                    'period_type', {{ period_on_axis("'M'", 'build.month') }},
                    'month', build.month,
                    'industry_code', '_T'
                ))
            from unnest(array['ST02', 'PW02', 'TX03']) as figure (indicator)
        ) as looked_at,
        department.name_zh as owner_department,
        null as owner_office,
        'supplier' as route
    from {{ ref('int_outputs_to_verify') }} as rising
    inner join {{ ref('int_counties') }} as county on rising.region_key = county.region_key
    inner join {{ ref('departments') }} as department on department.department = 'stat'
    cross join {{ ref('stg_build') }} as build
),

steep_decline as (
    select
        'steep_decline:' || declining.region_key as problem_key,
        declining.region_key,
        declining.region_name,
        'steep_decline' as rule,
        declining.colour,
        jsonb_build_object('fired_n', declining.fired_n, 'findings', declining.findings) as facts,
        (
            select
                jsonb_agg(jsonb_build_object(
                    'indicator', finding.indicator,
                    'period_type', finding.period_type,
                    'month', declining.month,
                    'industry_code', '_T'
                ))
            from jsonb_to_recordset(declining.findings) as finding (indicator text, period_type text)
        ) as looked_at,
        null as owner_department,
        'industry' as owner_office,
        'county' as route
    from {{ ref('rpt_interview_candidates') }} as declining
    where declining.is_candidate
),

growth_point as (
    select
        'growth_point:' || county.region_key as problem_key,
        county.region_key,
        county.name_zh as region_name,
        'growth_point' as rule,
        'yellow' as colour,
        jsonb_build_object(
            'listed_n', count(*),
            'behind_n', count(*) filter (where pace.behind),
            'behind_pct', {{ threshold('growth_point', 'behind_pct') }},
            'list_month', max(pace.month)
        ) as facts,
        '[]'::jsonb as looked_at,
        null as owner_department,
        'industry' as owner_office,
        'county' as route
    from {{ ref('int_growth_point_pace') }} as pace
    inner join {{ ref('int_counties') }} as county on pace.region_key = county.region_key
    group by county.region_key, county.name_zh
    having count(*) filter (where pace.behind) > 0
),

problems as (
    select * from verify
    union all
    select * from steep_decline
    union all
    select * from growth_point
)

select
    build.month,
    problems.*,
    null::text as entity_id
from problems
cross join {{ ref('stg_build') }} as build
