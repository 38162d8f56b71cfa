"""Editions from draft to published, declined or outdated."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from vocabulary.month import Month
from warehouse.book import clock
from warehouse.database import engine, with_months


@dataclass(frozen=True)
class Edition:
    """One row of ops.edition, without its manifest."""

    edition_id: int
    month: Month
    number: int | None
    status: str
    as_of: datetime
    directory: str
    sha256: str
    decided_by: str | None
    decision_note: str | None
    decision_record: Mapping[str, str] | None


def of_month(month: Month) -> list[Edition]:
    """All editions of a month, drafts included, oldest first."""
    with engine().connect() as c:
        rows = c.execute(
            text("""
                select edition_id, month, number, status, as_of, directory, sha256, decided_by, decision_note,
                    decision_record
                from ops.edition where month = :m order by edition_id
            """),
            {"m": month},
        )
        return [Edition(**with_months(r)) for r in rows.mappings()]


def next_id(c: Connection) -> int:
    """A number for an edition about to be drafted."""
    return int(c.execute(text("select nextval(pg_get_serial_sequence('ops.edition', 'edition_id'))")).scalar_one())


def enter_draft(c: Connection, draft: Mapping[str, Any]) -> None:
    """Enter a draft, with the columns of ops.edition; older drafts of its month become outdated."""
    c.execute(
        text("update ops.edition set status = 'outdated' where month = :m and status = 'draft'"), {"m": draft["month"]}
    )
    c.execute(
        text("""
            insert into ops.edition (edition_id, month, as_of, build_id, gate_run_id, succeeds, directory, sha256, manifest)
            overriding system value
            values (:edition_id, :month, :as_of, :build_id, :gate_run_id, :succeeds, :directory, :sha256,
                    cast(:manifest as jsonb))
        """),
        draft,
    )


def note_published(c: Connection, edition_id: int, number: int, directory: str, **decided: Any) -> None:
    """Note a draft as published, in the transaction that moves its files. `decided` as note_declined takes it."""
    clock.stamping(c)
    _decide(c, edition_id, status="published", number=number, directory=directory, **decided)


def note_declined(c: Connection, edition_id: int, by: str, note: str | None, record: Mapping[str, str] | None) -> None:
    """Note a draft as declined. `record`: where the decision can be looked up, Airflow's account, run and task instance, or
    the account of the machine at whose command line a name was typed.
    """
    _decide(c, edition_id, status="declined", number=None, directory=None, by=by, note=note, record=record)


def _decide(c: Connection, edition_id: int, **decided: Any) -> None:
    c.execute(
        text("""
            update ops.edition set status = :status, number = :number, directory = coalesce(:directory, directory),
                decided_at = ops.stamp(), decided_by = :by, decision_note = :note,
                decision_record = cast(:record as jsonb)
            where edition_id = :e
        """),
        {**decided, "record": json.dumps(decided["record"]), "e": edition_id},
    )
