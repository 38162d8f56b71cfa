{# The comment on schema reports says which build lies in the tables (ops.build_in_tables): none while models are being
   built, and none where dbt was run by hand. The environment is asked for when the hook runs: a change of what dbt reads
   while it parses makes it parse everything again. #}
{% macro say_which_build(finished) -%}
    {% if execute and "model." in selected_resources | join(" ") %}
    create schema if not exists reports;
    comment on schema reports is '{{ "build " ~ env_var("GONGYUN_BUILD_ID", "by hand") if finished else "being built" }}'
    {% endif %}
{%- endmacro %}
