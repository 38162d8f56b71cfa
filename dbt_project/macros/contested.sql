{# Whether more than one cell may speak of a figure: deliveries of a history feed, lines or headings of one delivery, or
   several feeds. Only such figures need to be weighed; it may be said of one that turns out alone. #}
{% macro contested() -%}
    (not delivery.speaks_alone or line.repeated or heading.repeated or shared.indicator is not null)
{%- endmacro %}
