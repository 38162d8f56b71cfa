{# Months since year 0, so that a difference of two is a lag. #}
{% macro month_number(month) -%}
    (extract(year from {{ month }})::int * 12 + extract(month from {{ month }})::int)
{%- endmacro %}
