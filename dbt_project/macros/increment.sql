{# What an increment rebuilds (docs/decisions/0007): the months for which deliveries came into force or went out of it
   since the tables were built, each moved by `offsets` months. Everything, in a full refresh and where a firm has moved.
   The state is read from the tables themselves; stg_changes lies upstream of every model that asks. #}
{% macro affected(offsets, column='month') -%}
    {%- set months = changed_months() -%}
    {%- if months is none -%}
        true
    {%- else -%}
        {%- set moved = [] -%}
        {%- for month in months -%}
            {%- for offset in offsets -%}
                {%- set n = month[:4] | int * 12 + month[5:7] | int - 1 + offset -%}
                {%- do moved.append('%04d-%02d-01' % (n // 12, n % 12 + 1)) -%}
            {%- endfor -%}
        {%- endfor -%}
        {{ column }} = any('{ {{- moved | unique | sort | join(',') -}} }'::date[])
    {%- endif -%}
{%- endmacro %}

{# The same for what carries on from month to month, as a run or the release before: everything from the first month
   that a change reaches. What lies before it stays in the table and is what the rest carries on from. #}
{% macro affected_since(offset, column='month') -%}
    {%- set months = changed_months() -%}
    {%- if months is none -%}
        true
    {%- elif months -%}
        {{ column }} >= date '{{ months | min }}' + make_interval(months => {{ offset }})
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}

{# The months, as text; none in a full refresh and where a firm's place or name changed, by which its history goes. #}
{% macro changed_months() -%}
    {%- if not is_incremental() -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set found = run_query("""
        select
            exists (
                select 1 from intermediate.int_entities as e inner join staging.stg_build as b on e.moved_as_of = b.as_of
            ),
            (select string_agg(distinct c.month::text, ',') from staging.stg_changes as c)
    """) -%}
    {{ return(none if found.rows[0][0] else (found.rows[0][1] or '').split(',') | select | list) }}
{%- endmacro %}

{# As a pre-hook: an increment takes out what it is about to write anew, so that what is gone does not stay. #}
{% macro forget(offsets) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ affected(offsets) }}
    {%- endif -%}
{%- endmacro %}

{% macro forget_since(offset) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ affected_since(offset) }}
    {%- endif -%}
{%- endmacro %}

{# As a pre-hook: what a table holds is kept under another name before it is built anew; in a full refresh nothing is,
   since everything is written. #}
{% macro keep_before() -%}
    {%- set before = this.incorporate(path={'identifier': this.identifier ~ '_before'}) -%}
    drop table if exists {{ before }};
    create unlogged table {{ before }} as
    {% if load_relation(this) is not none and not should_full_refresh() %}table {{ this }}{% else %}select null::bigint as delivery_id, null::date as month limit 0{% endif %}
{%- endmacro %}

{# The deliveries whose lines an increment finds in place already; none in a full refresh. #}
{% macro held_before() -%}
    {% if is_incremental() %}select b.delivery_id from staging.stg_deliveries_before as b{% else %}0{% endif %}
{%- endmacro %}
