"""A feed that fetches and answers by itself, under a real scheduler: from the department's server back to it."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from gongyun.installation import prepare
from scheduling import airflow_local
from tests.conftest import installation
from tests.dags.test_scheduler import finished

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("scheduler")]

FEED = """
feed: tran__express_lorries
title: 快递货车流量
grain: region
first_month: 2015-01
due_day: 12
file_pattern: 快递货车流量
fetch: {kind: http, connection: lorries_api, path: "/v1/{month}.csv", name: "{month}快递货车流量.csv"}
receipts: {webhook: lorries_hook}
columns:
  - {heading: 地区, label: region}
  - {heading: 货车流量, indicator: TR05, unit: 万辆次, decimals: 2}
"""
FILE = "2018年6月快递货车流量\n地区,货车流量\n全市,9.50\n京山市,7.00\n钟祥市,约2.5\n"


class Department:
    """The department's server: gives the file to who has the token, and keeps the receipts posted to it."""

    def __init__(self) -> None:
        self.receipts: list[dict[str, Any]] = []
        department = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = self.path == "/v1/2018-06.csv" and self.headers["Authorization"] == "Bearer secret"
                self._answer(200 if known else 404, FILE.encode() if known else b"")

            def do_POST(self) -> None:
                department.receipts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self._answer(204, b"")

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    def connection(self, **more: Any) -> str:
        """The server as an Airflow connection."""
        port = self.server.server_address[1]
        return json.dumps({"conn_type": "http", "schema": "http", "host": "127.0.0.1", "port": port, **more})


@pytest.fixture(scope="module")
def department() -> Iterator[Department]:
    started = Department()
    yield started
    started.server.shutdown()


@pytest.fixture(scope="module")
def airflow(
    server_home: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory, department: Department
) -> Iterator[airflow_local.Airflow]:
    feeds = tmp_path_factory.mktemp("feeds")
    (feeds / "tran__express_lorries.yml").write_text(FEED, encoding="utf-8")
    with installation(
        server_home("fetch"),
        GONGYUN_FEEDS=str(feeds),
        AIRFLOW_CONN_LORRIES_API=department.connection(password="secret", extra={"security": "none"}),
        AIRFLOW_CONN_LORRIES_HOOK=department.connection(extra={"path": "/receipts", "security": "none"}),
    ):
        prepare()
        yield airflow_local.start()


def test_a_file_is_fetched_judged_and_answered(airflow: airflow_local.Airflow, department: Department) -> None:
    airflow.trigger("fetch__tran__express_lorries", month="2018-06")
    (fetched,) = finished(airflow, "fetch__tran__express_lorries", 1)
    assert airflow.tasks(fetched.dag_id, fetched.run_id) == {"fetch": "success"}
    (taken,) = finished(airflow, "feed__tran__express_lorries", 1)
    assert airflow.tasks(taken.dag_id, taken.run_id) == {
        "take_in": "success",
        "send": "success",
        "all_accepted": "failed",
    }
    (receipt,) = department.receipts
    assert (receipt["status"], receipt["file_name"]) == ("rejected", "2018-06快递货车流量.csv")
    assert [(p["cell"], p["found"]) for p in receipt["problems"]] == [("B5", "约2.5")]


def test_what_was_fetched_is_not_fetched_again(airflow: airflow_local.Airflow, department: Department) -> None:
    airflow.trigger("fetch__tran__express_lorries", month="2018-06")
    runs = finished(airflow, "fetch__tran__express_lorries", 2)
    assert {r.state for r in runs} == {"success"}
    assert len(airflow.runs("feed__tran__express_lorries")) == 1
    assert len(department.receipts) == 1
