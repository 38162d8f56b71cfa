"""Builds of the marts: begun, finished, and which one holds what."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text

from vocabulary.month import Month
from warehouse.database import engine


def last(month: Month | None = None) -> int | None:
    """The last successful build of a month, or of any."""
    with engine().connect() as c:
        return c.execute(
            text("select max(build_id) from ops.build where succeeded and month = coalesce(cast(:m as date), month)"),
            {"m": month},
        ).scalar()


def of_all_accepted(month: Month) -> int | None:
    """The last build of a month, if it succeeded and saw every delivery accepted for the month until now."""
    with engine().connect() as c:
        return c.execute(
            text("""
                select b.build_id from (
                    select * from ops.build where month = :m and succeeded is not null order by build_id desc limit 1
                ) as b
                where b.succeeded and b.as_of >= (
                    select max(d.accepted_at) from ops.delivery as d inner join ops.delivery_month as m using (delivery_id)
                    where m.month = :m and d.status = 'accepted'
                )
            """),
            {"m": month},
        ).scalar()


def begin(month: Month, as_of: datetime, code_version: str, fingerprint: str, increment: bool) -> int:
    """Enter a build that begins; returns its number."""
    with engine().begin() as c:
        return c.execute(
            text("""
                insert into ops.build (month, as_of, code_version, fingerprint, increment)
                values (:month, :as_of, :version, :fingerprint, :increment) returning build_id
            """),
            {
                "month": month,
                "as_of": as_of,
                "version": code_version,
                "fingerprint": fingerprint,
                "increment": increment,
            },
        ).scalar_one()


def finish(build_id: int, succeeded: bool, timings: Mapping[str, float]) -> None:
    """Note how a build ended; `timings` are seconds by node."""
    with engine().begin() as c:
        c.execute(
            text("""
                update ops.build set finished_at = clock_timestamp(), succeeded = :ok, timings = cast(:timings as jsonb)
                where build_id = :b
            """),
            {"ok": succeeded, "timings": json.dumps(timings), "b": build_id},
        )
