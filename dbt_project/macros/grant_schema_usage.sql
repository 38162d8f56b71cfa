{# Let a role look into the schemas that exist. #}
{% macro grant_schema_usage(schemas, role) -%}
    do $$
    declare
        shown text;
    begin
        for shown in select nspname from pg_namespace where nspname in ('{{ schemas | join("', '") }}') loop
            execute format('grant usage on schema %I to {{ role }}', shown);
        end loop;
    end $$
{%- endmacro %}
