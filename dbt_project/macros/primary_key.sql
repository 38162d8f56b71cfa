{# A mart's primary key is built when its rows are in, which takes two thirds of the time of keeping it row by row
   (bench/marts.py); dbt would write it into `create table`. #}
{% macro postgres__get_table_columns_and_constraints() -%}
    {%- set columns = adapter.render_raw_columns_constraints(raw_columns=model['columns']) -%}
    {%- set others = model['constraints'] | rejectattr('type', 'equalto', 'primary_key') | list -%}
    {%- set constraints = adapter.render_raw_model_constraints(raw_constraints=others) -%}
    ({{ (columns + constraints) | join(', ') }})
{%- endmacro %}

{# As a post-hook of every mart and report; nothing for a view, nor where the key is there already, as after an
   increment. The key of a mart that is written by month begins with the month, so that it finds a month too; what is
   asked of an indicator or a pair, it finds by skipping from month to month. #}
{% macro add_primary_key() -%}
    {%- for key in model.get('constraints', []) if key.type == 'primary_key' and model.config.materialized != 'view' -%}
        set local maintenance_work_mem = '512MB';
        do $$ begin
            if not exists (select from pg_constraint where conrelid = '{{ this }}'::regclass and contype = 'p') then
                alter table {{ this }} add primary key ({{ key.columns | join(', ') }});
            end if;
        end $$
    {%- endfor -%}
{%- endmacro %}
