{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach=range(14) | list
) }}
{%- set entered = came_by() + ['moved', 'unknown'] -%}
{%- set left = left_by() + ['moved', 'unknown'] %}

-- What entrants and leavers do to a total (domain.md 2.3), in growth and points, beside the total that is published.
with cells as (
    select
        indicator,
        region_key,
        industry_code,
        period_type,
        month,
        coalesce(sum(firms_n) filter (where part not like 'left%'), 0)::int as firms_n,
        coalesce(sum(firms_n) filter (where part not like 'entered%'), 0)::int as firms_year_ago_n,
        coalesce(sum(firms_n) filter (where part = 'both'), 0)::int as firms_both_n,
        coalesce(sum(firms_n) filter (where part like 'entered%'), 0)::int as entrants_n,
        coalesce(sum(firms_n) filter (where part like 'left%'), 0)::int as leavers_n,
        coalesce(sum(known_n) filter (where part = 'both'), 0)::int as matched_n,
        sum(firms_n - known_n)::int as silent_n,
        sum(value_now)::float8 as firms_value,
        sum(value_before)::float8 as firms_value_year_ago,
        (sum(value_now) filter (where part = 'both' and known_n > 0))::float8 as matched_value,
        (sum(value_before) filter (where part = 'both' and known_n > 0))::float8 as matched_value_year_ago,
        {%- for reason in entered %}
            coalesce(sum(value_now) filter (where part = 'entered_{{ reason }}'), 0)::float8 as entered_{{ reason }},
        {%- endfor %}
        {%- for reason in left %}
            (-coalesce(sum(value_before) filter (where part = 'left_{{ reason }}'), 0))::float8 as left_{{ reason }},
        {%- endfor %}
        coalesce(sum(value_now) filter (where part like 'entered%'), 0)::float8 as entered,
        (-coalesce(sum(value_before) filter (where part like 'left%'), 0))::float8 as gone
    from {{ ref('int_panel_parts') }}
    where {{ affected() }}
    group by indicator, region_key, industry_code, period_type, month
    having sum(known_n) > 0
),

compared as (
    select
        c.*,
        case when c.firms_value_year_ago > 0 then c.firms_value_year_ago end as whole,
        g.growth_reported_pct,
        g.level_ratio_pct,
        case when g.value > 0 then 100 * c.firms_value / g.value end as covered_pct,
        case when g.value_year_ago > 0 then 100 * c.firms_value_year_ago / g.value_year_ago end as covered_year_ago_pct
    from cells as c
    inner join {{ ref('int_series_growth') }} as g
        on c.indicator = g.indicator and c.region_key = g.region_key and c.industry_code = g.industry_code
            and c.period_type = g.period_type and c.month = g.month
    where g.entity_id = '_T' and {{ affected('g.month') }}
)

select
    c.indicator,
    c.region_key,
    c.industry_code,
    c.period_type,
    c.month,
    c.firms_n,
    c.firms_year_ago_n,
    c.firms_both_n,
    c.entrants_n,
    c.leavers_n,
    c.matched_n,
    c.silent_n,
    c.growth_reported_pct,
    c.level_ratio_pct,
    100 * (c.firms_value - c.firms_value_year_ago) / c.whole as firms_growth_pct,
    case
        when c.matched_value_year_ago > 0
            then 100 * (c.matched_value - c.matched_value_year_ago) / c.matched_value_year_ago
    end
        as matched_growth_pct,
    100 * (coalesce(c.matched_value, 0) - coalesce(c.matched_value_year_ago, 0)) / c.whole as matched_pp,
    100 * c.entered / c.whole as entrants_pp,
    100 * c.gone / c.whole as leavers_pp,
    {%- for reason in entered %}
        100 * c.entered_{{ reason }} / c.whole as entered_{{ reason }}_pp,
    {%- endfor %}
    {%- for reason in left %}
        100 * c.left_{{ reason }} / c.whole as left_{{ reason }}_pp,
    {%- endfor %}
    c.covered_pct,
    c.covered_year_ago_pct,
    coalesce(
        {{ settled('greatest(abs(c.covered_pct - 100), abs(c.covered_year_ago_pct - 100))') }}
        <= {{ threshold('panel', 'covered_off_pct') }}
        and c.covered_pct is not null and c.covered_year_ago_pct is not null,
        false
    ) as stands_for_total,
    s.region_key is null as confidential
from compared as c
left join {{ ref('int_panel_shown') }} as s
    on c.indicator = s.indicator and c.region_key = s.region_key and c.industry_code = s.industry_code
        and c.period_type = s.period_type and c.month = s.month
