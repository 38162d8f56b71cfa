-- The tables that Python writes. dbt owns every other schema.
-- raw holds what departments delivered and is append-only; ops is the book of what was done with it.

create schema if not exists raw;
create schema if not exists ops;

-- Locks by name (warehouse.book.locks), and the last moment that anyone was told (warehouse.book.clock): what is stamped is
-- later, though the server's clock were set back.
create table if not exists ops.lock (name text primary key);
create table if not exists ops.clock (
    at timestamptz not null,
    one boolean primary key default true check (one)
);
insert into ops.clock (at) values ('-infinity') on conflict do nothing;
create or replace function ops.stamp() returns timestamptz language sql volatile as $$
    select greatest(clock_timestamp(), at + interval '1 microsecond') from ops.clock
$$;

-- What a warehouse made by an earlier version lacks. A new one is made whole below; whoever changes a table there writes
-- the step from the table before here (tests/warehouse/test_database.py holds the two together).
alter table if exists ops.feed
drop constraint if exists feed_grain_check,
add constraint feed_grain_check check (grain in ('region', 'industry', 'enterprise', 'register')),
-- sync_feeds writes what the YAML says; until then a feed owes what it owed before: every month
add column if not exists first_month date not null default '2000-01-01' check (extract(day from first_month) = 1),
add column if not exists last_month date check (extract(day from last_month) = 1);
alter table if exists ops.feed
alter column first_month drop default;
drop function if exists ops.month_feeds(date);
alter table if exists ops.delivery
add column if not exists answered_at timestamptz,
add column if not exists layout text,
add column if not exists maturity text
check (maturity in ('flash', 'prelim', 'revised', 'final', 'benchmark', 'correction'));
alter table if exists raw.delivered_row
drop constraint if exists delivered_row_delivery_id_fkey,
add column if not exists credit_code text,
add column if not exists name text;
drop index if exists raw.delivered_row_delivery;
alter table if exists raw.register
add column if not exists month date check (extract(day from month) = 1);
drop function if exists ops.problems (timestamptz);
-- dbt leaves a mart lying under the name that it had: this one is fct_decline_tests
drop table if exists marts.fct_interview_candidates cascade;
alter table if exists ops.problem_item
drop column if exists first_edition_id,
drop column if exists first_month,
drop column if exists opened_at;
alter table if exists ops.edition
add column if not exists decision_record jsonb;
alter table if exists ops.problem_event
add column if not exists due_on date,
alter column at set default ops.stamp();
alter table if exists ops.feed_terms
alter column stated_at set default ops.stamp();
alter table if exists ops.build
add column if not exists fingerprint text,
add column if not exists increment boolean not null default false;
-- Findings were called problems, which are items of the ledger; one that was waived was noted as a warning, with a hint that
-- names the waiver.
do $$
begin
    if to_regclass('ops.problem') is not null then
        alter table ops.problem rename to finding;
        alter table ops.finding rename column problem_id to finding_id;
        alter index ops.problem_pkey rename to finding_pkey;
        alter index ops.problem_delivery rename to finding_delivery;
        alter table ops.finding rename constraint problem_stage_check to finding_stage_check;
        alter table ops.finding rename constraint problem_severity_check to finding_severity_check;
        alter table ops.finding rename constraint problem_delivery_id_fkey to finding_delivery_id_fkey;
        alter table ops.finding add column state text check (state in ('told', 'waived', 'stopped'));
        update ops.finding set severity = 'critical', state = 'waived'
        where severity = 'warning' and hint like '该项已由%批准放行，有效期至%，理由：%';
        update ops.finding set state = case severity when 'critical' then 'stopped' else 'told' end where state is null;
        alter table ops.finding
        alter column state set not null,
        add check ((state = 'told') = (severity = 'warning'));
    end if;
    alter table if exists ops.finding add column if not exists cause text;
    -- what a gate made of a rule was a boolean, true of what had been waived
    if exists (
        select 1 from information_schema.columns
        where table_schema = 'ops' and table_name = 'gate_result' and column_name = 'passed'
    ) then
        alter table ops.gate_result add column state text check (state in ('passed', 'told', 'waived', 'stopped'));
        update ops.gate_result set state = case
            when waiver_id is not null then 'waived'
            when passed then 'passed'
            when severity = 'warning' then 'told'
            else 'stopped'
        end;
        alter table ops.gate_result
        alter column state set not null,
        drop column passed,
        add check ((state = 'waived') = (waiver_id is not null)),
        add check (state = 'passed' or (state = 'told') = (severity = 'warning'));
    end if;
