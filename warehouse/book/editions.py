"""Editions from draft to published, declined or outdated."""

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
    decided_by: str | None
    decision_note: str | None


def of_month(month: Month) -> list[Edition]:
    """All editions of a month, drafts included, oldest first."""
    with engine().connect() as c:
        rows = c.execute(
            text("""
                select edition_id, month, number, status, as_of, directory, decided_by, decision_note
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


def note_published(c: Connection, edition_id: int, number: int, directory: str, by: str, note: str | None) -> None:
    """Note a draft as published, in the transaction that moves its files."""
    clock.stamping(c)
    c.execute(
        text("""
            update ops.edition set status = 'published', number = :number, directory = :directory,
                decided_at = clock_timestamp(), decided_by = :by, decision_note = :note
            where edition_id = :e
        """),
        {"number": number, "directory": directory, "by": by, "note": note, "e": edition_id},
    )


def note_declined(c: Connection, edition_id: int, by: str, note: str | None) -> None:
    """Note a draft as declined."""
    c.execute(
        text("""
            update ops.edition set status = 'declined', decided_at = clock_timestamp(), decided_by = :by,
                decision_note = :note where edition_id = :e
        """),
        {"by": by, "note": note, "e": edition_id},
    )
