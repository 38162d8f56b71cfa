"""The work tables of one gate run, in a schema of their own that is gone when the run ends."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from psycopg import Connection, sql

from ingest.feed import feeds
from vocabulary.maturity import MATURITIES
from vocabulary.month import Month
from warehouse import database
from warehouse.book import revisions

PREPARE = Path(__file__).with_name("prepare.sql")


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
            c.execute("analyze subject, standing")
            c.execute(PREPARE.read_text(encoding="utf-8"))
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
                select %s::date as month, b.build_id, b.as_of, b.month as built_month, b.succeeded
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
            for column in feed.numbers:
                if not column.optional:
                    copy.write_row((feed.feed, column.indicator, column.measure, column.period_type))


def _write_maturities(c: Connection) -> None:
    c.execute("create table if not exists maturity_name (maturity text primary key, name_zh text)")
    c.cursor().executemany("insert into maturity_name values (%s, %s) on conflict do nothing", MATURITIES.items())


@contextmanager
def workspace(gate_run_id: int) -> Iterator[Workspace]:
    """The work schema of a gate run, dropped at the end whatever happens."""
    work = Workspace(f"gate_{gate_run_id}")
    name = sql.Identifier(work.schema)
    with database.connect() as c:
        c.execute(sql.SQL("create schema {}").format(name))
    try:
        yield work
    finally:
        with database.connect() as c:
            c.execute(sql.SQL("drop schema {} cascade").format(name))