end $$;

-- A feed as its YAML declares it, synchronised at every start (warehouse.book.duties.sync_feeds), and the months that it owes.
create table if not exists ops.feed (
    feed text primary key,
    area text not null,
    department text not null,
    title text not null,
    grain text not null check (grain in ('region', 'industry', 'enterprise', 'register')),
    scope text not null check (scope in ('month', 'history')),
    first_month date not null check (extract(day from first_month) = 1),
    last_month date check (extract(day from last_month) = 1)     -- null of a feed that goes on
);

-- On which terms a feed owes a month: a row whenever its YAML says something else than before. A month keeps the terms
-- that were stated before it ended (docs/decisions/0011-owed-as-it-was-owed.md).
create table if not exists ops.feed_terms (
    feed text not null references ops.feed,
    stated_at timestamptz not null default ops.stamp(),
    frequency text not null check (frequency in ('month', 'quarter', 'once')),
    reports_january boolean not null,
    required boolean not null,
    due_day smallint not null check (due_day between 1 and 31),
    primary key (feed, stated_at)
);

-- An earlier version kept the terms in ops.feed: those that stood are the first. A feed that was not active owed nothing.
do $$
begin
    if exists (
        select 1 from information_schema.columns
        where table_schema = 'ops' and table_name = 'feed' and column_name = 'due_day'
    ) then
        insert into ops.feed_terms (feed, frequency, reports_january, required, due_day)
        select feed, frequency, reports_january, required, due_day from ops.feed;
        update ops.feed set last_month = first_month - interval '1 month' where not active;
        alter table ops.feed
        drop column frequency, drop column reports_january, drop column required, drop column due_day, drop column active;
    end if;
end $$;

-- Days that are not what their weekday says: a holiday (not worked), or a weekend worked in exchange (调休); written by
-- warehouse.book.working_days. Where nothing is written, Saturdays and Sundays are free.
create table if not exists ops.special_day (
    day date primary key,
    worked boolean not null
);

create or replace function ops.next_working_day(asked date) returns date language sql stable as $$
    select asked + n
    from generate_series(0, 30) as n
    left join ops.special_day as s on s.day = asked + n
    where coalesce(s.worked, extract(isodow from asked + n) < 6)
    order by n limit 1
$$;

-- One row per file received, numbered as they came. Its bytes lie in the store under sha256. In force for a month is, of a
-- feed's accepted deliveries, the one that came last (docs/decisions/0012-in-force-is-what-came-last.md).
create table if not exists ops.delivery (
    delivery_id bigint generated always as identity primary key,
    feed text not null references ops.feed,
    file_name text not null,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes bigint not null,
    simulated boolean not null default false,
    status text not null default 'received'
        check (status in ('received', 'loaded', 'accepted', 'rejected', 'duplicate')),
    month date check (extract(day from month) = 1),
    duplicate_of bigint references ops.delivery,
    layout text,                           -- fingerprint of its layout (ops.layout)
    -- how settled its figures are (domain.md 2.6), once it is loaded; null of registers, which hold no figures
    maturity text check (maturity in ('flash', 'prelim', 'revised', 'final', 'benchmark', 'correction')),
    received_at timestamptz not null default clock_timestamp(),
    loaded_at timestamptz,
    accepted_at timestamptz,
    rejected_at timestamptz,
    answered_at timestamptz,               -- when its sender had the receipt of the decision
    check ((status = 'accepted') = (accepted_at is not null)),
    check ((status = 'rejected') = (rejected_at is not null)),
    check ((status = 'duplicate') = (duplicate_of is not null))
);
create index if not exists delivery_feed_status on ops.delivery (feed, status, accepted_at);

