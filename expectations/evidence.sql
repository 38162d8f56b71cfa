-- Relations between the numbers of regions and industries, reckoned alike for what is judged and for what was accepted before
-- it: what a relation has shown so far is the limit of what it may show now (decision 14). Built after prepare.sql.

drop table if exists kind, number, prior, said, family, bond, innovation, shown, weighed, fit, suspect, slip;

-- What is improbable of each kind of relation: to be off by more than `floor` per cent and `times` as far as nineteen of twenty
-- like it were (twice that while few are known), or by more than `most`; of none known, by more than `unknown`.
-- It speaks of a number and its own past (`itself`), of a whole and its parts, where two of these may be exchanged unseen, or of
-- how far a number has moved since it was last told (`pace`), which may be a fact where others follow it.
create unlogged table kind (
    kind text primary key, name_zh text, speaks_of text, times float, floor float, most float, unknown float
);
insert into kind values
    ('growth', '本期数和上年同期数', 'itself', 3, 0.2, 100, 50),
    ('base', '上年所报同期数', 'itself', 3, 0.2, 100, 50),
    ('sum_to_date', '上月止累计数加当月数', 'itself', 2, 0.05, 10, 10),
    ('mix', '上月止累计增速和当月增速', 'itself', 2, 0.2, 50, 20),
    ('whole', '各部分合计', 'parts', 2, 0.1, 50, 10),
    ('mean', '各部分增速的加权平均', 'parts', 2, 0.2, 50, 20),
    ('between', '各部分增速的范围', 'parts', 2, 0.2, 50, 20),
    ('pace', '历史走势', 'pace', 4, 1, 500, null),
    ('step', '上期数', 'pace', 3, 1, 500, null);

-- Each number once, of the deliveries judged and of those that speak for earlier months.
create unlogged table number as
select distinct on (k.delivery_id, k.series, k.measure, k.month)
    k.cell_id, k.delivery_id, k.sheet, k.cell, k.row, k.position, k.value_delivered, k.factor, k.digits, k.feed, k.month, k.indicator,
    k.measure, k.period_type, k.nature, k.region_key, k.industry_code, k.thing, k.series, k.value, k.half,
    k.sums_over_regions,
    v.delivery_id is not null as speaks,
    -- of a history only what is new in it is asked about, and nothing of the first
    f.delivery_id is not null and coalesce(f.scope = 'month' or k.month > l.month, false) as asked,
    exists (
        select from confirmed as c
        where
            k.feed = c.feed and k.series = c.series and k.measure = c.measure and k.month = c.month
            and k.value = c.value
    ) as confirmed
from known as k
left join voice as v on k.feed = v.feed and k.month = v.month and k.delivery_id = v.delivery_id
left join follows as f on k.delivery_id = f.delivery_id
left join all_deliveries as l on f.last_delivery_id = l.delivery_id
where k.entity is null and k.value is not null and (v.delivery_id is not null or f.delivery_id is not null)
order by k.delivery_id, k.series, k.measure, k.month, k.cell_id;
create index on number (series, measure, month) where speaks;
analyze number;

-- The month that each feed told of before each: a quarter before, or December before February, where it is silent between.
create unlogged table prior as
select n.feed, n.month, max(v.month) as before
from (select distinct feed, month from number) as n
inner join voice as v on n.feed = v.feed and v.month < n.month and v.month >= (n.month - interval '3 months')::date
group by n.feed, n.month;

-- With what was said of its series a year before, when it was last told, and a year before that.
create unlogged table said as
select
    n.*,
    p.before,
    y.value as year_ago, y.half as year_ago_half,
    m.value as last, m.half as last_half,
    t.value as last_year_ago, t.half as last_year_ago_half
from number as n
left join prior as p on n.feed = p.feed and n.month = p.month
left join number as y
    on
        y.speaks and n.feed = y.feed and n.series = y.series and n.measure = y.measure
        and y.month = (n.month - interval '1 year')::date
left join number as m
    on
        m.speaks and n.feed = m.feed and n.series = m.series and n.measure = m.measure and p.before = m.month
left join number as t
    on
        t.speaks and n.feed = t.feed and n.series = t.series and n.measure = t.measure
        and t.month = (p.before - interval '1 year')::date;
create unique index on said (cell_id);
create index on said (delivery_id, series, month);
analyze said;

-- Each number with those that make it up: of a region its regions, where none of these is missing, of all industry its
-- divisions, of which no table need have every one.
create unlogged table family as
with
part as (
    select region_key, parent_key, region_type <> 'residual' as needed,
        coalesce(valid_from, '-infinity'::date) as valid_from, coalesce(valid_to, 'infinity'::date) as valid_to
    from catalog.regions
    where adds_to_parent
),

