"""Connections to the warehouse, by whichever name a library wants them."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg.abc import Buffer
from psycopg.types.datetime import DateDumper
from sqlalchemy.engine import URL, Engine, make_url

from vocabulary.month import Month
from warehouse import server
from warehouse.settings import settings

WAREHOUSE = "gongyun"
SCHEMA = tuple(Path(__file__).with_name(f"{part}.sql") for part in ("schema", "vocabulary"))


class _MonthDumper(DateDumper):
    def dump(self, obj: Month) -> Buffer | None:  # type: ignore[override]
        return super().dump(obj.date)


# In every statement a month is the first of its days. SQLAlchemy takes over what psycopg knows when an engine is made.
psycopg.adapters.register_dumper(Month, _MonthDumper)


def with_months(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row in which the columns named after a month hold one, and no longer its first day."""
    return {k: Month.of(v) if k.endswith("month") and v else v for k, v in row.items()}


def database_url(name: str = WAREHOUSE, driver: str = "psycopg") -> URL:
    """SQLAlchemy URL of database `name`; `driver` is psycopg, psycopg2 or asyncpg.

    The embedded server is reached by its socket. A host is always named, since Great Expectations insists on one.
    """
    external = settings().external_database_url
    if external:
        url = make_url(external)
        return url.set(drivername=f"postgresql+{driver}", database=url.database if name == WAREHOUSE else name)
    return URL.create(
        f"postgresql+{driver}",
        username="postgres",
        host=None if driver == "asyncpg" else "localhost",
        database=name,
        query={"host": server.socket_dir()},
    )


@cache
def _engine(url: str) -> Engine:
    return sa.create_engine(url, pool_pre_ping=True)


def engine() -> Engine:
    """The warehouse's engine, one for each database and process."""
    return _engine(database_url().render_as_string(hide_password=False))


def connect(autocommit: bool = False) -> psycopg.Connection:
    """A psycopg connection to the warehouse, for COPY and for statements of several results."""
    url = database_url()
    return psycopg.connect(
        host=str(url.query.get("host") or url.host),
        port=url.port,
        user=url.username,
        password=url.password,
        dbname=url.database,
        autocommit=autocommit,
    )


def reachable() -> bool:
    """Whether there is a warehouse with its tables and its catalogue; no server is set up to find out."""
    if not settings().external_database_url and not server.exists():
        return False
    try:
        with connect() as c:
            made = c.execute(
                "select to_regclass('ops.feed') is not null and to_regclass('catalog.indicators') is not null"
            )
            return made.fetchone() == (True,)
    except psycopg.OperationalError:
        return False


def create_database(name: str) -> None:
    """Create database `name` on the server unless it is there. Its text sorts by code point, whatever the machine's locale."""
    with sa.create_engine(database_url("postgres"), isolation_level="AUTOCOMMIT").connect() as c:
        if not c.scalar(sa.text("select 1 from pg_database where datname = :n"), {"n": name}):
            c.exec_driver_sql(
                f"create database \"{name}\" template template0 encoding 'UTF8' locale_provider builtin builtin_locale 'C.UTF-8'"
            )


def apply_schema() -> None:
    """Make the tables of raw and ops as schema.sql says, new or from those of an earlier version, and the words beside.

    What it was made from is noted on the schema, so that doing it again locks nothing.
    """
    said = "".join(part.read_text(encoding="utf-8") for part in SCHEMA)
    digest = hashlib.sha256(said.encode()).hexdigest()
    with connect() as c:
        if _noted(c) == digest:
            return
    with suppress(psycopg.errors.UniqueViolation), connect() as c:  # another makes it at this moment
        c.execute("create schema if not exists raw")
    with connect() as c:
        # of two who comment on a schema the second waits, and neither for anyone who reads
        c.execute("comment on schema raw is 'What departments delivered, append-only.'")
        if _noted(c) != digest:
            c.execute(said)
            c.execute(sql.SQL("comment on schema ops is {}").format(digest))


def _noted(c: psycopg.Connection) -> str | None:
    (noted,) = c.execute("select obj_description(to_regnamespace('ops'), 'pg_namespace')").fetchone()  # type: ignore[misc]
    return noted
