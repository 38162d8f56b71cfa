"""What a gate that was killed leaves in the database."""

import sqlalchemy as sa

from expectations.prepare import clear_abandoned, workspace
from warehouse.book import locks


def schemas(engine: sa.Engine) -> set[str]:
    with engine.connect() as c:
        return set(c.exec_driver_sql("select nspname from pg_namespace where nspname like 'gate%%'").scalars())


def test_the_work_of_killed_gates_is_dropped_by_the_next_and_that_of_a_running_one_is_not(
    warehouse: sa.Engine,
) -> None:
    with warehouse.begin() as c:
        for left in ("gate_7", f"gate_trial_{'0' * 32}", "gate_kept_by_hand"):
            c.exec_driver_sql(f"create schema {left}")
            c.exec_driver_sql(f"create table {left}.cell (n int)")
    with workspace("8") as running:
        clear_abandoned()
        assert schemas(warehouse) == {running.schema, "gate_kept_by_hand"}
    assert schemas(warehouse) == {"gate_kept_by_hand"}
    with warehouse.connect() as c:
        assert c.exec_driver_sql("select name from ops.lock").scalars().all() == [], "and no lock is left of them"


def test_a_gate_that_raises_leaves_nothing(warehouse: sa.Engine) -> None:
    try:
        with workspace("9"):
            raise LookupError
    except LookupError:
        pass
    assert schemas(warehouse) == set()
    with locks.alone("gate_9", patience=1):
        pass
