"""A real PostgreSQL for every test: one embedded server a worker, one fresh warehouse a test that asks for it."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest
import sqlalchemy as sa

from scheduling import airflow_local
from warehouse import database, server
from warehouse.settings import ROOT

# How long an example takes says how busy the machine is. CI tries the same examples each time, a developer new ones.
hypothesis.settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("house")

SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """What a command sets for its own process, which in a test is that of all tests."""
    usual = os.umask(0o022)
    yield
    os.umask(usual)


@pytest.fixture(scope="session")
def server_home() -> Iterator[Callable[[str], Path]]:
    """Makes homes of installations that run a server.

    They do not lie in pytest's own folder: each session that starts closes that one to other users, and the server,
    which as root runs under another user, would lose its data.
    """
    with ExitStack() as made:
        yield lambda name: Path(made.enter_context(TemporaryDirectory(prefix=f"gongyun-{name}-")))


@contextmanager
def installation(home: Path, **environment: str) -> Iterator[None]:
    """An installation of its own, by its home and the rest of its environment; what it started ends with it."""
    with pytest.MonkeyPatch.context() as m:
        m.setenv("GONGYUN_HOME", str(home))
        m.delenv("GONGYUN_DATABASE_URL", raising=False)
        for name, value in environment.items():
            m.setenv(name, value)
        try:
            yield
        finally:
            airflow_local.stop()
            database.engine().dispose()
            server.stop()


@pytest.fixture(scope="session")
def postgres(server_home: Callable[[str], Path]) -> Iterator[Path]:
    """Home of an embedded server that holds a template database with the schema applied."""
    home = server_home("pg")
    with pytest.MonkeyPatch.context() as m:
        m.setenv("GONGYUN_HOME", str(home))
        m.delenv("GONGYUN_DATABASE_URL", raising=False)
        database.create_database(database.WAREHOUSE)
        database.apply_schema()
        database.engine().dispose()
        yield home
        server.stop()


@pytest.fixture
def warehouse(postgres: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """An empty warehouse of its own, with its own store, drop folder and editions."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("GONGYUN_HOME", str(postgres))
    monkeypatch.delenv("GONGYUN_DATABASE_URL", raising=False)
    admin = sa.create_engine(database.database_url("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as c:
        c.exec_driver_sql(f'create database "{name}" template "{database.WAREHOUSE}"')
    socket = server.socket_dir()
    monkeypatch.setenv("GONGYUN_DATABASE_URL", f"postgresql://postgres@localhost/{name}?host={socket}")
    monkeypatch.setenv("GONGYUN_HOME", str(tmp_path / "home"))
    yield database.engine()
    database.engine().dispose()
    with admin.connect() as c:
        c.exec_driver_sql(f'drop database "{name}" with (force)')
    admin.dispose()


@pytest.fixture
def shared_data() -> Path:
    """The published series beside the project; the test skips where they are absent."""
    if not SHARED.is_dir():
        pytest.skip("the published series are not beside this checkout (../shared/data)")
    return SHARED