-- The version of each file that was last brought from a feed's source (ingest/sources).
create table if not exists ops.fetched (
    feed text not null references ops.feed,
    uri text not null,
    version text not null,                 -- size and time, ETag; empty where the source tells none
    sha256 text not null,
    fetched_at timestamptz not null default clock_timestamp(),
    primary key (feed, uri)
);

-- The layouts in which a feed's files have come: their sheets, heading paths and units (ingest/layout/drift.py).
-- One that was read is accepted; one that did not map onto the feed's columns waits here for an alias.
create table if not exists ops.layout (
    feed text not null references ops.feed,
    fingerprint text not null check (fingerprint ~ '^[0-9a-f]{16}$'),
    sheets jsonb not null,                 -- [{"name": …, "headings": [{"path": …, "unit": …, "letter": …}]}]
    first_delivery_id bigint not null references ops.delivery,
    first_seen_at timestamptz not null default clock_timestamp(),
    accepted_at timestamptz,
    primary key (feed, fingerprint)
);

-- The months a loaded delivery speaks of: one for scope "month", many for scope "history".
create table if not exists ops.delivery_month (
    delivery_id bigint not null references ops.delivery,
    month date not null check (extract(day from month) = 1),
    cells integer not null,
    primary key (delivery_id, month)
);

-- What was found wrong with a delivery, cell by cell. Receipts are written from it.
create table if not exists ops.finding (
    finding_id bigint generated always as identity primary key,
    delivery_id bigint not null references ops.delivery,
    stage text not null check (stage in ('land', 'read', 'parse', 'gate')),
    rule text not null,
    severity text not null check (severity in ('critical', 'warning')),
    sheet text,
    cell text,
    found text,
    expected text,
    message text not null,
    hint text,
    cause text,                            -- the same of all findings that come of one mistake; null: not known
    noted_at timestamptz not null default clock_timestamp(),
    state text not null check (state in ('told', 'waived', 'stopped')),
    check ((state = 'told') = (severity = 'warning'))
);
create index if not exists finding_delivery on ops.finding (delivery_id);

-- To whom a receipt went, with which verdict.
create table if not exists ops.receipt_sent (
    delivery_id bigint not null references ops.delivery,
    address text not null,                 -- mail <address>, webhook <connection>
    status text not null,
    sent_at timestamptz not null default clock_timestamp(),
    primary key (delivery_id, address, status)
);

-- One row per delivered column (or, where series lie in rows, per period column).
-- Any dimension a column does not carry is carried by the row, and the other way round.
create table if not exists raw.delivered_column (
    delivery_id bigint not null references ops.delivery,
    sheet text not null,
    position smallint not null,            -- index into delivered_row.values, from 1
    letter text not null,                  -- the column's letter in the file
    heading text not null,                 -- heading path, levels joined by |
    region text,
    industry text,
    month date,
    indicator text,
    measure text check (measure in ('value', 'base', 'growth')),
    period_type text check (period_type in ('M', 'M12', 'YTD', 'Q', 'Y')),
    basis text check (basis in ('comparable_real', 'comparable_nominal', 'nominal_published')),
    unit text,
    factor double precision not null default 1,   -- delivered value x factor = value in the canonical unit
    decimals smallint,                             -- printed decimals, where the same for the whole column
    primary key (delivery_id, sheet, position)
);

