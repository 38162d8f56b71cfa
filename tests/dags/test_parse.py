"""What the DAG folder holds, told by Airflow's own parser in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.feeds import feeds
from warehouse.settings import ROOT

SNAPSHOT = Path(__file__).with_name("snapshot.json")


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What tests/dags/parse.py found. The heavy modules are seen there, since nothing else was imported."""
    home = tmp_path_factory.mktemp("parse")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "GONGYUN"))}
    environment |= {
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'none.db'}",
        "GONGYUN_HOME": str(home),
        "PARSED": str(home / "parsed.json"),
    }
    run = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("parse.py")), str(ROOT / "dags")],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads((home / "parsed.json").read_text())


def test_every_dag_file_is_imported_without_errors(parsed: dict[str, Any]) -> None:
    assert parsed["import_errors"] == {}


def test_parsing_imports_nothing_heavy(parsed: dict[str, Any]) -> None:
    assert parsed["heavy_modules"] == []


def test_every_feed_has_its_dag(parsed: dict[str, Any]) -> None:
    made = {d for d in parsed["dags"] if d.startswith("feed__")}
    assert made == {f"feed__{name}" for name in feeds()}


def test_airflow_does_not_skip_a_dag_file() -> None:
    """Airflow leaves out, without a word, a file whose text lacks "dag" or "airflow"."""
    for path in (ROOT / "dags").glob("*.py"):
        text = path.read_text(encoding="utf-8").lower()
        assert "dag" in text, path.name
        assert "airflow" in text, path.name


def test_no_dag_task_or_asset_is_lost_unseen(parsed: dict[str, Any]) -> None:
    """Where the change is meant, delete snapshot.json, run this test once and commit what it wrote."""
    if not SNAPSHOT.exists():
        SNAPSHOT.write_text(json.dumps(parsed["dags"], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert parsed["dags"] == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_a_month_is_built_one_at_a_time_and_approvals_wait_side_by_side(parsed: dict[str, Any]) -> None:
    """An approval may wait for days; in a DAG with one run at a time it would hold every other month."""
    assert parsed["dags"]["build_marts"]["max_active_runs"] == 1
    assert parsed["dags"]["publish_edition"]["max_active_runs"] > 1
    assert "approve" not in parsed["dags"]["build_marts"]["tasks"]


def test_what_a_machine_does_is_tried_again_and_has_a_time_limit(parsed: dict[str, Any]) -> None:
    """A person's answer has no limit here; the verdict on files that turns a task red is not tried again."""
    for dag_id, dag in parsed["dags"].items():
        for task_id, task in dag["tasks"].items():
            assert task.get("limit_seconds") == (None if task_id == "approve" else 7200), (dag_id, task_id)
            assert task_id == "all_accepted" or task["retries"] >= 1, (dag_id, task_id)
