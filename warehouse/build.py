"""dbt, run for a month: the seeds, and the marts and reports of what was accepted, each run written in ops.build."""

import hashlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import psycopg
from psycopg import sql

from vocabulary.month import Month
from warehouse import seeds
from warehouse.book import builds, locks
from warehouse.book.clock import now
from warehouse.database import connect, database_url
from warehouse.settings import ROOT, settings

log = logging.getLogger(__name__)

FAILED = {"error", "fail", "runtime error"}


class BuildFailed(RuntimeError):
    """dbt did not finish. `failures` maps the failing node to what it said."""

    def __init__(self, failures: dict[str, str]) -> None:
        self.failures = failures
        super().__init__("; ".join(f"{node}: {' '.join(said.split())}" for node, said in failures.items()))


def load_seeds() -> None:
    """Load every seed into schema catalog and test it. Raises BuildFailed naming the seeds or tests that failed."""
    with locks.alone("build"):
        # a seed that has gained a column since it was last loaded has to be made anew
        _run("build", {}, "--select", "resource_type:seed", "--indirect-selection", "cautious", "--full-refresh")


def build_marts(month: Month, as_of: datetime | None = None, full: bool = False) -> int:
    """Build every model for `month` as known at `as_of` (default: now) and test it; return the build_id.

    Only the months concerned are written anew where the last build left whole tables of the same code, seeds and feeds
    behind (docs/decisions/0007); everything, with `full`. The seeds are loaded first where the catalogue is missing.
    Raises BuildFailed with the failing nodes named; the row in ops.build then says so too. Builds of one warehouse wait
    for each other, and for who reads the tables for a gate or a draft (LockHeld where they wait in vain).
    """
    as_of = as_of or now()
    if not _seeded():
        load_seeds()
    with locks.alone("build"):
        with connect(autocommit=True) as c:
            fingerprint = _fingerprint(c)
            increment = not full and _tables_hold_the_last_build(c, fingerprint)
            build_id = builds.begin(month, as_of, code_version(), fingerprint, increment)
            # what was just loaded has no statistics yet, and without them the joins of staging take minutes
            c.execute(
                "analyze raw.delivered_row, raw.delivered_column, raw.register, ops.feed, ops.delivery, ops.delivery_month"
            )
        kind = "increment" if increment else "full build"
        log.info("build %s of %s as of %s, %s", build_id, month, as_of.isoformat(), kind)
        asked = {
            "GONGYUN_BUILD_MONTH": str(month),
            "GONGYUN_BUILD_AS_OF": as_of.isoformat(),
            "GONGYUN_BUILD_ID": str(build_id),
        }
        timings: dict[str, float] = {}
        succeeded = False
        try:
            timings = _run(
                "build",
                asked,
                *(() if increment else ("--full-refresh",)),
                "--select",
                "resource_type:model",
                "--exclude",
                "resource_type:unit_test",
            )
            succeeded = True
        finally:
            builds.finish(build_id, succeeded, timings)
    return build_id


