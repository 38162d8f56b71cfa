"""Locks that nobody can hold who only reads: rows of ops.lock, which analysts cannot touch, until a transaction ends.

An advisory lock is anyone's who may connect. Who waits longer than he has patience is told who holds it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from psycopg.errors import LockNotAvailable
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from warehouse.database import engine

# Longer than a city's full build; a task's time limit (dags/) is longer still.
PATIENCE_SECONDS = 1800.0


class LockHeld(RuntimeError):
    """A lock was not let go in time; the message says who holds it and what to do."""


def take(c: Connection, name: str, *, shared: bool = False, patience: float = PATIENCE_SECONDS) -> None:
    """Take a lock until the transaction of `c` ends; `shared` ones wait for the others only. Raises LockHeld."""
    _allow(c, patience)
    try:
        while not c.scalar(
            text(f"select true from ops.lock where name = :n for {'share' if shared else 'update'}"), {"n": name}
        ):
            _make(name)
    except OperationalError as e:
        if isinstance(e.orig, LockNotAvailable):
            raise LockHeld(_held(name, patience)) from None
        raise
    _allow(c, 0)
    c.execute(text("select set_config('application_name', left('gongyun ' || :n, 63), true)"), {"n": name})


@contextmanager
def alone(*names: str, shared: bool = False, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold locks, taken in the order of their names."""
    with engine().begin() as c:
        # whoever holds a lock works on other connections, and leaves this one idle
        c.execute(text("set local idle_in_transaction_session_timeout = 0"))
        for name in sorted(names):
            take(c, name, shared=shared, patience=patience)
        yield


def forget(name: str) -> None:
    """Remove a lock that nobody will ask for again."""
    with engine().begin() as c:
        c.execute(text("delete from ops.lock where name = :n"), {"n": name})


def _allow(c: Connection, seconds: float) -> None:
    c.execute(text("select set_config('lock_timeout', :ms, true)"), {"ms": str(int(seconds * 1000))})


def _make(name: str) -> None:
    with engine().begin() as c:
        c.execute(text("insert into ops.lock (name) values (:n) on conflict do nothing"), {"n": name})


def _held(name: str, patience: float) -> str:
    with engine().connect() as c:
        holders: Sequence[str] = (
            c.execute(
                text("""
                with holding as (
                    select a.pid, a.usename, coalesce(host(a.client_addr), 'this machine') as host, a.xact_start,
                        a.application_name = left('gongyun ' || :n, 63) as named
                    from pg_locks as l
                    inner join pg_stat_activity as a using (pid)
                    where
                        l.relation = 'ops.lock'::regclass and l.granted and l.mode = 'RowShareLock'
                        and a.wait_event_type is distinct from 'Lock' and a.datname = current_database()
                )
                select format('session %s of %s from %s since %s', pid, usename, host, to_char(xact_start, 'HH24:MI:SS'))
                from holding where named or not exists (select from holding where named) order by xact_start
            """),
                {"n": name},
            )
            .scalars()
            .all()
        )
        by = "; ".join(holders) or "a session that has just ended"
    return (
        f"lock {name!r} was not let go for {patience:.0f} s; it is held by {by}. Nothing was changed: try again once that "
        f"work is done, or end the session with pg_terminate_backend if its process is gone"
    )
