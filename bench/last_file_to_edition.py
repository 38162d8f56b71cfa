"""From the last file dropped to the edition published, under the scheduler, by stage; beside direct calls.

The baseline does the same steps on the same warehouse in one process, without Airflow. Each run is a corrected
redelivery of one feed, so every run takes in, gates, builds, drafts and releases.
"""

import os
import tempfile
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from bench.figure import Figure
from vocabulary.month import Month

if TYPE_CHECKING:
    from scheduling.airflow_local import Airflow

RUNS = 3
FEED = "powr__electricity"
STAGES = ("taken in", "gated", "marts built", "marts gated", "drafted", "approved and released")


def measure() -> list[Figure]:
    """Seconds by stage and in all; `RUNS` runs under the scheduler, then as many without it, on the same warehouse."""
    with tempfile.TemporaryDirectory(prefix="gongyun-bench-") as home:
        os.environ["GONGYUN_HOME"] = home
        from gongyun import demo
        from gongyun.installation import prepare
        from samples import spoil
        from samples.simulate import write_month
        from scheduling import airflow_local
        from warehouse import database, server

        prepare()
        demo.take_history(demo.HISTORY, lambda *_: lambda done: None)
        airflow = airflow_local.start()
        try:
            airflow.unpause_all()
            demo.publish_month(airflow, demo.MONTH, lambda *_: lambda done: None, approver="bench")
            file = write_month(demo.MONTH, Path(home) / "bench")[FEED]
            corrected = [partial(spoil.correct, file, by=0.1 * n) for n in range(1, 2 * RUNS + 1)]
            scheduled = [_under_the_scheduler(airflow, make()) for make in corrected[:RUNS]]
            # A scheduler that ran on would build what the direct calls accept.
            airflow_local.stop()
            direct = [_by_direct_calls(make()) for make in corrected[RUNS:]]
        finally:
            airflow_local.stop()
            database.engine().dispose()
            server.stop()
    figures = [
        Figure(
            f"last file to edition: {stage}",
            "s",
            tuple(r[i] for r in scheduled),
            "direct calls",
            tuple(r[i] for r in direct),
        )
        for i, stage in enumerate(STAGES)
    ]
    total = Figure("last file to edition", "s", tuple(map(sum, scheduled)), "direct calls", tuple(map(sum, direct)))
    return [total, *figures]


def _under_the_scheduler(airflow: "Airflow", file: Path) -> list[float]:
    from gongyun import demo
    from warehouse.book import clock

    before = demo.published(demo.MONTH)
    demo.wait(lambda: _idle(airflow), "earlier runs to end", airflow)
    started = clock.now()
    demo.drop([(FEED, file)])
    demo.wait(lambda: _drafted_after(started), "the draft", airflow)
    demo.approve(airflow, demo.MONTH, "bench")
    demo.wait(lambda: demo.published(demo.MONTH) != before, "the edition", airflow)
    return _stages(started)


def _idle(airflow: "Airflow") -> bool:
    return not any(r.state in ("queued", "running") for r in airflow.runs("~"))


def _by_direct_calls(file: Path) -> list[float]:
    from expectations.gate import gate_deliveries, gate_month
    from gongyun import demo
    from ingest.deliver import deliver
    from ingest.feeds import get_feed
    from publish.edition import draft, release
    from warehouse.book import clock
    from warehouse.build import build_marts

    month = Month.parse(demo.MONTH)
    started = clock.now()
    gate_deliveries([deliver(get_feed(FEED), file, simulated=True)])
    build = build_marts(month)
    release(draft(month, build, gate_month(month, build).gate_run_id), by="bench")
    return _stages(started)


def _drafted_after(moment: datetime) -> bool:
    return bool(_query("select 1 from ops.edition where drafted_at > :m", moment))


def _stages(started: datetime) -> list[float]:
    """Seconds of each stage, from what the book wrote down since `started`."""
    row = _query(
        """
        select
            (select max(loaded_at) from ops.delivery where received_at > :m),
            (select max(accepted_at) from ops.delivery where received_at > :m),
            (select max(finished_at) from ops.build where started_at > :m),
            (select max(finished_at) from ops.gate_run where subject = 'month' and started_at > :m),
            (select max(drafted_at) from ops.edition where drafted_at > :m),
            (select max(decided_at) from ops.edition where status = 'published' and decided_at > :m)
        """,
        started,
    )[0]
    moments = [started, *row]
    return [(b - a).total_seconds() for a, b in pairwise(moments)]


def _query(statement: str, moment: datetime) -> list[tuple]:
    from warehouse.database import engine

    with engine().connect() as c:
        return [tuple(r) for r in c.execute(text(statement), {"m": moment})]
