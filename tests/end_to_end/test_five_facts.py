"""Five facts about the whole way, under the real scheduler, on one simulated city, and its marts reckoned anew.

The tests of this file are one story and run in the order they stand: each fixture is the next thing that happens.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gongyun import demo
from gongyun.installation import prepare
from publish.edition import edition_directory
from samples import spoil
from samples.simulate import write_month
from scheduling import airflow_local
from scheduling.airflow_local import Airflow
from scheduling.intake import receipts as receipts_of
from tests.conftest import installation
from tests.dbt.delivered import World
from tests.dbt.marts_reckoned import RECKONED, differences
from vocabulary.month import Month
from warehouse import database
from warehouse.book import duties, editions
from warehouse.book.editions import Edition
from warehouse.settings import settings

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("scheduler")]

MONTH = demo.MONTH
POISONED, LATE, CORRECTED = "comm__foreign_trade", "stat__value_added", "powr__electricity"


@dataclass
class City:
    """A city whose history is in, with Airflow running; `files` are those of the month to come."""

    airflow: Airflow
    files: dict[str, Path]

    def drop(self, *feeds: str) -> None:
        demo.drop((f, self.files[f]) for f in feeds)

    def runs(self, dag_id: str) -> list[tuple[str, str | None]]:
        return [(r.state, r.month) for r in self.airflow.runs(dag_id)]

    def settle(self) -> None:
        """Wait until nothing lies in the drop folders and no run of feeds or marts is under way."""

        def quiet() -> bool:
            dropped = [p for p in settings().drop.glob("*/*") if p.is_file()]
            busy = [
                r for r in self.airflow.runs("~") if r.dag_id != "publish_edition" and r.state in ("queued", "running")
            ]
            return not dropped and not busy

        quiet_since = None
        deadline = time.monotonic() + demo.PATIENCE
        while time.monotonic() < deadline:
            quiet_since = (quiet_since or time.monotonic()) if quiet() else None
            if quiet_since and time.monotonic() - quiet_since > 8:
                return
            time.sleep(0.5)
        raise AssertionError(
            f"not quiet after {demo.PATIENCE:.0f} s: {[r for r in self.airflow.runs('~') if r.state != 'success']}"
        )


def query(statement: str, **values: object) -> list[sa.Row]:
    with database.engine().connect() as c:
        return list(c.execute(sa.text(statement), values))


def delivered() -> tuple[int, int]:
    """Rows and columns in raw."""
    return query("select (select count(*) from raw.delivered_row), (select count(*) from raw.delivered_column)")[
        0
    ]._tuple()


def digest_of_other_months() -> str:
    rows = query(
        "select g::text from marts.fct_indicator_growth as g where month <> :m order by 1", m=Month.parse(MONTH)
    )
    return hashlib.sha256("\n".join(r[0] for r in rows).encode()).hexdigest()


@pytest.fixture(scope="module")
def city(server_home: Callable[[str], Path]) -> Iterator[City]:
    home = server_home("city")
    with installation(home):
        prepare()
        demo.take_history(demo.HISTORY, lambda *_: lambda done: None)
        airflow = airflow_local.start()
        airflow.unpause_all()
        yield City(airflow, write_month(MONTH, home / "june"))


@pytest.fixture(scope="module")
def all_but_one_dropped(city: City) -> City:
    """June arrives with one file poisoned and one required file missing."""
    spoil.shift_unit(city.files[POISONED])
    city.drop(*(f for f in city.files if f != LATE))
    city.settle()
    return city


@pytest.fixture(scope="module")
def first_edition(all_but_one_dropped: City) -> Edition:
    """The missing file comes, the draft is approved."""
    all_but_one_dropped.drop(LATE)
    all_but_one_dropped.settle()
    demo.approve(all_but_one_dropped.airflow, MONTH, "test")
    return demo.wait(lambda: demo.published(MONTH), "the first edition", all_but_one_dropped.airflow)


def test_a_poisoned_file_stops_only_its_own_feed(all_but_one_dropped: City) -> None:
    states = {f.feed: f.last_status for f in duties.month_feeds(Month.parse(MONTH))}
    assert states[POISONED] == "rejected"
    assert {f: s for f, s in states.items() if f not in (POISONED, LATE)} == dict.fromkeys(
        states.keys() - {POISONED, LATE}, "accepted"
    )
    assert [s for s, _ in all_but_one_dropped.runs(f"feed__{POISONED}")] == ["failed"]
    named = query(
        """
        select p.cell from ops.finding as p join ops.delivery as d using (delivery_id)
        where d.feed = :f and p.rule = 'unit_shift' and p.cell is not null
    """,
        f=POISONED,
    )
    assert named, "the receipt names the cells"
    receipts = list(receipts_of(POISONED).glob("*.html"))
    assert len(receipts) == 1
    assert "退回" in receipts[0].read_text(encoding="utf-8")


def test_a_missing_required_feed_holds_the_edition(all_but_one_dropped: City) -> None:
    assert [f.feed for f in duties.missing_required(Month.parse(MONTH))] == [LATE]
    held = all_but_one_dropped.airflow.runs("build_marts")
    assert held, "accepted files ring the bell of their month"
    assert {r.month for r in held} == {MONTH}
    for run in held:
        assert all_but_one_dropped.airflow.tasks("build_marts", run.run_id)["build"] == "skipped"
    assert editions.of_month(Month.parse(MONTH)) == []


def test_a_good_month_publishes_the_numbers_known_in_print(first_edition: Edition) -> None:
    assert (first_edition.number, first_edition.status) == (1, "published")
    report = edition_directory(first_edition.edition_id) / "report.html"
    assert (
        hashlib.sha256(report.read_bytes()).hexdigest()
        in (edition_directory(first_edition.edition_id) / "manifest.json").read_text()
    )
    headline = query(
        "select growth_pct, previous_growth_pct, change_pp from reports.rpt_headline "
        "where indicator = 'ST01' and period_type = 'YTD'"
    )
    assert [(round(g, 1), round(p, 1), round(c, 1)) for g, p, c in headline] == [(8.1, 7.9, 0.2)]
    text = report.read_text(encoding="utf-8")
    assert "8.1" in text
    assert "模拟数据" in text
    missing = query("select feed from reports.rpt_coverage where accepted_at is null")
    assert [m.feed for m in missing] == [POISONED], "the gap is declared"


def test_the_same_file_twice_changes_nothing(city: City, first_edition: Edition) -> None:
    before, builds = delivered(), len(city.runs("build_marts"))
    city.drop(CORRECTED)
    city.settle()
    assert delivered() == before
    last = query("select status from ops.delivery where feed = :f order by delivery_id desc limit 1", f=CORRECTED)
    assert last[0].status == "duplicate"
    assert len(city.runs("build_marts")) == builds
    assert [e.number for e in editions.of_month(Month.parse(MONTH)) if e.number] == [1]


def forge(airflow: Airflow, task: dict[str, Any]) -> None:
    """Write an answer into what tasks hand to each other, as any editor of tasks may."""
    path = f"dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}/xcomEntries"
    answer = {"chosen_options": ["批准发布"], "params_input": {}, "responded_by_user": {"id": "1", "name": "市长"}}
    airflow.call("POST", path, key="return_value", value=answer)


def test_a_corrected_file_changes_only_its_month_and_the_edition_gets_a_successor(
    city: City, first_edition: Edition
) -> None:
    others, builds = digest_of_other_months(), len(city.runs("build_marts"))
    first_bytes = (edition_directory(first_edition.edition_id) / "report.html").read_bytes()
    spoil.correct(city.files[CORRECTED])
    city.drop(CORRECTED)
    city.settle()
    (question,) = city.airflow.call("GET", "dags/publish_edition/dagRuns/~/hitlDetails?response_received=false")[
        "hitl_details"
    ]
    assert [u["id"] for u in question["assigned_users"]] == ["gongyun"], "nobody else is let answer"
    forge(city.airflow, question["task_instance"])
    demo.approve(city.airflow, MONTH, "test")
    second = demo.wait(lambda: (e := demo.published(MONTH)) and e.number == 2 and e, "the successor", city.airflow)
    assert {month for _, month in city.runs("build_marts")[builds:]} == {MONTH}
    assert digest_of_other_months() == others
    (decided,) = query("select decided_by, decision_record from ops.edition where edition_id = :e", e=second.edition_id)
    assert (decided.decided_by, decided.decision_record["account"]) == ("gongyun", "gongyun")
    assert decided.decision_record["task_instance"] == question["task_instance"]["id"]
    assert (
        query("select succeeds from ops.edition where edition_id = :e", e=second.edition_id)[0].succeeds
        == first_edition.edition_id
    )
    assert (edition_directory(first_edition.edition_id) / "report.html").read_bytes() == first_bytes
    assert "更正说明" in (edition_directory(second.edition_id) / "report.html").read_text(encoding="utf-8")
    manifest = json.loads((edition_directory(second.edition_id) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest


@pytest.fixture(scope="module")
def world(first_edition: Edition) -> World:
    """The city as its last build left it."""
    return World(database.engine())


@pytest.mark.parametrize("mart", RECKONED)
def test_a_mart_of_the_city_is_what_its_cells_and_the_law_come_to(world: World, mart: str) -> None:
    assert differences(world, mart) == []
