{# What takes a table or a view away from its readers is done when nobody reads it. Standing in line for it, a build
   would have new readers stand in line behind it, and of two such lines and two readers one is a deadlock; so it stands
   there for a twentieth of a second only and tries again. Who has waited half a minute ends the sessions of analysts
   that have left a transaction open and idle for as long, and stands in line for what they ask. After half an hour it
   gives up and says who reads. #}
{% macro when_free(statement, patience='30 seconds') -%}
    do $when_free$
    declare
        patience interval := '{{ patience }}';
        began timestamptz := clock_timestamp();
        readers text;
    begin
        loop
            begin
                perform set_config('lock_timeout', case when clock_timestamp() < began + patience then '50ms' else '5s' end, true);
                execute $statement${{ statement }}$statement$;
                perform set_config('lock_timeout', '0', true);
                return;
            exception when lock_not_available then
                perform pg_sleep(0.02);
            end;
            continue when clock_timestamp() < began + patience;
            perform pg_stat_clear_snapshot();
            begin
                perform pg_terminate_backend(a.pid)
                from pg_stat_activity as a
                inner join pg_roles as r on a.usesysid = r.oid
                where
                    a.datname = current_database() and a.state like 'idle in transaction%'
                    and a.state_change < clock_timestamp() - patience
                    and not r.rolsuper and a.usename <> current_user and pg_has_role(r.oid, 'gongyun_analyst', 'member');
            exception when insufficient_privilege then
                null;  -- the server lets us end nobody: they are named below
            end;
            if clock_timestamp() > began + 60 * patience then
                select string_agg(distinct format('session %s of %s', a.pid, a.usename), ', ') into readers
                from pg_locks as l
                inner join pg_stat_activity as a using (pid)
                inner join pg_class as c on l.relation = c.oid
                where c.relnamespace::regnamespace::text in ('marts', 'reports', 'catalog') and a.pid <> pg_backend_pid();
                raise exception 'readers kept a table from being replaced: %', coalesce(readers, 'none that is left')
                using hint = 'end them with pg_terminate_backend and build again';
            end if;
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
