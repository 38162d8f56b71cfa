{# A quantile of n values in an array sorted upwards, as percentile_cont has it; null of none. #}
{% macro quantile(sorted, n, share) -%}
    {%- set place = share ~ "::float8 * (" ~ n ~ " - 1)" -%}
    {{ sorted }}[1 + floor({{ place }})::int] + ({{ place }} - floor({{ place }}))
    * ({{ sorted }}[1 + ceil({{ place }})::int] - {{ sorted }}[1 + floor({{ place }})::int])
{%- endmacro %}
