"""The work tables of one gate run, in a schema of their own that is gone when the run ends."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy
from psycopg import Connection, sql

from ingest.feeds import feeds
from vocabulary.maturity import MATURITIES
from vocabulary.month import Month
from vocabulary.unit import CANONICAL
from warehouse import database
from warehouse.book import locks, revisions

TRIAL, *PREPARE = (Path(__file__).with_name(f"{name}.sql") for name in ("trial", "prepare", "evidence", "displaced"))
# Of a file on trial: after every delivery that there is.
ON_TRIAL = 1 << 62


@dataclass(frozen=True)
class Tried:
    """What was read of a file on trial, as the book would have it. `whole`: nothing in its reading would refuse it."""

    month: Month | None
    cells: Mapping[Month, int]
    maturity: str | None
    whole: bool
    cause: str | None = None
    reason: str | None = None
    confirmed: str | None = None
    confirmed_cells: Collection[str] = ()


@dataclass(frozen=True)
class Workspace:
    """A schema that only one gate run uses."""

    schema: str

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A transaction with the work schema first on the search path, and the words of schema vocabulary after it."""
        with database.connect() as c:
            c.execute("select set_config('search_path', %s, true)", [f"{self.schema},vocabulary"])
            yield c

    def url(self) -> str:
        """The connection string for Great Expectations, which sees the work tables without naming their schema."""
        url = database.database_url(driver="psycopg2").update_query_dict(
            {"options": f"-csearch_path={self.schema},vocabulary"}
        )
        return url.render_as_string(hide_password=False)

    def narrow(self, deliveries: Collection[int]) -> None:
        """Judge only these of the prepared deliveries from now on.

        Their cells are copied: through a view, PostgreSQL may still evaluate a condition on the cells of others.
        """
        with self.connect() as c:
            c.execute("truncate subject")
            c.execute("insert into subject select unnest(%s::bigint[])", [list(deliveries)])
            c.execute("drop view cell")
            c.execute("drop table if exists narrowed")
            c.execute(
                "create table narrowed as select t.* from tested as t inner join subject as s using (delivery_id)"
            )
            c.execute("create view cell as select * from narrowed")

    def open(self) -> None:
        """Make the tables of a file on trial, empty as they stay where deliveries are judged."""
        with self.connect() as c:
            c.execute(TRIAL.read_text(encoding="utf-8"))

    def enter(self, feed: Mapping[str, Any], tried: Tried, delivery_id: int = ON_TRIAL) -> None:
        """Enter a file on trial, whose rows lie in its tables already; `feed` is its feed's duty."""
        with self.connect() as c:
            c.execute(
                """
                insert into trial_feed (feed, area, department, title, grain, scope, first_month, reports_january)
                select %(feed)s, %(area)s, %(department)s, %(title)s, %(grain)s, %(scope)s, %(first_month)s,
                       %(reports_january)s
                where %(feed)s not in (select feed from trial_feed)
                """,
                feed,
            )
            c.execute(
                """
                insert into trial_delivery (delivery_id, feed, file_name, status, month, maturity, received_at)
                values (%s, %s, '', %s, %s, %s, clock_timestamp())
                """,
                [delivery_id, feed["feed"], "loaded" if tried.whole else "received", tried.month, tried.maturity],
            )
            c.cursor().executemany(
                "insert into trial_delivery_month values (%s, %s, %s)",
                [(delivery_id, month, n) for month, n in tried.cells.items()],
            )
            if tried.reason:
                c.execute(
                    "insert into trial_revision_reason (delivery_id, cause, reason) values (%s, %s, %s)",
                    [delivery_id, tried.cause, tried.reason],
                )
            if tried.confirmed:
                c.cursor().executemany(
                    "insert into trial_confirmation (delivery_id, cell, reason) values (%s, %s, %s)",
                    [(delivery_id, cell or None, tried.confirmed) for cell in tried.confirmed_cells or [""]],
                )

    def prepare(self, deliveries: Collection[int], standing: Collection[int]) -> dict[int, set[int]]:
        """Build what the delivery suite reads; return the deliveries each one is compared with.

        `standing` are the deliveries of the run that serve as history for one another. Raises when the catalogue
        has not been loaded (warehouse.build.load_seeds).
        """
        with self.connect() as c:
            c.execute("create table if not exists subject (delivery_id bigint primary key)")
            c.execute("create table if not exists standing (delivery_id bigint primary key)")
            c.execute("truncate subject, standing")
            c.execute("insert into subject select unnest(%s::bigint[])", [list(deliveries)])
            c.execute("insert into standing select unnest(%s::bigint[])", [list(standing)])
            _write_promises(c)
            _write_maturities(c)
            _write_units(c)
            c.execute("analyze subject, standing")
            for tables in PREPARE:
                c.execute(tables.read_text(encoding="utf-8"))
            compared: dict[int, set[int]] = {d: set() for d in deliveries}
            for subject, other in c.execute("""
                select delivery_id, speaker from spoken where speaker <> delivery_id
                union select delivery_id, last_delivery_id from follows where last_delivery_id is not null
                union select delivery_id, revised from revises
            """):
                compared[subject].add(other)
            return compared

    def prepare_revisions(self, accepted: Collection[int]) -> None:
        """Bring table `revision` to what each delivery changes against those that will stand when `accepted` are."""
        with self.connect() as c:
            subject = {d for (d,) in c.execute("select delivery_id from subject")}
            standing = {d for (d,) in c.execute("select delivery_id from standing")}
        if not subject == standing == set(accepted):
            self.prepare(accepted, accepted)

    def log_revisions(self, c: sqlalchemy.Connection, delivery_ids: Collection[int]) -> None:
        """Write what deliveries change into ops.revision, in the transaction that accepts them."""
        revisions.log(c, self.schema, delivery_ids)

    def prepare_month(self, month: Month, build_id: int) -> None:
        """Build what the month suite reads: one row that says which month, which build and what it knew."""
        with self.connect() as c:
            c.execute(
                """
                create table asked as
                select
                    %s::date as month, b.build_id, b.as_of, b.month as built_month, b.succeeded,
                    ops.build_in_tables() is not distinct from b.build_id as in_tables
                from ops.build as b where b.build_id = %s
                """,
                [month, build_id],
            )


