"""A process killed anywhere between the drop and the verdict, and several at once: every file wholly in or wholly out.

Each run is a process of its own, forked where everything heavy is imported and nothing has been computed (threads do not
outlive a fork), which does what the feed's DAG does. The killed one is killed at the entry or the end of one of our own
functions, by SIGKILL, as a machine would.
"""

import json
import multiprocessing
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import sqlalchemy as sa

import expectations.examine
import ingest.feeds
from expectations.gate import gate_deliveries
from ingest.clerk.receipt import page_of
from ingest.deliver import deliver
from publish.edition import decline, draft, release
from publish.recover import recover
from scheduling import drop as dropping
from scheduling import intake
from tests.ingest.paper import FEED as PAPER
from tests.ingest.paper import HEAD, MERGED, declare, xlsx
from tests.publish.conftest import BookedMonth, june
from vocabulary.month import Month
from warehouse.book import deliveries
from warehouse.build import load_seeds
from warehouse.database import engine
from warehouse.settings import settings

__all__ = ["june"]
assert expectations.examine  # imported here once, and not by every fork
# Of some 170 points every so many is tried; the environment variable GONGYUN_EVERY_CRASH has them all tried.
EVERY = 8
ROOMS = (
    "ingest.land",
    "ingest.load",
    "ingest.deliver",
    "ingest.clerk.receipt",
    "warehouse.book.deliveries",
    "warehouse.book.findings",
    "warehouse.book.gates",
    "expectations.gate",
    "expectations.prepare",
    "scheduling.drop",
    "scheduling.intake",
    "publish.edition",
    "publish.recover",
    "warehouse.book.editions",
    "warehouse.book.problems",
    "warehouse.durable",
)
# Of a name that no YAML declares, and so without promises that its small tables would break.
FEED = PAPER.model_copy(update={"feed": "powr__crash"})
FILES = {
    "2018年5月用电量.xlsx": xlsx(
        [["荆门市2018年5月工业用电量"], *HEAD[1:], ["荆门市", 290.5, 8.1], ["东宝区", 99.0, 1.1]], MERGED
    ),
    "2018年6月用电量.xlsx": xlsx([*HEAD, ["荆门市", 300.5, 8.3], ["东宝区", 100.25, -1.2]], MERGED),
    "2018年6月用电量坏.xlsx": xlsx([*HEAD, ["荆门市", "约300", 8.3]], MERGED),
}
ROWS = {"2018年5月用电量.xlsx": 2, "2018年6月用电量.xlsx": 2}


def take_in(folder: Path) -> None:
    """What the feed's DAG does with what lies in its drop folder."""
    os.environ["GONGYUN_DROP"] = str(folder.parent)
    intake.take_in([FEED], intake.dropped(FEED), lambda feed, months: None)


FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


def forked(work: Callable[..., object], *asked: object) -> ForkServerProcess:
    """A process that does the work in this test's warehouse and ends with 0, or with 1 after an exception."""
    child = FORKS.Process(target=_run, args=(dict(os.environ), work, asked))
    child.start()
    return child


def _run(environment: dict[str, str], work: Callable[..., object], asked: tuple[object, ...]) -> None:
    """Do the work where the feed is the only one there is, and files in its drop folder are at rest at once."""
    os.environ.update(environment)
    ingest.feeds.feeds = lambda: {FEED.feed: FEED}
    settled = dropping.settled
    dropping.settled = lambda folder, quiet=0.0: settled(folder, 0)
    work(*asked)


def ended(child: ForkServerProcess) -> int | None:
    """How a child ended: its exit code, or the negative number of the signal."""
    child.join()
    return child.exitcode


def watched(work: Callable[[], object], seen: Callable[[str, str], None]) -> None:
    """Do the work and tell of every entry into and return from the functions of our rooms."""

    def profile(frame: FrameType, event: str, _: Any) -> None:
        name = frame.f_code.co_name
        if (
            event in ("call", "return")
            and not name.startswith(("<", "__"))
            and frame.f_globals.get("__name__") in ROOMS
        ):
            seen(f"{frame.f_globals['__name__']}.{name}", event)

    sys.setprofile(profile)
    work()
    sys.setprofile(None)