-- One row per delivered line that carries numbers. That its delivery exists is seen by delivered_column, which is loaded in
-- the same transaction: a reference on every row would cost more than the row (docs/decisions/0005-rows-at-the-speed-of-copy.md).
create table if not exists raw.delivered_row (
    delivery_id bigint not null,
    sheet text not null,
    row integer not null,                  -- the row's number in the file, from 1
    name text,                             -- where rows say what is counted, its heading path, as printed
    region text,
    industry text,
    entity_id text,
    entity_name text,
    credit_code text,                      -- of a firm that goes by another id here
    month date,
    indicator text,
    measure text check (measure in ('value', 'base', 'growth')),
    period_type text check (period_type in ('M', 'M12', 'YTD', 'Q', 'Y')),
    basis text check (basis in ('comparable_real', 'comparable_nominal', 'nominal_published')),
    unit text,
    factor double precision,
    decimals smallint[],                   -- printed decimals by position, where they differ from the column's
    absent jsonb,                          -- {"position": reason} of cells marked as having no number
    values double precision[] not null     -- as printed; null where the cell has no number
);
-- Rows of a delivery lie side by side and never move, so block ranges find them at a fraction of a tree's cost in loading.
create index if not exists delivered_row_block on raw.delivered_row
using brin (delivery_id) with (pages_per_range = 16, autosummarize = on);

-- One row per thing listed by a department: an enterprise, a power account, a project, a certificate.
create table if not exists raw.register (
    delivery_id bigint not null references ops.delivery,
    sheet text not null,
    row integer not null,
    kind text not null,
    month date check (extract(day from month) = 1),   -- the list is as of that month
    entity_id text not null,
    entity_name text,
    credit_code text,
    region text,
    industry text,
    attributes jsonb not null default '{}'
);
create index if not exists register_delivery on raw.register (delivery_id);

-- One row per number of a total row that the department printed under or over the rows it sums (domain.md 2.10).
-- Such a row is no fact; it was compared with the sum of what was read.
create table if not exists raw.control_total (
    delivery_id bigint not null references ops.delivery,
    sheet text not null,
    cell text not null,
    label text not null,                   -- as printed: 合计, 钟祥市小计
    heading text not null,
    indicator text not null,
    measure text not null check (measure in ('value', 'base', 'growth')),
    period_type text not null check (period_type in ('M', 'M12', 'YTD', 'Q', 'Y')),
    month date,
    unit text not null,
    factor double precision not null,      -- stated and summed x factor = in the canonical unit
    stated double precision not null,
    summed double precision,               -- null where nothing can be summed: growth, rates, unknown parts
    primary key (delivery_id, sheet, cell)
);

-- One row per delivered cell that holds a number or says why it holds none, with its address.
create or replace view raw.observation as
select
    r.delivery_id,
    d.feed,
    r.sheet,
    c.letter || r.row::text as cell,
    r.row,
    c.position,
    coalesce(r.name || '|', '') || c.heading as heading,
    coalesce(r.region, c.region) as region_label,
    coalesce(r.industry, c.industry) as industry_label,
    r.entity_id,
    r.entity_name,
    coalesce(r.indicator, c.indicator) as indicator,
    coalesce(r.measure, c.measure) as measure,
    coalesce(r.period_type, c.period_type) as period_type,
    coalesce(r.month, c.month) as month,
    coalesce(r.basis, c.basis) as basis,
    coalesce(r.unit, c.unit) as unit,
    r.values[c.position] as value_delivered,
    r.values[c.position] * coalesce(r.factor, c.factor) as value,
    coalesce(r.decimals[c.position], c.decimals) as decimals,
    r.absent ->> c.position::text as absent_reason,
    coalesce(r.factor, c.factor) as factor,
    r.credit_code
from raw.delivered_row as r
inner join raw.delivered_column as c on r.delivery_id = c.delivery_id and r.sheet = c.sheet
inner join ops.delivery as d on r.delivery_id = d.delivery_id
where
    coalesce(r.indicator, c.indicator) is not null
    and (r.values[c.position] is not null or r.absent ? c.position::text);

