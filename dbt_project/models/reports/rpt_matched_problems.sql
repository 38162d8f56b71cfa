-- What survived its checks, put to whom the route says. Firms are named only where both sides are power's and tax's own
-- lists: a firm's return to the statisticians is not disclosed (domain.md 2.11), nor the figures of a cell that would
-- give one away: the problem is put without them. An area without counties has nobody to
-- put it to.
with divided_areas as (
    select distinct k.area
    from {{ ref('dim_region') }} as k
    where k.parent_key is not null
),

gaps as (
    select
        f.*,
        p.name_zh as pair_zh,
        p.period_type,
        p.method,
        p.benign_causes_zh,
        -- the first side of a lagged pair is of its own month, a tax of an unchanged rate (int_growth_gaps)
        {{ period_zh('p.period_type', '(f.month - make_interval(months => p.lag_months))') }} || a.name_zh
            as indicator_a_zh,
        case when p.lag_months > 0 then {{ period_zh('p.period_type', 'f.month') }} else '' end || c.name_zh
            as indicator_b_zh,
        case when abs(f.rate_adjustment_pp) > 1e-9 then '剔除税率变动后' else '' end as rate_taken_out_zh,
        d.name_zh as region_name,
        o.name_zh as department_zh,
        case when f.industry_code <> '_T' and f.entity_id = '_T' then i.name_zh else '' end as industry_zh,
        e.entity_name,
        {{ is_confidential(['p.indicator_a', 'p.indicator_b'], 'f.region_key', ['f.month'],
            'f.industry_code') }} as confidential
    from {{ ref('fct_matched_indicators') }} as f
    inner join {{ ref('stg_build') }} as b on f.month = b.month
    inner join {{ ref('matched_pairs') }} as p on f.pair = p.pair
    inner join {{ ref('dim_indicator') }} as a on p.indicator_a = a.indicator
    inner join {{ ref('dim_indicator') }} as c on p.indicator_b = c.indicator
    inner join {{ ref('dim_region') }} as d on f.region_key = d.region_key
    inner join divided_areas as k on d.area = k.area
    left join {{ ref('departments') }} as o on f.route_department = o.department
    left join {{ ref('industries') }} as i on f.industry_code = i.industry_code
    left join {{ ref('int_entities') }} as e on f.entity_id = e.entity_id
    where
        f.route is not null
        and d.region_type <> 'residual'
        and (f.entity_id = '_T' or a.department in ('powr', 'tax') and c.department in ('powr', 'tax'))
),

checked as (
    select
        c.pair,
        c.region_key,
        c.industry_code,
        c.entity_id,
        c.month,
        string_agg(g.name_zh, '、' order by g.cause) as checked_zh,
        max(c.two_year_caveat) as two_year_caveat
    from {{ ref('fct_matched_causes') }} as c
    inner join {{ ref('gap_causes') }} as g on c.cause = g.cause
    group by c.pair, c.region_key, c.industry_code, c.entity_id, c.month
),

surviving as (
    select
        g.month,
        concat_ws(
            ':', 'matched', g.pair, g.region_key, nullif(g.entity_id, '_T'),
            case when g.entity_id = '_T' then nullif(g.industry_code, '_T') end
        ) as problem_key,
        g.region_key,
        g.region_name,
        'matched' as rule,
        g.colour,
        concat_ws('：', coalesce(g.entity_name, nullif(g.industry_zh, '')), g.pair_zh) as subject_zh,
        case when g.entity_id = '_T' then g.region_name || g.industry_zh else coalesce(g.entity_name, g.entity_id) end
        || case
            when g.confidential then g.indicator_a_zh || '与' || g.indicator_b_zh || '差异较大（具体数据依法不予公布）'
            when g.judged_by = 'ratio'
                then
                    g.indicator_a_zh || '与' || g.indicator_b_zh || '之比较' || case g.method
                        when 'equality' then '应有的一致水平' else '此前12个月的中位水平'
                    end
                    || case when g.ratio_deviation_pct > 0 then '偏高' else '偏低' end
                    || {{ figure_zh('abs(g.ratio_deviation_pct)') }} || '%'
            else
                g.indicator_a_zh || {{ growth_zh('g.growth_a_pct') }} || '，' || g.indicator_b_zh
                || g.rate_taken_out_zh || {{ growth_zh('g.growth_b_pct') }}
                || '，两者相差' || {{ figure_zh('abs(g.gap_pp)') }} || '个百分点'
        end
        || case when g.run_length > 1 then '，已连续' || g.run_length::text || '期偏离' else '' end || '。'
        || {{ flash_zh("g.route_reason = 'flash'") }} as statement_zh,
        case
            when g.confidential then ''
            when g.robust_z is not null
                then
                    '与此前24个月内' || g.history_n::text || '期差值相比，稳健标准分为'
                    || {{ figure_zh('g.robust_z') }}
                    || case when g.judged_by = 'limit' then '，超过' || g.limit_pp::text || '个百分点的界限' else '' end
                    || '。'
            when g.limit_pp is not null then '历史不足，按' || g.limit_pp::text || '个百分点的界限判断。'
            else ''
        end
        || case when g.confidential then '该单元企业数过少或一户企业所占比重过高，数据仅供核实。' else coalesce('已检查' || c.checked_zh || case
                    when g.explained_by is not null
                        then
                            '，其中' || x.name_zh || case
                                when g.explained_by = 'base_effect' and c.two_year_caveat is not null
                                    then '（' || {{ two_year_caveat_zh('c.two_year_caveat') }} || '）'
                                else ''
                            end
                            || '解释最多' || coalesce(
                                '（' || {{ figure_zh('g.explained_pp', sign=true) }} || '），仍余'
                                || {{ figure_zh('g.unexplained_pp', sign=true) }},
                                '（具体数据依法不予公布）'
                            ) || '。'
                    else '，均不能解释。'
                end, '')
        end
        || '其他可能的正常原因：' || g.benign_causes_zh || '。' || g.route_reason_zh || '。' as evidence_zh,
        coalesce(g.department_zh, g.region_name || '经信部门') as owner_department,
        g.route,
        nullif(g.entity_id, '_T') as entity_id
    from gaps as g
    left join checked as c
        on g.pair = c.pair and g.region_key = c.region_key and g.industry_code = c.industry_code
            and g.entity_id = c.entity_id and g.month = c.month
    left join {{ ref('gap_causes') }} as x on g.explained_by = x.cause
),

