"""The database that an installation makes for itself."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from warehouse import database, server


def test_text_sorts_by_code_point_whatever_the_locale_of_the_machine(warehouse: sa.Engine) -> None:
    words = ["中", "一", "b", "B", "a", "ä", "Z", "_T", "0"]
    with warehouse.connect() as c:
        placed = c.execute(sa.text("select w from unnest(cast(:words as text[])) as w order by w"), {"words": words})
        provider = c.scalar(sa.text("select datlocprovider from pg_database where datname = current_database()"))
        assert list(placed.scalars()) == sorted(words)
    assert provider == "b"


def test_a_server_starts_under_a_locale_that_the_machine_lacks(
    server_home: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGYUN_HOME", str(server_home("locale")))
    monkeypatch.delenv("GONGYUN_DATABASE_URL", raising=False)
    monkeypatch.setenv("LC_ALL", "xx_XX.UTF-8")
    try:
        database.create_database("anywhere")
    finally:
        assert server.stop()
    assert os.environ["LC_ALL"] == "xx_XX.UTF-8"
