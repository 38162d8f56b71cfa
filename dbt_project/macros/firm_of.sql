{# What a firm goes by on a list or in a line of a delivery: its credit code, in which departments meet, else the number
   that the department gives it. #}
{% macro firm_of(line) -%}
    coalesce({{ line }}.credit_code, {{ line }}.entity_id)
{%- endmacro %}
