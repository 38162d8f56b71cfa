-- What is to be asked of single firms, in words: stops, falls of large firms, strained loans. The firms are of power's,
-- tax's and the banks' own lists (domain.md 2.11); the test of each rule is a model of the intermediate layer.
with stopped as (
    select
        'stop:' || e.region_key || ':' || s.entity_id as problem_key,
        c.region_key,
        c.name_zh as region_name,
        'stop' as rule,
        case
            when s.two_witnesses and s.state = 'stopped' then 'red'
            when s.two_witnesses then 'orange'
            else 'yellow'
        end as colour,
        coalesce(e.entity_name, s.entity_id) as subject_zh,
        coalesce(e.entity_name, s.entity_id) || '本月用电量' || {{ figure_zh('s.power', 2) }} || '万千瓦时，为正常生产月份均值'
        || case when s.seasonal then '与上年同月较低者' else '' end || '的'
        || {{ figure_zh('s.power_share_pct') }} || '%，判断为'
        || case when s.two_witnesses then '' else '疑似' end
        || case s.state when 'stopped' then '停产' else '半停产' end
        || case when s.two_witnesses then '（电+票双证）' else '（单证）' end || '。' as statement_zh,
        '此前正常生产月份（不含春节和停产半停产月份，至多12个月）用电均值'
        || case when s.seasonal then '与上年同月（季节性生产企业）较低者' else '' end
        || {{ figure_zh('s.power_baseline', 2) }} || '万千瓦时；'
        || case
            when s.invoices_share_pct is null then '无同企业开票数据可以印证'
            else '开票销售收入为同口径基线的' || {{ figure_zh('s.invoices_share_pct') }} || '%'
        end
        || '。检修、光伏自用、换表、搬迁企业已按停产判断除外清单剔除，清单未列的应予核实。' as evidence_zh,
        c.name_zh || '经信部门' as owner_department,
        s.entity_id,
        concat_ws(';', s.power_indicator, case when s.invoices_share_pct is not null then 'TX03' end) as indicators,
        'M' as period_type
    from {{ ref('int_stopped_firms') }} as s
    inner join {{ ref('stg_build') }} as b on s.month = b.month
    inner join {{ ref('int_entities') }} as e on s.entity_id = e.entity_id
    inner join {{ ref('int_counties') }} as c on e.region_key = c.region_key
),

big_firm as (
    select
        'big_firm:' || e.region_key || ':' || g.entity_id as problem_key,
        c.region_key,
        c.name_zh as region_name,
        'big_firm' as rule,
        case when count(*) > 1 then 'orange' else 'yellow' end as colour,
        coalesce(e.entity_name, g.entity_id) as subject_zh,
        coalesce(e.entity_name, g.entity_id) || {{ period_zh("'M'", 'b.month') }}
        || string_agg(i.name_zh || {{ growth_zh('g.growth_pct') }}, '、' order by g.indicator)
        || '，请了解企业生产经营情况。' as statement_zh,
        '重点监测的大型企业，同比降幅达到' || {{ threshold('big_firm', 'fall_pct') }}::text || '%。' as evidence_zh,
        c.name_zh || '经信部门' as owner_department,
        g.entity_id,
        string_agg(g.indicator, ';' order by g.indicator) as indicators,
        {{ period_on_axis("'M'", 'b.month') }} as period_type
    from {{ ref('int_falling_big_firms') }} as g
    cross join {{ ref('stg_build') }} as b
    inner join {{ ref('dim_indicator') }} as i on g.indicator = i.indicator
    inner join {{ ref('int_entities') }} as e on g.entity_id = e.entity_id
    inner join {{ ref('int_counties') }} as c on e.region_key = c.region_key
    group by e.region_key, c.region_key, c.name_zh, g.entity_id, e.entity_name, b.month
),

finance_stress as (
    select
        'finance_stress:' || e.region_key || ':' || l.entity_id as problem_key,
        c.region_key,
        c.name_zh as region_name,
        'finance_stress' as rule,
        case when l.warnings > 0 then 'orange' else 'yellow' end as colour,
        coalesce(e.entity_name, l.entity_id) as subject_zh,
        coalesce(e.entity_name, l.entity_id)
        || concat_ws(
            '，',
            case when l.warnings > 0 then '有抽贷或逾期预警' end,
            '贷款余额较上月下降' || {{ figure_zh('l.fall_pct') }} || '%'
        )
        || '，请了解融资情况。' as statement_zh,
        '银行抽贷应提前3个月通知企业（三（一））；正常到期归还的应予剔除。' as evidence_zh,
        c.name_zh || '金融工作部门' as owner_department,
        l.entity_id,
        concat_ws(';', case when l.fall_pct is not null then 'BK01' end, case when l.warnings > 0 then 'BK07' end)
            as indicators,
        'M' as period_type
    from {{ ref('int_strained_firms') }} as l
    inner join {{ ref('int_entities') }} as e on l.entity_id = e.entity_id
    inner join {{ ref('int_counties') }} as c on e.region_key = c.region_key
),

problems as (
    select * from stopped
    union all
    select * from big_firm
    union all
    select * from finance_stress
)

select
    b.month,
    p.*
from problems as p
cross join {{ ref('stg_build') }} as b
