-- The tables that the delivery suite reads, built for one pass of one gate run in a schema of its own (on the search path).
-- The tables of trial.sql are there. Filled before: `subject` (deliveries judged), `standing` (deliveries of the run not rejected so far),
-- `promised` (what feeds declare). Everything here is dropped with the schema when the run ends.

drop view if exists cell, delivery;
drop table if exists spoken, voice, confirmed, follows, revises, listed, known, reference, tested, narrowed, roll, scale, addition, revision;

create or replace function figure(period_type text, measure text) returns text
language sql immutable as $$
    select case period_type
        when 'M' then '当月' when 'M12' then '1—2月' when 'YTD' then '累计' when 'Q' then '当季' else '全年'
    end || case measure when 'value' then '数' when 'base' then '上年同期数' else '增速' end
$$;

-- Who speaks for each earlier month a delivery is compared with: the delivery itself where it holds that month, else the
-- latest delivery of the feed that is accepted or, in this run, not rejected.
create unlogged table spoken as
with
subject_month as (
    select s.delivery_id, d.feed, m.month
    from subject as s
    inner join all_deliveries as d on s.delivery_id = d.delivery_id
    inner join all_delivery_months as m on s.delivery_id = m.delivery_id
),

wanted as (
    select distinct s.delivery_id, s.feed, (s.month - make_interval(months => lag))::date as month
    from subject_month as s
    cross join generate_series(1, 12) as lag
),

candidate as (
    select d.delivery_id, d.feed, m.month
    from all_deliveries as d
    inner join all_delivery_months as m on d.delivery_id = m.delivery_id
    where
        d.feed in (select feed from subject_month)
        and (d.status = 'accepted' or d.delivery_id in (select delivery_id from standing))
)

select distinct on (w.delivery_id, w.month) w.delivery_id, w.month, c.delivery_id as speaker
from wanted as w
inner join candidate as c on w.feed = c.feed and w.month = c.month
order by w.delivery_id, w.month, (c.delivery_id = w.delivery_id) desc, c.delivery_id desc;

-- Each delivery judged, with the one it follows: the speaker of the latest earlier month, or, for a file that holds its
-- whole history, the version known before it.
create unlogged table follows as
select
    d.delivery_id, d.feed, f.title, f.area, f.scope, f.grain, f.reports_january, d.month, d.received_at,
    -- of what was refused for its reading a part is here, which says nothing of what is lacking
    d.status = 'loaded' as whole,
    case
        when f.scope = 'month' then (
            select p.speaker from spoken as p
            where p.delivery_id = d.delivery_id and p.speaker <> d.delivery_id
            order by p.month desc limit 1
        )
        else (
            select e.delivery_id from all_deliveries as e
            where
                e.feed = d.feed and e.delivery_id <> d.delivery_id
                and (
                    e.status = 'accepted'
                    or (e.delivery_id < d.delivery_id and e.delivery_id in (select delivery_id from standing))
                )
            order by e.delivery_id desc limit 1
        )
    end as last_delivery_id
from subject as s
inner join all_deliveries as d on s.delivery_id = d.delivery_id
inner join all_feeds as f on d.feed = f.feed;

-- Whose cells each delivery judged takes the place of: for each of its months, the delivery in force before it.
create unlogged table revises as
select distinct on (s.delivery_id, m.month)
    s.delivery_id, m.month, e.delivery_id as revised, matured(d.maturity, e.maturity),
    (select n.name_zh from maturity_name as n where n.maturity = d.maturity) as maturity_zh,
    (select n.name_zh from maturity_name as n where n.maturity = e.maturity) as revised_maturity_zh
from subject as s
inner join all_deliveries as d on s.delivery_id = d.delivery_id
inner join all_delivery_months as m on s.delivery_id = m.delivery_id
inner join all_deliveries as e on d.feed = e.feed and e.delivery_id < d.delivery_id
inner join all_delivery_months as n on e.delivery_id = n.delivery_id and m.month = n.month
where
    (e.status = 'accepted' or e.delivery_id in (select delivery_id from standing))
    -- what comes to its verdict after a later delivery of the month changes nothing there
    and not exists (
        select from all_deliveries as later
        inner join all_delivery_months as l on later.delivery_id = l.delivery_id
        where
            later.feed = d.feed and later.delivery_id > d.delivery_id and later.status = 'accepted' and l.month = m.month
    )
