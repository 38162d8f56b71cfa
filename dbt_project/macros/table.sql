{# A table is made beside the one before it, which then gives way to it, in one statement of one transaction; dbt's own
   way asks the server, and itself, six times a table, a tenth of a city's build (bench/marts.py).

   With `in_place`, the rows of the table before give way instead and the table stays, unless its columns have changed: of
   a table that the policies and views of others name, a drop would take these along, and analysts would read marts
   without rows until each is built. #}
{% materialization table, adapter='postgres' %}
    {%- set before = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set beside = make_intermediate_relation(target) -%}
    {%- set stays = config.get('in_place') and before is not none and has_columns_of_contract(before) -%}

    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {{ changed_rows(target, sql) if stays else changed_table(before, beside, target, sql) }}
    {%- endcall %}
    {% if before is not none and not stays %}{% do adapter.cache_dropped(before) %}{% endif %}
    {% if not stays %}{% do create_indexes(target) %}{% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do apply_grants(target, config.get('grants'), should_revoke=should_revoke(before, full_refresh_mode=True)) %}
    {{ adapter.commit() }}

    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro changed_rows(target, sql) -%}
    {%- set columns = model.columns | join(', ') -%}
    delete from {{ target }};
    insert into {{ target }} ({{ columns }}) select {{ columns }} from (
        {{ sql }}
    ) as s
{%- endmacro %}

{% macro changed_table(before, beside, target, sql) -%}
    drop table if exists {{ beside }};
    {{ get_create_table_as_sql(False, beside, sql) }}
    {% if before is not none %}{{ when_free('drop ' ~ before.type ~ ' if exists ' ~ before ~ ' cascade') }};{% endif %}
    alter table {{ beside }} rename to {{ target.identifier }}
{%- endmacro %}

{% macro has_columns_of_contract(relation) -%}
    {%- set said, found = [], [] -%}
    {%- for name, column in model.columns.items() -%}{%- do said.append(name ~ ' ' ~ column.data_type) -%}{%- endfor -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do found.append(column.name ~ ' ' ~ column.dtype) -%}
    {%- endfor -%}
    {{ return(said | sort == found | sort) }}
{%- endmacro %}
