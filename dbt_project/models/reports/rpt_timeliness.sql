select
    b.month,
    f.department,
    d.name_zh as department_zh,
    min(f.month) as first_month,
    max(f.month) as last_month,
    count(*) filter (where f.timeliness <> 'not_due')::int as owed_n,
    count(*) filter (where f.timeliness = 'on_time')::int as on_time_n,
    count(*) filter (where f.timeliness = 'late')::int as late_n,
    count(*) filter (where f.timeliness = 'absent')::int as absent_n,
    count(*) filter (where f.timeliness = 'not_judged')::int as not_judged_n,
    sum(f.rejected_n)::int as rejected_n,
    sum(f.redelivered_n)::int as redelivered_n,
    avg(f.days_late) filter (where f.timeliness = 'late')::double precision as mean_days_late
from {{ ref('fct_feed_timeliness') }} as f
cross join {{ ref('stg_build') }} as b
inner join {{ ref('departments') }} as d on f.department = d.department
group by b.month, f.department, d.name_zh
