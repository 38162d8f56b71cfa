-- Of the book of builds and editions, which analysts do not read, so with the owner's rights; it holds no figure.
{{ config(materialized='view') }}

select
    b.build_id,
    b.month,
    b.as_of,
    b.code_version,
    b.finished_at,
    b.edition,
    b.edition_in_force,
    b.edition_in_force_as_of,
    coalesce(b.as_of < b.edition_in_force_as_of, false) as knows_less
from {{ ref('stg_built') }} as b
