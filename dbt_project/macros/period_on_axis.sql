{# The period type of a flow on an axis of int_months_aligned: February's month is January-February. #}
{% macro period_on_axis(axis, month) -%}
    case when {{ axis }} = 'M' and extract(month from {{ month }}) = 2 then 'M12' else {{ axis }} end
{%- endmacro %}
