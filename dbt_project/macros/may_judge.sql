{# Whether growth may colour, rank, score or correlate (domain.md 2.2). The ratio of two published levels may tell the
   panel and not the fact: of a total it is shown with its mark and decides nothing. A single firm has no panel. #}
{% macro may_judge(figure, of_firms=false) -%}
    ({{ figure }}.growth_source is distinct from 'computed'{% if of_firms %} or {{ figure }}.entity_id <> '_T'{% endif %})
{%- endmacro %}
