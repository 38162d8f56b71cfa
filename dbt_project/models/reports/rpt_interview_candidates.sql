-- Whom to talk to (约谈) and how firmly: a county with enough declining main indicators, or value added far below its
-- floor, and whether each other look at the same months says the same.
with verdicts as (
    select
        f.region_key,
        f.look,
        count(f.fires) as looked_n,
        count(*) filter (where f.fires) as fired_n,
        bool_or(f.fires and f.below_floor) as below_floor,
        case
            when
                count(*) filter (where f.fires) >= {{ threshold('steep_decline', 'min_indicators') }}
                or bool_or(f.fires and f.below_floor)
                then true
            -- another look cannot be reckoned where what it does not know would decide
            when
                f.look = 'published'
                or count(*) filter (where f.fires is not false) < {{ threshold('steep_decline', 'min_indicators') }}
                then false
        end as is_candidate
    from {{ ref('fct_decline_tests') }} as f
    group by f.region_key, f.look
),

-- Another look speaks only where it sees at least one of the indicators that fired as published.
sensitivities as (
    select
        v.region_key,
        v.look,
        v.is_candidate,
        v.fired_n,
        v.looked_n
    from verdicts as v
    where
        exists (
            select 1 from {{ ref('fct_decline_tests') }} as o
            inner join {{ ref('fct_decline_tests') }} as p
                on o.region_key = p.region_key and o.indicator = p.indicator and p.look = 'published' and p.fires
            where o.region_key = v.region_key and o.look = v.look
        )
),

fired as (
    select
        f.*,
        -- nor what it is held against: the period before, up to three months earlier, or the whole
        {{ is_confidential(['f.indicator'], 'f.region_key', ['f.month']) }}
        or f.fell and {{ is_confidential(['f.indicator'], 'f.region_key', ["f.month - interval '3 months'"]) }}
        or f.far_below and {{ is_confidential(['f.indicator'], 'b.top_region_key', ['f.month']) }} as confidential
    from {{ ref('fct_decline_tests') }} as f
    cross join {{ ref('stg_build') }} as b
    where f.look = 'published' and f.fires
),

findings as (
    select
        f.region_key,
        string_agg(f.indicator, ';' order by f.indicator) as indicators,
        string_agg(i.name_zh, '、' order by f.indicator) as names_zh,
        string_agg(
            case when f.confidential then i.name_zh || '（数据依法不予公布）' else
                    i.name_zh || {{ period_zh('r.period_type', 'r.month') }}
                    || {{ growth_zh('f.growth_pct') }}
                    || case
                        when f.growth_error_pp > 0 then '（误差±' || {{ figure_zh('f.growth_error_pp') }} || '个百分点）'
                        else ''
                    end
                    || '（'
                    || concat_ws(
                        '、',
                        case
                            when f.far_below
                                then '低于全市' || {{ figure_zh('f.top_growth_pct - f.growth_pct') }} || '个百分点'
                        end,
                        case
                            when f.fell
                                then
                                    '较上期回落'
                                    || {{ figure_zh('f.previous_growth_pct - f.growth_pct') }} || '个百分点'
                        end,
                        case when f.negative_again then '连续两期下降' end,
                        case when f.last_twice then '连续两期居同组末位' end,
                        case
                            when f.below_floor
                                then
                                    '低于' || {{ threshold('steep_decline', 'floor_pct') }}::text || '%的年度底线'
                                    || {{ figure_zh(threshold('steep_decline', 'floor_pct') ~ ' - f.growth_pct') }}
                                    || '个百分点'
                        end
                    )
                    || '）'
            end,
            '；' order by f.indicator
        ) as findings_zh
    from fired as f
    inner join {{ ref('dim_indicator') }} as i on f.indicator = i.indicator
    inner join {{ ref('int_releases') }} as r
        on f.indicator = r.indicator and f.region_key = r.region_key and f.month = r.month
    where r.month = {{ month_built() }}
    group by f.region_key
),

