-- Whom to talk to (约谈) and how firmly: a county with enough declining main indicators, or value added far below its
-- floor, and whether each other look at the same months says the same.
with verdicts as (
    select
        test.region_key,
        test.look,
        count(test.fires) as looked_n,
        count(*) filter (where test.fires) as fired_n,
        bool_or(test.fires and test.below_floor) as below_floor,
        case
            when
                count(*) filter (where test.fires) >= {{ threshold('steep_decline', 'min_indicators') }}
                or bool_or(test.fires and test.below_floor)
                then true
            -- another look cannot be reckoned where what it does not know would decide
            when
                test.look = 'published'
                or count(*) filter (where test.fires is not false) < {{ threshold('steep_decline', 'min_indicators') }}
                then false
        end as is_candidate
    from {{ ref('fct_decline_tests') }} as test
    group by test.region_key, test.look
),

-- Another look speaks only where it sees at least one of the indicators that fired as published.
sensitivities as (
    select
        verdict.region_key,
        bool_or(verdict.is_candidate) filter (where verdict.look = 'first_release') as first_release,
        bool_or(verdict.is_candidate) filter (where verdict.look = 'without_january_february') as since_march,
        bool_or(verdict.is_candidate) filter (where verdict.look = 'two_year_average') as two_years,
        max(verdict.looked_n) filter (where verdict.look = 'without_january_february') as since_march_n,
        max(verdict.looked_n) filter (where verdict.look = 'two_year_average') as two_years_n
    from verdicts as verdict
    where
        exists (
            select 1 from {{ ref('fct_decline_tests') }} as other
            inner join {{ ref('fct_decline_tests') }} as told
                on other.region_key = told.region_key and other.indicator = told.indicator
                    and told.look = 'published' and told.fires
            where other.region_key = verdict.region_key and other.look = verdict.look
        )
    group by verdict.region_key
),

fired as (
    select
        test.*,
        build.top_region_key,
        -- nor what it is held against: the period before, up to three months earlier, or the whole
        {{ is_confidential(['test.indicator'], 'test.region_key', ['test.month']) }}
        or test.fell
        and {{ is_confidential(['test.indicator'], 'test.region_key', ["test.month - interval '3 months'"]) }}
        or test.far_below
        and {{ is_confidential(['test.indicator'], 'build.top_region_key', ['test.month']) }} as confidential
    from {{ ref('fct_decline_tests') }} as test
    cross join {{ ref('stg_build') }} as build
    where test.look = 'published' and test.fires
),

findings as (
    select
        test.region_key,
        string_agg(test.indicator, ';' order by test.indicator) as indicators,
        jsonb_agg(
            jsonb_strip_nulls(
                jsonb_build_object(
                    'indicator', test.indicator,
                    'name_zh', indicator.name_zh,
                    'period_type', spoken.period_type,
                    'confidential', test.confidential,
                    -- what sets the two years apart in the figure, or in the city's that it lies below, whether a mean
                    -- is left or not
                    'two_year_caveat', test.two_year_caveat,
                    'top_two_year_caveat', whole.two_year_caveat,
                    -- whether it, or the city's that it is held against, has no growth from March on
                    'unknown_since_march', case
                        when extract(month from test.month) <= 2 or spring.fires is not null then null
                        when spring.indicator is null then 'region'
                        else 'top'
                    end
                )
                || case
                    when test.confidential then '{}'
                    else jsonb_build_object(
                            'growth_pct', test.growth_pct,
                            'growth_error_pp', nullif(test.growth_error_pp, 0),
                            'below_top_pp', case when test.far_below then test.top_growth_pct - test.growth_pct end,
                            'fell_pp', case when test.fell then test.previous_growth_pct - test.growth_pct end,
                            'negative_again', test.negative_again,
                            'last_twice', test.last_twice,
                            'floor_pct', case
                                when test.below_floor then {{ threshold('steep_decline', 'floor_pct') }}
                            end,
                            'below_floor_pp', case
                                when test.below_floor
                                    then {{ threshold('steep_decline', 'floor_pct') }} - test.growth_pct
                            end
                        )
                end
            )
            order by test.indicator
        ) as findings
    from fired as test
    inner join {{ ref('dim_indicator') }} as indicator on test.indicator = indicator.indicator
    inner join {{ ref('int_releases') }} as spoken
        on test.indicator = spoken.indicator and test.region_key = spoken.region_key and test.month = spoken.month
    left join {{ ref('int_releases') }} as whole
        on test.far_below and test.indicator = whole.indicator and test.top_region_key = whole.region_key
            and test.month = whole.month and whole.two_year_caveat in ('no_comparable_growth', 'growth_basis')
    left join {{ ref('fct_decline_tests') }} as spring
        on test.region_key = spring.region_key and test.indicator = spring.indicator
            and spring.look = 'without_january_february'
    where spoken.month = {{ month_built() }}
    group by test.region_key
),

-- what is to be verified first, and tests that a flash meets, which has to be settled before it counts
left_out as (
    select
        test.region_key,
        string_agg(indicator.name_zh, '、' order by test.indicator) filter (where test.under_verification)
            as under_verification_zh,
        jsonb_agg(
            jsonb_strip_nulls(jsonb_build_object(
                'name_zh', indicator.name_zh,
                'growth_pct', case
                    when not {{ is_confidential(['test.indicator'], 'test.region_key', ['test.month']) }}
                        then test.growth_pct
                end
            ))
            order by test.indicator
        ) filter (
            where not test.under_verification and test.is_flash
            and (test.far_below or test.fell or test.negative_again or test.last_twice or test.below_floor)
        ) as flashes
    from {{ ref('fct_decline_tests') }} as test
    inner join {{ ref('dim_indicator') }} as indicator on test.indicator = indicator.indicator
    where test.look = 'published'
    group by test.region_key
)

select
    {{ month_built() }} as month,
    county.region_key,
    county.name_zh as region_name,
    verdict.is_candidate,
    case
        when not verdict.is_candidate then null
        when verdict.below_floor or verdict.fired_n > 2 then 'red'
        else 'orange'
    end as colour,
    verdict.fired_n::int as fired_n,
    verdict.looked_n::int as looked_n,
    findings.indicators,
    findings.findings,
    other.first_release as holds_first_release,
    other.since_march as holds_without_january_february,
    other.two_years as holds_two_year_average,
    other.since_march_n::int as looked_without_january_february_n,
    other.two_years_n::int as looked_two_year_average_n,
    left_out.under_verification_zh,
    left_out.flashes,
    (select max(test.shock) from {{ ref('fct_decline_tests') }} as test) as shock
from verdicts as verdict
inner join {{ ref('int_counties') }} as county on verdict.region_key = county.region_key
left join findings on verdict.region_key = findings.region_key
left join sensitivities as other on verdict.region_key = other.region_key
left join left_out on verdict.region_key = left_out.region_key
where verdict.look = 'published' and (findings.region_key is not null or left_out.flashes is not null)