-- Why a delivery revises what was known, as its sender says: in the file, or by word of a named person.
create table if not exists ops.revision_reason (
    delivery_id bigint primary key references ops.delivery,
    cause text not null check (cause in ('scheduled', 'correction', 'panel', 'reclass', 'unknown')),
    reason text not null check (reason <> ''),
    given_by text not null check (given_by <> ''),
    given_at timestamptz not null default clock_timestamp()
);

-- That figures which look wrong are right, as their sender says: in the file, or by word of a named person. `cell` is null
-- where all of the delivery is meant.
create table if not exists ops.confirmation (
    confirmation_id bigint generated always as identity primary key,
    delivery_id bigint not null references ops.delivery,
    cell text check (cell ~ '^[A-Z]+[0-9]+$'),
    reason text not null check (reason <> ''),
    given_by text not null check (given_by <> ''),
    given_at timestamptz not null default clock_timestamp()
);

-- One row per cell that a delivery changes against its feed's delivery in force before it, from old to new, in
-- canonical units; a null says that the cell was not there. Written when the delivery is accepted.
create table if not exists ops.revision (
    delivery_id bigint not null references ops.delivery,
    revised_delivery_id bigint not null references ops.delivery,
    indicator text not null,
    region_key text,
    industry_code text,
    entity text,
    measure text not null,
    period_type text not null,
    month date not null,
    old_value double precision,
    new_value double precision,
    old_sheet text,
    old_cell text,
    new_sheet text,
    new_cell text,
    cause text not null check (cause in ('scheduled', 'correction', 'panel', 'reclass', 'unknown')),
    series text not null
);
create unique index if not exists revision_once on ops.revision (delivery_id, series, measure, month);
create index if not exists revision_series on ops.revision (series, measure);

-- A person's decision that a critical finding may pass, until a date. Printed in the edition.
create table if not exists ops.waiver (
    waiver_id bigint generated always as identity primary key,
    rule text not null,
    feed text,
    month date,
    granted_by text not null check (granted_by <> ''),
    reason text not null check (reason <> ''),
    granted_at timestamptz not null default clock_timestamp(),
    valid_until date not null
);

-- Whether a waiver covers findings of a rule at a moment: it names no feed or no month where it covers all of them, and holds
-- to the end of its last day. Asked by the gates, by readiness and by the edition.
create or replace function ops.covers(
    w ops.waiver, asked_rule text, asked_feed text, asked_month date, moment timestamptz
) returns boolean language sql stable as $$
    select
        w.rule = asked_rule and (w.feed is null or w.feed = asked_feed) and (w.month is null or w.month = asked_month)
        and w.granted_at <= moment and w.valid_until >= (moment at time zone 'Asia/Shanghai')::date
$$;

-- One row per dbt build of the marts.
create table if not exists ops.build (
    build_id bigint generated always as identity primary key,
    month date not null,
    as_of timestamptz not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    succeeded boolean,
    code_version text not null,
    timings jsonb,
    fingerprint text,                      -- of everything besides deliveries that decides what the tables hold
    increment boolean not null default false
);

-- Which build lies in the tables, as dbt has written on them last (dbt_project/macros/say_which_build.sql).
create or replace function ops.build_in_tables() returns bigint language sql stable as $$
    select substring(obj_description(to_regnamespace('reports'), 'pg_namespace') from '^build (\d+)$')::bigint
$$;

-- One row per run of a gate, and one per expectation that it checked.
create table if not exists ops.gate_run (
    gate_run_id bigint generated always as identity primary key,
    subject text not null check (subject in ('delivery', 'month')),
    month date,
    build_id bigint references ops.build,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    passed boolean
);
create table if not exists ops.gate_result (
    gate_run_id bigint not null references ops.gate_run,
    delivery_id bigint references ops.delivery,
    suite text not null,
    rule text not null,
    severity text not null check (severity in ('critical', 'warning')),
    unexpected_count bigint not null default 0,
    message text,
    exception text,
    waiver_id bigint references ops.waiver,
    state text not null check (state in ('passed', 'told', 'waived', 'stopped')),
    check ((state = 'waived') = (waiver_id is not null)),
    check (state = 'passed' or (state = 'told') = (severity = 'warning'))
);
create index if not exists gate_result_run on ops.gate_result (gate_run_id);

