{# The month of the reports as one value, by which a table's index on `month` is used; a join with stg_build reads every
   month of it. #}
{% macro month_built() -%}
    (select y.month from {{ ref('stg_build') }} as y)
{%- endmacro %}
