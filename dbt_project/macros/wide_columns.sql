{# The columns of a wide view as its YAML lists them: each names in its meta the indicator, the measure (value or
   growth) and the axis (M or YTD) that it holds. The list stands in the YAML alone; a convention test holds it against
   the seed `indicators`. #}
{% macro wide_columns(alias) -%}
    {%- set sources = {'value': 'value', 'growth': 'growth_pct'} -%}
    {%- set found = [] -%}
    {%- for column in model.columns.values() if column.config.meta.indicator -%}
        {%- set meta = column.config.meta -%}
        {%- set periods = "('YTD')" if meta.axis == 'YTD' else "('M', 'M12')" -%}
        {%- do found.append(
            'max(' ~ alias ~ '.' ~ sources[meta.measure] ~ ") filter (where " ~ alias ~ ".indicator = '" ~ meta.indicator
            ~ "' and " ~ alias ~ '.period_type in ' ~ periods ~ ') as ' ~ column.name
        ) -%}
    {%- endfor -%}
    {{ found | join(',\n    ') if found else 'null as nothing' }}
{%- endmacro %}

{# Whether a period may stand beside others: no January, and February only together with it (domain.md 2.1). #}
{% macro comparable_period(alias) -%}
    (
        {{ alias }}.period_type = 'M12'
        or ({{ alias }}.period_type = 'M' and extract(month from {{ alias }}.month) > 2)
        or ({{ alias }}.period_type = 'YTD' and extract(month from {{ alias }}.month) > 1)
    )
{%- endmacro %}
