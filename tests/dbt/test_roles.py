"""Who may do what: every role, schema and verb, tried by a session that is logged in as that role."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.dbt.conftest import City
from warehouse import database

OPEN = ("marts", "reports", "catalog")
CLOSED = ("raw", "ops", "staging", "intermediate")
# A session of each: an analyst's own login, and somebody who is let into the server and is no analyst.
ROLES = ("an_analyst", "a_stranger")
VERBS = {
    "select": "select 1 from {table} limit 1",
    "insert": "insert into {table} select * from {table} limit 0",
    "update": "update {table} set {column} = {column} where false",
    "delete": "delete from {table} where false",
    "truncate": "truncate {table}",
    "lock": "lock table {table} in access exclusive mode nowait",
    "alter": "alter table {table} rename to mine",
    "drop": "drop table {table}",
    "create": "create table {schema}.mine (n int)",
    "read by a trigger": "create trigger t before insert on {table} execute function pg_catalog.suppress_redundant_updates_trigger()",
}
ABOVE = (
    "create schema mine",
    "create database mine",
    "create role mine",
    "set role {owner}",
    "set session authorization {owner}",
    "grant {owner} to current_user",
    "alter role {owner} password 'x'",
    "copy (select 1) to program 'true'",
    "select pg_read_file('/etc/passwd')",
    "select pg_ls_dir('.')",
    "select lo_import('/etc/passwd')",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = '{owner}'",
    "alter system set log_statement = 'all'",
    "select ops.stamp()",
    "select * from ops.month_feeds('2018-06-01')",
)  # fmt: skip


@pytest.fixture(scope="module", params=ROLES)
def session(request: pytest.FixtureRequest, city: City) -> Iterator[sa.Engine]:
    role = request.param
    with database.engine().begin() as c:
        c.exec_driver_sql(f"create role {role} login {'in role gongyun_analyst' if role == 'an_analyst' else ''}")
    engine = sa.create_engine(database.database_url().set(username=role))
    yield engine
    engine.dispose()
    with database.engine().begin() as c:
        c.exec_driver_sql(f"drop role {role}")


def tables(schema: str) -> list[tuple[str, str]]:
    """The tables of a schema, each with a column."""
    with database.engine().connect() as c:
        found = c.execute(
            sa.text("""
                select distinct on (c.oid) format('%I.%I', n.nspname, c.relname), quote_ident(a.attname)
                from pg_class as c
                inner join pg_namespace as n on c.relnamespace = n.oid
                inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0
                where n.nspname = :s and c.relkind in ('r', 'p')
                order by c.oid, a.attnum
            """),
            {"s": schema},
        )
        return [tuple(row) for row in found]  # type: ignore[misc]


def allowed(engine: sa.Engine, statement: str) -> bool:
    """Whether a session may do it; what it did is taken back."""
    with engine.connect() as c:
        try:
            c.exec_driver_sql(statement)
        except sa.exc.DBAPIError as e:
            said = str(e.orig)
            assert "denied" in said or "must be" in said or "permission" in said, (statement, said)
            return False
        finally:
            c.rollback()
    return True


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("schema", [*OPEN, *CLOSED])
def test_an_analyst_reads_what_is_open_and_nobody_does_anything_else(
    session: sa.Engine, schema: str, verb: str
) -> None:
    reads = verb == "select" and schema in OPEN and session.url.username == "an_analyst"
    there = tables(schema) or [("pg_catalog.pg_class", "relname")]
    done = {t for t, c in there if allowed(session, VERBS[verb].format(schema=schema, table=t, column=c))}
    assert done == ({t for t, _ in there} if reads else set())


@pytest.mark.parametrize("statement", ABOVE)
def test_nobody_reaches_beyond_the_tables(session: sa.Engine, statement: str) -> None:
    with database.engine().connect() as c:
        owner = c.scalar(sa.text("select current_user"))
    alone = session.execution_options(isolation_level="AUTOCOMMIT")
    assert not allowed(alone, statement.format(owner=owner))
