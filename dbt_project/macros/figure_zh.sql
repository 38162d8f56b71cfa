{# A figure as vocabulary/figure.py prints it: 1,234.5, −3.2; with its sign +0.3, and 0.0 without any. #}
{% macro figure_zh(figure, digits=1, sign=false) -%}
    {{ "case when round((" ~ figure ~ ")::numeric, " ~ digits ~ ") > 0 then '+' else '' end ||" if sign }}
    replace(to_char(round(({{ figure }})::numeric, {{ digits }}), 'FM{{ "999," * 6 }}990{{ "." ~ "0" * digits if digits }}'), '-', '−')
{%- endmacro %}
