"""A real Airflow on this machine, for the demo, the tests and a first look: metadata in the installation's PostgreSQL,
LocalExecutor, everything it writes under `<home>/airflow`. It is started and stopped by its own process ids only.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import requests

from ingest.feeds import feeds
from warehouse.database import create_database, database_url
from warehouse.settings import ROOT, settings

METADATA = "airflow"
USER = "gongyun"
FIRST_PORT = 8080
ANSWERABLE_AFTER = timedelta(seconds=2)
# Seconds for one answer: on a busy machine the api-server can be silent for half a minute.
PATIENCE = 120
SERVICES = {
    "api-server": ["airflow", "api-server", "--host", "127.0.0.1", "--workers", "1"],
    "scheduler": ["scheduling.scheduler", "--skip-serve-logs"],
    "dag-processor": ["airflow", "dag-processor"],
    "triggerer": ["airflow", "triggerer", "--skip-serve-logs"],
}


class AirflowFailed(RuntimeError):
    """The local Airflow did not come up or refused a request; the message names the log to read."""


@dataclass(frozen=True)
class Run:
    """One run of a DAG. `month` is its partition key, or the month it was triggered with."""

    dag_id: str
    run_id: str
    state: str
    month: str | None


@dataclass(frozen=True)
class Approval:
    """A question that waits for a person in Airflow's own approval task."""

    dag_id: str
    run_id: str
    task_id: str
    subject: str
    body: str


