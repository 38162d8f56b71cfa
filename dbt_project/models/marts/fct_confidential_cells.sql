-- the policies of other marts name it
{{ config(in_place=true) }}

select
    indicator,
    region_key,
    industry_code,
    year
from {{ ref('int_hidden_cells') }}
