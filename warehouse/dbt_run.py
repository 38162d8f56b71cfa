"""dbt in a process of its own: `python -m warehouse.dbt_run PARENT RESULTS ARGUMENTS…` writes what became of each node to RESULTS.

It ends with its parent, and holds a lock of its own as long as it runs: no other writes the tables meanwhile.

dbt's own artifacts say so too, but writing a manifest with them twice a run takes a twentieth of a city's build.
"""

import json
import sys
from pathlib import Path

from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner

from warehouse.book import locks
from warehouse.parent import end_with


def main() -> int:
    parent, results, *arguments = sys.argv[1:]
    end_with(int(parent))
    with locks.alone("dbt"):
        return _run(results, arguments)


def _run(results: str, arguments: list[str]) -> int:
    done = dbtRunner().invoke(["--no-write-json", *arguments])
    if done.exception:
        print(done.exception, file=sys.stderr)
    if isinstance(done.result, RunExecutionResult):
        nodes = [
            {
                "node": r.node.unique_id,
                "status": str(r.status),
                "seconds": round(r.execution_time, 3),
                "began": str(min(t.started_at for t in r.timing)) if r.timing else None,
                "ended": str(max(t.completed_at for t in r.timing)) if r.timing else None,
                "failures": r.failures,
                "message": r.message,
            }
            for r in done.result.results
        ]
        Path(results).write_text(json.dumps(nodes), encoding="utf-8")
    return 0 if done.success else 1


if __name__ == "__main__":
    sys.exit(main())
