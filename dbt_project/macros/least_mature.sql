{# How settled a figure is that was reckoned from several: as the least settled of them (domain.md 2.6). #}
{% macro least_mature(maturities) -%}
    {%- set least = namespace(settled=maturities[0]) -%}
    {%- for maturity in maturities[1:] -%}
        {%- set least.settled = 'vocabulary.least_settled(' ~ least.settled ~ ', ' ~ maturity ~ ')' -%}
    {%- endfor -%}
    {{ least.settled }}
{%- endmacro %}

{# Of the figures of several rows, those that `condition` names. #}
{% macro least_mature_of(maturity, condition) -%}
    (vocabulary.maturities())[min(array_position(vocabulary.maturities(), {{ maturity }})) filter (where {{ condition }})]
{%- endmacro %}
