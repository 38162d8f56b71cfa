"""What a build replaces while somebody reads it."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from jinja2 import Environment

from warehouse.settings import ROOT

MACROS = Environment().from_string((ROOT / "dbt_project" / "macros" / "when_free.sql").read_text(encoding="utf-8"))


@pytest.fixture
def reader(warehouse: sa.Engine) -> Iterator[sa.Connection]:
    """An analyst's BI session that has read a mart and left its transaction open."""
    with warehouse.begin() as c:
        c.exec_driver_sql("create schema marts")
        c.exec_driver_sql("create table marts.fct as select 1 as one")
        c.exec_driver_sql("grant usage on schema marts to gongyun_analyst")
        c.exec_driver_sql("grant select on marts.fct to gongyun_analyst")
        c.exec_driver_sql("drop role if exists wang_who_left")
        c.exec_driver_sql("create role wang_who_left login in role gongyun_analyst")
    with sa.create_engine(warehouse.url.set(username="wang_who_left")).connect() as reading:
        assert reading.scalar(sa.text("select one from marts.fct")) == 1
        yield reading
        reading.invalidate()


def replace(engine: sa.Engine) -> None:
    with engine.begin() as c:
        c.execute(sa.text(MACROS.module.when_free("drop table marts.fct", patience="0.2 seconds").replace(":", r"\:")))  # type: ignore[attr-defined]


def test_an_analysts_idle_session_keeps_no_build_waiting(warehouse: sa.Engine, reader: sa.Connection) -> None:
    replace(warehouse)
    with pytest.raises(sa.exc.OperationalError, match=r"terminating connection|closed the connection"):
        reader.scalar(sa.text("select 1"))


def test_a_reader_whom_nobody_may_end_is_named(warehouse: sa.Engine, reader: sa.Connection) -> None:
    with warehouse.connect() as keeper:
        pid = keeper.scalar(sa.text("select pg_backend_pid() from marts.fct"))
        with pytest.raises(
            sa.exc.DBAPIError, match=f"readers kept a table from being replaced.*session {pid} of postgres"
        ):
            replace(warehouse)
