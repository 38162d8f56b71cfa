{# Whether more than one cell may speak of a figure: deliveries of a history feed (d), lines (r) or columns (c) of one
   delivery, or several feeds (s). Only such figures need to be weighed; it may be said of one that turns out alone. #}
{% macro contested(d='d', r='r', c='c', s='s') -%}
    (not {{ d }}.speaks_alone or {{ r }}.repeated or {{ c }}.repeated or {{ s }}.indicator is not null)
{%- endmacro %}