order by s.delivery_id, m.month, e.delivery_id desc;

-- Who speaks for each month of the tables of regions and industries judged, as far back as limits are learned from.
create unlogged table voice as
select distinct on (d.feed, m.month) d.feed, m.month, d.delivery_id
from (
    select f.feed, min(n.month) as first_month, max(n.month) as last_month
    from follows as f
    inner join all_delivery_months as n on f.delivery_id = n.delivery_id
    where f.grain in ('region', 'industry')
    group by f.feed
) as a
inner join all_deliveries as d on a.feed = d.feed
inner join all_delivery_months as m on d.delivery_id = m.delivery_id
where
    (d.status = 'accepted' or d.delivery_id in (select delivery_id from standing))
    and m.month between (a.first_month - interval '3 years')::date and a.last_month
order by d.feed, m.month, d.delivery_id desc;

-- What the registers judged list, and those they follow.
create unlogged table listed as
select r.delivery_id, clean_label(r.entity_id) as entity, coalesce(r.entity_name, r.entity_id) as place, r.sheet, r.row
from all_register as r
where r.delivery_id in (
    select unnest(array[f.delivery_id, f.last_delivery_id]) from follows as f where f.grain = 'register'
);

-- Every cell of the deliveries judged and of those they are compared with. `thing` is what is measured, `series` the
-- thing in one kind of period; `half` is half a unit of the last printed digit, in the canonical unit.
create unlogged table known as
with
asked as (
    select delivery_id from follows
    union
    select last_delivery_id from follows
    union
    select speaker from spoken
    union
    select revised from revises
    union
    select delivery_id from voice
    union
    select a.delivery_id from all_confirmations as a
    inner join all_deliveries as d on a.delivery_id = d.delivery_id
    where d.feed in (select feed from follows)
),

observed as (
    select o.* from raw.observation as o where o.delivery_id in (select delivery_id from asked)
    union all
    select t.* from trial_observation as t
),

labelled as (
    select
        o.*,
        f.area,
        clean_label(coalesce(o.region_label, '')) as region_bare,
        clean_label(coalesce(o.industry_label, '_T')) as industry_bare,
        clean_label(coalesce(o.entity_id, o.entity_name)) as entity_bare
    from observed as o
    inner join all_feeds as f on o.feed = f.feed
    where o.value is not null or o.absent_reason <> 'absent'
),

-- spellings of one name may meet once they are cleaned
region as (
    select distinct area, clean_label(alias) as alias, region_key from catalog.region_aliases
),

industry as (
    select distinct clean_label(alias) as alias, industry_code from catalog.industry_aliases
)

select
    row_number() over () as cell_id,
    l.delivery_id, l.feed, l.sheet, l.cell, l.row, l.position, l.indicator, l.measure, l.period_type, l.month, l.basis,
    l.value, l.value_delivered, l.factor,
    coalesce(l.unit, '') as unit,
    coalesce(l.decimals, scale(trim_scale(round(l.value_delivered::numeric, 9)))) as digits,
    case
        -- growth that has doubled may be told in 倍, to a tenth (domain.md 2.4)
        when l.measure = 'growth' and l.value_delivered >= 100 and l.value_delivered::numeric % 10 = 0 then 5
        else 0.5 * 10.0 ^ -coalesce(l.decimals, scale(trim_scale(round(l.value_delivered::numeric, 9)))) * l.factor
    end as half,
    coalesce(r.region_key, l.region_bare) as region_key,
    coalesce(n.industry_code, l.industry_bare) as industry_code,
    l.entity_bare as entity,
    i.nature,
    coalesce(i.never_negative, false) as never_negative,
    coalesce(i.sums_over_regions, false) as sums_over_regions,
    coalesce(i.name_zh, l.indicator) as indicator_name,
    figure(l.period_type, l.measure) as figure,
    concat_ws(
        '',
        l.region_label,
        case when coalesce(n.industry_code, l.industry_bare) <> '_T' then l.industry_label end,
        coalesce(l.entity_name, l.entity_id)
    ) as place,
    concat_ws(
        '|', l.indicator, coalesce(r.region_key, l.region_bare), coalesce(n.industry_code, l.industry_bare),
        coalesce(l.entity_bare, '')
    ) as thing,
    null::text as series
