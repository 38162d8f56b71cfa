{{ config(materialized='view') }}

-- Who speaks in a judged gap, and which way the first side parts from the second.
select
    gap.pair,
    gap.region_key,
    gap.industry_code,
    gap.entity_id,
    gap.month,
    gap.period_type,
    gap.colour,
    gap.flash_indicators,
    sign(gap.departure_pp)::int as direction,
    first_side.department as department_a,
    second_side.department as department_b,
    case pair.ask_first when 'a' then first_side.department else second_side.department end as asked_first
from {{ ref('int_gap_verdicts') }} as gap
inner join {{ ref('matched_pairs') }} as pair on gap.pair = pair.pair
inner join {{ ref('indicators') }} as first_side on pair.indicator_a = first_side.indicator
inner join {{ ref('indicators') }} as second_side on pair.indicator_b = second_side.indicator
