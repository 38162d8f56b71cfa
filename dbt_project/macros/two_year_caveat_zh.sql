{# What sets the two years of a mean apart (int_series_growth), in the words of an official document. #}
{% macro two_year_caveat_zh(caveat) -%}
    case {{ caveat }}
        when 'no_comparable_growth' then '两年中有一年缺可比口径增速，不作两年平均'
        when 'growth_basis' then '两年增速一为实际增速、一为名义增速，不作两年平均'
        when 'flash' then '两年增速含快报数'
        when 'panel_change' then '两年统计范围有变动'
        when 'reclassification' then '两年分类或指标口径有调整'
        when 'merger' then '两年间有合并调整'
        when 'basis_gap' then '本期所用上年基数与上年公布数不一致'
    end
{%- endmacro %}
