"""The way of one file to an edition under the real scheduler, the process of each task killed where it hurts most.

A kill is a SIGKILL of the task's process, as a machine short of memory would; what is left of it the scheduler takes up
again. Step by step inside a process: test_crashes.py.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gongyun import demo
from gongyun.installation import prepare
from ingest.feeds import get_feed
from publish.edition import edition_directory, verify
from scheduling import airflow_local
from scheduling.airflow_local import Airflow
from scheduling.drop import folder_of
from scheduling.intake import Arrival, take_in_history
from tests.areas import test_northmark
from tests.areas.test_northmark import files
from tests.conftest import installation
from vocabulary.month import Month
from warehouse import database
from warehouse.book import editions
from warehouse.book.editions import Edition
from warehouse.settings import settings

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("scheduler")]

MONTH, LAST = "2018-03", "stat__value_added"
# In the order in which a month comes to them.
POINTS = (
    "ingest.land.land return",  # the bytes kept and in the book, nothing read
    "scheduling.intake._announce entry",  # judged and answered, its month not announced
    "warehouse.book.duties.missing_required return",  # nothing begun
    "warehouse.build.dbt during",  # dbt at work on the tables, which ends with its task
    "warehouse.book.findings.let_pass return",  # judged, the verdict not in the book
    "expectations.gate.gate_month return",  # in the book, the scheduler not told
    "publish.edition._write return",  # files drafted, not in the book
    "publish.edition.draft return",  # in the book, the scheduler not told
    "publish.edition._move return",  # released in place, not in the book
    "publish.edition.release return",  # published, the scheduler not told
)
AREA = {"GONGYUN_AREAS": str(Path(test_northmark.__file__).parent), "GONGYUN_AREA": "northmark"}
KILLING = Path(__file__).parent / "killing"


@pytest.fixture(scope="module")
def undisturbed(server_home: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What the edition states where nothing is killed, made without a scheduler."""
    with installation(server_home("undisturbed"), **AREA):
        test_northmark.run("ingest", *files(tmp_path_factory.mktemp("files")))
        for command in (("build", MONTH), ("gate", MONTH), ("publish", MONTH, "--by", "A. Clerk")):
            test_northmark.run(*command)
        yield stated(editions.of_month(Month.parse(MONTH))[0]), counted()


@pytest.fixture(scope="module")
def airflow(
    server_home: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory, undisturbed: Any
) -> Iterator[Airflow]:
    """An area with everything in but one file, and a scheduler whose tasks will be killed."""
    folder = tmp_path_factory.mktemp("killed")
    killing = {"PYTHONPATH": str(KILLING), "CRASH_POINTS": json.dumps(POINTS), "CRASH_FOLDER": str(folder)}
    with installation(server_home("killed"), **AREA, **killing):
        prepare()
        *before, last = files(tmp_path_factory.mktemp("files"))
        feeds = [get_feed("powr__electricity"), get_feed(LAST)]
        take_in_history(feeds, [Arrival(feeds["Value" in path.name], path) for path in before])
        started = airflow_local.start()
        started.unpause_all()
        (folder_of(get_feed(LAST)) / last.name).write_bytes(last.read_bytes())
        yield started


def stated(edition: Edition) -> Any:
    """What an edition prints, but for moments and for who numbered what in which order."""
    text = (edition_directory(edition.edition_id) / "data.json").read_text(encoding="utf-8")
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(\+[\d:]+|Z)?", "T", text)
    return json.loads(re.sub(r'("\w*(?:delivery|build|gate_run|edition)_id": )\d+', r"\1 0", text))


def counted() -> dict[str, int]:
    """Rows of raw and of the book that tell of deliveries, and files in the store."""
    names = ("raw.delivered_row", "raw.delivered_column", "raw.control_total", "ops.delivery", "ops.delivery_month",
             "ops.finding", "ops.revision", "ops.problem_event")  # fmt: skip
    with database.engine().connect() as c:
        rows = {name: c.scalar(sa.text(f"select count(*) from {name}")) for name in names}
    return rows | {"store": sum(p.is_file() for p in settings().store.glob("??/*"))}


def test_a_month_whose_every_task_is_killed_ends_as_one_that_nothing_happened_to(
    airflow: Airflow, undisturbed: Any
) -> None:
    asked = 0
    while not (published := demo.published(MONTH)):
        demo.approve(airflow, MONTH, f"for the {asked + 1}. time")
        asked += 1
        demo.wait(lambda: demo.published(MONTH) or airflow.approvals("publish_edition"), "the release", airflow)
    demo.wait(lambda: {r.state for r in airflow.runs("publish_edition")} == {"success"}, "the last run", airflow)
    killed = {p.name for p in Path(os.environ["CRASH_FOLDER"]).iterdir()}
    assert killed == set(POINTS), "every point was come to"
    assert asked == 2, "the answer that was not carried out is asked for again"
    assert {r.state for r in airflow.runs("~")} == {"success"}
    verify(edition_directory(published.edition_id), published.sha256)
    assert (stated(published), counted()) == undisturbed
    of_month = editions.of_month(Month.parse(MONTH))
    assert [e.number for e in of_month if e.status == "published"] == [1]
    lying = {p.relative_to(settings().editions).as_posix() for p in settings().editions.glob("*/*")}
    assert lying == {e.directory for e in of_month}, "the book knows what lies among the editions"
    (drop,) = [p for p in folder_of(get_feed(LAST)).iterdir() if not p.name.startswith(".")]
    assert len([*drop.glob("*.html")]) == 1, "one receipt, and nothing else left in the drop folder"
