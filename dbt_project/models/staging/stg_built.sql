{{ config(materialized='view') }}

-- The build whose rows lie in the tables now, asked each time that it is read: which edition was made from it is known
-- only later. While models are being built there is none.
with source as (
    select b.* from {{ source('ops', 'build') }} as b
    where b.build_id = ops.build_in_tables()
),

published as (
    select
        e.build_id,
        e.month,
        e.number,
        e.as_of
    from {{ source('ops', 'edition') }} as e
    where e.status = 'published'
),

in_force as (
    select distinct on (month)
        month,
        number,
        as_of
    from published
    order by month asc, number desc
)

select
    source.build_id,
    source.month,
    source.as_of,
    source.code_version,
    source.finished_at,
    made.number as edition,
    in_force.number as edition_in_force,
    in_force.as_of as edition_in_force_as_of
from source
left join published as made on source.build_id = made.build_id
left join in_force on source.month = in_force.month