-- what sets the two years apart in the figures that fired, or in the city's that they lie below, whether a mean is left
-- or not
caveats as (
    select
        f.region_key,
        string_agg(
            i.name_zh
            || nullif(
                concat_ws(
                    '，',
                    {{ two_year_caveat_zh('f.two_year_caveat') }},
                    '全市' || {{ two_year_caveat_zh('r.two_year_caveat') }}
                ),
                ''
            ),
            '；' order by f.indicator
        ) as caveats_zh
    from fired as f
    inner join {{ ref('dim_indicator') }} as i on f.indicator = i.indicator
    cross join {{ ref('stg_build') }} as b
    left join {{ ref('int_releases') }} as r
        on f.far_below and f.indicator = r.indicator and b.top_region_key = r.region_key and f.month = r.month
            and r.two_year_caveat in ('no_comparable_growth', 'growth_basis')
    group by f.region_key
),

-- which figures that fired have no growth from March on, or are held against a city that has none
since_march as (
    select
        f.region_key,
        concat_ws(
            '、',
            string_agg(i.name_zh, '、' order by f.indicator) filter (where w.indicator is null),
            string_agg('全市' || i.name_zh, '、' order by f.indicator) filter (where w.indicator is not null)
        )
        || '既无同一次报送的累计水平数，也无3月以来逐月水平数，不能剔除' as caveats_zh
    from fired as f
    inner join {{ ref('dim_indicator') }} as i on f.indicator = i.indicator
    left join {{ ref('fct_decline_tests') }} as w
        on f.region_key = w.region_key and f.indicator = w.indicator and w.look = 'without_january_february'
    where extract(month from f.month) > 2 and w.fires is null
    group by f.region_key
),

verified as (
    select
        f.region_key,
        string_agg(i.name_zh, '、' order by f.indicator) as names_zh
    from {{ ref('fct_decline_tests') }} as f
    inner join {{ ref('dim_indicator') }} as i on f.indicator = i.indicator
    where f.look = 'published' and f.under_verification
    group by f.region_key
),

-- tests that a flash meets; it has to be settled before it counts
flashed as (
    select
        f.region_key,
        string_agg(
            i.name_zh || case
                when {{ is_confidential(['f.indicator'], 'f.region_key', ['f.month']) }} then '（数据依法不予公布）'
                else {{ growth_zh('f.growth_pct') }}
            end,
            '、' order by f.indicator
        ) as names_zh
    from {{ ref('fct_decline_tests') }} as f
    inner join {{ ref('dim_indicator') }} as i on f.indicator = i.indicator
    where
        f.look = 'published' and f.is_flash and not f.under_verification
        and (f.far_below or f.fell or f.negative_again or f.last_twice or f.below_floor)
    group by f.region_key
)

select
    b.month,
    c.region_key,
    c.name_zh as region_name,
    v.is_candidate,
    case
        when not v.is_candidate then null
        when v.below_floor or v.fired_n > 2 then 'red'
        else 'orange'
    end as colour,
    v.fired_n::int as fired_n,
    v.looked_n::int as looked_n,
    f.indicators,
    f.names_zh,
    f.findings_zh,
    first_release.is_candidate as holds_first_release,
    spring.is_candidate as holds_without_january_february,
    two_years.is_candidate as holds_two_year_average,
    spring.looked_n::int as looked_without_january_february_n,
    two_years.looked_n::int as looked_two_year_average_n,
    m.caveats_zh as without_january_february_caveats_zh,
    y.caveats_zh as two_year_caveats_zh,
    q.names_zh as under_verification_zh,
    h.names_zh as flash_zh,
    (select max(s.shock) from {{ ref('fct_decline_tests') }} as s) as shock
from verdicts as v
inner join {{ ref('int_counties') }} as c on v.region_key = c.region_key
cross join {{ ref('stg_build') }} as b
left join findings as f on v.region_key = f.region_key
left join sensitivities as first_release
    on v.region_key = first_release.region_key and first_release.look = 'first_release'
left join sensitivities as spring on v.region_key = spring.region_key and spring.look = 'without_january_february'
left join sensitivities as two_years on v.region_key = two_years.region_key and two_years.look = 'two_year_average'
left join since_march as m on v.region_key = m.region_key
left join caveats as y on v.region_key = y.region_key
left join verified as q on v.region_key = q.region_key
left join flashed as h on v.region_key = h.region_key
where v.look = 'published' and (f.region_key is not null or h.region_key is not null)