def _write_promises(c: Connection) -> None:
    """The columns that each declared feed always fills; a feed no longer declared promises nothing."""
    c.execute("drop table if exists promised")
    c.execute("create table promised (feed text, indicator text, measure text, period_type text)")
    with c.cursor().copy("copy promised from stdin") as copy:
        for feed in feeds().values():
            # Where rows say what is counted, which of their columns they fill is not declared.
            for column in () if feed.rows else feed.numbers:
                if not column.optional:
                    copy.write_row((feed.feed, column.indicator, column.measure, column.period_type))


def _write_maturities(c: Connection) -> None:
    c.execute("create table if not exists maturity_name (maturity text primary key, name_zh text)")
    c.cursor().executemany("insert into maturity_name values (%s, %s) on conflict do nothing", MATURITIES.items())


def _write_units(c: Connection) -> None:
    c.execute("create table if not exists unit_name (unit text primary key, canonical text, factor float, nth int)")
    rows = [(unit, *meant, nth) for nth, (unit, meant) in enumerate(CANONICAL.items())]
    c.cursor().executemany("insert into unit_name values (%s, %s, %s, %s) on conflict do nothing", rows)


@contextmanager
def workspace(name: str) -> Iterator[Workspace]:
    """The work schema of a gate run or a trial, dropped at the end whatever happens."""
    clear_abandoned()
    work = Workspace(f"gate_{name}")
    with locks.alone(work.schema):
        with database.connect() as c:
            c.execute(sql.SQL("create schema {}").format(sql.Identifier(work.schema)))
        try:
            yield work
        finally:
            _drop(work.schema)
    locks.forget(work.schema)


def clear_abandoned() -> None:
    """Drop the work schemas of runs that were killed: those whose lock nobody holds."""
    with database.connect() as c:
        schemas = c.execute(
            r"select nspname from pg_namespace where nspname ~ '^gate_(\d+|trial_[0-9a-f]{32})$'"
        ).fetchall()
    for (schema,) in schemas:
        with suppress(locks.LockHeld):
            with locks.alone(schema, patience=0.05):
                _drop(schema)
            locks.forget(schema)


def _drop(schema: str) -> None:
    with database.connect() as c:
        c.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))
