with source as (
    select * from {{ source('ops', 'feed') }}
)

select
    s.feed,
    s.department,
    s.title,
    s.scope,
    s.required
from source as s
inner join {{ ref('stg_build') }} as b on s.area = b.area
where s.active