child as (
    select s.*, p.parent_key as whole_region, s.industry_code as whole_industry, p.needed
    from said as s
    inner join part as p on s.region_key = p.region_key and s.month between p.valid_from and p.valid_to
    where s.sums_over_regions or s.measure = 'growth'
    union all
    select s.*, s.region_key, '_T', null
    from said as s
    inner join catalog.industries as i on s.industry_code = i.industry_code and i.level = 'division'
    where s.nature in ('flow', 'stock', 'count')
)

select w.cell_id, array_agg(c.cell_id) as parts, sum(c.value) as total, sum(c.half) as half,
    min(c.value) as least, max(c.value) as most
from said as w
inner join child as c
    on
        w.delivery_id = c.delivery_id and w.indicator = c.indicator and w.industry_code = c.whole_industry
        and w.period_type = c.period_type and w.measure = c.measure and w.month = c.month
        and w.region_key = c.whole_region
where w.measure in ('value', 'growth')
group by w.cell_id, w.region_key, w.month, c.needed is null
having
    case
        when c.needed is null then count(*) >= 3
        else count(distinct c.region_key) filter (where c.needed) = (
            select count(distinct p.region_key) from part as p
            where p.parent_key = w.region_key and p.needed and w.month between p.valid_from and p.valid_to
        )
    end;
create index on family (cell_id);
analyze family;

