{# As a post-hook: an analyst sees no row of a single firm that rests on what statistics knows of it. The law keeps such
   figures from everyone but the statisticians (domain.md 2.11); totals, and firms as the power company or the tax
   office knows them, stay visible. `known_by` is the row's column that says whose figure it is, indicator or pair. The
   owner, who builds and publishes, sees all rows. #}
{% macro hide_firms_of_statistics(known_by) -%}
    alter table {{ this }} enable row level security;
    drop policy if exists no_firm_of_statistics on {{ this }};
    create policy no_firm_of_statistics on {{ this }} for select to gongyun_analyst using (
        entity_id = '_T' or {{ known_by }} not in ({{ known_to_statistics(known_by) }})
    )
{%- endmacro %}

{% macro known_to_statistics(known_by) -%}
    {%- if known_by == 'pair' -%}
        select p.pair
        from {{ ref('matched_pairs') }} as p
        inner join {{ ref('indicators') }} as i on i.indicator in (p.indicator_a, p.indicator_b)
        where i.department = 'stat'
    {%- else -%}
        select i.indicator
        from {{ ref('indicators') }} as i
        where i.department = 'stat'
    {%- endif -%}
{%- endmacro %}
