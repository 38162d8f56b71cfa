-- Firms whose power use has nearly ended, against their own last twelve months that neither hold the Spring Festival
-- nor were stops or half-stops themselves (domain.md 3.3 rule 5, by billing month). Invoices are the second witness.
-- Whether a month was a stop would hang on the baseline of that month, and so on without end. Instead months below half
-- of the median of two years do not count: it stays where it is until half of them are stops. A firm that has stood
-- still for longer is no news and leaves the list.
with monthly as (
    select
        g.entity_id,
        g.industry_code,
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

with_most as (
    select
        m.*,
        max(m.value) over (
            partition by m.entity_id, m.witness order by m.month
            range between interval '24 months' preceding and interval '1 month' preceding
        ) as most
    from one_power_series as m
),

-- no baseline lies above the most that was used: what follows is reckoned of few firms
suspected as (
    select
        p.entity_id,
        p.month,
        p.indicator,
        p.value,
        coalesce(bool_or(k.reason = 'seasonal'), false) as seasonal
    from with_most as p
    left join {{ ref('int_stop_exclusions') }} as k
        on k.entity_id in (p.entity_id, '_T') and k.industry_code in (p.industry_code, '_T')
            and p.month between k.first_month and k.last_month
    where p.witness = 'power' and p.value <= {{ threshold('stop', 'half_stop_pct') }} / 100 * p.most
    group by p.entity_id, p.month, p.indicator, p.value
    having coalesce(bool_and(k.reason = 'seasonal'), true)
),

earlier as (
    select
        s.entity_id,
        s.month,
        m.witness,
        m.value,
        m.month as earlier_month,
        m.month = s.month - interval '1 year' as is_year_before
    from suspected as s
    inner join one_power_series as m
        on s.entity_id = m.entity_id
            and m.month between s.month - interval '24 months' and s.month - interval '1 month'
),

usual as (
    select
        e.entity_id,
        e.month,
        e.witness,
        percentile_cont(0.5) within group (order by e.value) as value,
        max(e.value) filter (where e.is_year_before) as year_before
    from earlier as e
    group by e.entity_id, e.month, e.witness
),

running as (
    select
        e.*,
        u.year_before,
        row_number() over (partition by e.entity_id, e.month, e.witness order by e.earlier_month desc) as months_back
    from earlier as e
    inner join usual as u
        on e.entity_id = u.entity_id and e.month = u.month and e.witness = u.witness
            and e.value > {{ threshold('stop', 'half_stop_pct') }} / 100 * u.value and u.value > 0
),

baselines as (
    select
        r.entity_id,
        r.month,
        r.witness,
        avg(r.value order by r.earlier_month) as value,
        min(r.year_before) as year_before
    from running as r
    where r.months_back <= 12
    group by r.entity_id, r.month, r.witness
    having count(*) >= {{ threshold('stop', 'min_baseline_months') }}
),

-- A seasonal firm uses little in its off season every year: it has stopped where it uses little against the same month
-- a year before as well.
judged as (
    select
        s.*,
        b.witness,
        case when not s.seasonal then b.value when b.year_before > 0 then least(b.value, b.year_before) end as baseline
    from suspected as s
    inner join baselines as b on s.entity_id = b.entity_id and s.month = b.month
),

shares as (
    select
        p.entity_id,
        p.month,
        p.seasonal,
        p.indicator as power_indicator,
        p.value as power,
        p.baseline as power_baseline,
        {{ settled('100 * p.value / p.baseline') }} as power_share_pct,
        {{ settled('100 * m.value / i.baseline') }} as invoices_share_pct
    from judged as p
    left join one_power_series as m on p.entity_id = m.entity_id and p.month = m.month and m.witness = 'invoices'
    left join judged as i on p.entity_id = i.entity_id and p.month = i.month and i.witness = 'invoices'
    where p.witness = 'power'
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
from shares as j
where j.power_share_pct <= {{ threshold('stop', 'half_stop_pct') }}
