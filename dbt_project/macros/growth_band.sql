{# The base of a figure's growth, as given or as its printed growth implies. #}
{% macro growth_base(figure) -%}
    coalesce({{ figure }}.base_reported, {{ figure }}.value / nullif(1 + {{ figure }}.growth_reported_pct / 100, 0))
{%- endmacro %}

{# What is not known of printed growth, half its last digit, in points; the coarsest of several figures. Of which it is
   not known how it was printed has one decimal, as releases have. #}
{% macro half_unit_pp(figures) -%}
    {%- set decimals = [] -%}
    {%- for figure in figures -%}{%- do decimals.append('coalesce(' ~ figure ~ '.growth_decimals, 1)') -%}{%- endfor -%}
    0.5 * 10.0 ^ -least({{ decimals | join(', ') }})
{%- endmacro %}

{# Error band of growth of what lies between two year-to-date figures of one delivery, in points (domain.md 2.1): the
   larger the two bases beside their difference, the less certain it is. Null where both bases are given. #}
{% macro difference_band_pp(later, earlier) -%}
    case
        when {{ later }}.base_reported is null or {{ earlier }}.base_reported is null
            then
                ({{ growth_base(later) }} + {{ growth_base(earlier) }})
                / nullif(greatest({{ growth_base(later) }} - {{ growth_base(earlier) }}, 0), 0)
                * {{ half_unit_pp([later, earlier]) }}
    end
{%- endmacro %}
