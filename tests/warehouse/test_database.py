"""The database that an installation makes for itself, and what becomes of an older one."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from warehouse import database, server

FIRST_SCHEMA = Path(__file__).with_name("first_schema.sql")


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


def test_a_warehouse_made_by_the_first_version_becomes_one_of_today(warehouse: sa.Engine) -> None:
    today = _shape(warehouse)
    with database.connect() as c:
        c.execute("drop schema raw, ops cascade")
        c.execute(FIRST_SCHEMA.read_text(encoding="utf-8"))
        c.execute("""
            insert into ops.feed values ('tax__f', 'jingmen', 'tax', 'F', 'region', 'month', 'month', true, true, 8, true),
            ('tele__g', 'jingmen', 'tele', 'G', 'region', 'month', 'month', true, true, 8, false)
        """)
    assert today - _shape(warehouse)
    database.apply_schema()
    assert _shape(warehouse) == today
    with database.connect() as c:
        assert c.execute("select title from ops.feed").fetchone() == ("F",)
        owed = c.execute("select feed, required, due_on::text from ops.month_feeds('2018-06-01')").fetchall()
    assert owed == [("tax__f", True, "2018-07-09")], "the other was not active"


def _shape(engine: sa.Engine) -> set[str]:
    """Columns, constraints and indexes of raw and ops, each as a line."""
    with engine.connect() as c:
        return set(
            c.execute(
                sa.text("""
                    select concat_ws(' ', table_schema, table_name, column_name, data_type, is_nullable, column_default)
                    from information_schema.columns where table_schema in ('raw', 'ops')
                    union all
                    select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
                    where connamespace in ('raw'::regnamespace, 'ops'::regnamespace)
                    union all
                    select indexdef from pg_indexes where schemaname in ('raw', 'ops')
                    union all
                    select tgrelid::regclass || ' ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
                """)
            ).scalars()
        )
