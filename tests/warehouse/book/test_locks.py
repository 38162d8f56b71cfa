"""Who waits for whom, for how long, and what a reader can do about it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tests.ingest.paper import FEED
from vocabulary.month import Month
from warehouse.book import clock, locks
from warehouse.book.duties import sync_feeds
from warehouse.database import apply_schema


@pytest.fixture
def analyst(warehouse: sa.Engine) -> sa.Engine:
    """An analyst with a login of his own."""
    with warehouse.begin() as c:
        c.exec_driver_sql("drop role if exists li_who_reads")
        c.exec_driver_sql("create role li_who_reads login in role gongyun_analyst")
    return sa.create_engine(warehouse.url.set(username="li_who_reads"))


def free(*names: str, seconds: float = 1) -> bool:
    with locks.alone(*names, patience=seconds):
        return True


def test_an_analyst_who_holds_every_advisory_lock_keeps_nobody_waiting(
    warehouse: sa.Engine, analyst: sa.Engine
) -> None:
    keys = (20180619, 20180620, 20180622, 20180626)
    with analyst.connect() as reader:
        for key in keys:
            reader.execute(sa.text("select pg_advisory_lock(:k)"), {"k": key})
        reader.execute(
            sa.text("select pg_advisory_lock(hashtext('ops.edition'), :m)"), {"m": Month(2018, 6).date.toordinal()}
        )
        with ThreadPoolExecutor() as pool:
            pool.submit(apply_schema).result(timeout=10)
            assert pool.submit(clock.now).result(timeout=10)
        assert free("build", "gate powr__electricity", "edition 2018-06")


@pytest.mark.parametrize(
    "grab",
    [
        "select * from ops.lock for update",
        "lock table ops.lock in access share mode",
        "update ops.clock set at = 'infinity'",
        "comment on schema raw is ''",
    ],
)
def test_an_analyst_can_take_none_of_the_locks(warehouse: sa.Engine, analyst: sa.Engine, grab: str) -> None:
    with analyst.connect() as reader, pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
        reader.exec_driver_sql(grab)


def test_who_waits_in_vain_is_told_which_session_holds_the_lock(warehouse: sa.Engine) -> None:
    with warehouse.begin() as holder:
        locks.take(holder, "gate powr__electricity")
        locks.take(holder, "build")
        pid = holder.scalar(sa.text("select pg_backend_pid()"))
        began = time.monotonic()
        with (
            pytest.raises(locks.LockHeld, match=rf"'build' .* held by session {pid} of postgres .*Nothing was changed"),
            locks.alone("build", patience=0.3),
        ):
            pass
        assert time.monotonic() - began < 5
    with locks.alone("build", patience=0.3):
        pass


def test_a_lock_ends_with_the_session_that_held_it(warehouse: sa.Engine) -> None:
    holder = warehouse.connect()
    locks.take(holder, "build")
    with warehouse.connect() as c:
        c.execute(sa.text("select pg_terminate_backend(:p)"), {"p": holder.scalar(sa.text("select pg_backend_pid()"))})
    assert free("build", seconds=5)
    holder.invalidate()
    holder.close()


def test_readers_of_the_tables_share_them_and_a_build_waits_for_the_last(warehouse: sa.Engine) -> None:
    with (
        locks.alone("build", shared=True),
        locks.alone("build", shared=True, patience=0.3),
        pytest.raises(locks.LockHeld),
        locks.alone("build", patience=0.3),
    ):
        pass


def test_a_clock_set_back_stamps_nothing_before_what_was_told(warehouse: sa.Engine) -> None:
    with warehouse.begin() as c:
        c.exec_driver_sql("update ops.clock set at = clock_timestamp() + interval '1 hour'")
    told = clock.now()
    with warehouse.begin() as c:
        clock.stamping(c)
        stamped = c.scalar(sa.text("select ops.stamp()"))
    assert stamped > told
    assert clock.now() == told, "the server's clock has not reached it yet, and nothing was stamped"


def test_what_is_told_is_never_before_what_was_stamped(warehouse: sa.Engine) -> None:
    with warehouse.begin() as c:
        c.exec_driver_sql("""
            insert into ops.feed values ('powr__a', 'jingmen', 'powr', 'A', 'region', 'month', '2018-01-01');
            insert into ops.delivery (feed, file_name, sha256, size_bytes, status, accepted_at)
            values ('powr__a', 'a', repeat('a', 64), 1, 'accepted', clock_timestamp() + interval '1 hour')
        """)
        stamped = c.scalar(sa.text("select max(accepted_at) from ops.delivery"))
    assert clock.now() == stamped


def test_terms_that_change_twice_while_the_clock_is_set_back_are_both_kept(warehouse: sa.Engine) -> None:
    with warehouse.begin() as c:
        c.exec_driver_sql("update ops.clock set at = clock_timestamp() + interval '1 hour'")
    for day in (5, 6, 7):
        sync_feeds([FEED.duty | {"due_day": day}])
    with warehouse.connect() as c:
        due = c.scalars(sa.text("select due_day from ops.feed_terms order by stated_at")).all()
    assert due == [5, 6, 7]