-- One row a relation, named after the number that it speaks of first: how far it is from holding, in per cent, and how far
-- rounding alone may take it. `cells` are the numbers of the delivery that it binds.
create unlogged table bond as
with
relation as (
    -- growth as printed against the level and last year's
    select
        'growth' as kind, g.cell_id, array[g.cell_id, v.cell_id] as cells,
        100 * ln((1 + g.value / 100) / (greatest(v.value, v.half) / v.year_ago)) as off,
        100 * (g.half / (100 + g.value) + v.half / greatest(v.value, v.half) + v.year_ago_half / v.year_ago) as rounding
    from said as g
    inner join said as v
        on g.delivery_id = v.delivery_id and g.series = v.series and g.month = v.month and v.measure = 'value'
    where
        g.measure = 'growth' and g.nature in ('flow', 'stock', 'count') and g.value > -100
        and v.value >= 0 and v.year_ago > v.year_ago_half
    union all
    -- last year's figure as printed now against what was printed then
    select
        'base', b.cell_id, array[b.cell_id], 100 * ln(greatest(b.value, b.half) / v.year_ago),
        100 * (b.half / greatest(b.value, b.half) + v.year_ago_half / v.year_ago)
    from said as b
    inner join said as v
        on b.delivery_id = v.delivery_id and b.series = v.series and b.month = v.month and v.measure = 'value'
    where b.measure = 'base' and b.value >= 0 and v.year_ago > v.year_ago_half
    union all
    -- the sum to date against the last one and the month
    select
        'sum_to_date', y.cell_id, array[y.cell_id, m.cell_id],
        100 * (y.value - m.value - e.before) / greatest(abs(y.value), y.half),
        100 * (y.half + m.half + e.before_half) / greatest(abs(y.value), y.half)
    from said as y
    inner join said as m
        on
            y.delivery_id = m.delivery_id and y.thing = m.thing and y.month = m.month and m.measure = 'value'
            and m.period_type in ('M', 'M12', 'Q')
    cross join lateral (
        select case m.period_type when 'M' then 1 when 'M12' then 2 else 3 end as months
    ) as c
    cross join lateral (
        select
            case
                when extract(month from y.month) = c.months then 0
                when y.before = (y.month - make_interval(months => c.months))::date then y.last
            end as before,
            case when extract(month from y.month) = c.months then 0 else y.last_half end as before_half
    ) as e
    where y.period_type = 'YTD' and y.measure = 'value' and y.nature in ('flow', 'count') and e.before is not null
    union all
    -- the whole against its parts
    select
        'whole', w.cell_id, w.cell_id || f.parts, 100 * (w.value - f.total) / greatest(abs(w.value), w.half),
        100 * (w.half + f.half) / greatest(abs(w.value), w.half)
    from said as w
    inner join family as f on w.cell_id = f.cell_id
    where w.measure = 'value'
    union all
    -- the whole's growth against that of its parts, weighed by what they were a year ago
    select
        'mean', w.cell_id, w.cell_id || f.parts || g.levels,
        100 * ln((1 + w.value / 100) / (g.now / g.year_ago)), 100 * (w.half + g.half) / (100 + w.value)
    from said as w
    inner join family as f on w.cell_id = f.cell_id
    inner join lateral (
        select sum(v.value) as now, sum(v.value / (1 + p.value / 100)) as year_ago, max(p.half) as half,
            array_agg(v.cell_id) as levels
        from said as p
        inner join said as v
            on p.delivery_id = v.delivery_id and p.series = v.series and p.month = v.month and v.measure = 'value'
        where p.cell_id = any(f.parts) and p.value > -100 and v.value > 0
        having count(*) = cardinality(f.parts)
    ) as g on true
    where w.measure = 'growth' and w.value > -100
    union all
    -- the whole's growth within those of its parts, where nothing tells how they weigh
    select
        'between', w.cell_id, w.cell_id || f.parts,
        greatest(w.value - f.most, 0) + least(w.value - f.least, 0), w.half + f.half / cardinality(f.parts)
    from said as w
    inner join family as f on w.cell_id = f.cell_id
    where
        w.measure = 'growth' and not exists (
            select from said as v
            where w.delivery_id = v.delivery_id and w.series = v.series and w.month = v.month and v.measure = 'value'
        )
    union all
    -- where nothing tells how months weigh, the growth to date against the last one and the month's, each as many months as it has
    select
        'mix', y.cell_id, array[y.cell_id, m.cell_id], y.value - ((k.months - 1) * y.last + m.value) / k.months,
        y.half + y.last_half + m.half / k.months
    from said as y
    inner join said as m
        on
            y.delivery_id = m.delivery_id and y.thing = m.thing and y.month = m.month and m.measure = 'growth'
            and m.period_type = 'M'
    cross join lateral (select extract(month from y.month) as months) as k
    where
        y.period_type = 'YTD' and y.measure = 'growth' and k.months > 2
        and y.before = (y.month - interval '1 month')::date
        and not exists (
            select from said as v
            where y.delivery_id = v.delivery_id and y.series = v.series and y.month = v.month and v.measure = 'value'
        )
    union all
    -- a growth or a rate against the last one, and a level's growth against its last one
    select
        'pace', n.cell_id, array[n.cell_id], p.now - p.before, p.rounding
    from said as n
    cross join lateral (select n.measure = 'growth' or n.nature in ('rate', 'index') as in_points) as g
    cross join lateral (
        select
            case
                when g.in_points then n.value
                when n.value >= 0 and n.year_ago > n.year_ago_half then 100 * ln(greatest(n.value, n.half) / n.year_ago)
            end as now,
            case
                when g.in_points then n.last
                when n.last >= 0 and n.last_year_ago > n.last_year_ago_half
                    then 100 * ln(greatest(n.last, n.last_half) / n.last_year_ago)
            end as before,
            case
                when g.in_points then n.half + n.last_half
                else 100 * (
                    n.half / greatest(n.value, n.half) + n.year_ago_half / nullif(n.year_ago, 0)
                    + n.last_half / greatest(n.last, n.last_half) + n.last_year_ago_half / nullif(n.last_year_ago, 0)
                )
            end as rounding
    ) as p
    where
        n.measure in ('value', 'growth') and p.now - p.before is not null
        and not (n.period_type = 'YTD' and extract(month from n.month) <= 2)
    union all
    -- what stands at a month's end against the last one
    select
        'step', n.cell_id, array[n.cell_id], 100 * ln(greatest(n.value, n.half) / n.last),
        100 * (n.half / greatest(n.value, n.half) + n.last_half / n.last)
    from said as n
    where n.measure = 'value' and n.nature = 'stock' and n.value >= 0 and n.last > n.last_half
)

select
    row_number() over () as bond_id, r.*,
    s.delivery_id, s.feed, s.month, s.asked, s.speaks,
    exists (select from said as x where x.cell_id = any(r.cells) and x.confirmed) as confirmed,
    concat_ws('|', r.kind, s.series, s.measure) as own,
    concat_ws('|', r.kind, s.indicator, s.period_type, s.measure, e.early) as alike,
    concat_ws('|', r.kind, s.nature, s.period_type, s.measure, e.early) as akin
from relation as r
inner join said as s on r.cell_id = s.cell_id
cross join lateral (
    -- the first sums of a year swing more, and the months among which the Spring Festival moves
    select case
        when extract(month from s.month) <= case s.period_type when 'YTD' then 4 else 3 end then 'early'
    end as early
) as e;
create index on bond (feed, own, month);
analyze bond;

