{# A rule's parameter, as data of the seed `thresholds`. #}
{% macro threshold(rule, parameter) -%}
    (select x.value from {{ ref('thresholds') }} as x where x.rule = '{{ rule }}' and x.parameter = '{{ parameter }}')
{%- endmacro %}
