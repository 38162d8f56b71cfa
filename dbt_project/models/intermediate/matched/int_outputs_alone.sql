{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach=[0]
) }}

-- Output up while power and invoices are down (domain.md 3.3 rule 6): a figure for its supplier to verify before a
-- county is asked. Growth of a derived month has to clear its error band (2.1). A firm's power is that of its accounts.
select
    a.region_key,
    a.industry_code,
    a.entity_id,
    a.month,
    max(a.growth_pct) filter (where a.indicator = 'ST02') as output_pct,
    max(a.growth_pct) filter (where a.indicator in ('PW02', 'PW03')) as power_pct,
    max(a.growth_pct) filter (where a.indicator = 'TX03') as invoices_pct
from {{ ref('int_months_aligned') }} as a
where
    a.axis = 'M' and (a.indicator in ('ST02', 'PW02', 'TX03') or a.indicator = 'PW03' and a.entity_id <> '_T')
    and {{ may_judge('a', of_firms=true) }}
    and {{ affected('a.month') }}
group by a.region_key, a.industry_code, a.entity_id, a.month
having
    max({{ settled('a.growth_pct - coalesce(a.growth_error_pp, 0)') }}) filter (where a.indicator = 'ST02')
    > {{ threshold('verify_output', 'output_up_pct') }}
    and max({{ settled('a.growth_pct + coalesce(a.growth_error_pp, 0)') }})
    filter (where a.indicator in ('PW02', 'PW03'))
    < {{ threshold('verify_output', 'others_down_pct') }}
    and max({{ settled('a.growth_pct + coalesce(a.growth_error_pp, 0)') }}) filter (where a.indicator = 'TX03')
    < {{ threshold('verify_output', 'others_down_pct') }}
