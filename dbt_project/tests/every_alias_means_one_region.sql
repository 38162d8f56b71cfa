select
    area,
    {{ clean_label('alias') }} as label
from {{ ref('region_aliases') }}
group by 1, 2
having count(distinct region_key) > 1
