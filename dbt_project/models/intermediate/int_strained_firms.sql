-- Firms of which a bank warns in the month built, or whose loans fall steeply against the month before (三（一）).
with loans as (
    select
        g.entity_id,
        max(g.value) filter (where g.indicator = 'BK01' and g.month = {{ month_built() }}) as balance,
        max(g.value) filter (where g.indicator = 'BK01' and g.month < {{ month_built() }}) as balance_before,
        max(g.value) filter (where g.indicator = 'BK07' and g.month = {{ month_built() }}) as warnings
    from {{ ref('int_series_growth') }} as g
    where
        g.month between {{ month_built() }} - interval '1 month' and {{ month_built() }}
        and g.indicator in ('BK01', 'BK07') and g.entity_id <> '_T' and g.period_type = 'M'
    group by g.entity_id
),

judged as (
    select
        l.entity_id,
        l.warnings,
        -- null unless it fell as far as the rule asks
        case
            when
                l.balance_before > 0
                and {{ settled('100 * (1 - l.balance / l.balance_before)') }}
                >= {{ threshold('finance_stress', 'fall_pct') }}
                then 100 * (1 - l.balance / l.balance_before)
        end as fall_pct
    from loans as l
)

select
    j.entity_id,
    j.warnings,
    j.fall_pct
from judged as j
where j.warnings > 0 or j.fall_pct is not null