from labelled as l
left join region as r on l.area = r.area and l.region_bare = r.alias
left join industry as n on l.industry_bare = n.alias
left join catalog.indicators as i on l.indicator = i.indicator;

update known set series = thing || '|' || period_type;

-- What has been confirmed of these feeds, number by number.
create unlogged table confirmed as
select distinct on (k.feed, k.series, k.measure, k.month, k.value)
    k.feed, k.series, k.measure, k.month, k.value, a.reason, a.given_by
from all_confirmations as a
inner join known as k on a.delivery_id = k.delivery_id and coalesce(a.cell = k.cell, true)
order by k.feed, k.series, k.measure, k.month, k.value, a.given_at;
analyze spoken;
analyze listed;
analyze known (delivery_id, series, measure, month);

-- What was known of the same series in the twelve months before each cell's month.
create unlogged table reference as
select
    c.cell_id,
    max(k.month) as last_month,
    (array_agg(k.value order by k.month desc))[1] as last_value,
    (array_agg(k.half order by k.month desc))[1] as last_half,
    max(k.value) filter (where k.month = (c.month - interval '1 year')::date) as last_year_value,
    max(k.value) filter (
        where extract(month from k.month) = 12 and k.month < date_trunc('year', c.month)
    ) as december_value,
    percentile_cont(0.5) within group (order by abs(k.value)) filter (where k.value <> 0) as median_value
from known as c
inner join subject as s on c.delivery_id = s.delivery_id
cross join generate_series(1, 12) as lag
inner join spoken as p
    on c.delivery_id = p.delivery_id and p.month = (c.month - make_interval(months => lag))::date
inner join known as k
    on p.speaker = k.delivery_id and p.month = k.month and c.series = k.series and c.measure = k.measure
where
    c.value is not null and k.value is not null
    -- Growth is only compared with the last one, to see whether a file came twice.
    and (c.measure = 'value' or c.measure = 'growth' and lag <= 3)
group by c.cell_id, c.month;
analyze reference (cell_id);

create unlogged table tested as
select k.*, r.last_month, r.last_value, r.last_half, r.last_year_value, r.december_value, r.median_value
from known as k
inner join subject as s on k.delivery_id = s.delivery_id
left join reference as r on k.cell_id = r.cell_id
where k.value is not null;
create index on tested (delivery_id, series, month);
create index on tested (cell_id);
analyze tested (cell_id, delivery_id, thing, series, month, measure, period_type, indicator);

-- Each firm, or thing listed, of the delivery that one judged follows: its place there counted from the end, and whether the
-- one judged has it; of those before, how many there are, how many are gone, and how many of these stood at the very end.
create unlogged table roll as
with
named as (
    select delivery_id, entity, place, sheet, row from known where entity is not null
    union all
    select delivery_id, entity, place, sheet, row from listed
),

here as (
    select distinct delivery_id, entity from tested where entity is not null
    union
    select delivery_id, entity from listed
),

before as (
    select
        f.delivery_id, n.entity, min(n.place) as place,
        row_number() over (partition by f.delivery_id order by max(n.sheet) desc, max(n.row) desc) as from_end
    from follows as f
    inner join named as n on f.last_delivery_id = n.delivery_id
    where f.whole
    group by f.delivery_id, n.entity
)

select
    b.delivery_id, b.entity, b.place, b.from_end, h.entity is null as gone,
    count(*) over w as listed,
    count(*) filter (where h.entity is null) over w as lost,
    min(b.from_end) filter (where h.entity is not null) over w - 1 as lost_at_end
