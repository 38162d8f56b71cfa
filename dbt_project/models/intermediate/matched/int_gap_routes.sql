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
        gap.*,
        flash.departments as flash_departments,
        flash.names_zh as flash_zh,
        coalesce(first_odd.department, second_odd.department) as odd_department,
        coalesce(first_odd.agreeing, second_odd.agreeing) as agreeing_department,
        parted.parted_n,
        area.regions_n,
        case
            when gap.flash_indicators is not null then 'flash'
            when output.month is not null and 'stat' in (gap.department_a, gap.department_b) and gap.period_type = 'M'
                then 'output_alone'
            when coalesce(first_odd.department, second_odd.department) is not null then 'odd_one_out'
            when gap.entity_id <> '_T' then 'county_alone'
            when gap.parent_key is null then 'whole_area'
            when
                parted.parted_n >= {{ threshold('matched', 'alike_regions') }}
                and 100 * parted.parted_n >= {{ threshold('matched', 'alike_regions_pct') }} * area.regions_n
                then 'several_counties'
            else 'county_alone'
        end as route_reason
    from survivors as gap
    left join flashes as flash on gap.flash_indicators = flash.flash_indicators
    left join {{ ref('int_outputs_alone') }} as output
        on gap.region_key = output.region_key and gap.industry_code = output.industry_code
            and gap.entity_id = output.entity_id and gap.month = output.month
    left join {{ ref('int_odd_departments') }} as first_odd
        on gap.region_key = first_odd.region_key and gap.industry_code = first_odd.industry_code
            and gap.entity_id = first_odd.entity_id and gap.month = first_odd.month
            and gap.department_a = first_odd.department and gap.department_b = first_odd.other
    left join {{ ref('int_odd_departments') }} as second_odd
        on gap.region_key = second_odd.region_key and gap.industry_code = second_odd.industry_code
            and gap.entity_id = second_odd.entity_id and gap.month = second_odd.month
            and gap.department_b = second_odd.department and gap.department_a = second_odd.other
    left join alike as parted
        on gap.pair = parted.pair and gap.parent_key = parted.parent_key and gap.industry_code = parted.industry_code
            and gap.month = parted.month and gap.direction = parted.direction
    left join compared as area
        on gap.pair = area.pair and gap.parent_key = area.parent_key and gap.industry_code = area.industry_code
            and gap.month = area.month
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
