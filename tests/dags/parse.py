"""Run in a process of its own: parse the DAG folder as Airflow does and print, as JSON, what came of it."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import Asset, BaseOperator


def _names(condition: Any) -> set[str]:
    """Names of the assets in a condition, which is an asset or a nest of them."""
    return {condition.name} if isinstance(condition, Asset) else set().union(*map(_names, condition.objects))


def _when(timetable: Any) -> str:
    return str(getattr(timetable, "expression", ""))


def _described(dag: Any) -> dict[str, Any]:
    condition = getattr(dag.timetable, "asset_condition", None)
    return {
        "starts_on": sorted(_names(condition)) if condition else _when(dag.timetable),
        "timetable": type(dag.timetable).__name__,
        "max_active_runs": dag.max_active_runs,
        "tasks": {t.task_id: _task(t) for t in dag.tasks},
    }


def _task(task: BaseOperator) -> dict[str, Any]:
    outlets = sorted(o.name for o in task.outlets if isinstance(o, Asset))
    return {
        "after": sorted(task.upstream_task_ids),
        **({"retries": task.retries} if task.retries else {}),
        **({"limit_seconds": int(task.execution_timeout.total_seconds())} if task.execution_timeout else {}),
        **({"emits": outlets} if outlets else {}),
    }


def main(folder: Path) -> None:
    began = time.perf_counter()
    bag = DagBag(str(folder), bundle_path=folder, bundle_name="dags")
    seconds = time.perf_counter() - began
    heavy = sorted(m for m in ("great_expectations", "dbt", "polars", "pandas", "matplotlib") if m in sys.modules)
    found = {
        "dags": {dag_id: _described(dag) for dag_id, dag in sorted(bag.dags.items())},
        "import_errors": bag.import_errors,
        "heavy_modules": heavy,
        "seconds": seconds,
    }
    Path(os.environ["PARSED"]).write_text(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
