{# What may be done with a figure, by its nature (seed `indicators`): months of a flow or a count add up to the year to
   date, stocks and they grow by a ratio of levels, rates and indexes change in points (domain.md 2.1, 2.2). #}
{% macro adds_over_months(nature) -%}
    {{ nature }} in ('flow', 'count')
{%- endmacro %}

{% macro changes_in_points(nature) -%}
    {{ nature }} in ('rate', 'index')
{%- endmacro %}
