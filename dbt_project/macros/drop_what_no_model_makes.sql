{# A model that was renamed or taken away leaves no table behind: readers would find in it what no build makes anew. #}
{% macro drop_what_no_model_makes(schemas) -%}
    {%- if execute -%}
        {%- set made = [] -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
            {%- do made.extend([node.alias, node.alias ~ '_before']) -%}
        {%- endfor -%}
        {%- set left = run_query("""
            select
                format('drop %s if exists %I.%I cascade', case c.relkind when 'v' then 'view' else 'table' end, n.nspname, c.relname)
            from pg_class as c
            inner join pg_namespace as n on c.relnamespace = n.oid
            where c.relkind in ('r', 'v') and n.nspname in ('""" ~ schemas | join("', '") ~ """')
                and c.relname not in ('""" ~ made | join("', '") ~ """')
        """) -%}
        {%- for row in left.rows -%}{{ when_free(row[0]) }};{%- endfor -%}
    {%- endif -%}
{%- endmacro %}
