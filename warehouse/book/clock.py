"""The book's clock: what is stamped before a moment is committed and visible at it, and stamps never run backwards."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.engine import Connection

from warehouse.book import locks
from warehouse.database import engine

# Shared by those who stamp what a build reads as of (with ops.stamp()), exclusive for who asks what time it is.
LOCK = "clock"


def stamping(c: Connection) -> None:
    """To be called before anything is stamped that a build reads as of a moment, and before any row of it is locked."""
    locks.take(c, LOCK, shared=True)


def now() -> datetime:
    """The time of the database, which stamps acceptances, editions and what happens to problems.

    What is stamped before this moment is committed and visible: what is being stamped is waited for. Where the server's
    clock was set back, it is the last moment that was stamped or told; what is stamped from now on is later.
    """
    with engine().begin() as c:
        locks.take(c, LOCK)
        return c.execute(
            text("""
                update ops.clock set at = greatest(
                    clock_timestamp(), at,
                    (select max(accepted_at) from ops.delivery),
                    (select max(decided_at) from ops.edition),
                    (select max(at) from ops.problem_event),
                    (select max(stated_at) from ops.feed_terms)
                ) returning at
            """)
        ).scalar_one()
