{# What an increment rebuilds (docs/decisions/0007): the months that a change reaches, of those for which deliveries
   came into force or went out of it since the tables were built. Everything, in a full refresh and where a firm has
   moved.
   A model says once, in its config, by which it forgets, writes and reads alike:
     reach       the months that are written anew, counted from a changed one: [0, 1, 12, 13]
     reach_from  or the first of them, of what carries on from month to month, as a run or a median of two years
     looks_back  how many months before a written one those lie that it is made from, beside itself
   The state is read from the tables themselves; stg_changes lies upstream of every model that asks. #}
{% macro affected(column='month') -%}
    {{ reached(column, looking_back=false) }}
{%- endmacro %}

{# The same of what is read: the months affected and those that they are made from. #}
{% macro needed(column='month') -%}
    {{ reached(column, looking_back=true) }}
{%- endmacro %}

{# As a pre-hook of every model: an increment takes out what it is about to write anew, so that what is gone does not
   stay. #}
{% macro forget() -%}
    {%- if is_incremental() and (config.get('reach') or config.get('reach_from') is not none) -%}
        delete from {{ this }} where {{ affected() }}
    {%- endif -%}
{%- endmacro %}

{% macro reached(column, looking_back) -%}
    {%- set changed = changed_months() -%}
    {%- set back = [0] + (config.require('looks_back') if looking_back and changed else []) -%}
    {%- if changed is none -%}
        true
    {%- elif not changed -%}
        false
    {%- elif config.get('reach') -%}
        {{ column }} = any('{ {{- months_reached(changed, back) -}} }'::date[])
    {%- else -%}
        {{ column }} >= date '{{ month_moved(changed | min, config.require('reach_from') - (back | max)) }}'
    {%- endif -%}
{%- endmacro %}

{% macro months_reached(changed, back) -%}
    {%- set months = [] -%}
    {%- for month in changed -%}
        {%- for offset in config.get('reach') -%}
            {%- for ago in back -%}{%- do months.append(month_moved(month, offset - ago)) -%}{%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(months | unique | sort | join(',')) }}
{%- endmacro %}

{# A month as text, so many months later. #}
{% macro month_moved(month, offset) -%}
    {%- set n = month[:4] | int * 12 + month[5:7] | int - 1 + offset -%}
    {{ return('%04d-%02d-01' % (n // 12, n % 12 + 1)) }}
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
