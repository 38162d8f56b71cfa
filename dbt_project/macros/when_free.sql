{# What takes a table or a view away from its readers is done when nobody reads it. Standing in line for it, a build
   would have new readers stand in line behind it, and of two such lines and two readers one is a deadlock; so it stands
   there for a twentieth of a second only and tries again. Who has waited half a minute waits on. #}
{% macro when_free(statement) -%}
    do $when_free$
    declare
        patience timestamptz := clock_timestamp() + interval '30 seconds';
    begin
        loop
            begin
                perform set_config('lock_timeout', case when clock_timestamp() < patience then '50ms' else '0' end, true);
                execute $statement${{ statement }}$statement$;
                perform set_config('lock_timeout', '0', true);
                return;
            exception when lock_not_available then
                perform pg_sleep(0.02);
            end;
        end loop;
    end $when_free$
{%- endmacro %}

{# dbt renames what an incremental model was before, and drops it in the end. #}
{% macro postgres__rename_relation(from_relation, to_relation) -%}
    {% call statement('rename_relation') -%}
        {{ when_free('alter table ' ~ from_relation ~ ' rename to ' ~ to_relation.identifier) }}
    {%- endcall %}
{%- endmacro %}

{% macro postgres__drop_table(relation) -%}
    {{ when_free('drop table if exists ' ~ relation ~ ' cascade') }}
{%- endmacro %}
