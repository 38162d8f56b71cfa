select
    i.indicator,
    i.name_zh,
    i.name_en,
    i.unit,
    i.nature,
    i.department,
    d.name_zh as department_zh,
    i.reports_january,
    i.sums_over_regions,
    i.never_negative,
    i.yoy_index,
    i.headline_order,
    i.main_indicator
from {{ ref('indicators') }} as i
inner join {{ ref('departments') }} as d on i.department = d.department
