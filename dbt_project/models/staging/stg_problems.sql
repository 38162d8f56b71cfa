-- The ledger of problems as it stood at the build's moment, without those that only later months printed; ops.problems
-- is the one place that reads its events.
with source as (
    select
        p.*,
        b.as_of
    from {{ ref('stg_build') }} as b
    cross join lateral ops.problems(b.as_of, b.month) as p
)

select
    problem_key,
    region_key,
    rule,
    entity_id,
    state,
    state_since,
    by_whom,
    note,
    quiet,
    problem,
    first_month,
    last_month,
    due_on,
    as_of
from source
