{# BI tools show the comments of PostgreSQL: what a table and each of its columns are, in Chinese (seed `terms`) and in
   English (the YAML). In one statement at the end of the run, since dbt's persist_docs asks and writes table by table. #}
{% macro comment_on_tables(schemas) -%}
    {%- set said = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') and node.schema in schemas -%}
            {%- set table = "'" ~ node.schema ~ "', '" ~ node.alias ~ "', " -%}
            {%- do said.append("(" ~ table ~ "null, " ~ as_literal(node.description) ~ ", null, null)") -%}
            {%- for column in node.columns.values() -%}
                {%- set meta = column.config.meta -%}
                {%- do said.append(
                    "(" ~ table ~ "'" ~ column.name ~ "', " ~ as_literal(column.description) ~ ", "
                    ~ ("'" ~ meta.indicator ~ "', '" ~ meta.axis ~ meta.measure ~ "'" if meta.indicator else "null, null")
                    ~ ")"
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    do $comments$
    declare
        said record;
    begin
        if to_regclass('catalog.terms') is null or to_regclass('catalog.indicators') is null then
            return;
        end if;
        for said in
            select
                s.table_name,
                s.column_name,
                to_regclass(s.schema_name || '.' || s.table_name) as relation,
                concat_ws(E'\n', coalesce(
                    coalesce(own.label_zh, named.label_zh)
                    || coalesce('（' || coalesce(own.unit, named.unit) || '）', '')
                    || '：' || coalesce(own.meaning_zh, named.meaning_zh) || '。',
                    i.name_zh || case s.what
                        when 'Mvalue' then '（' || i.unit || '）' when 'YTDvalue' then '累计（' || i.unit || '）'
                        when 'Mgrowth' then '同比增速（%）' when 'YTDgrowth' then '累计同比增速（%）'
                    end
                ), s.description) as words
            from (values {{ (said or ["(null, null, null, null, null, null)"]) | join(', ') }})
                as s (schema_name, table_name, column_name, description, indicator, what)
            left join catalog.terms as own
                on s.table_name = own.table_name and s.column_name is not distinct from own.column_name
            left join catalog.terms as named on named.table_name is null and s.column_name = named.column_name
            left join catalog.indicators as i on s.indicator = i.indicator
            where to_regclass(s.schema_name || '.' || s.table_name) is not null
        loop
            if said.column_name is null then
                execute format(
                    'comment on %s %s is %L',
                    case (select relkind from pg_class where oid = said.relation) when 'v' then 'view' else 'table' end,
                    said.relation, said.words
                );
            elsif exists (
                select 1 from pg_attribute where attrelid = said.relation and attname = said.column_name
            ) then
                execute format('comment on column %s.%I is %L', said.relation, said.column_name, said.words);
            end if;
        end loop;
    end $comments$
{%- endmacro %}

{% macro as_literal(text) -%}
    '{{ (text or '').split() | join(' ') | replace("'", "''") }}'
{%- endmacro %}
