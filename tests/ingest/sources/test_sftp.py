"""Files of an SFTP server, by a real OpenSSH."""

import os
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from ingest.feed import SftpSource
from ingest.sources import sftp
from ingest.sources.fetch import fetch
from ingest.sources.offer import FetchFailed
from tests.ingest.sources.conftest import Ssh, fetching

NAME = "2018年6月工业用电量.csv"


@pytest.fixture(autouse=True)
def short_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sftp.offered, "__defaults__", (0.3,))


def source(ssh: Ssh, pattern: str = "*") -> SftpSource:
    return SftpSource(kind="sftp", connection="power", folder=str(ssh.folder), pattern=pattern)


def test_a_file_is_brought_once_and_again_when_it_was_replaced(warehouse: sa.Engine, ssh: Ssh, tmp_path: Path) -> None:
    power, drop = fetching(source(ssh)), tmp_path / "drop"
    (ssh.folder / NAME).write_text("地区,工业用电量\n全市,1\n")
    (ssh.folder / "通讯录.csv").write_text("not what the feed promises")
    assert fetch(power, ssh.access, drop, []) == [drop / NAME]
    assert (drop / NAME).read_text() == "地区,工业用电量\n全市,1\n"
    (drop / NAME).unlink()
    assert fetch(power, ssh.access, drop, []) == []
    (ssh.folder / NAME).write_text("地区,工业用电量\n全市,1.5\n")
    assert fetch(power, ssh.access, drop, []) == [drop / NAME]
    assert sorted(p.name for p in drop.iterdir()) == [NAME], "nothing half-fetched is left"


def test_the_same_bytes_with_a_new_time_are_not_delivered_again(warehouse: sa.Engine, ssh: Ssh, tmp_path: Path) -> None:
    power, drop = fetching(source(ssh)), tmp_path / "drop"
    (ssh.folder / NAME).write_text("全市,1")
    assert fetch(power, ssh.access, drop, []) == [drop / NAME]
    os.utime(ssh.folder / NAME, (1, 1))
    assert fetch(power, ssh.access, drop, []) == []


def test_a_file_that_is_still_written_is_left_alone(warehouse: sa.Engine, ssh: Ssh, tmp_path: Path) -> None:
    power, drop = fetching(source(ssh)), tmp_path / "drop"
    growing = ssh.folder / NAME
    growing.write_text("全市,1\n")

    def write_on() -> None:
        for _ in range(20):
            time.sleep(0.05)
            with growing.open("a") as f:
                f.write("京山市,1\n")

    writer = Thread(target=write_on)
    writer.start()
    assert fetch(power, ssh.access, drop, []) == []
    writer.join()
    assert fetch(power, ssh.access, drop, []) == [drop / NAME]


def test_another_server_under_the_same_address_is_refused(warehouse: sa.Engine, ssh: Ssh, ssh_keys: Path) -> None:
    power = fetching(source(ssh))
    stranger = " ".join((ssh_keys / "stranger.pub").read_text().split()[:2])
    access = replace(ssh.access, extra={**ssh.access.extra, "host_key": stranger})
    with pytest.raises(FetchFailed, match=r"cannot be reached as .*(key|Host)"):
        fetch(power, access, ssh.folder / "drop", [])
    with pytest.raises(FetchFailed, match="needs host_key"):
        fetch(power, replace(ssh.access, extra={}), ssh.folder / "drop", [])


def test_a_login_that_is_refused_says_so_and_shows_no_secret(warehouse: sa.Engine, ssh: Ssh, ssh_keys: Path) -> None:
    power = fetching(source(ssh))
    access = replace(ssh.access, extra={**ssh.access.extra, "private_key": (ssh_keys / "stranger").read_text()})
    with pytest.raises(FetchFailed, match="Authentication failed") as refused:
        fetch(power, access, ssh.folder / "drop", [])
    assert "PRIVATE KEY" not in str(refused.value) + repr(access)


def test_a_folder_that_is_not_there_is_named(warehouse: sa.Engine, ssh: Ssh, tmp_path: Path) -> None:
    gone = SftpSource(kind="sftp", connection="power", folder="/nowhere/outgoing")
    with pytest.raises(FetchFailed, match="folder /nowhere/outgoing cannot be listed"):
        fetch(fetching(gone), ssh.access, tmp_path, [])


def test_a_server_that_falls_silent_is_not_waited_for_without_end(
    warehouse: sa.Engine, ssh: Ssh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "TIMEOUT_SECONDS", 1.0)
    (ssh.folder / "用电量.csv").write_text("1")
    power, server, listed = fetching(source(ssh)), psutil.Process(ssh.server.pid), sftp._listed

    def look(session: Any, asked: SftpSource) -> dict[str, str]:
        for process in server.children(recursive=True):
            process.suspend()
        return listed(session, asked)

    monkeypatch.setattr(sftp, "_listed", look)
    with pytest.raises(FetchFailed, match="cannot be"):
        fetch(power, ssh.access, tmp_path / "drop", [])


def test_a_name_in_another_encoding_is_told(warehouse: sa.Engine, ssh: Ssh, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(ssh.folder) + "/用电量.csv".encode("gb18030"))).write_text("1")
    with pytest.raises(FetchFailed, match="not UTF-8, have it renamed"):
        fetch(fetching(source(ssh)), ssh.access, tmp_path / "drop", [])