def drop(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in FILES.items():
        (folder / name).write_bytes(data)


def points(told: Path, work: Callable[..., object], *asked: object) -> list[tuple[str, str, int]]:
    """Where some work can be killed: function, event, and which time it happens; the first and the last time of each."""
    assert ended(forked(count_points, told, work, *asked)) == 0
    found = json.loads(told.read_text())
    return [(name, event, nth) for name, event, n in found for nth in sorted({1, n})]


def count_points(told: Path, work: Callable[..., object], *asked: object) -> None:
    happened: Counter[tuple[str, str]] = Counter()
    watched(lambda: work(*asked), lambda name, event: happened.update([(name, event)]))
    told.write_text(json.dumps([[*k, n] for k, n in happened.items()]))


def be_killed_at(point: tuple[str, str, int], work: Callable[..., object], *asked: object) -> None:
    name, event, nth = point
    left = [nth]

    def seen(function: str, what: str) -> None:
        if (function, what) == (name, event):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    watched(lambda: work(*asked), seen)


def take_in_all(folder: Path, begin: float) -> None:
    time.sleep(max(0.0, begin - time.time()))
    for path in sorted(folder.glob("*.xlsx")):
        deliver(FEED, path)
    gate_deliveries(deliveries.loaded(FEED.feed))


def take_in_one(path: Path) -> None:
    gate_deliveries([deliver(FEED, path)])


def assert_whole(engine: sa.Engine, folder: Path) -> None:
    """Every file has its verdict and its receipt, and raw holds the accepted ones whole and nothing else."""
    with engine.connect() as c:
        found = c.exec_driver_sql("""
            select d.delivery_id, d.file_name, d.status, d.answered_at is not null as answered,
                (select count(*) from raw.delivered_row as r where r.delivery_id = d.delivery_id) as rows,
                (select count(*) from ops.delivery_month as m where m.delivery_id = d.delivery_id) as months,
                (select count(*) from ops.finding as p where p.delivery_id = d.delivery_id) as findings
            from ops.delivery as d order by 1
        """).all()
    assert {r.status for r in found} <= {"accepted", "rejected", "duplicate"}
    assert all(r.answered and page_of(r.delivery_id, folder / "回执").exists() for r in found)
    for name in FILES:
        verdicts = {r.status for r in found if r.file_name == name} - {"duplicate"}
        assert verdicts == ({"accepted"} if name in ROWS else {"rejected"}), name
    for r in found:
        assert (r.rows, r.months) == ((ROWS[r.file_name], 1) if r.status == "accepted" else (0, 0))
        assert r.status != "rejected" or r.findings == 1, "its reasons are told once"
    assert [p for p in (*folder.iterdir(), *(folder / ".taken").rglob("*")) if p.is_file()] == []


@pytest.fixture
def at_rest(warehouse: sa.Engine) -> sa.Engine:
    """A warehouse with its catalogue and the one feed."""
    declare(FEED)
    load_seeds()
    return warehouse


def test_a_run_killed_at_any_point_is_made_good_by_the_next(at_rest: sa.Engine, tmp_path: Path) -> None:
    folder = tmp_path / "rehearsal" / FEED.feed
    drop(folder)
    where = points(tmp_path / "points.json", take_in, folder)
    assert_whole(at_rest, folder)
    assert {name for name, *_ in where} >= {
        "ingest.land._keep",
        "ingest.load.load",
        "warehouse.book.deliveries.reject",
        "warehouse.book.deliveries.accept",
        "expectations.gate._judge",
        "scheduling.drop.claim",
        "scheduling.intake.dropped",
        "ingest.clerk.receipt.write_receipt",
    }
    for n, (name, event, nth) in enumerate(where[:: 1 if os.environ.get("GONGYUN_EVERY_CRASH") else EVERY]):
        with at_rest.begin() as c:
            c.exec_driver_sql("set session_replication_role = replica")  # raw is append-only, but not for this test
            for table in (
                "raw.delivered_row",
                "raw.delivered_column",
                "raw.control_total",
                "ops.delivery_month",
                "ops.finding",
                "ops.gate_result",
                "ops.gate_run",
                "ops.revision",
                "ops.layout",
                "ops.delivery",
            ):
                c.exec_driver_sql(f"delete from {table}")
        shutil.rmtree(settings().store)
        folder = tmp_path / f"drop{n}" / FEED.feed
        drop(folder)
        assert ended(forked(be_killed_at, (name, event, nth), take_in, folder)) == -signal.SIGKILL, (
            f"{name} {event} {nth}"
        )
        assert ended(forked(take_in, folder)) == 0, f"after {name} {event} {nth}"
        try:
            assert_whole(at_rest, folder)
        except AssertionError as e:
            raise AssertionError(f"killed at {event} {nth} of {name}") from e


def test_several_runs_at_once_take_each_file_in_once(at_rest: sa.Engine, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    drop(folder)
    begin = time.time() + 0.3
    children = [forked(take_in_all, folder, begin) for _ in range(4)]
    assert [ended(c) for c in children] == [0] * 4
    with at_rest.connect() as c:
        found = c.exec_driver_sql(
            "select file_name, status, count(*) from ops.delivery group by 1, 2 order by 1, 2"
        ).all()
        revised = c.exec_driver_sql("select count(*) from ops.revision").scalar_one()
    by_status = {(r.file_name, r.status): r.count for r in found}
    assert sum(by_status.values()) == 12, "every delivery is in the book"
    assert {status for _, status in by_status} <= {"accepted", "rejected", "duplicate"}
    assert by_status["2018年6月用电量坏.xlsx", "rejected"] == 4
    assert revised == 0, "the same file four times revises nothing"


def test_two_different_files_of_a_month_at_once_leave_the_later_one_in_force(
    at_rest: sa.Engine, tmp_path: Path
) -> None:
    versions = []
    for n in range(4):
        (tmp_path / str(n)).mkdir()
        path = tmp_path / str(n) / "2018年6月用电量.xlsx"
        path.write_bytes(xlsx([*HEAD, ["荆门市", 300.5 + n / 10, 8.3], ["东宝区", 100.25, -1.2]], MERGED))
        versions.append(path)

    assert [ended(c) for c in [forked(take_in_one, p) for p in versions]] == [0] * 4
    with at_rest.connect() as c:
        found = dict(c.exec_driver_sql("select delivery_id, status from ops.delivery").all())  # type: ignore[arg-type]
        refused = c.exec_driver_sql("select rule from ops.finding where state = 'stopped'").scalars().all()
        logged = c.exec_driver_sql(
            "select delivery_id, revised_delivery_id, old_value, new_value from ops.revision"
        ).all()
        values = dict(
            c.exec_driver_sql("select delivery_id, value from raw.observation where cell = 'B5'").all()  # type: ignore[arg-type]
        )
    assert found[max(found)] == "accepted", "the one that came last, whichever was judged last"
    assert set(refused) <= {"superseded"}
    assert [*found.values()].count("rejected") == len(refused)
    for r in logged:
        assert (r.old_value, r.new_value) == (values[r.revised_delivery_id], values[r.delivery_id])


def unpublished() -> set[str]:
    """What lies in the place of editions and is not published in the book."""
    lying = {p.relative_to(settings().editions).as_posix() for p in settings().editions.glob("*-*/v*")}
    with engine().connect() as c:
        return lying - set(c.exec_driver_sql("select directory from ops.edition where status = 'published'").scalars())


def draft_and_release(month: Month, build_id: int, gate_run_id: int) -> None:
    release(draft(month, build_id, gate_run_id), "王敏")


def test_a_draft_or_release_killed_at_any_point_is_made_good_by_the_next(june: BookedMonth, tmp_path: Path) -> None:
    work = (Month.of(june.month), june.build_id, june.gate_run_id)
    where = points(tmp_path / "points.json", draft_and_release, *work)
    assert {name for name, *_ in where} >= {
        "publish.edition._move",
        "warehouse.durable.move",
        "warehouse.book.problems.see",
    }
    for point in where[:: 1 if os.environ.get("GONGYUN_EVERY_CRASH") else EVERY]:
        assert ended(forked(be_killed_at, point, draft_and_release, *work)) == -signal.SIGKILL, point
        with engine().connect() as c:
            left = c.exec_driver_sql("select edition_id from ops.edition where status = 'draft'").scalars().all()
        for edition in left:
            decline(edition, "王敏")
        recover()
        assert unpublished() == set(), point
        drafts = {p.name for p in (settings().editions / ".drafts").iterdir()}
        with engine().connect() as c:
            assert drafts <= {str(e) for e in c.exec_driver_sql("select edition_id from ops.edition").scalars()}, point
        assert ended(forked(draft_and_release, *work)) == 0, f"after {point}"
    with engine().connect() as c:
        numbers = (
            c.exec_driver_sql("select number from ops.edition where number is not null order by 1").scalars().all()
        )
    assert numbers == list(range(1, len(numbers) + 1))
