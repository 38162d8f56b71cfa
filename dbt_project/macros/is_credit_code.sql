{# Whether an identifier is a unified social credit code by its form (GB 32100-2015). #}
{% macro is_credit_code(identifier) -%}
    {{ identifier }} ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'
{%- endmacro %}
