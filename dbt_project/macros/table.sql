{# A table is made beside the one before it, which then gives way to it, in one statement of one transaction; dbt's own
   way asks the server, and itself, six times a table, a tenth of a city's build (bench/marts.py). #}
{% materialization table, adapter='postgres' %}
    {%- set before = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set beside = make_intermediate_relation(target) -%}

    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        drop table if exists {{ beside }};
        {{ get_create_table_as_sql(False, beside, sql) }}
        {% if before is not none -%} drop {{ before.type }} if exists {{ before }} cascade; {%- endif %}
        alter table {{ beside }} rename to {{ target.identifier }};
    {%- endcall %}
    {% if before is not none %}{% do adapter.cache_dropped(before) %}{% endif %}
    {% do create_indexes(target) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do apply_grants(target, config.get('grants'), should_revoke=should_revoke(before, full_refresh_mode=True)) %}
    {{ adapter.commit() }}

    {{ return({'relations': [target]}) }}
{% endmaterialization %}
