{# A label without blanks and with full-width characters made plain, so that spellings of one name meet. #}
{% macro clean_label(label) -%}
    regexp_replace(normalize({{ label }}, nfkc), '[[:space:]]', '', 'g')
{%- endmacro %}
