"""Runs of the gates and what they found of each rule."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from vocabulary.month import Month
from warehouse.database import engine


def passed(build_id: int) -> int | None:
    """The last gate run of a build, if it passed; None otherwise."""
    with engine().connect() as c:
        return c.execute(
            text("""
                select case when passed then gate_run_id end
                from ops.gate_run where build_id = :b order by gate_run_id desc limit 1
            """),
            {"b": build_id},
        ).scalar()


def open_run(c: Connection, subject: str, month: Month | None, build_id: int | None) -> tuple[int, datetime]:
    """Begin a run of a gate; returns its number and moment."""
    run = c.execute(
        text("""
            insert into ops.gate_run (subject, month, build_id) values (:s, :m, :b) returning gate_run_id, started_at
        """),
        {"s": subject, "m": month, "b": build_id},
    ).one()
    return run.gate_run_id, run.started_at


def close_run(c: Connection, run_id: int, results: Sequence[Mapping[str, Any]], passed: bool) -> None:
    """End a run of a gate with its results, each with the columns of ops.gate_result."""
    c.execute(
        text("""
            insert into ops.gate_result (gate_run_id, delivery_id, suite, rule, severity, state, unexpected_count,
                                         message, exception, waiver_id)
            values (:gate_run_id, :delivery_id, :suite, :rule, :severity, :state, :unexpected_count,
                    :message, :exception, :waiver_id)
        """),
        [{"gate_run_id": run_id, **r} for r in results],
    )
    c.execute(
        text("update ops.gate_run set finished_at = clock_timestamp(), passed = :p where gate_run_id = :r"),
        {"p": passed, "r": run_id},
    )
