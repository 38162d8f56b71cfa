{# A reckoned difference or ratio as far as it means something, to 1e-6: printed figures are decimal, and in binary
   3.3 - -1.7 is not 5 nor 3 - 3 always 0. For what is held against a threshold, or asked whether it moves. #}
{% macro settled(expression) -%}
    (round(1e6::float8 * ({{ expression }})) / 1e6::float8)
{%- endmacro %}
