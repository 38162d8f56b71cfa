-- The ledger of problems as it stood at the build's moment, without those that only later months printed. What is said
-- to be over is brought back where the month built prints it and no edition of that month or a later one has looked for
-- it yet (warehouse.book.problems).
with source as (
    select
        p.*,
        b.as_of,
        p.state in ('fixed', 'closed') and not exists (
            select 1 from {{ source('ops', 'problem_event') }} as e
            where e.problem_key = p.problem_key and e.at <= b.as_of and e.month >= b.month
        ) as would_reopen
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
    would_reopen,
    as_of
from source
