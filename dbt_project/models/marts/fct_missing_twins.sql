{% set months_after %}make_interval(months => {{ threshold('project_twin', 'months_after') }}::int){% endset %}
{% set months_before %}make_interval(months => {{ threshold('project_twin', 'months_before') }}::int){% endset %}

-- What one department lists and another, by exact credit code, does not know (pairs M15 and M16 of domain.md 3.1). Only
-- whole lists prove an absence: a table of key firms is a sample. Where a list was not delivered nothing is missing.
-- Parcels of land have no list: of a region, starts are set against its own land revenue and connected capacity.
with listed as (
    select
        r.feed,
        r.kind,
        r.entity_id,
        coalesce(r.credit_code, case when {{ is_credit_code('r.entity_id') }} then r.entity_id end) as credit_code,
        r.entity_name,
        r.region_key,
        r.industry_code,
        r.attributes
    from {{ ref('stg_register') }} as r
    where r.in_force
),

panel as (
    select
        l.*,
        b.month
    from listed as l
    cross join {{ ref('stg_build') }} as b
    where
        l.kind = 'panel' and l.credit_code is not null
        and {{ in_panel(panel_status('l')) }}
),

taxpayers as (
    select
        l.*,
        coalesce(v.invoiced_12_months_10k_yuan, (l.attributes ->> 'sales_12_months_10k_yuan')::double precision)
            as sales_10k_yuan
    from listed as l
    cross join {{ ref('stg_build') }} as b
    left join {{ ref('int_firm_revenue') }} as v on l.credit_code = v.entity_id and b.month = v.month
    where l.feed like 'tax\_\_%' and l.kind = 'enterprise'
),

accounts as (
    select
        l.credit_code,
        (l.attributes ->> 'opened_on')::date as opened_on
    from listed as l
    where l.kind = 'account'
),

capacity_reported as materialized (
    select
        a.entity_id as credit_code,
        a.month,
        a.value
    from {{ ref('int_series_growth') }} as a
    where a.indicator = 'PW04' and a.period_type = 'M' and a.entity_id <> '_T'
),

capacity as (
    select
        r.credit_code,
        r.month
    from capacity_reported as r
    where r.value > 0
),

-- power's own word for every month in which it reported connections at all
capacity_span as (
    select
        min(r.month) as first_month,
        max(r.month) as last_month
    from capacity_reported as r
),

projects as (
    select
        l.*,
        b.month,
        date_trunc('month', (l.attributes ->> 'started_on')::date)::date as started
    from listed as l
    cross join {{ ref('stg_build') }} as b
    where l.kind = 'project' and l.credit_code is not null and l.attributes ->> 'started_on' is not null
),

windows as (
    select
        p.*,
        (p.started - {{ months_before }})::date as first_month,
        (p.started + {{ months_after }})::date as last_month
    from projects as p
),

-- starts whose window is over this month; a month that power or the treasury did not report is no zero
starts as (
    select
        s.region_key,
        b.month,
        count(*) filter (where t.indicator = 'PW04' and t.value > 0) as connected_months_n,
        count(*) filter (where t.indicator = 'FI04' and t.value > 0) as land_months_n,
        count(t.value) as told_n
    from {{ ref('int_series_growth') }} as s
    cross join {{ ref('stg_build') }} as b
    inner join {{ ref('int_series_growth') }} as t
        on s.region_key = t.region_key and s.industry_code = t.industry_code and s.entity_id = t.entity_id
            and s.period_type = t.period_type
    where
        s.indicator = 'DR01' and s.period_type = 'M' and s.value > 0 and s.industry_code = '_T' and s.entity_id = '_T'
        and t.indicator in ('PW04', 'FI04')
        and s.month = {{ month_built() }} - {{ months_after }}
        and t.month between {{ month_built() }} - {{ months_after }} - {{ months_before }} and {{ month_built() }}
    group by s.region_key, b.month
),

findings as (
    select
        'M15' as pair,
        'panel_without_tax' as finding,
        p.month,
        p.credit_code as entity_id,
        p.entity_name,
        p.region_key,
        p.industry_code,
        min(t.attributes ->> 'status') as twin_status,
        null::double precision as sales_10k_yuan
    from panel as p
    left join taxpayers as t on p.credit_code = t.credit_code
    where exists (
            select 1 from taxpayers as x
            where x.credit_code is not null
        )
    group by p.month, p.credit_code, p.entity_name, p.region_key, p.industry_code
    having count(*) filter (where t.attributes ->> 'status' = 'active') = 0
    union all
    select
        'M15' as pair,
        'panel_without_power' as finding,
        p.month,
        p.credit_code as entity_id,
        p.entity_name,
        p.region_key,
        p.industry_code,
        null as twin_status,
        null as sales_10k_yuan
    from panel as p
    where
        exists (
            select 1 from accounts as x
            where x.credit_code is not null
        )
        and not exists (
            select 1 from accounts as a
            where a.credit_code = p.credit_code
        )
    union all
    select
        'M15' as pair,
        'taxed_not_in_panel' as finding,
        b.month,
        t.credit_code as entity_id,
        t.entity_name,
        t.region_key,
        t.industry_code,
        t.attributes ->> 'status' as twin_status,
        t.sales_10k_yuan
    from taxpayers as t
    cross join {{ ref('stg_build') }} as b
    where
        t.sales_10k_yuan >= {{ threshold('panel', 'revenue_10k_yuan') }}
        and t.attributes ->> 'status' is distinct from 'closed'
        and exists (select 1 from panel)
        and not exists (
            select 1 from panel as p
            where p.credit_code = t.credit_code
        )
    union all
    select
        'M16' as pair,
        'project_without_power' as finding,
        w.month,
        w.entity_id,
        w.entity_name,
        w.region_key,
        w.industry_code,
        null as twin_status,
        null as sales_10k_yuan
    from windows as w
    cross join capacity_span as s
    where
        -- the window must be over, and wholly within what power reported
        s.first_month <= w.first_month and least(s.last_month, w.month) >= w.last_month
        and not exists (
            select 1 from capacity as c
            where c.credit_code = w.credit_code and c.month between w.first_month and w.last_month
        )
        and not exists (
            select 1 from accounts as a
            where
                a.credit_code = w.credit_code
                and a.opened_on between w.first_month and w.last_month + interval '1 month'
        )
    union all
    select
        'M16' as pair,
        'starts_without_power_or_land' as finding,
        s.month,
        s.region_key as entity_id,
        null as entity_name,
        s.region_key,
        null as industry_code,
        null as twin_status,
        null as sales_10k_yuan
    from starts as s
    where
        s.connected_months_n = 0 and s.land_months_n = 0
        and s.told_n
        = 2 * (1 + {{ threshold('project_twin', 'months_before') }} + {{ threshold('project_twin', 'months_after') }})
)

-- a list names a thing once a line; two lines of one firm are one finding
select distinct on (f.pair, f.finding, f.entity_id)
    f.pair,
    f.finding,
    f.month,
    f.entity_id,
    f.entity_name,
    coalesce(f.region_key, b.top_region_key) as region_key,
    coalesce(f.industry_code, '_T') as industry_code,
    f.twin_status,
    f.sales_10k_yuan
from findings as f
cross join {{ ref('stg_build') }} as b
order by f.pair asc, f.finding asc, f.entity_id asc, f.sales_10k_yuan desc nulls last