class Airflow:
    """The REST API of a running Airflow, in the few words that the demo and the tests need."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.url, self.username, self.password = url, username, password
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """One request under /api/v2, with a fresh token where the old one has expired. Raises AirflowFailed."""
        for _ in range(2):
            answer = self._session.request(method, f"{self.url}/api/v2/{path}", json=body or None, timeout=PATIENCE)
            if answer.status_code != 401:
                break
            self._log_in()
        if not answer.ok:
            raise AirflowFailed(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else {}

    def _log_in(self) -> None:
        who = {"username": self.username, "password": self.password}
        answer = self._session.post(f"{self.url}/auth/token", json=who, timeout=PATIENCE)
        if not answer.ok:
            raise AirflowFailed(f"login as {self.username}: {answer.status_code} {answer.text[:300]}")
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def wake_execution(self) -> None:
        """Ask the side of the api-server that tasks talk to. It builds its routes, for seconds, when first asked."""
        self._session.get(f"{self.url}/execution/health", timeout=PATIENCE)

    def dags(self) -> set[str]:
        return {d["dag_id"] for d in self.call("GET", "dags?limit=500")["dags"]}

    def import_errors(self) -> list[str]:
        return [e["stack_trace"] for e in self.call("GET", "importErrors")["import_errors"]]

    def unpause_all(self) -> None:
        """Let every DAG run. A feed's drop folder is watched from the next time its DAG is parsed."""
        self.call("PATCH", "dags?dag_id_pattern=%25&exclude_stale=false&limit=500", is_paused=False)

    def trigger(self, dag_id: str, month: str | None = None, conf: dict[str, Any] | None = None) -> str:
        """Start a run, for a month where the DAG takes one; returns its run id."""
        body: dict[str, Any] = {"logical_date": None, "conf": {**(conf or {}), **({"month": month} if month else {})}}
        return self.call("POST", f"dags/{dag_id}/dagRuns", **body)["dag_run_id"]

    def runs(self, dag_id: str) -> list[Run]:
        """Runs of a DAG (`~` for all), oldest first."""
        rows = self.call("GET", f"dags/{dag_id}/dagRuns?limit=1000&order_by=id")["dag_runs"]
        return [
            Run(r["dag_id"], r["dag_run_id"], r["state"], r["partition_key"] or (r["conf"] or {}).get("month"))
            for r in rows
        ]

    def tasks(self, dag_id: str, run_id: str) -> dict[str, str | None]:
        """State of each task of a run."""
        rows = self.call("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=200")["task_instances"]
        return {t["task_id"]: t["state"] for t in rows}

    def approvals(self, dag_id: str = "~", run_id: str = "~") -> list[Approval]:
        """Questions that wait for an answer and have waited long enough to be given one.

        Answered within a fraction of a second, before the scheduler has seen its task pause, a question fails
        (seen in Airflow 3.3.2: "finished with state success, but the task instance's state attribute is queued").
        """
        asked_before = datetime.now(UTC) - ANSWERABLE_AFTER
        path = f"dags/{dag_id}/dagRuns/{run_id}/hitlDetails?response_received=false&state=awaiting_input"
        found = self.call("GET", path)["hitl_details"]
        return [
            Approval(t["dag_id"], t["dag_run_id"], t["task_id"], h["subject"], h["body"] or "")
            for h in found
            if (t := h["task_instance"]) and datetime.fromisoformat(h["created_at"]) <= asked_before
        ]

    def respond(self, dag_id: str, run_id: str, task_id: str, approve: bool = True, note: str = "") -> None:
        """Answer an approval task as this user. Raises AirflowFailed when it was answered before."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
        yes, no = self.call("GET", path)["options"]
        self.call("PATCH", path, chosen_options=[yes if approve else no], params_input={"note": note})


@dataclass(frozen=True)
class _State:
    """What a start leaves behind for the next start and for stop: processes by pid and start time, port, version."""

    port: int
    version: str
    processes: dict[str, tuple[int, float]]


def start(home: Path | None = None, timeout: float = 300) -> Airflow:
    """Start what does not run yet, wait until all of it is healthy and every DAG is known.

    Raises AirflowFailed naming the log to read, after `timeout` seconds or as soon as a process ends or a DAG file
    cannot be imported.
    """
    folder = _folder(home)
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    secret = _secrets(folder)
    state = _read_state(folder)
    running = {n: p for n, p in (state.processes if state else {}).items() if _process(*p)}
    port = state.port if state and "api-server" in running else _free_port()
    environment = _environment(folder, port, secret)
    if not state or state.version != version("apache-airflow"):
        _migrate(folder, environment)
    for name, command in SERVICES.items():
        if name not in running:
            running[name] = _spawn(folder, name, command, environment)
            _write_state(folder, _State(port, version("apache-airflow"), running))
    airflow = Airflow(f"http://127.0.0.1:{port}", USER, secret["password"])
    _wait(airflow, folder, running, time.monotonic() + timeout)
    return airflow


def stop(home: Path | None = None, timeout: float = 30) -> bool:
    """End the processes that start began, and only those. False when none was running."""
    folder = _folder(home)
    state = _read_state(folder)
    processes = [p for known in (state.processes.values() if state else ()) if (p := _process(*known))]
    family = [*processes, *(c for p in processes for c in p.children(recursive=True))]
    for p in processes:
        p.terminate()
    _, left = psutil.wait_procs(family, timeout=timeout)
    for p in left:
        p.kill()
    psutil.wait_procs(left, timeout=5)
    if state:
        _write_state(folder, _State(state.port, state.version, {}))
    return bool(processes)


def running(home: Path | None = None) -> Airflow | None:
    """The local Airflow if its api-server runs."""
    folder = _folder(home)
    state = _read_state(folder)
    if not state or "api-server" not in state.processes or not _process(*state.processes["api-server"]):
        return None
    return Airflow(f"http://127.0.0.1:{state.port}", USER, _secrets(folder)["password"])


def _folder(home: Path | None) -> Path:
    return (home or settings().home).absolute() / "airflow"


def _process(pid: int, started: float) -> psutil.Process | None:
    """The process of that id, unless it ended and the id belongs to another by now."""
    try:
        process = psutil.Process(pid)
        alive = abs(process.create_time() - started) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if alive else None


def _read_state(folder: Path) -> _State | None:
    path = folder / "state.json"
    return _State(**json.loads(path.read_text())) if path.exists() else None


def _write_state(folder: Path, state: _State) -> None:
    (folder / "state.json").write_text(json.dumps(asdict(state)))


def _secrets(folder: Path) -> dict[str, str]:
    """Password and keys of this installation, made once and readable by its owner only."""
    path = folder / "secrets.json"
    if not path.exists():
        made = {name: secrets.token_urlsafe(64) for name in ("jwt", "session")}
        made |= {"fernet": urlsafe_b64encode(secrets.token_bytes(32)).decode(), "password": secrets.token_urlsafe(12)}
        for file, content in ((path, made), (folder / "passwords.json", {USER: made["password"]})):
            file.touch(mode=0o600)
            file.write_text(json.dumps(content))
    return json.loads(path.read_text())


def _free_port() -> int:
    for port in range(FIRST_PORT, FIRST_PORT + 100):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AirflowFailed(f"no free port from {FIRST_PORT} to {FIRST_PORT + 99}")


def _environment(folder: Path, port: int, secret: dict[str, str]) -> dict[str, str]:
    """The processes' environment: ours with its connections but no foreign settings of Airflow, and our own settings."""
    # Fork safety of macOS and byte code: both are settings of the shell that would slow or break the children.
    dropped = ("AIRFLOW_HOME", "AIRFLOW__", "PYTHONDONTWRITEBYTECODE")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    url = f"http://127.0.0.1:{port}"
    # psycopg 3 speaks both ways, so one URL serves Airflow's synchronous and asynchronous engines.
    metadata = database_url(METADATA).render_as_string(hide_password=False)
    options: dict[str, dict[str, object]] = {
        "CORE": {
            "DAGS_FOLDER": ROOT / "dags",
            "PLUGINS_FOLDER": ROOT / "scheduling" / "plugins",
            "LOAD_EXAMPLES": False,
            "EXECUTOR": "LocalExecutor",
            "PARALLELISM": 4,
            "DAGS_ARE_PAUSED_AT_CREATION": False,
            "DEFAULT_TIMEZONE": "Asia/Shanghai",
            "FERNET_KEY": secret["fernet"],
            "EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
            "SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": folder / "passwords.json",
        },
        "DATABASE": {"SQL_ALCHEMY_CONN": metadata, "SQL_ALCHEMY_CONN_ASYNC": metadata},
        "API": {"PORT": port, "BASE_URL": url, "SECRET_KEY": secret["session"], "INSTANCE_NAME": "工运 Gongyun"},
        "API_AUTH": {"JWT_SECRET": secret["jwt"]},
        "SCHEDULER": {"SCHEDULER_IDLE_SLEEP_TIME": 0.2, "ENABLE_HEALTH_CHECK": False},
        "DAG_PROCESSOR": {"REFRESH_INTERVAL": 15, "MIN_FILE_PROCESS_INTERVAL": 30},
        "LOGGING": {"BASE_LOG_FOLDER": folder / "logs"},
        "USAGE_DATA_COLLECTION": {"ENABLED": False},
    }
    own = {f"AIRFLOW__{s}__{k}": str(v) for s, pairs in options.items() for k, v in pairs.items()}
    # The warehouse by its URL, so that no task takes its time to look after the embedded server.
    house = {
        "AIRFLOW_HOME": str(folder),
        "GONGYUN_HOME": str(folder.parent),
        "GONGYUN_AREA": settings().area,
        "GONGYUN_APPROVERS": os.environ.get("GONGYUN_APPROVERS") or USER,
        "GONGYUN_DATABASE_URL": database_url().set(drivername="postgresql").render_as_string(hide_password=False),
    }
    return inherited | own | house


