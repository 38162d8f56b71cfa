-- The tables that Python writes. dbt owns every other schema.
-- raw holds what departments delivered and is append-only; ops is the book of what was done with it.

create schema if not exists raw;
create schema if not exists ops;

-- A feed as its YAML declares it, synchronised at every start (warehouse.book.sync_feeds).
create table if not exists ops.feed (
    feed text primary key,
    area text not null,
    department text not null,
    title text not null,
    grain text not null check (grain in ('region', 'industry', 'enterprise')),
    scope text not null check (scope in ('month', 'history')),
    frequency text not null check (frequency in ('month', 'quarter')),
    reports_january boolean not null,
    required boolean not null,
    due_day smallint not null check (due_day between 1 and 31),
    active boolean not null default true
);

-- One row per file received. Its bytes lie in the store under sha256.
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
    received_at timestamptz not null default clock_timestamp(),
    loaded_at timestamptz,
    accepted_at timestamptz,
    rejected_at timestamptz,
    check ((status = 'accepted') = (accepted_at is not null)),
    check ((status = 'rejected') = (rejected_at is not null)),
    check ((status = 'duplicate') = (duplicate_of is not null))
);
create index if not exists delivery_feed_status on ops.delivery (feed, status, accepted_at);

-- The months a loaded delivery speaks of: one for scope "month", many for scope "history".
create table if not exists ops.delivery_month (
    delivery_id bigint not null references ops.delivery,
    month date not null check (extract(day from month) = 1),
    cells integer not null,
    primary key (delivery_id, month)
);

-- What was found wrong with a delivery, cell by cell. Receipts are written from it.
create table if not exists ops.problem (
    problem_id bigint generated always as identity primary key,
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
    noted_at timestamptz not null default clock_timestamp()
);
create index if not exists problem_delivery on ops.problem (delivery_id);

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

-- One row per delivered line that carries numbers.
create table if not exists raw.delivered_row (
    delivery_id bigint not null references ops.delivery,
    sheet text not null,
    row integer not null,                  -- the row's number in the file, from 1
    region text,
    industry text,
    entity_id text,
    entity_name text,
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
create index if not exists delivered_row_delivery on raw.delivered_row (delivery_id);

-- One row per thing listed by a department: an enterprise, a power account, a project, a certificate.
create table if not exists raw.register (
    delivery_id bigint not null references ops.delivery,
    sheet text not null,
    row integer not null,
    kind text not null,
    entity_id text not null,
    entity_name text,
    credit_code text,
    region text,
    industry text,
    attributes jsonb not null default '{}'
);
create index if not exists register_delivery on raw.register (delivery_id);

-- One row per delivered cell that holds a number or says why it holds none, with its address.
create or replace view raw.observation as
select
    r.delivery_id,
    d.feed,
    r.sheet,
    c.letter || r.row::text as cell,
    r.row,
    c.position,
    c.heading,
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
    coalesce(r.factor, c.factor) as factor
from raw.delivered_row as r
inner join raw.delivered_column as c on r.delivery_id = c.delivery_id and r.sheet = c.sheet
inner join ops.delivery as d on r.delivery_id = d.delivery_id
where
    coalesce(r.indicator, c.indicator) is not null
    and (r.values[c.position] is not null or r.absent ? c.position::text);

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

-- One row per dbt build of the marts.
create table if not exists ops.build (
    build_id bigint generated always as identity primary key,
    month date not null,
    as_of timestamptz not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    succeeded boolean,
    code_version text not null,
    timings jsonb
);

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
    passed boolean not null,
    unexpected_count bigint not null default 0,
    message text,
    exception text,
    waiver_id bigint references ops.waiver
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
    check ((status = 'published') = (number is not null)),
    unique (month, number)
);

create or replace function ops.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% of %.% refused: the table is append-only', tg_op, tg_table_schema, tg_table_name;
end $$;

do $$
declare
    kept text;
begin
    foreach kept in array array['raw.delivered_row', 'raw.delivered_column', 'raw.register'] loop
        execute format(
            'create or replace trigger append_only before update or delete or truncate on %s '
            'for each statement execute function ops.refuse_change()', kept
        );
    end loop;
end $$;

create or replace trigger published_is_final before update or delete on ops.edition
for each row when (old.status = 'published') execute function ops.refuse_change();

-- What each feed owes for a month and whether it has come: the one query behind readiness and lateness.
create or replace function ops.month_feeds(asked date)
returns table (
    feed text, department text, title text, required boolean, due_on date,
    delivery_id bigint, accepted_at timestamptz, last_status text
) language sql stable as $$
    select
        f.feed, f.department, f.title, f.required,
        least(
            (asked + interval '1 month')::date + f.due_day - 1,
            (asked + interval '2 month')::date - 1
        ) as due_on,
        accepted.delivery_id,
        accepted.accepted_at,
        latest.status as last_status
    from ops.feed as f
    left join lateral (
        select d.delivery_id, d.accepted_at
        from ops.delivery as d
        inner join ops.delivery_month as m on d.delivery_id = m.delivery_id
        where d.feed = f.feed and d.status = 'accepted' and m.month = asked
        order by d.accepted_at desc, d.delivery_id desc
        limit 1
    ) as accepted on true
    left join lateral (
        select d.status
        from ops.delivery as d
        where d.feed = f.feed and d.month = asked and d.status <> 'duplicate'
        order by d.delivery_id desc
        limit 1
    ) as latest on true
    where
        f.active
        and (f.reports_january or extract(month from asked) <> 1)
        and (f.frequency = 'month' or extract(month from asked) in (3, 6, 9, 12))
$$;

-- Analysts read the marts and reports; nothing else.
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'gongyun_analyst') then
        create role gongyun_analyst nologin;
    end if;
exception when duplicate_object then null;
end $$;
