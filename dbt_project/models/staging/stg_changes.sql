-- What the tables held when they were built last, against what is in force now; forward and backward in time alike.
select
    coalesce(n.delivery_id, b.delivery_id) as delivery_id,
    coalesce(n.month, b.month) as month
from {{ ref('stg_deliveries') }} as n
full outer join {{ this.schema }}.stg_deliveries_before as b on n.delivery_id = b.delivery_id and n.month = b.month
where n.delivery_id is null or b.delivery_id is null
