-- Firms whose power use has nearly ended, against their own last twelve months that do not hold the Spring Festival
-- (domain.md 3.3 rule 5, by billing month). Such a month neither is judged nor judges. Invoices are the second witness.
with monthly as (
    select
        g.entity_id,
        g.month,
        case when g.indicator = 'TX03' then 'invoices' else 'power' end as witness,
        g.indicator,
        g.value
    from {{ ref('int_series_growth') }} as g
    left join {{ ref('int_calendar') }} as c on g.period_type = c.period_type and g.month = c.month
    where
        g.entity_id <> '_T' and g.period_type = 'M' and g.indicator in ('PW03', 'PW02', 'TX03') and g.value is not null
        and coalesce(c.festival_days, 0) <= {{ threshold('stop', 'festival_days') }}
),

one_power_series as (
    select distinct on (entity_id, month, witness) *
    from monthly
    order by entity_id asc, month asc, witness asc, indicator desc
),

with_baseline as (
    select
        m.*,
        avg(m.value) over earlier as baseline,
        count(*) over earlier as baseline_n
    from one_power_series as m
    window earlier as (
        partition by m.entity_id, m.witness order by m.month
        rows between 12 preceding and 1 preceding
    )
),

judged as (
    select
        p.entity_id,
        p.month,
        p.indicator as power_indicator,
        p.value as power,
        p.baseline as power_baseline,
        100 * p.value / p.baseline as power_share_pct,
        i.value as invoices,
        case when i.baseline > 0 then 100 * i.value / i.baseline end as invoices_share_pct
    from with_baseline as p
    left join with_baseline as i
        on p.entity_id = i.entity_id and p.month = i.month and i.witness = 'invoices'
            and i.baseline_n >= {{ threshold('stop', 'min_baseline_months') }}
    where
        p.witness = 'power' and p.baseline > 0
        and p.baseline_n >= {{ threshold('stop', 'min_baseline_months') }}
)

select
    j.*,
    case
        when j.power_share_pct <= {{ threshold('stop', 'stop_pct') }} then 'stopped' else 'half_stopped'
    end as state,
    coalesce(
        j.invoices_share_pct <= case
            when j.power_share_pct <= {{ threshold('stop', 'stop_pct') }} then {{ threshold('stop', 'witness_pct') }}
            else {{ threshold('stop', 'half_stop_pct') }}
        end,
        false
    ) as two_witnesses
from judged as j
where j.power_share_pct <= {{ threshold('stop', 'half_stop_pct') }}
