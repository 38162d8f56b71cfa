{# Whether a cell of statistics may not be printed (domain.md 2.11); `months` are expressions for the months that the
   figures are of. #}
{% macro is_confidential(indicators, region_key, months, industry_code="'_T'") -%}
    exists (
        select 1 from {{ ref('fct_confidential_cells') }} as z
        where
            z.indicator in ({{ indicators | join(', ') }}) and z.region_key = {{ region_key }}
            and z.industry_code = {{ industry_code }}
            and z.year in (extract(year from {{ months | join('), extract(year from ') }}))
    )
{%- endmacro %}

{# Whether growth of power weighted by output would give an industry's output back: with two of them hidden, their sum
   and this mean are two equations in two unknowns. #}
{% macro is_confidential_mix(region_key, month) -%}
    exists (
        select 1 from {{ ref('fct_confidential_cells') }} as z
        where
            z.indicator = 'ST02' and z.region_key = {{ region_key }} and z.industry_code <> '_T'
            and z.year = extract(year from {{ month }})
    )
{%- endmacro %}