from before as b
left join here as h on b.delivery_id = h.delivery_id and b.entity = h.entity
window w as (partition by b.delivery_id);

-- Each level against what is usual for its series: for totals the same month of last year, or in a first year the total
-- before it, else the median of a year.
-- `ratio` is a power of ten; `shift` the whole power it lies near (domain.md 2.4); `alike` of `compared` cells of the
-- indicator and month show the same shift.
create unlogged table scale as
select
    s.cell_id, s.usual, s.ratio, k.shift,
    count(*) over (partition by s.delivery_id, s.indicator, s.period_type, s.month) as compared,
    case when k.shift is not null then
        count(*) over (partition by s.delivery_id, s.indicator, s.period_type, s.month, k.shift)
    end as alike
from (
    select t.*, u.usual, log(t.value / u.usual) as ratio
    from tested as t
    cross join lateral (
        select nullif(
            case
                when t.period_type <> 'YTD' then t.median_value
                when t.last_month >= date_trunc('year', t.month) then coalesce(t.last_year_value, t.last_value)
                else t.last_year_value
            end, 0
        ) as usual
    ) as u
    where
        t.measure = 'value' and t.nature in ('flow', 'stock') and t.value > 0 and u.usual > 0
        -- A sum not reset in January is some twelve times January: that is another rule's finding.
        and not coalesce(
            t.period_type = 'YTD' and extract(month from t.month) <= 2
            and t.value between t.december_value and 1.5 * t.december_value, false
        )
) as s
left join (values (-8), (-4), (-3), (-1), (1), (3), (4), (8)) as k (shift) on abs(s.ratio - k.shift) < 0.15;

-- Each level of a region with the sum of the regions that make it up, where none of these is missing.
create unlogged table addition as
with
part as (
    select region_key, parent_key, region_type <> 'residual' as needed,
        coalesce(valid_from, '-infinity'::date) as valid_from, coalesce(valid_to, 'infinity'::date) as valid_to
    from catalog.regions
    where adds_to_parent
),

level as (
    select * from tested where measure = 'value' and sums_over_regions and entity is null
),

total as (
    select
        l.delivery_id, l.indicator, l.industry_code, l.period_type, l.month, p.parent_key,
        sum(l.value) as total, sum(l.half) as half, count(distinct l.region_key) filter (where p.needed) as parts
    from level as l
    inner join part as p on l.region_key = p.region_key and l.month between p.valid_from and p.valid_to
    group by l.delivery_id, l.indicator, l.industry_code, l.period_type, l.month, p.parent_key
)

select l.cell_id, t.total, t.half
from level as l
inner join total as t
    on
        l.delivery_id = t.delivery_id and l.indicator = t.indicator and l.industry_code = t.industry_code
        and l.period_type = t.period_type and l.month = t.month and l.region_key = t.parent_key
where t.parts = (
    select count(distinct p.region_key) from part as p
    where p.parent_key = l.region_key and p.needed and l.month between p.valid_from and p.valid_to
);
analyze scale (cell_id);
analyze addition (cell_id);

-- What each delivery judged changes, cell by cell, against the one in force before it. `size` is the change in per cent of
-- the old value, for rates and growth in points; `usual` the mean size of the series' revisions so far; `sure` whether it
-- is more than the rounding of both.
create unlogged table revision as
with
-- how finely a figure is printed in a delivery: one cell alone may end in zeros, which are not delivered
printed_to as (
    select delivery_id, indicator, measure, period_type, case when count(*) >= 4 then min(half) end as finest
    from known
    group by delivery_id, indicator, measure, period_type
),

told as (
    select k.*, p.finest from known as k
    inner join printed_to as p
        on
            k.delivery_id = p.delivery_id and k.indicator = p.indicator
            and k.measure = p.measure and k.period_type = p.period_type
    inner join subject as s on k.delivery_id = s.delivery_id
    where exists (select 1 from revises as r where k.delivery_id = r.delivery_id and k.month = r.month)
),

