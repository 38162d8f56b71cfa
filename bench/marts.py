"""A full build of the marts and a build of one more month, at city, province and national scale: seconds and memory.

Memory is the most that the server's processes held of their own, sampled: of all at once, and of those that worked for
one model. GONGYUN_BENCH_SCALES names the scales to run, all by default; the nation needs 30 GB of disk, and a third of
it shows whether cost is linear in regions.
"""

import json
import os
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import psutil
import psycopg

from bench import city
from bench.figure import Figure

SCALES = {s.name: s for s in (city.CITY, city.PROVINCE, city.NATION, city.THIRD)}
SLOWEST = 8


def measure() -> list[Figure]:
    """For each scale the full build, the build of one month more beside it, and the same of the slowest models."""
    asked = os.environ.get("GONGYUN_BENCH_SCALES") or ",".join(SCALES)
    return [figure for name in asked.split(",") for figure in _at(SCALES[name])]


def _at(scale: city.Scale) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="gongyun-bench-") as home:
        os.environ["GONGYUN_HOME"] = home
        from warehouse import build, database, server

        database.create_database(database.WAREHOUSE)
        database.apply_schema()
        build.load_seeds()
        with database.connect() as c:
            city.declare(c, scale)
            for index in range(scale.months):
                city.deliver(c, scale, index)
        try:
            last = scale.months - 1
            full = _built(last)
            with database.connect() as c:
                city.deliver(c, scale, scale.months)
            increment = _built(scale.months)
        finally:
            database.engine().dispose()
            server.stop()
    label = f"{scale.name}, {scale.regions} regions"
    cells = scale.regions * scale.indicators * scale.months / 1e6
    return [
        Figure(f"full build, {label}", "s", (full.seconds,)),
        Figure(f"processor, full build, {label}", "s", (full.processor,)),
        Figure(f"processor for a million region figures, full build, {label}", "s", (full.processor / cells,)),
        Figure(f"memory of the server, full build, {label}", "MB", (full.memory.at_once,)),
        Figure(f"one month more, {label}", "s", (increment.seconds,), "full build", (full.seconds,)),
        Figure(f"processor, one month more, {label}", "s", (increment.processor,), "full build", (full.processor,)),
        Figure(f"memory of the server, one month more, {label}", "MB", (increment.memory.at_once,)),
        *(
            Figure(f"one month more, {name}, {label}", "s", (increment.models[name],), "full", (full.models[name],))
            for name in sorted(full.models, key=lambda m: -full.models[m])[:SLOWEST]
        ),
        *(
            Figure(f"memory, full build, {name}, {label}", "MB", (megabytes,))
            for name, megabytes in sorted(full.memory.by_model.items(), key=lambda m: -m[1])[:SLOWEST]
        ),
    ]


@dataclass
class Memory:
    """The most megabytes that the server's processes held of their own: all at once, and those that built one model."""

    at_once: float = 0
    by_model: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def take(self, held: dict[int, float], working: dict[int, str]) -> None:
        """Note one sample: megabytes by process, and the model that a process works for."""
        self.at_once = max(self.at_once, sum(held.values()))
        together: dict[str, float] = defaultdict(float)
        for process, model in working.items():
            together[model] += held.get(process, 0)
        for model, megabytes in together.items():
            self.by_model[model] = max(self.by_model[model], megabytes)


@dataclass(frozen=True)
class Built:
    """A build: seconds on the clock, seconds of processor of dbt and the server, its memory, seconds by model."""

    seconds: float
    processor: float
    memory: Memory
    models: dict[str, float]


def _built(index: int) -> Built:
    """Build the month `index`."""
    from vocabulary.month import Month
    from warehouse import build, database

    with _server_memory() as memory:
        started, worked = perf_counter(), _processor()
        build_id = build.build_marts(Month.of(city.month(index)))
        seconds, worked = perf_counter() - started, _processor() - worked
    with database.connect() as c:
        row = c.execute("select timings from ops.build where build_id = %s", (build_id,)).fetchone()
    assert row is not None
    models = {k.split(".")[-1]: v for k, v in row[0].items() if k.startswith("model.")}
    return Built(seconds, worked, memory, models)


def _processor() -> float:
    """Seconds of processor that this process' children and the server's ended processes have used so far."""
    spent = _postmaster().cpu_times()
    own = os.times()
    return spent.children_user + spent.children_system + own.children_user + own.children_system


def _postmaster() -> psutil.Process:
    from warehouse import server

    return psutil.Process(int((server._pgdata() / "postmaster.pid").read_text().splitlines()[0]))


@contextmanager
def _server_memory() -> Iterator[Memory]:
    """Sample the memory of this installation's server. What its processes share (the page cache of tables) is left out."""
    from warehouse import database

    postmaster, memory, done = _postmaster(), Memory(), threading.Event()

    def watch() -> None:
        with database.connect(autocommit=True) as c:
            while not done.wait(0.2):
                held = {}
                for process in postmaster.children():
                    try:
                        used = process.memory_info()
                    except psutil.Error:
                        continue
                    held[process.pid] = (used.rss - used.shared) / 2**20
                memory.take(held, _working(c))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        done.set()
        thread.join()


def _working(c: psycopg.Connection) -> dict[int, str]:
    """The model that each process of the server works for; dbt names it in a comment before its statement."""
    found = c.execute("""
        select coalesce(w.pid, l.pid), substring(l.query from '^/\\* ({.*?}) \\*/')
        from pg_stat_activity as l left join pg_stat_activity as w on w.leader_pid = l.pid or w.pid = l.pid
        where l.state = 'active' and l.query like '/* {%"node_id": "model.%'
    """)
    return {process: json.loads(comment)["node_id"].split(".")[-1] for process, comment in found}
