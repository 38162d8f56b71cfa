{# Steps of int_confidential_cells: in each table of a total and its members, the cells of `hidden` first, then the
   others by size, until those lined up are safe when only their sum is known. Where the total is hidden itself, one
   member with it is enough. #}
{% macro hide_with_it(hidden, enlarged) %}
    lined_up_for_{{ enlarged }} as (
    select
        t.*,
        v.value,
        v.largest,
        v.known_firms_n,
        w.year is not null as total_hidden,
        count(h.year) over (
            partition by t.dimension, t.total_region, t.total_industry, t.judged_by, t.year
        ) as hidden_n,
        row_number() over (
            partition by t.dimension, t.total_region, t.total_industry, t.judged_by, t.year
            order by h.year is null, v.value, t.region_key, t.industry_code
        ) as place
    from tables as t
    inner join judged as v
        on t.judged_by = v.judged_by and t.region_key = v.region_key and t.industry_code = v.industry_code
            and t.year = v.year
    left join {{ hidden }} as h
        on t.judged_by = h.judged_by and t.region_key = h.region_key and t.industry_code = h.industry_code
            and t.year = h.year
    left join {{ hidden }} as w
        on t.judged_by = w.judged_by and t.total_region = w.region_key and t.total_industry = w.industry_code
            and t.year = w.year
),

safe_for_{{ enlarged }} as (
    select
        l.*,
        l.place >= l.hidden_n and (
            l.total_hidden
            or l.place > 1
            and sum(l.known_firms_n) over up_to_here >= {{ threshold('confidential', 'min_firms') }}
            and max(l.largest) over up_to_here
            <= {{ threshold('confidential', 'one_firm_pct') }} / 100 * sum(l.value) over up_to_here
        ) as is_safe
    from lined_up_for_{{ enlarged }} as l
    where l.hidden_n > 0 or l.total_hidden
    window up_to_here as (
        partition by l.dimension, l.total_region, l.total_industry, l.judged_by, l.year order by l.place
    )
),

enough_for_{{ enlarged }} as (
    select
        s.*,
        min(s.place) filter (where s.is_safe) over (
            partition by s.dimension, s.total_region, s.total_industry, s.judged_by, s.year
        ) as enough
    from safe_for_{{ enlarged }} as s
),

{{ enlarged }} as (
    select
        e.judged_by,
        e.region_key,
        e.industry_code,
        e.year
    from enough_for_{{ enlarged }} as e
    where e.place <= coalesce(e.enough, e.place)
    union
    select
        p.judged_by,
        p.region_key,
        p.industry_code,
        p.year
    from {{ hidden }} as p
)
{%- endmacro %}
