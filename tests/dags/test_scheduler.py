"""The bell, under a real Airflow: which file starts which run, for which month. One story, in the order it stands."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from typer.testing import CliRunner

from gongyun.cli import app
from gongyun.installation import prepare
from samples import spoil
from samples.simulate import write_month
from scheduling import airflow_local
from scheduling.airflow_local import Airflow, Run
from tests.conftest import installation
from vocabulary.month import Month
from warehouse.book import deliveries, duties
from warehouse.settings import settings

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("scheduler")]

POWER, FREIGHT = "powr__electricity", "tran__freight"


@pytest.fixture(scope="module")
def airflow(server_home: Callable[[str], Path]) -> Iterator[Airflow]:
    with installation(server_home("bell")):
        prepare()
        yield airflow_local.start()


def until(reached: Callable[[], bool], what: str, seconds: float = 150) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.5)


def finished(airflow: Airflow, dag_id: str, number: int) -> list[Run]:
    """The runs of a DAG, once there are `number` of them and all have ended."""

    def ended() -> bool:
        runs = airflow.runs(dag_id)
        return len(runs) >= number and not {"queued", "running"} & {r.state for r in runs}

    until(ended, f"{number} runs of {dag_id}")
    return airflow.runs(dag_id)


def drop(feed: str, file: Path) -> None:
    folder = settings().drop / feed
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file.name).write_bytes(file.read_bytes())


def test_a_dropped_file_starts_its_feed_and_its_month(airflow: Airflow, tmp_path: Path) -> None:
    file = write_month("2018-06", tmp_path)[POWER]
    drop(POWER, file)
    assert [(r.state, r.month) for r in finished(airflow, "build_marts", 1)] == [("success", "2018-06")]
    (run,) = finished(airflow, f"feed__{POWER}", 1)
    assert set(airflow.tasks(run.dag_id, run.run_id).values()) == {"success"}
    folder = settings().drop / POWER
    assert [p.name for p in folder.rglob("*") if p.is_file() and p.suffix == file.suffix] == [], "taken out of the drop"
    assert len(list((folder / "回执").glob("*.html"))) == 1


def test_a_month_with_required_feeds_missing_is_held(airflow: Airflow) -> None:
    (run,) = airflow.runs("build_marts")
    assert duties.missing_required(Month.parse("2018-06"))
    states = airflow.tasks(run.dag_id, run.run_id)
    assert states == {"readiness": "skipped", "build": "skipped", "gate": "skipped", "draft": "skipped"}


def test_redelivery_of_an_old_month_starts_exactly_that_month(airflow: Airflow, tmp_path: Path) -> None:
    drop(POWER, write_month("2017-11", tmp_path)[POWER])
    assert [r.month for r in finished(airflow, "build_marts", 2)] == ["2018-06", "2017-11"]
    drop(POWER, spoil.correct(write_month("2017-11", tmp_path)[POWER]))
    assert [r.month for r in finished(airflow, "build_marts", 3)] == ["2018-06", "2017-11", "2017-11"]
    assert {r.month for r in airflow.runs(f"feed__{POWER}")} == {None}, "a feed's run knows no month before it has read"


def test_the_same_file_again_starts_no_month(airflow: Airflow, tmp_path: Path) -> None:
    drop(POWER, write_month("2018-06", tmp_path)[POWER])
    finished(airflow, f"feed__{POWER}", 4)
    time.sleep(3)
    assert len(airflow.runs("build_marts")) == 3


def test_a_refused_file_fails_its_own_feeds_run_and_starts_no_month(airflow: Airflow, tmp_path: Path) -> None:
    files = write_month("2018-06", tmp_path)
    file = files[FREIGHT]
    file.write_bytes(b"PK\x03\x04 not a workbook any more")
    drop(FREIGHT, file)
    (run,) = finished(airflow, f"feed__{FREIGHT}", 1)
    assert run.state == "failed"
    assert airflow.tasks(run.dag_id, run.run_id) == {
        "take_in": "success",
        "all_accepted": "failed",
    }
    assert len(list((settings().drop / FREIGHT / "回执").glob("*.html"))) == 1
    assert {r.state for r in airflow.runs(f"feed__{POWER}")} == {"success"}
    assert len(airflow.runs("build_marts")) == 3


def test_a_person_may_start_a_month_by_parameter(airflow: Airflow) -> None:
    run_id = airflow.trigger("build_marts", month="2018-05")
    runs = finished(airflow, "build_marts", 4)
    assert [(r.run_id, r.month, r.state) for r in runs[3:]] == [(run_id, "2018-05", "success")]
    airflow.trigger("publish_edition", month="2018-05")
    (run,) = finished(airflow, "publish_edition", 1)
    assert set(airflow.tasks(run.dag_id, run.run_id).values()) == {"skipped"}, "there is no draft to decide on"


def test_a_file_taken_in_by_hand_is_answered_and_its_month_started_all_the_same(
    airflow: Airflow, tmp_path: Path
) -> None:
    file = write_month("2017-10", tmp_path)[POWER]
    done = CliRunner().invoke(app, ["ingest", str(file)])
    assert f"started feed__{POWER}" in done.output, done.output
    assert [r.month for r in finished(airflow, "build_marts", 5)][4:] == ["2017-10"]
    assert deliveries.unanswered(POWER) == []


def test_who_guesses_passwords_is_not_heard_for_a_while(airflow: Airflow) -> None:
    def login(password: str) -> int:
        who = {"username": airflow.username, "password": password}
        return requests.post(f"{airflow.url}/auth/token", json=who, timeout=60).status_code

    answers = [login(f"guess{n}") for n in range(12)]
    assert answers == [401] * 10 + [429] * 2
    assert login(airflow.password) == 429, "whoever it is"
    assert airflow.dags(), "who is in stays in"


def test_stopping_ends_only_what_was_started_and_starting_again_goes_on(airflow: Airflow) -> None:
    before = len(airflow.runs("build_marts"))
    assert airflow_local.stop()
    assert airflow_local.running() is None
    assert not airflow_local.stop()
    again = airflow_local.start()
    assert again.password == airflow.password
    assert len(again.runs("build_marts")) == before