-- One row per edition, from draft to published. Published rows never change but for their successor.
create table if not exists ops.edition (
    edition_id bigint generated always as identity primary key,
    month date not null,
    number smallint,
    status text not null default 'draft' check (status in ('draft', 'published', 'declined', 'outdated')),
    as_of timestamptz not null,
    build_id bigint not null references ops.build,
    gate_run_id bigint not null references ops.gate_run,
    succeeds bigint references ops.edition,
    directory text not null,
    sha256 text not null,
    manifest jsonb not null,
    drafted_at timestamptz not null default clock_timestamp(),
    decided_at timestamptz,
    decided_by text,
    decision_note text,
    -- Where the decision can be looked up: {account, dag_id, run_id, task_instance} of Airflow, {command_line: account}
    decision_record jsonb,
    check ((status = 'published') = (number is not null)),
    unique (month, number)
);

-- The ledger of problems (问题台账, domain.md 3.3 rule 12): one row per problem of a county under the key that its rule
-- gives it. It is opened when an edition that prints it is published and lives until a person closes it (销号).
create table if not exists ops.problem_item (
    problem_key text primary key,
    region_key text not null,
    rule text not null,
    entity_id text
);

-- What happened to a problem: an edition opened it, saw it again, missed it (quiet) or brought it back; a person
-- acknowledged, disputed, fixed, closed or reopened it. The state is that of the last event (warehouse/book/problems.py).
create table if not exists ops.problem_event (
    event_id bigint generated always as identity primary key,
    problem_key text not null references ops.problem_item,
    happened text not null check (happened in (
        'open', 'continue', 'quiet', 'acknowledge', 'dispute', 'fix', 'close', 'reopen'
    )),
    state text not null check (state in ('opened', 'acknowledged', 'disputed', 'fixed', 'closed', 'reopened')),
    at timestamptz not null default ops.stamp(),
    by_whom text not null check (by_whom <> ''),
    note text,
    edition_id bigint references ops.edition,      -- null for a person's event
    month date check (extract(day from month) = 1),
    problem jsonb,                                 -- the problem as that edition states it, with rule version and evidence
    due_on date,                                   -- of a person's reopening; of an edition's, what its problem says
    check ((edition_id is null) = (month is null)),
    check ((happened in ('open', 'continue')) <= (problem is not null))
);
create index if not exists problem_event_item on ops.problem_event (problem_key, event_id);

-- The ledger as it stood at a moment, of the problems that editions of months up to one printed: state, since when, which
-- of these months printed it, what they said last. What persons did counts whatever month made them do it; what editions
-- of later months found does not.
create or replace function ops.problems(moment timestamptz, up_to date default 'infinity')
returns table (
    problem_key text, region_key text, rule text, entity_id text, first_month date, last_month date, quiet boolean,
    state text, state_since timestamptz, by_whom text, note text, due_on date, problem jsonb
) language sql stable as $$
    select
        i.problem_key, i.region_key, i.rule, i.entity_id, seen.first_month, seen.month as last_month,
        coalesce(looked.happened = 'quiet', false) as quiet,
        changed.state, changed.at as state_since, changed.by_whom, changed.note, raised.due_on, seen.problem
    from ops.problem_item as i
    -- first_event: for these months it opened the problem, also where a later month's edition had known it before
    inner join lateral (
        select min(e.month) over () as first_month, min(e.event_id) over () as first_event, e.month, e.problem
        from ops.problem_event as e
        where e.problem_key = i.problem_key and e.at <= moment and e.month <= up_to and e.problem is not null
        order by e.month desc, e.event_id desc limit 1
    ) as seen on true
    -- the event that brought the state: neither a further month nor silence changes it
    inner join lateral (
        select e.state, e.at, e.by_whom, e.note from ops.problem_event as e
        where
            e.problem_key = i.problem_key and e.at <= moment and (e.month is null or e.month <= up_to)
            and (e.happened not in ('continue', 'quiet') or e.event_id = seen.first_event)
        order by e.event_id desc limit 1
    ) as changed on true
    -- printed again, a problem keeps the day by which it was due when it was raised
    inner join lateral (
        select coalesce(e.due_on, (e.problem ->> 'due_on')::date) as due_on from ops.problem_event as e
        where
            e.problem_key = i.problem_key and e.at <= moment and (e.month is null or e.month <= up_to)
            and (e.happened in ('open', 'reopen') or e.event_id = seen.first_event)
        order by e.event_id desc limit 1
    ) as raised on true
    left join lateral (
        select e.happened from ops.problem_event as e
        where e.problem_key = i.problem_key and e.at <= moment and e.month <= up_to
        order by e.month desc, e.event_id desc limit 1
    ) as looked on true