-- Firms and projects that another department does not know: counted here by region, named in the mart only.
twins as (
    select
        t.month,
        'matched:' || t.pair || ':' || t.finding || ':' || t.region_key as problem_key,
        t.region_key,
        d.name_zh as region_name,
        'matched' as rule,
        'yellow' as colour,
        case t.finding
            when 'taxed_not_in_panel' then '缺统漏统（小升规）候选企业'
            when 'project_without_power' then '新开工项目无业扩报装'
            when 'starts_without_power_or_land' then '新开工项目无业扩报装和工业用地出让'
            when 'panel_without_tax' then '规上企业应退未退候选（无税务正常户）'
            else '规上企业应退未退候选（无用电户）'
        end as subject_zh,
        d.name_zh || case when t.finding <> 'starts_without_power_or_land' then '有' || count(*)::text else '' end
        || case t.finding
            when 'starts_without_power_or_land'
                then
                    to_char(
                        t.month - make_interval(months => {{ threshold('project_twin', 'months_after') }}::int),
                        'FMYYYY"年"FMMM"月"'
                    )
                    || '报有亿元以上工业项目新开工，其前后' || {{ threshold('project_twin', 'months_after') }}::text
                    || '个月既无业扩报装净增容量，也无工业用地出让收入，请核实是否实际开工。'
            when 'taxed_not_in_panel'
                then
                    '户企业近12个月开票销售收入达到' || {{ figure_zh(threshold('panel', 'revenue_10k_yuan'), 0) }}
                    || '万元而不在规上企业名录，请核实是否符合入统条件，并指导符合条件的企业申报入统。'
            when 'panel_without_tax' then '户规上企业在税务登记名录中没有正常户记录，请核实是否应当退库。'
            when 'panel_without_power' then '户规上企业没有用电户，请核实是否应当退库。'
            else '个已开工项目前后' || {{ threshold('project_twin', 'months_after') }}::text
                || '个月没有业扩报装或立户，请核实是否实际开工。'
        end as statement_zh,
        case
            when t.finding = 'starts_without_power_or_land'
                then '土地出让没有分宗名录，只能按地区比对：' || d.name_zh || '当期逐月报数均为零或负数；利用存量土地和已有容量的项目可能误列。'
            else '按统一社会信用代码逐户比对各部门整份名录，代码不全或变更的可能误列；名单不公开，另行提供。'
        end as evidence_zh,
        case t.finding
            when 'taxed_not_in_panel' then d.name_zh || '经信部门'
            when 'project_without_power' then '发展和改革委员会'
            when 'starts_without_power_or_land' then '发展和改革委员会'
            else '统计局'
        end as owner_department,
        case t.finding when 'taxed_not_in_panel' then 'county' else 'supplier' end as route,
        null::text as entity_id
    from {{ ref('fct_missing_twins') }} as t
    inner join {{ ref('dim_region') }} as d on t.region_key = d.region_key
    group by t.month, t.pair, t.finding, t.region_key, d.name_zh
)

select * from surviving
union all
select * from twins
