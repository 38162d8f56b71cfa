"""The demo: simulated departments deliver their history, then one month travels through the real scheduler.

Each step looks at what is there first, so that a second run goes on instead of starting over.
"""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count, groupby
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from gongyun.cli.terminal import console, say
from gongyun.installation import prepare
from ingest.feeds import get_feed
from publish.edition import edition_directory
from samples.departments import reports
from samples.simulate import MONTHS, write_month
from scheduling import airflow_local
from scheduling.airflow_local import Airflow
from scheduling.drop import folder_of
from scheduling.intake import Arrival, take_in_history
from vocabulary.month import Month
from warehouse.book import builds, duties, editions
from warehouse.book.editions import Edition
from warehouse.settings import settings

HISTORY, MONTH = MONTHS[:-1], MONTHS[-1]
T = TypeVar("T")
APPROVER = "演示程序(无人审签)"
PATIENCE = 600.0  # seconds; a slow machine is not a failed demo


class DemoFailed(RuntimeError):
    """A step did not reach its end; the message says which and where to look."""


def run() -> None:
    """The whole demo, with its progress on the console. Raises DemoFailed."""
    started = time.monotonic()
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as progress:

        def show(step: str, total: int | None = None) -> Callable[[int], None]:
            task = progress.add_task(step, total=total)

            def advance(done: int) -> None:
                progress.update(task, completed=done, total=total or max(done, 1))

            return advance

        preparing = show("warehouse: server, tables, seeds", 1)
        prepare()
        preparing(1)
        take_history(HISTORY, show)
        starting = show("Airflow: api-server, scheduler, dag-processor, triggerer", 1)
        airflow = airflow_local.start()
        airflow.unpause_all()
        starting(1)
        edition = published(MONTH) or publish_month(airflow, MONTH, show)
    say(("\nEdition", "bold"), f" {MONTH} v{edition.number}, approved by {edition.decided_by}: {edition.decision_note}")
    say(f"  report     {edition_directory(edition.edition_id) / 'report.html'}")
    say(f"  manifest   {edition_directory(edition.edition_id) / 'manifest.json'}")
    say(("Airflow", "bold"), f" {airflow.url}   user {airflow.username}   password {airflow.password}")
    say(("Drop folder", "bold"), f" {settings().drop}")
    say(f"done in {time.monotonic() - started:.0f} s; try: gongyun trace PW02 京山市 {MONTH}, then make stop")


Show = Callable[..., Callable[[int], None]]


def take_history(months: Iterable[str], show: Show) -> list[int]:
    """Deliver and gate every file of these months that has not been accepted; returns the new deliveries.

    Raises DemoFailed when a simulated file is refused: the simulator or a gate is wrong then.
    """
    waiting = [(m, name) for m in months for name in _owing(m)]
    if not waiting:
        return []
    read = show("history: files read and loaded", len(waiting))
    gated = show("history: gated by Great Expectations", len(waiting))

    def arrivals() -> Iterator[Arrival]:
        done = count(1)
        for month, owed in groupby(waiting, key=itemgetter(0)):
            files = write_month(month, settings().home / "simulated" / month)
            for _, name in owed:
                yield Arrival(get_feed(name), files[name], simulated=True)
                read(next(done))

    states = take_in_history([get_feed(name) for name in sorted({name for _, name in waiting})], arrivals())
    gated(len(states))
    if refused := [d for d, s in states.items() if s not in ("accepted", "duplicate")]:
        raise DemoFailed(f"{len(refused)} files of the history were refused; their receipts lie in {settings().drop}")
    return list(states)


def drop(files: Iterable[tuple[str, Path]]) -> None:
    """Put files into their feeds' drop folders, as a department would."""
    for feed, path in files:
        shutil.copyfile(path, folder_of(get_feed(feed)) / path.name)


def publish_month(airflow: Airflow, month: str, show: Show, approver: str = APPROVER) -> Edition:
    """Drop a month's files, wait for the draft, approve it as the demo, wait for the edition."""
    folder = settings().home / "simulated" / month
    files = write_month(month, folder)
    owing = _owing(month)
    dropping = show(f"{month}: files dropped, taken in by their DAGs", len(owing))
    drop((name, files[name]) for name in owing)
    wait(lambda: _came(month, owing, dropping), "the files of the month to be accepted", airflow)
    drafting = show(f"{month}: marts built and gated, edition drafted", 1)
    approve(airflow, month, approver)
    drafting(1)
    releasing = show(f"{month}: edition released", 1)
    edition = wait(lambda: published(month), "the edition to be released", airflow)
    releasing(1)
    return edition


def approve(airflow: Airflow, month: str, note: str, timeout: float = PATIENCE) -> None:
    """Wait until the draft that holds everything accepted for a month asks for approval, then approve it."""
    first = Month.parse(month)

    def asked_and_answered() -> bool:
        drafts = [e.edition_id for e in editions.of_month(first) if e.status == "draft"]
        if not drafts or builds.of_all_accepted(first) is None:
            return False
        for question in airflow.approvals("publish_edition"):
            if f"[{drafts[-1]}]" in question.subject:
                airflow.respond(question.dag_id, question.run_id, question.task_id, approve=True, note=note)
                return True
        return False

    wait(asked_and_answered, f"the draft of {month} to ask for approval", airflow, timeout)


def published(month: str) -> Edition | None:
    """The newest published edition of a month."""
    done = [e for e in editions.of_month(Month.parse(month)) if e.status == "published"]
    return done[-1] if done else None


def wait(reached: Callable[[], T | None], what: str, airflow: Airflow, timeout: float = PATIENCE) -> T:
    """Poll until `reached` gives something. Raises DemoFailed naming the failed runs there are."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if found := reached():
            return found
        time.sleep(0.5)
    failed = [f"{r.dag_id} {r.run_id}" for r in airflow.runs("~") if r.state == "failed"]
    raise DemoFailed(
        f"waited {timeout:.0f} s for {what}; failed runs: {', '.join(failed) or 'none'}; see {airflow.url}"
    )


def _owing(month: str) -> list[str]:
    """Feeds that the simulated departments send for a month and that have not been accepted."""
    owed = duties.month_feeds(Month.parse(month))
    return [f.feed for f in owed if not f.accepted and reports(f.feed, month)]


def _came(month: str, owing: list[str], advance: Callable[[int], None]) -> bool:
    feeds = [f for f in duties.month_feeds(Month.parse(month)) if f.feed in owing]
    if refused := [f.feed for f in feeds if f.last_status == "rejected" and not f.accepted]:
        raise DemoFailed(f"refused: {', '.join(refused)}; the receipts lie in {settings().drop}")
    advance(sum(f.accepted for f in feeds))
    return all(f.accepted for f in feeds)
