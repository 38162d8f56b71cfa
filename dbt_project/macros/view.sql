{# A view is replaced where it stands; in a full refresh, which may give it other columns, it is made anew. #}
{% materialization view, adapter='postgres' %}
    {%- set before = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='view') -%}
    {%- set gives_way = before is not none and (should_full_refresh() or not before.is_view) -%}

    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {% if gives_way -%}
            {{ when_free('drop ' ~ before.type ~ ' if exists ' ~ before ~ ' cascade') }};
        {%- endif %}
        {% if config.get('contract').enforced -%}{{ get_assert_columns_equivalent(sql) }}{%- endif %}
        {{ when_free('create or replace view ' ~ target ~ ' ' ~ config.get('options', '') ~ ' as ' ~ sql) }}
    {%- endcall %}
    {% if gives_way %}{% do adapter.cache_dropped(before) %}{% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do apply_grants(target, config.get('grants'), should_revoke=should_revoke(before, full_refresh_mode=True)) %}
    {{ adapter.commit() }}

    {{ return({'relations': [target]}) }}
{% endmaterialization %}