-- How far each relation is from where it has been in the two years before.
create unlogged table innovation as
select b.*, coalesce(h.centre, 0) as centre, abs(b.off - coalesce(h.centre, 0)) as away
from bond as b
left join lateral (
    select percentile_cont(0.5) within group (order by p.off) as centre
    from bond as p
    where
        p.feed = b.feed and p.own = b.own and p.speaks and not p.confirmed
        and p.month < b.month and p.month >= (b.month - interval '2 years')::date
    having count(*) >= 3
) as h on b.kind in ('growth', 'base', 'whole', 'mean', 'mix');
create index on innovation (feed, alike, month);
create index on innovation (feed, akin, month);
create index on innovation (feed, own, month);
create index on innovation (delivery_id);
analyze innovation;

-- What relations alike have shown by each month: how many there were, in how many months, and how far nineteen of twenty
-- were at most. Where fewer than 24 are known, those of all figures of the feed that are akin speak for them; fewer than eight
-- say nothing.
create unlogged table shown as
with
wanted as (
    select distinct feed, alike, akin, month from innovation where asked
),

learned as (
    select
        w.feed, w.alike, w.month, p.pooled,
        count(*) as n,
        count(distinct p.of_month) as months,
        percentile_cont(0.5) within group (order by p.away) as middle,
        percentile_cont(0.95) within group (order by p.away) as far
    from wanted as w
    cross join lateral (
        select false as pooled, p.away, p.month as of_month
        from innovation as p
        where
            p.feed = w.feed and p.alike = w.alike and p.speaks and not p.confirmed
            and p.month < w.month and p.month >= (w.month - interval '3 years')::date
        union all
        select true, p.away, p.month
        from innovation as p
        where
            p.feed = w.feed and p.akin = w.akin and p.speaks and not p.confirmed
            and p.month < w.month and p.month >= (w.month - interval '3 years')::date
    ) as p
    group by w.feed, w.alike, w.month, p.pooled
    having count(*) >= 8
)

select distinct on (feed, alike, month) * from learned order by feed, alike, month, n < 24, pooled;
analyze shown;

-- Each relation asked about, by how many times its limit it is off: above one it is broken.
create unlogged table weighed as
select i.*, k.speaks_of, s.n as known, l.bound, i.away / l.bound as score
from innovation as i
inner join kind as k on i.kind = k.kind
left join shown as s
    on
        i.feed = s.feed and i.alike = s.alike and i.month = s.month
        -- of the pace of a few months nothing is learned
        and (s.months >= 6 or k.speaks_of <> 'pace')
left join lateral (
    -- a series that swings more than others like it may go on to
    select percentile_cont(0.95) within group (order by p.away) as far
    from innovation as p
    where
        p.feed = i.feed and p.own = i.own and p.speaks and not p.confirmed
        and p.month < i.month and p.month >= (i.month - interval '2 years')::date
    having count(*) >= 12
) as o on true
cross join lateral (
    select greatest(
        1.1 * i.rounding, k.floor,
        case
            when s.n is null then k.unknown
            -- two robust deviations are as far as nineteen of twenty where nothing is out of line
            else least(k.times * case when s.n < 24 or s.months < 12 and k.speaks_of = 'pace' then 2 else 1 end * greatest(2 * 1.4826 * s.middle, s.far, o.far), k.most)
        end
    ) as bound
) as l
where i.asked and (s.n is not null or k.unknown is not null);
create index on weighed (cell_id);
create index on weighed (bond_id);
analyze weighed;

-- For each number and each relation that binds it: the number that would fit, and between which numbers it would still do.
create unlogged table fit as
select
    b.bond_id, b.kind, b.speaks_of, b.delivery_id, c.cell_id, b.score, b.score > 1 and not b.confirmed as broken, e.expected,
    least(e.expected - e.room, e.expected + e.room) as lo, greatest(e.expected - e.room, e.expected + e.room) as hi
from weighed as b
cross join lateral unnest(b.cells) with ordinality as c (cell_id, nth)
inner join said as s on c.cell_id = s.cell_id
inner join said as a on b.cell_id = a.cell_id
left join said as v
    on b.kind = 'growth' and a.delivery_id = v.delivery_id and a.series = v.series and a.month = v.month and v.measure = 'value'
