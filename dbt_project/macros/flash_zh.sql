{# What the statement of a problem ends with where it stands on a flash (domain.md 2.6). #}
{% macro flash_zh(condition) -%}
    case when {{ condition }} then '（依据快报数据，待正式数据确认。）' else '' end
{%- endmacro %}
