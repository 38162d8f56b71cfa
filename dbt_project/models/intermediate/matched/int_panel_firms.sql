{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach=range(14) | list,
    looks_back=range(1, 13) | list
) }}

-- A firm belongs where the list of the time put it, so one that moved leaves one region and enters the other. An empty
-- region says that the firm is not on that list. Both lists are known, or nothing is said: a list that did not come has
-- no leavers.
with {{ panel_lists(needed('l.month')) }},

lists as (select distinct month from listed),

months as (
    select n.month
    from lists as n
    inner join lists as b on n.month = (b.month + interval '1 year')::date
    where {{ affected('n.month') }}
),

members as (
    select *
    from listed
    where {{ in_panel('status') }}
),

members_before as (
    select
        firm,
        (month + interval '1 year')::date as month,
        region_key,
        industry_code
    from members
),

firms as (
    select
        coalesce(n.firm, b.firm) as firm,
        coalesce(n.month, b.month) as month,
        coalesce(n.region_key, '') as region_now,
        coalesce(n.industry_code, '') as industry_now,
        coalesce(b.region_key, '') as region_before,
        coalesce(b.industry_code, '') as industry_before
    from members as n
    full outer join members_before as b on n.firm = b.firm and n.month = b.month
    inner join months as m on coalesce(n.month, b.month) = m.month
),

-- why a firm came or went, as the lists of the year say, the last of them first
reasons as (
    select distinct on (f.firm, f.month)
        f.firm,
        f.month,
        e.status as reason
    from firms as f
    inner join listed as e
        on f.firm = e.firm and f.month - interval '1 year' < e.month and f.month >= e.month
    where
        f.region_before = '' and {{ is_one_of('e.status', came_by()) }}
        or f.region_now = '' and {{ is_one_of('e.status', left_by()) }}
    order by f.firm asc, f.month asc, e.month desc
)

select
    f.*,
    r.reason
from firms as f
left join reasons as r on f.firm = r.firm and f.month = r.month
