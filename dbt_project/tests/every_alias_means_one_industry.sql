select {{ clean_label('alias') }} as label
from {{ ref('industry_aliases') }}
group by 1
having count(distinct industry_code) > 1