$$;

create or replace function ops.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% of %.% refused: the table is append-only', tg_op, tg_table_schema, tg_table_name;
end $$;

do $$
declare
    kept text;
begin
    foreach kept in array array[
        'raw.delivered_row', 'raw.delivered_column', 'raw.register', 'raw.control_total', 'ops.revision', 'ops.problem_event',
        'ops.feed_terms'
    ] loop
        execute format(
            'create or replace trigger append_only before update or delete or truncate on %s '
            'for each statement execute function ops.refuse_change()', kept
        );
    end loop;
end $$;

create or replace trigger published_is_final before update or delete on ops.edition
for each row when (old.status = 'published') execute function ops.refuse_change();

-- What each feed owes for a month and what had come of it by a moment: the one query behind readiness and lateness. It owes
-- on the terms that were stated by the moment and before the month ended, else on its first; due on a day off, it is due
-- on the next working day (domain.md 1.1).
create or replace function ops.month_feeds(asked date, moment timestamptz default clock_timestamp())
returns table (
    feed text, department text, title text, required boolean, due_on date,
    delivery_id bigint, accepted_at timestamptz, last_status text
) language sql stable as $$
    select
        f.feed, f.department, f.title, terms.required,
        ops.next_working_day(least(
            (asked + interval '1 month')::date + terms.due_day - 1,
            (asked + interval '2 month')::date - 1
        )) as due_on,
        accepted.delivery_id,
        accepted.accepted_at,
        latest.status as last_status
    from ops.feed as f
    inner join lateral (
        select t.* from ops.feed_terms as t
        where
            t.feed = f.feed
            and (
                t.stated_at <= moment and t.stated_at < (asked + interval '1 month') at time zone 'Asia/Shanghai'
                or t.stated_at = (select min(i.stated_at) from ops.feed_terms as i where i.feed = f.feed)
            )
        order by t.stated_at desc
        limit 1
    ) as terms on true
    left join lateral (
        select d.delivery_id, d.accepted_at
        from ops.delivery as d
        inner join ops.delivery_month as m on d.delivery_id = m.delivery_id
        where d.feed = f.feed and d.status = 'accepted' and m.month = asked and d.accepted_at <= moment
        order by d.delivery_id desc
        limit 1
    ) as accepted on true
    left join lateral (
        select case when d.rejected_at > moment or d.accepted_at > moment then 'loaded' else d.status end as status
        from ops.delivery as d
        where d.feed = f.feed and d.month = asked and d.status <> 'duplicate' and d.received_at <= moment
        order by d.delivery_id desc
        limit 1
    ) as latest on true
    where
        asked >= f.first_month and (f.last_month is null or asked <= f.last_month)
        and (terms.reports_january or extract(month from asked) <> 1)
        and (
            terms.frequency = 'month'
            or (terms.frequency = 'quarter' and extract(month from asked) in (3, 6, 9, 12))
        )
$$;

-- Analysts read the marts and reports; nothing else.
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'gongyun_analyst') then
        create role gongyun_analyst nologin;
    end if;
exception when duplicate_object then null;
end $$;
