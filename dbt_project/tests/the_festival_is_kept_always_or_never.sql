-- A missing day would make a year of an area that keeps the festival one of twelve months.
select
    count(*) as years,
    count(f.first_day) as years_with_a_day
from {{ ref('spring_festival') }} as f
having count(f.first_day) not in (0, count(*))
