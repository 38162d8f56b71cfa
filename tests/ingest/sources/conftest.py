"""Real servers on loopback: OpenSSH, an S3-compatible store, an HTTP API; each ends with the test that asked for it."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from ingest.feed import Feed, HttpSource, S3Source, SftpSource
from ingest.sources.access import Access
from tests.ingest.paper import declare

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"


def fetching(fetch: SftpSource | S3Source | HttpSource) -> Feed:
    """A feed of the power company with a source, entered in the book."""
    feed = Feed.model_validate(
        {
            "feed": "powr__electricity",
            "title": "工业用电量",
            "grain": "region",
            "first_month": "2015-01",
            "due_day": 6,
            "file_pattern": "用电量",
            "columns": [
                {"heading": "地区", "label": "region"},
                {"heading": "工业用电量", "indicator": "PW02", "unit": "万千瓦时"},
            ],
            "fetch": fetch,
        }
    )
    declare(feed)
    return feed


@dataclass
class Ssh:
    """An SFTP server that lets one key in. `folder` is what it serves."""

    access: Access
    folder: Path
    server: "subprocess.Popen[bytes]"


@pytest.fixture(scope="session")
def ssh_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ssh")
    for name in ("host", "client", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    return folder


@pytest.fixture
def ssh(ssh_keys: Path, tmp_path: Path) -> Iterator[Ssh]:
    if not Path(SSHD).exists():
        assert not os.environ.get("CI"), "CI installs openssh-server; .ci/run says how"
        pytest.skip("no OpenSSH server on this machine (Debian: openssh-server)")
    port = free_port()
    config = tmp_path / "sshd_config"
    authorized = tmp_path / "authorized_keys"
    shutil.copy(ssh_keys / "client.pub", authorized)
    config.write_text(f"""
        ListenAddress 127.0.0.1
        Port {port}
        HostKey {ssh_keys / "host"}
        AuthorizedKeysFile {authorized}
        PidFile none
        StrictModes no
        UsePAM no
        PasswordAuthentication no
        PermitRootLogin prohibit-password
        Subsystem sftp internal-sftp
    """)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=subprocess.PIPE)
    folder = tmp_path / "outgoing"
    folder.mkdir()
    try:
        _wait_for(port, server)
        login = os.environ.get("USER") or subprocess.check_output(["id", "-un"], text=True).strip()
        host_key = " ".join((ssh_keys / "host.pub").read_text().split()[:2])
        extra = {"host_key": host_key, "private_key": (ssh_keys / "client").read_text()}
        yield Ssh(Access("127.0.0.1", port, login, extra=extra), folder, server)
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def store() -> Iterator[tuple[Access, Any]]:
    """An S3-compatible store with the bucket `power`; its client comes with it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s"
    )
    requests.post(f"{endpoint}/moto-api/reset", timeout=10)  # the store outlives its server
    client.create_bucket(Bucket="power")
    try:
        yield Access(login="k", password="s", extra={"endpoint_url": endpoint}), client
    finally:
        server.stop()


@dataclass
class Answer:
    """What the API says at a path with a query; `etag` makes it answer 304 to who has it. With a `pause` it sends byte by byte."""

    body: bytes
    etag: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    failures: int = 0
    pause: float = 0.0


@dataclass
class Api:
    """An HTTP API that asks for the token `secret`. `asked` lists the requests that it saw, with their Authorization."""

    port: int
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str | None, int]] = field(default_factory=list)

    @property
    def access(self) -> Access:
        return Access("127.0.0.1", self.port, None, "secret", "http", {"security": "none"})

    def says(self, path: str, content: object, **more: object) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        self.answers[path] = Answer(body, **more)  # type: ignore[arg-type]


@pytest.fixture
def api() -> Iterator[Api]:
    with _serve() as started:
        yield started


@pytest.fixture
def another_api() -> Iterator[Api]:
    with _serve() as started:
        yield started


@contextmanager
def _serve() -> Iterator[Api]:
    api = Api(0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = "&".join(f"{k}={v[0]}" for k, v in sorted(parse_qs(parts.query).items()))
            key = parts.path + (f"?{query}" if query else "")
            token = self.headers.get("Authorization")
            answer = api.answers.get(key, Answer(b"", status=404))
            if token != "Bearer secret":
                answer = Answer(b"", status=401)
            elif answer.failures:
                answer.failures -= 1
                answer = Answer(b"", status=503, headers={"Retry-After": "0"})
            elif answer.etag and self.headers.get("If-None-Match") == answer.etag:
                answer = Answer(b"", status=304)
            api.asked.append((key, token, answer.status))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.etag:
                self.send_header("ETag", answer.etag)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if not answer.pause:
                self.wfile.write(answer.body)
                return
            for byte in answer.body:
                self.wfile.write(bytes([byte]))
                time.sleep(answer.pause)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.port = server.server_address[1]
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        assert server.poll() is None, server.stderr and server.stderr.read().decode()
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("sshd does not listen")
