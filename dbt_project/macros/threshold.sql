{# A rule's parameter, as data of the seed `thresholds`. #}
{% macro threshold(rule, parameter) -%}
    (select t.value from {{ ref('thresholds') }} as t where t.rule = '{{ rule }}' and t.parameter = '{{ parameter }}')
{%- endmacro %}
