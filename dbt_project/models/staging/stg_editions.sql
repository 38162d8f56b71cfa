-- Editions that were published when the build's moment came.
with source as (
    select e.* from {{ source('ops', 'edition') }} as e
    inner join {{ ref('stg_build') }} as b on e.decided_at <= b.as_of
    where e.status = 'published'
)

select
    edition_id,
    month,
    as_of
from source
