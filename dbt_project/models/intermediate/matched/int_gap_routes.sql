{{ config(
    materialized='incremental',
    indexes=[{'columns': ['month']}],
    reach_from=-3
) }}

-- Who is asked about a gap that survived its checks. A county is asked only when nothing speaks for the figure itself
-- being at fault, in this order:
--   flash             one of the figures is a flash: its supplier confirms it first (domain.md 2.6)
--   output_alone      output up, power and invoices both down: statistics verifies (domain.md 3.3 rule 6)
--   odd_one_out       two other departments agree with each other and both part from this one: it verifies
--   several_counties  counties of one area part the same way: a cause of the department's, not of a county
--   whole_area        the area as a whole: there is no county to ask
--   county_alone      one county, every check failed
with sides as (
    select
        s.*,
        d.parent_key
    from {{ ref('int_gap_sides') }} as s
    inner join {{ ref('regions') }} as d on s.region_key = d.region_key and d.valid_to is null
    where {{ affected('s.month') }}
),

survivors as (
    select * from sides
    where colour = 'red'
),

alike as (
    select
        s.pair,
        s.parent_key,
        s.industry_code,
        s.month,
        s.direction,
        count(*) as parted_n
    from sides as s
    where s.entity_id = '_T' and s.parent_key is not null and s.colour in ('orange', 'red')
    group by s.pair, s.parent_key, s.industry_code, s.month, s.direction
),

compared as (
    select
        s.pair,
        s.parent_key,
        s.industry_code,
        s.month,
        count(*) as regions_n
    from sides as s
    where s.entity_id = '_T' and s.parent_key is not null
    group by s.pair, s.parent_key, s.industry_code, s.month
),

flashes as (
    select
        s.flash_indicators,
        array_agg(distinct i.department) as departments,
        string_agg(i.name_zh, '、' order by i.indicator) as names_zh
    from (select distinct survivors.flash_indicators from survivors) as s
    inner join {{ ref('indicators') }} as i on i.indicator = any(string_to_array(s.flash_indicators, ';'))
    group by s.flash_indicators
),

reasoned as (
    select
        s.*,
        f.departments as flash_departments,
        f.names_zh as flash_zh,
        coalesce(a.department, b.department) as odd_department,
        coalesce(a.agreeing, b.agreeing) as agreeing_department,
        k.parted_n,
        n.regions_n,
        case
            when s.flash_indicators is not null then 'flash'
            when o.month is not null and 'stat' in (s.department_a, s.department_b) and s.period_type = 'M'
                then 'output_alone'
            when coalesce(a.department, b.department) is not null then 'odd_one_out'
            when s.entity_id <> '_T' then 'county_alone'
            when s.parent_key is null then 'whole_area'
            when
                k.parted_n >= {{ threshold('matched', 'alike_regions') }}
                and 100 * k.parted_n >= {{ threshold('matched', 'alike_regions_pct') }} * n.regions_n
                then 'several_counties'
            else 'county_alone'
        end as route_reason
    from survivors as s
    left join flashes as f on s.flash_indicators = f.flash_indicators
    left join {{ ref('int_outputs_alone') }} as o
        on s.region_key = o.region_key and s.industry_code = o.industry_code and s.entity_id = o.entity_id
            and s.month = o.month
    left join {{ ref('int_odd_departments') }} as a
        on s.region_key = a.region_key and s.industry_code = a.industry_code and s.entity_id = a.entity_id
            and s.month = a.month and s.department_a = a.department and s.department_b = a.other
    left join {{ ref('int_odd_departments') }} as b
        on s.region_key = b.region_key and s.industry_code = b.industry_code and s.entity_id = b.entity_id
            and s.month = b.month and s.department_b = b.department and s.department_a = b.other
    left join alike as k
        on s.pair = k.pair and s.parent_key = k.parent_key and s.industry_code = k.industry_code
            and s.month = k.month and s.direction = k.direction
    left join compared as n
        on s.pair = n.pair and s.parent_key = n.parent_key and s.industry_code = n.industry_code
            and s.month = n.month
),

routed as (
    select
        r.*,
        case r.route_reason
            when 'flash'
                then case
                        when r.asked_first = any(r.flash_departments) then r.asked_first else r.flash_departments[1]
                    end
            when 'output_alone' then 'stat'
            when 'odd_one_out' then r.odd_department
            when 'county_alone' then null
            else r.asked_first
        end as route_department
    from reasoned as r
)

select
    r.pair,
    r.region_key,
    r.industry_code,
    r.entity_id,
    r.month,
    r.route_reason,
    case r.route_reason when 'county_alone' then 'county' else 'supplier' end as route,
    r.route_department,
    -- what the reason rests on, of each its own
    case when r.route_reason = 'flash' then r.flash_zh end as route_flash_zh,
    case when r.route_reason = 'odd_one_out' then concat_ws(';', agreeing.name_zh, partner.name_zh) end
        as route_witnesses_zh,
    case when r.route_reason = 'several_counties' then r.parted_n::int end as route_parted_n,
    case when r.route_reason = 'several_counties' then r.regions_n::int end as route_regions_n
from routed as r
left join {{ ref('departments') }} as agreeing on r.agreeing_department = agreeing.department
left join {{ ref('departments') }} as partner
    on partner.department = case when r.odd_department = r.department_a then r.department_b else r.department_a end
