{# A difference in percentage points with its sign, one digit, as the edition prints it: +3.2, −1.5. #}
{% macro signed_zh(points) -%}
    replace(to_char(round(({{ points }})::numeric, 1), 'FMS999,999,990.0'), '-', '−')
{%- endmacro %}
