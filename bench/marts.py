"""A full build of the marts and a build of one more month, at city, province and national scale: seconds and memory.

Memory is the most that the server's processes held at once of their own, sampled. GONGYUN_BENCH_SCALES names the scales
to run, `city,province,nation` by default; the last one needs 60 GB of disk.
"""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import psutil

from bench import city
from bench.figure import Figure

SCALES = {s.name: s for s in (city.CITY, city.PROVINCE, city.NATION)}
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
        Figure(f"memory of the server, full build, {label}", "MB", (full.megabytes,)),
        Figure(f"one month more, {label}", "s", (increment.seconds,), "full build", (full.seconds,)),
        Figure(f"processor, one month more, {label}", "s", (increment.processor,), "full build", (full.processor,)),
        Figure(f"memory of the server, one month more, {label}", "MB", (increment.megabytes,)),
        *(
            Figure(f"one month more, {name}, {label}", "s", (increment.models[name],), "full", (full.models[name],))
            for name in sorted(full.models, key=lambda m: -full.models[m])[:SLOWEST]
        ),
    ]


@dataclass(frozen=True)
class Built:
    """A build: seconds on the clock, seconds of processor of dbt and the server, the server's memory, seconds by model."""

    seconds: float
    processor: float
    megabytes: float
    models: dict[str, float]


def _built(index: int) -> Built:
    """Build the month `index`."""
    from warehouse import build, database

    with _server_memory() as most:
        started, worked = perf_counter(), _processor()
        build_id = build.build_marts(city.month(index))
        seconds, worked = perf_counter() - started, _processor() - worked
    with database.connect() as c:
        row = c.execute("select timings from ops.build where build_id = %s", (build_id,)).fetchone()
    assert row is not None
    models = {k.split(".")[-1]: v for k, v in row[0].items() if k.startswith("model.")}
    return Built(seconds, worked, most[0] / 2**20, models)


def _processor() -> float:
    """Seconds of processor that this process' children and the server's ended processes have used so far."""
    spent = _postmaster().cpu_times()
    own = os.times()
    return spent.children_user + spent.children_system + own.children_user + own.children_system


def _postmaster() -> psutil.Process:
    from warehouse import server

    return psutil.Process(int((server._pgdata() / "postmaster.pid").read_text().splitlines()[0]))


@contextmanager
def _server_memory() -> Iterator[list[int]]:
    """The most bytes that all processes of this installation's server held of their own; what they share counts once."""
    postmaster = _postmaster()
    most, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            held = shared = 0
            for process in [p for p in postmaster.children() if p.is_running()]:
                try:
                    memory = process.memory_info()
                except psutil.Error:
                    continue
                held += memory.rss - memory.shared
                shared = max(shared, memory.shared)
            most[0] = max(most[0], held + shared)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        done.set()
        thread.join()
