{# Of how many partners, the smallest first, a hidden cell may choose (int_region_moves, int_industry_moves). #}
{% macro partner_choices() -%}2{%- endmacro %}
