{# A label without blanks and with full-width characters made plain, so that spellings of one name meet. #}
{% macro clean_label(label) -%}
    vocabulary.clean_label({{ label }})
{%- endmacro %}
