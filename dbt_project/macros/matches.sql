{# Whether a listed thing's attributes hold all that one of the patterns of a target asks; no patterns ask nothing. #}
{% macro matches(attributes, patterns) -%}
    ({{ patterns }} is null or exists (
        select 1 from jsonb_array_elements({{ patterns }}) as m (one)
        where {{ attributes }} @> m.one
    ))
{%- endmacro %}
