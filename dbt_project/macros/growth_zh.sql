{# A growth rate in the words of an official document: 同比增长3.2%, 同比下降1.5%, 同比持平. #}
{% macro growth_zh(growth_pct) -%}
    case
        when round({{ growth_pct }}::numeric, 1) > 0 then '同比增长' || {{ figure_zh(growth_pct) }} || '%'
        when round({{ growth_pct }}::numeric, 1) < 0 then '同比下降' || {{ figure_zh('-(' ~ growth_pct ~ ')') }} || '%'
        when {{ growth_pct }} is not null then '同比持平'
    end
{%- endmacro %}