stood as (
    select k.*, p.finest, r.delivery_id as by_delivery_id
    from revises as r
    inner join known as k on r.revised = k.delivery_id and r.month = k.month
    inner join printed_to as p
        on
            k.delivery_id = p.delivery_id and k.indicator = p.indicator
            and k.measure = p.measure and k.period_type = p.period_type
),

changed as (
    select
        coalesce(t.delivery_id, o.by_delivery_id) as delivery_id,
        r.revised as revised_delivery_id,
        r.matured, r.maturity_zh, r.revised_maturity_zh,
        coalesce(t.indicator, o.indicator) as indicator, coalesce(t.indicator_name, o.indicator_name) as indicator_name,
        coalesce(t.region_key, o.region_key) as region_key, coalesce(t.industry_code, o.industry_code) as industry_code,
        coalesce(t.entity, o.entity) as entity, coalesce(t.measure, o.measure) as measure,
        coalesce(t.period_type, o.period_type) as period_type, coalesce(t.month, o.month) as month,
        coalesce(t.series, o.series) as series, coalesce(t.place, o.place) as place,
        coalesce(t.figure, o.figure) as figure, coalesce(t.nature, o.nature) as nature,
        o.value as old_value, t.value as new_value, o.sheet as old_sheet, o.cell as old_cell,
        t.sheet as new_sheet, t.cell as new_cell,
        printed(o.value_delivered, o.digits) || o.unit as old_printed,
        coalesce(printed(t.value_delivered, t.digits) || t.unit, '空') as new_printed,
        coalesce(t.half, 0) + coalesce(o.half, 0) as rounding
    from told as t
    full join stood as o
        on t.delivery_id = o.by_delivery_id and t.series = o.series and t.measure = o.measure and t.month = o.month
    inner join revises as r
        on coalesce(t.delivery_id, o.by_delivery_id) = r.delivery_id and coalesce(t.month, o.month) = r.month
    inner join follows as f on r.delivery_id = f.delivery_id
    where
        -- of a history, what a newer file does not hold is still said by the older one
        (t.delivery_id is not null or f.scope = 'month' and f.whole)
        and t.value is distinct from o.value
        and coalesce(abs(t.value - o.value) > 1e-9 * greatest(abs(t.value), abs(o.value)), true)
        -- the same number in more digits, or in fewer, was not changed
        and not coalesce(
            abs(t.finest - o.finest) > 1e-9 * o.finest
            and abs(t.value - o.value) <= (1 + 1e-9) * greatest(t.finest, o.finest),
            false
        )
)

select
    c.*,
    m.size,
    u.usual,
    coalesce(abs(c.new_value - c.old_value) > c.rounding * (1 + 1e-9), true) as sure,
    coalesce(nullif(g.cause, 'unknown'), case when c.matured = 1 then 'scheduled' end, 'unknown') as cause,
    -- that a flash gives way to settled figures is announced with it and is its own explanation
    coalesce(
        g.reason, case when c.matured = 1 then c.maturity_zh || '替换' || c.revised_maturity_zh end
    ) as reason
from changed as c
cross join lateral (
    select
        case
            when c.measure = 'growth' or c.nature in ('rate', 'index') then abs(c.new_value - c.old_value)
            else 100 * abs(c.new_value - c.old_value) / nullif(abs(c.old_value), 0)
        end as size
) as m
left join lateral (
    select avg(
        case
            when c.measure = 'growth' or c.nature in ('rate', 'index') then abs(p.new_value - p.old_value)
            else 100 * abs(p.new_value - p.old_value) / nullif(abs(p.old_value), 0)
        end
    ) as usual
    from ops.revision as p
    where p.series = c.series and p.measure = c.measure
) as u on true
left join all_reasons as g on c.delivery_id = g.delivery_id;
analyze revision;

-- What the suite reads.
create view cell as select * from tested;
create view delivery as select f.* from follows as f inner join subject as s on f.delivery_id = s.delivery_id;
