{# How settled a figure is that was reckoned from several: as the least settled of them (domain.md 2.6). #}
{% macro least_mature(maturities) -%}
    {%- set stages = "array['flash', 'prelim', 'revised', 'final', 'benchmark', 'correction']" -%}
    {%- set places = [] -%}
    {%- for maturity in maturities -%}
        {%- do places.append('array_position(' ~ stages ~ ', ' ~ maturity ~ ')') -%}
    {%- endfor -%}
    ({{ stages }})[least({{ places | join(', ') }})]
{%- endmacro %}
