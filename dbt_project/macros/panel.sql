{# CTEs of what reckons cells from firms (int_cell_concentration, int_panel_parts): the regions and the industries that
   contain a firm's place, itself among them. Region parents recurse. #}
{% macro containing_places() -%}
    region_parents as (
        select distinct
            region_key,
            region_key as within_region
        from {{ ref('regions') }}
        union all
        select
            p.region_key,
            r.parent_key
        from region_parents as p
        inner join {{ ref('regions') }} as r on p.within_region = r.region_key and r.valid_to is null
        where r.parent_key is not null
    ),

    {{ industry_parents() }}
{%- endmacro %}

{# CTE: the industries that contain an industry, itself among them. #}
{% macro industry_parents() -%}
    industry_parents as (
        select
            i.industry_code,
            w.within_industry
        from {{ ref('industries') }} as i
        cross join lateral (
            select i.industry_code as within_industry
            union
            select i.section
            where i.section is not null
            union
            select '_T'
        ) as w
    )
{%- endmacro %}

{# CTE: each firm of the panel's lists by month, once, at one place. #}
{% macro panel_lists(condition='true') -%}
    listed as (
        select distinct on ({{ firm_of('l') }}, l.month)
            {{ firm_of('l') }} as firm,
            l.month,
            coalesce(l.region_key, b.top_region_key) as region_key,
            coalesce(l.industry_code, '_T') as industry_code,
            {{ panel_status('l') }} as status
        from {{ ref('stg_register') }} as l
        cross join {{ ref('stg_build') }} as b
        where l.kind = 'panel' and {{ condition }}
        order by {{ firm_of('l') }} asc, l.month asc, l.accepted_at desc, l.feed asc, l.row asc
    )
{%- endmacro %}

{# The state of a firm in a line of the panel's list; a line that says none lists who is in. #}
{% macro panel_status(line) -%}
    coalesce({{ line }}.attributes ->> 'status', 'in')
{%- endmacro %}

{# The states by which a firm came into the panel, and those by which it left it. Who moved into a region or to another
   industry has done neither. No other place names them. #}
{% macro came_by() -%}{{ return(['new_built', 'graduated']) }}{%- endmacro %}

{% macro left_by() -%}{{ return(['dropped', 'closed', 'merged']) }}{%- endmacro %}

{% macro is_one_of(status, states) -%}
    {{ status }} in ('{{ states | join("', '") }}')
{%- endmacro %}

{# Whether a state on the list means that the firm is in the panel. #}
{% macro in_panel(status) -%}
    not ({{ is_one_of(status, left_by()) }})
{%- endmacro %}

{% macro has_moved(status) -%}
    {{ status }} = 'moved_region'
{%- endmacro %}
