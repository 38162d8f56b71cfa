{# As a post-hook: models that ask for firms alone read their rows and no others. Nothing where the index is there
   already, as after an increment. #}
{% macro index_firms() -%}
    do $$ begin
        if not exists (select from pg_index where indrelid = '{{ this }}'::regclass and indpred is not null) then
            create index on {{ this }} (month) where entity_id <> '_T';
        end if;
    end $$
{%- endmacro %}