def _migrate(folder: Path, environment: dict[str, str]) -> None:
    create_database(METADATA)
    log = folder / "logs" / "migrate.log"
    with log.open("ab") as out:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"], env=environment, stdout=out, stderr=out, cwd=folder
        )
    if done.returncode:
        raise AirflowFailed(f"Airflow's database could not be prepared; see {log}")


def _spawn(folder: Path, name: str, command: list[str], environment: dict[str, str]) -> tuple[int, float]:
    """Start one process, detached from this one so that it outlives the command that started it."""
    port = ["--port", environment["AIRFLOW__API__PORT"]] if name == "api-server" else []
    with (folder / "logs" / f"{name}.log").open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, *port],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            umask=0o027,
        )
    return process.pid, psutil.Process(process.pid).create_time()


def expected_dags() -> set[str]:
    """Ids of the DAGs that the area's feeds and the house make."""
    return {f"feed__{name}" for name in feeds()} | {"build_marts", "publish_edition", "watch_lateness"}


def _wait(airflow: Airflow, folder: Path, processes: dict[str, tuple[int, float]], deadline: float) -> None:
    missing: object = "the api-server"
    while time.monotonic() < deadline:
        for name, known in processes.items():
            if not _process(*known):
                raise AirflowFailed(f"Airflow's {name} ended by itself; see {folder / 'logs' / name}.log")
        try:
            airflow.wake_execution()
            health = airflow.call("GET", "monitor/health")
            missing = [n for n in ("scheduler", "triggerer", "dag_processor") if health[n]["status"] != "healthy"]
            if errors := airflow.import_errors():
                raise AirflowFailed("\n".join(["a DAG file cannot be imported:", *errors]))
            missing = missing or sorted(expected_dags() - airflow.dags())
            if not missing:
                return
        except (requests.ConnectionError, requests.Timeout):
            pass
        time.sleep(0.3)
    raise AirflowFailed(f"Airflow is not ready, still missing {missing}; see {folder / 'logs'}")
