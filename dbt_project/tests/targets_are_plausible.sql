-- The web copy of the provincial plan prints growth goals of 75 % for 7.5 % (domain.md 0.1): a register can be
-- wrong too.
select
    target,
    value,
    measure
from {{ ref('targets') }}
where
    value is null and comparison <> 'qualitative'
    or value <= 0
    or measure = 'growth' and value > 30
    or measure in ('share', 'register_share', 'growth_points_share') and value > 100
    or measure = 'level' and unit = '%' and value > 100
    or comparison = 'around' and (tolerance is null or tolerance > value / 4)
    or comparison = 'between' and value_to <= value
    or last_year < first_year
union all
select
    'weights' as target,
    sum(weight_pct) as value,
    'composite' as measure
from {{ ref('composite_weights') }}
having sum(weight_pct) <> 100
