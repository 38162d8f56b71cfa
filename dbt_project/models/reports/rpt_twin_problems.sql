-- Firms and projects that another department does not know: counted here by region, named in the mart only.
with twins as (
    select
        twin.*,
        case twin.finding
            when 'taxed_not_in_panel' then null
            when 'project_without_power' then 'ndrc'
            when 'starts_without_power_or_land' then 'ndrc'
            else 'stat'
        end as asked
    from {{ ref('fct_missing_twins') }} as twin
)

select
    twin.month,
    'matched:' || twin.pair || ':' || twin.finding || ':' || twin.region_key as problem_key,
    twin.region_key,
    region.name_zh as region_name,
    'matched' as rule,
    'yellow' as colour,
    jsonb_build_object(
        'finding', twin.finding,
        'listed_n', count(*),
        'months_after', {{ threshold('project_twin', 'months_after') }},
        'started_in',
        (twin.month - make_interval(months => {{ threshold('project_twin', 'months_after') }}::int))::date,
        'revenue_10k_yuan', {{ threshold('panel', 'revenue_10k_yuan') }}
    ) as facts,
    '[]'::jsonb as looked_at,
    department.name_zh as owner_department,
    case when twin.asked is null then 'industry' end as owner_office,
    case when twin.asked is null then 'county' else 'supplier' end as route,
    null::text as entity_id
from twins as twin
inner join {{ ref('dim_region') }} as region on twin.region_key = region.region_key
left join {{ ref('departments') }} as department on twin.asked = department.department
group by twin.month, twin.pair, twin.finding, twin.region_key, twin.asked, region.name_zh, department.name_zh