cross join lateral (
    select
        case
            when b.kind = 'growth' and c.nth = 1 then 100 * (v.value / v.year_ago * exp(b.centre / 100) - 1)
            when b.kind = 'growth' then v.year_ago * (1 + a.value / 100) * exp(-b.centre / 100)
            when b.kind = 'base' then a.value * exp((b.centre - b.off) / 100)
            when b.kind = 'mix' then s.value - (b.off - b.centre) * case c.nth when 1 then 1 else -extract(month from s.month) end
            when b.kind = 'mean' and c.nth = 1 then 100 * ((1 + a.value / 100) * exp((b.centre - b.off) / 100) - 1)
            when b.kind in ('sum_to_date', 'whole') and c.nth = 1
                then s.value - (b.off - b.centre) / 100 * greatest(abs(a.value), a.half)
            when b.kind in ('sum_to_date', 'whole')
                then s.value + (b.off - b.centre) / 100 * greatest(abs(a.value), a.half)
        end as expected,
        case
            when b.kind = 'mix' then b.bound * case c.nth when 1 then 1 else extract(month from s.month) end
            when b.kind in ('growth', 'mean') and s.measure = 'growth' then b.bound * (1 + s.value / 100)
            when b.kind in ('growth', 'base') then b.bound / 100 * abs(s.value)
            else b.bound / 100 * greatest(abs(a.value), a.half)
        end as room
) as e
where b.speaks_of <> 'pace';
create index on fit (cell_id);
analyze fit;

-- The numbers in doubt: of each relation that is broken the one that breaks most of its relations and keeps fewest.
create unlogged table suspect as
with
touched as (
    select
        f.cell_id, count(*) filter (where f.broken) as broken, count(*) filter (where not f.broken) as kept,
        coalesce((
            select max(p.score) from weighed as p where p.cell_id = f.cell_id and p.speaks_of = 'pace'
        ), 0) as pace
    from fit as f
    group by f.cell_id
)

select distinct on (f.bond_id) f.bond_id, f.kind, f.delivery_id, f.cell_id, f.score, f.expected, f.lo, f.hi
from fit as f
inner join touched as t on f.cell_id = t.cell_id
where f.broken
order by f.bond_id, t.broken desc, t.kept, t.pace desc, f.cell_id;

-- What may have happened to a number in doubt: each slip with the number that would have stood there but for it, the commoner
-- slips first. Of those that keep every relation of the number the first is taken.
create unlogged table slip as
with
doubted as (
    select * from said where cell_id in (select cell_id from suspect)
),

placed as (
    select * from said where delivery_id in (select delivery_id from doubted)
),

ordered as (
    select cell_id, lag(value) over w as above, lead(value) over w as below
    from placed
    window w as (partition by delivery_id, sheet, position order by row)
),

digit as (
    select d.cell_id, round(abs(d.value_delivered) * 10 ^ d.digits)::bigint::text as digits from doubted as d
),

might as (
    select 1 as nth, cell_id, '正负号有误' as slip, -value as value from doubted
    union all
    select 2, d.cell_id, case when k.power > 0 then '小数点左移' else '小数点右移' end || abs(k.power) || '位', d.value * 10 ^ k.power
    from doubted as d cross join (values (-4), (-3), (-2), (-1), (1), (2), (3), (4)) as k (power)
    union all
    select 3, cell_id, '误填为以上年同期为100的指数', value - 100 from doubted where measure = 'growth'
    union all
    select
        4, d.cell_id, '相邻两位数字颠倒',
        sign(d.value) * overlay(g.digits placing reverse(substr(g.digits, n, 2)) from n)::numeric / 10 ^ d.digits * d.factor
    from doubted as d
    inner join digit as g on d.cell_id = g.cell_id
    cross join lateral generate_series(1, length(g.digits) - 1) as n
    union all
    select 6, o.cell_id, '错位一行，应为上一行的数', o.above from ordered as o
    union all
    select 6, o.cell_id, '错位一行，应为下一行的数', o.below from ordered as o
    union all
    select 5, d.cell_id, '与同一行' || rtrim(p.cell, '0123456789') || '列错位', p.value
    from doubted as d
    inner join placed as p on d.delivery_id = p.delivery_id and d.sheet = p.sheet and d.row = p.row and d.cell_id <> p.cell_id
)

select distinct on (m.cell_id) m.cell_id, m.slip, m.value
from might as m
inner join doubted as d on m.cell_id = d.cell_id
inner join fit as f on m.cell_id = f.cell_id and f.expected is not null
where m.value is distinct from d.value
group by m.cell_id, m.nth, m.slip, m.value
having bool_and(m.value between f.lo and f.hi) and bool_or(f.broken)
order by m.cell_id, m.nth, min(abs(m.value - f.expected) / nullif(abs(f.expected), 0)) nulls last;
