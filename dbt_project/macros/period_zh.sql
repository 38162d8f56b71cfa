{# The stretch that a flow of `month` covers on an axis of int_months_aligned: 6月, 1—6月; February's is 1—2月. #}
{% macro period_zh(axis, month) -%}
    case
        when extract(month from {{ month }}) > 1 and ({{ axis }} = 'YTD' or extract(month from {{ month }}) = 2) then '1—'
        else ''
    end || extract(month from {{ month }})::text || '月'
{%- endmacro %}
