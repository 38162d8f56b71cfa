-- Numbers that stand where others belong, or all changed alike: each such slip of many numbers at once is held against where
-- each number was to be expected, by how it and its like have moved (evidence.sql). Built after evidence.sql.

drop table if exists foretold, expected_of, moved, displaced;

-- How far a number is from where another was expected, in times what nineteen of twenty like that one are off at most.
create or replace function adrift(in_points boolean, value float, expected float, scale float) returns float
language sql immutable as $$
    select least(
        case
            when in_points then abs(value - expected)
            when value > 0 and expected > 0 then abs(100 * ln(value / expected))
            else 'infinity'::float
        end / scale, 5
    )
$$;

-- Where each number judged was to be expected: growth and rates where they last were, levels with their growth of last.
create unlogged table expected_of as
select distinct on (s.cell_id)
    s.cell_id, s.delivery_id, s.sheet, s.row, s.position, s.indicator, s.measure, s.period_type,
    s.value_delivered, s.factor, s.value,
    s.measure = 'growth' or s.nature in ('rate', 'index') as in_points,
    case
        when s.measure = 'growth' or s.nature in ('rate', 'index') or w.kind = 'step' then s.last
        else s.year_ago * s.last / s.last_year_ago
    end as expected,
    w.bound / k.times as scale,
    -- what its own level, sum or growth bears out stands where it belongs
    exists (
        select from fit as f where f.cell_id = s.cell_id and f.speaks_of = 'itself' and not f.broken
    ) as borne_out
from weighed as w
inner join said as s on w.cell_id = s.cell_id
inner join kind as k on w.kind = k.kind
where w.speaks_of = 'pace' and not w.confirmed
order by s.cell_id, w.kind;

create unlogged table foretold as
select *, adrift(in_points, value, expected, scale) as off
from expected_of as e
where e.delivery_id in (
    select delivery_id from expected_of
    where adrift(in_points, value, expected, scale) > 1.5
    group by delivery_id having count(*) >= 2
);
create index on foretold (delivery_id, sheet, position);
analyze foretold;

-- What each number gains in nearness if it were one that belongs elsewhere, or were written otherwise.
create unlogged table moved as
-- one row too low or too high
select
    f.delivery_id, f.sheet, f.cell_id, f.row, f.position, m.slip, null::int as a, null::int as b,
    f.off - adrift(m.in_points, f.value_delivered * m.factor, m.expected, m.scale) as gain
from (
    select
        *,
        lag(expected) over w as above, lag(scale) over w as scale_above,
        lead(expected) over w as below, lead(scale) over w as scale_below
    from foretold
    window w as (partition by delivery_id, sheet, position order by row)
) as f
cross join lateral (
    values ('下移一行', f.in_points, f.factor, f.above, f.scale_above), ('上移一行', f.in_points, f.factor, f.below, f.scale_below)
) as m (slip, in_points, factor, expected, scale)
where m.expected is not null and not f.borne_out
union all
-- two rows, or two numbers of a column, in each other's place
select
    f.delivery_id, f.sheet, f.cell_id, f.row, f.position, '两行对调', least(f.row, o.row), greatest(f.row, o.row),
    f.off - adrift(o.in_points, f.value_delivered * o.factor, o.expected, o.scale)
from foretold as f
inner join foretold as o
    on f.delivery_id = o.delivery_id and f.sheet = o.sheet and f.position = o.position and f.row <> o.row
where f.off > 0.5 and o.off > 0.5 and not f.borne_out and not o.borne_out
union all
-- two columns in each other's place
select
    f.delivery_id, f.sheet, f.cell_id, f.row, f.position, '两列对调',
    least(f.position, o.position), greatest(f.position, o.position),
    f.off - adrift(o.in_points, f.value_delivered * o.factor, o.expected, o.scale)
from foretold as f
inner join foretold as o
    on f.delivery_id = o.delivery_id and f.sheet = o.sheet and f.row = o.row and f.position <> o.position
where not f.borne_out and not o.borne_out
union all
-- a column written otherwise
select
    f.delivery_id, f.sheet, f.cell_id, f.row, f.position, m.slip, null, null,
    f.off - adrift(f.in_points, m.value, f.expected, f.scale)
from foretold as f
cross join lateral (
    select '正负号有误' as slip, -f.value as value
    where f.in_points
    union all
    select '误填为以上年同期为100的指数', f.value - 100
    where f.measure = 'growth'
    union all
    select '误以小数填报百分数', f.value * 100
    where f.in_points
    union all
    select case when k.power > 0 then '小数点左移' else '小数点右移' end || abs(k.power) || '位', f.value * 10.0 ^ k.power
    from (values (-4), (-3), (-2), (-1), (1), (2), (3), (4)) as k (power)
) as m
where not f.borne_out;

-- The slip of each delivery that brings most numbers to where they were expected, where it brings two at least all the way.
create unlogged table displaced as
with
run as (
    -- from a row to the end of the table
    select delivery_id, sheet, slip, position, row as a, null::int as b, 'column' as extent,
        sum(gain) over w as gain, count(*) filter (where gain > 0.5) over w as n
    from moved
    where slip in ('下移一行', '上移一行')
    window w as (partition by delivery_id, sheet, slip, position order by row desc)
    union all
    select delivery_id, sheet, slip, null, row, null, 'sheet', sum(gain) over w, count(*) filter (where gain > 0.5) over w
    from moved
    where slip in ('下移一行', '上移一行')
    window w as (partition by delivery_id, sheet, slip order by row desc)
    union all
    select delivery_id, sheet, slip, position, a, b, 'cells', sum(gain), count(*) filter (where gain > 0.5)
    from moved
    where slip = '两行对调'
    group by delivery_id, sheet, slip, position, a, b
    having count(*) = 2 and min(gain) > 1
    union all
    select delivery_id, sheet, slip, null, a, b, 'sheet', sum(gain), count(*) filter (where gain > 0.5)
    from moved
    where slip in ('两行对调', '两列对调')
    group by delivery_id, sheet, slip, a, b
    having count(distinct case slip when '两行对调' then row else position end) = 2
    union all
    select delivery_id, sheet, slip, position, null, null, 'column', sum(gain), count(*) filter (where gain > 0.5)
    from moved
    where slip not in ('下移一行', '上移一行', '两行对调', '两列对调')
    group by delivery_id, sheet, slip, position
    having count(*) >= 2
),

likeliest as (
    -- of two that explain as much, the one that moves fewer numbers
    select distinct on (delivery_id) * from run
    where gain >= 6 and n >= 2
    order by delivery_id, round(gain::numeric, 1) desc, extent, n
)

select
    l.*,
    (
        select m.cell_id from moved as m
        where
            m.delivery_id = l.delivery_id and m.sheet = l.sheet and m.slip = l.slip and m.gain > 0.5
            and coalesce(m.position = l.position, true)
            and case when m.a is null then coalesce(m.row >= l.a, true) else m.a = l.a and m.b = l.b end
        order by m.row, m.position limit 1
    ) as cell_id
from likeliest as l;