def dbt(command: str, asked: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one dbt command on this installation's warehouse; `asked` are the GONGYUN_BUILD_ variables of stg_build.

    What became of each node lies in `results()`, dbt's output is in what is returned.
    """
    target = results().parent
    target.mkdir(parents=True, exist_ok=True)
    results().unlink(missing_ok=True)
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "warehouse.dbt_run",
            str(os.getpid()),
            str(results()),
            "--no-use-colors",
            command,
            "--project-dir",
            str(settings().dbt_project),
            "--profiles-dir",
            str(settings().dbt_project),
            "--target-path",
            str(target),
            "--log-path",
            str(target),
            *arguments,
        ],
        env={**os.environ, **_connection(), "GONGYUN_SEEDS": str(seeds.assemble(target / "seeds")), **asked},
        capture_output=True,
        text=True,
        check=False,
    )


def results() -> Path:
    """What the last run of dbt made of each node (warehouse/dbt_run.py), beside its log, apart for every warehouse."""
    return settings().home / "dbt" / (database_url().database or "") / "results.json"


def _connection() -> dict[str, str]:
    url = database_url()
    host = url.query.get("host") or url.host or "localhost"
    return {
        "GONGYUN_PG_HOST": str(host),
        "GONGYUN_PG_PORT": str(url.port or 5432),
        "GONGYUN_PG_USER": url.username or "postgres",
        "GONGYUN_PG_PASSWORD": str(url.password or ""),
        "GONGYUN_PG_DATABASE": url.database or "",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # what the server does for a dbt that was killed ends with it
        "PGOPTIONS": "-c client_connection_check_interval=1s",
    }


def _run(command: str, asked: dict[str, str], *arguments: str) -> dict[str, float]:
    """Run dbt and return seconds by node. Raises BuildFailed."""
    done = dbt(command, asked, *arguments)
    if not results().exists():
        raise BuildFailed({f"dbt {command}": (done.stdout + done.stderr).strip()[-2000:]})
    timings, failures = {}, {}
    for node in json.loads(results().read_text(encoding="utf-8")):
        timings[node["node"]] = node["seconds"]
        level = logging.ERROR if node["status"] in FAILED else logging.INFO
        log.log(level, "%s %s %.2f s", node["status"], node["node"], node["seconds"])
        if node["status"] in FAILED:
            failures[node["node"]] = node["message"] or node["status"]
    if failures:
        raise BuildFailed(failures)
    if done.returncode:
        raise BuildFailed({f"dbt {command}": (done.stdout + done.stderr).strip()[-2000:]})
    return timings


def _seeded() -> bool:
    with connect() as c:
        found = c.execute("select to_regclass('catalog.indicators')").fetchone()
    return bool(found and found[0])


def _fingerprint(c: psycopg.Connection) -> str:
    """Of the code of the models, the area, and what the seeds and feeds say in the database."""
    digest = hashlib.sha256(settings().area.encode())
    for path in sorted(_code(settings().dbt_project)):
        digest.update(path.relative_to(settings().dbt_project).as_posix().encode() + path.read_bytes())
    tables = c.execute("select tablename from pg_tables where schemaname = 'catalog' order by 1").fetchall()
    for table in [sql.Identifier("catalog", t) for (t,) in tables] + [sql.Identifier("ops", "feed")]:
        said = c.execute(
            sql.SQL("select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {} as t").format(table)
        ).fetchone()
        assert said is not None
        digest.update(str(said[0]).encode())
    return digest.hexdigest()


def _code(project: Path) -> Iterator[Path]:
    """What the models are made of; whoever runs dbt by hand leaves what it compiled in `target`."""
    for path in project.rglob("*"):
        if path.suffix in (".sql", ".yml") and path.relative_to(project).parts[0] != "target":
            yield path


def _tables_hold_the_last_build(c: psycopg.Connection, fingerprint: str) -> bool:
    """Whether the last build finished, from the same rules, and is what lies in the tables still.

    Tables between raw and marts are not logged: a server that crashed has emptied them, stg_build among them.
    """
    found = c.execute("select to_regclass('staging.stg_build')").fetchone()
    if not (found and found[0]):
        return False
    last = c.execute(
        """
        select b.succeeded and b.fingerprint = %s and exists (
            select 1 from staging.stg_build as s where s.as_of = b.as_of
        )
        from ops.build as b order by b.build_id desc limit 1
        """,
        (fingerprint,),
    ).fetchone()
    return bool(last and last[0])


def code_version() -> str:
    """What was run: the package's version and, in brackets, the commit: GONGYUN_CODE_VERSION, else git's in the checkout."""
    commit = os.environ.get("GONGYUN_CODE_VERSION") or _commit()
    return f"{version('gongyun')} ({commit})" if commit else version("gongyun")


def _commit() -> str:
    """The commit of the checkout, `-dirty` behind it where it was changed since; empty outside of git."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
