{# As a post-hook: an analyst sees no row of a single firm that rests on what statistics knows of it, and none of a cell
   that would give such a firm away. The law keeps these from everyone but the statisticians (domain.md 2.11); other
   totals, and firms as the power company or the tax office knows them, stay visible. The owner, who builds and
   publishes, sees all rows. `known_by` is the row's column that says whose figure it is, indicator or pair,
   or none where `also_shown` says all; `also_shown` what must hold besides, of rows that would give back the figure of
   another cell or year. A table that an increment has left in its place has its policy still. #}
{% macro hide_from_analysts(known_by, firms=true, industries=true, members=false, also_shown='true') -%}
    {%- set cells = [('region_key', 'industry_code' if industries else "'_T'")] if known_by else [] -%}
    {%- if members -%}
        {%- do cells.append((
            "case dimension when 'region' then member else region_key end",
            "case dimension when 'industry' then member else industry_code end",
        )) -%}
    {%- endif -%}
    do $policy$
    begin
    if exists (select from pg_policy where polrelid = '{{ this }}'::regclass) then
        return;
    end if;
    alter table {{ this }} enable row level security;
    create policy not_of_one_firm on {{ this }} for select to gongyun_analyst using (
    {%- if firms %}
        (entity_id = '_T' or {{ known_by }} not in ({{ known_to_statistics(known_by) }})) and
    {%- endif -%}
    {%- for region, industry in cells %}
        ({{ known_by }}, {{ region }}, {{ industry }}, extract(year from month)::int) not in (
            {{ confidential(known_by) }}
        ) and
    {%- endfor %}
    {%- if members %}
        (member <> '_R' or {{ members_are_shown(of_contributions=true) }}) and
    {%- endif %}
    {{ also_shown }}
    );
    end $policy$
{%- endmacro %}

{% macro known_to_statistics(known_by) -%}
    {%- if known_by == 'pair' -%}
        select p.pair
        from {{ ref('matched_pairs') }} as p
        inner join {{ ref('indicators') }} as i on i.indicator in (p.indicator_a, p.indicator_b)
        where i.department = 'stat'
    {%- else -%}
        select i.indicator
        from {{ ref('indicators') }} as i
        where i.department = 'stat'
    {%- endif -%}
{%- endmacro %}

{# The first side of a matched pair lies in the row's own year (seeds.yml, lag_months). #}
{% macro confidential(known_by) -%}
    {%- if known_by == 'indicator' -%}
        select c.indicator, c.region_key, c.industry_code, c.year from {{ ref('fct_confidential_cells') }} as c
    {%- else -%}
        select p.pair, c.region_key, c.industry_code, c.year
        from {{ ref('fct_confidential_cells') }} as c
        inner join {{ ref('matched_pairs') }} as p on c.indicator in (p.indicator_a, p.indicator_b)
    {%- endif -%}
{%- endmacro %}

{# For `also_shown`: a row may be held against the period before, up to three months earlier, whose year may be hidden
   while its own is not. #}
{% macro period_before_is_shown() -%}
    (indicator, region_key, '_T', extract(year from month - interval '3 months')::int) not in (
        select c.indicator, c.region_key, c.industry_code, c.year from {{ ref('fct_confidential_cells') }} as c
    )
{%- endmacro %}

{# For `also_shown`: the row itself, the period before and the whole, against which it is held, are shown; a mean of two
   years beside the growth of the later one gives back that of the earlier. #}
{% macro compared_is_shown() -%}
    not exists (
        select from {{ ref('fct_confidential_cells') }} as c
        inner join {{ ref('dim_region') }} as d on c.region_key = d.region_key
        where
            c.indicator = {{ this.identifier }}.indicator and c.industry_code = '_T'
            and c.year <= extract(year from month)
            and c.year + (look = 'two_year_average')::int >= case
                when d.is_top then extract(year from month)
                when c.region_key = {{ this.identifier }}.region_key then extract(year from month - interval '3 months')
            end
    )
{%- endmacro %}

{# For `also_shown`: what the members leave open of a total tells the sum of all of them, and where they do not add up
   to it, so many are not hidden that this would be no secret. Members are the regions of one industry, or, of
   contributions, the industries too. #}
{% macro members_are_shown(of_contributions=false) -%}
    {%- set total = this.identifier -%}
    {%- set of_a_trade = "dimension = 'industry'" if of_contributions else "false" -%}
    not exists (
        select from {{ ref('fct_confidential_cells') }} as c
        inner join {{ ref('dim_region') }} as d on c.region_key = d.region_key
        where
            c.indicator = {{ total }}.indicator and c.year = extract(year from month)
            and case
                when {{ of_a_trade }}
                    then c.region_key = {{ total }}.region_key and c.industry_code <> {{ total }}.industry_code
                else d.parent_key = {{ total }}.region_key and c.industry_code = {{ total }}.industry_code
            end
    )
{%- endmacro %}
