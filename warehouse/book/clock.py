"""The book's clock: what is stamped before a moment is committed and visible at it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Connection

from warehouse.database import engine

# Advisory lock: shared by those who stamp what a build reads as of, exclusive for who asks what time it is.
STAMPING = 20180620


def stamping(c: Connection) -> None:
    """To be called before anything is stamped that a build reads as of a moment, and before any row of it is locked."""
    c.execute(text(f"select pg_advisory_xact_lock_shared({STAMPING})"))


def now() -> datetime:
    """The database's clock, which stamps acceptances, editions and what happens to problems.

    What is stamped before this moment is committed and visible: what is being stamped is waited for.
    """
    with engine().begin() as c:
        c.execute(text(f"select pg_advisory_xact_lock({STAMPING})"))
        return c.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
