"""Receipts by mail and webhook, to a real SMTP server and a real HTTP server on loopback."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from ingest.clerk.receipt import write_receipt
from ingest.clerk.send import SendFailed, send_receipt
from ingest.deliver import deliver
from ingest.feed import Feed, Receipts
from ingest.sources.access import Access
from tests.ingest.paper import FEED, HEAD, MERGED, declare, drop, xlsx
from tests.ingest.sources.conftest import free_port

CLERK, CHIEF = "clerk@power.example", "chief@power.example"
BAD = xlsx([*HEAD, ["荆门市", "约300", 8.3]], MERGED)


class Mailbox:
    """Keeps what comes; refuses mail for the addresses in `refused`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refused: set[str] = set()

    async def handle_RCPT(
        self, server: object, session: object, envelope: Envelope, address: str, options: object
    ) -> str:
        if address in self.refused:
            return "550 no such clerk"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Access, Mailbox]]:
    box = Mailbox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield Access("127.0.0.1", port, extra={"from": "gongyun@city.example", "security": "none"}), box
    finally:
        controller.stop()


@dataclass
class Hook:
    access: Access
    posted: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    failures: int = 0


@pytest.fixture
def hook() -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            failing = started.failures > 0
            started.failures -= failing
            if not failing:
                started.posted.append((dict(self.headers), body))
            self.send_response(503 if failing else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    started = Hook(
        Access(
            "127.0.0.1",
            server.server_address[1],
            password="key",
            schema="http",
            extra={"path": "/in", "security": "none"},
        )
    )
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield started
    finally:
        server.shutdown()
        server.server_close()


def answered(tmp_path: Path, receipts: Receipts) -> tuple[int, Path, Feed]:
    """A refused delivery with its receipt written, and its feed."""
    feed = FEED.model_copy(update={"receipts": receipts})
    declare(feed)
    delivery = deliver(feed, drop(tmp_path, BAD))
    return delivery, write_receipt(delivery, tmp_path / "回执"), feed


def test_the_clerk_gets_the_page_and_the_marked_copy_by_mail(
    warehouse: sa.Engine, mailbox: tuple[Access, Mailbox], tmp_path: Path
) -> None:
    access, box = mailbox
    delivery, page, feed = answered(tmp_path, Receipts(mail=(CLERK,), marked_copy=True))
    assert send_receipt(delivery, page, feed, {"receipts_smtp": access}.__getitem__) == [f"mail {CLERK}"]
    (mail,) = box.mails
    assert mail["Subject"] == f"【退回】工业用电量（2018年6月）报送回执第{delivery}号"
    assert (mail["From"], mail["To"]) == ("gongyun@city.example", CLERK)
    assert "约300" in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "退回性问题1条" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "<dd>见附件（" in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    (copy,) = mail.iter_attachments()
    assert copy.get_content() == page.with_suffix(".xlsx").read_bytes()


def test_the_table_itself_goes_by_mail_only_where_the_feed_lets_it(
    warehouse: sa.Engine, mailbox: tuple[Access, Mailbox], tmp_path: Path
) -> None:
    access, box = mailbox
    delivery, page, feed = answered(tmp_path, Receipts(mail=(CLERK,)))
    assert page.with_suffix(".xlsx").exists()
    send_receipt(delivery, page, feed, lambda _: access)
    (mail,) = box.mails
    assert list(mail.iter_attachments()) == []
    said = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert f"{page.stem}.xlsx，不随邮件发送，请在报送目录“回执”中领取" in said
    assert "href" not in said, "nothing beside a mail can be opened from it"


def test_a_second_try_sends_only_what_is_missing(
    warehouse: sa.Engine, mailbox: tuple[Access, Mailbox], tmp_path: Path
) -> None:
    access, box = mailbox
    delivery, page, feed = answered(tmp_path, Receipts(mail=(CLERK, CHIEF)))
    box.refused = {CLERK}
    with pytest.raises(SendFailed, match=f"mail {CLERK}.*no such clerk"):
        send_receipt(delivery, page, feed, lambda _: access)
    box.refused = set()
    assert send_receipt(delivery, page, feed, lambda _: access) == [f"mail {CLERK}"]
    assert send_receipt(delivery, page, feed, lambda _: access) == []
    assert [m["To"] for m in box.mails] == [CHIEF, CLERK]


def test_mail_is_not_sent_in_the_clear_unless_the_connection_says_so(
    warehouse: sa.Engine, mailbox: tuple[Access, Mailbox], tmp_path: Path
) -> None:
    access, box = mailbox
    delivery, page, feed = answered(tmp_path, Receipts(mail=(CLERK,)))
    with pytest.raises(SendFailed, match="STARTTLS"):
        send_receipt(delivery, page, feed, lambda _: replace(access, extra={"from": "gongyun@city.example"}))
    assert box.mails == []


def test_a_webhook_gets_signed_json_once_although_it_fails_at_first(
    warehouse: sa.Engine, hook: Hook, tmp_path: Path
) -> None:
    delivery, page, feed = answered(tmp_path, Receipts(webhook="power_hook"))
    hook.failures = 2
    assert send_receipt(delivery, page, feed, {"power_hook": hook.access}.__getitem__) == ["webhook power_hook"]
    ((headers, body),) = hook.posted
    said = json.loads(body)
    assert (said["delivery_id"], said["status"], said["critical_count"]) == (delivery, "rejected", 1)
    assert said["problems"][0]["cell"] == "B5"
    sent_at = headers["X-Gongyun-Timestamp"]
    assert abs(time.time() - int(sent_at)) < 60
    signed = hmac.new(b"key", sent_at.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Gongyun-Signature"] == f"sha256={signed}"
    assert headers["Idempotency-Key"] == f"receipt-{delivery}-rejected"


def test_a_receipt_goes_over_plain_http_only_where_the_connection_says_so(
    warehouse: sa.Engine, hook: Hook, tmp_path: Path
) -> None:
    delivery, page, feed = answered(tmp_path, Receipts(webhook="power_hook"))
    with pytest.raises(SendFailed, match="is not encrypted: use https"):
        send_receipt(delivery, page, feed, lambda _: replace(hook.access, extra={"path": "/in"}))
    assert hook.posted == []


def test_a_mail_server_that_is_down_keeps_no_webhook_from_being_told(
    warehouse: sa.Engine, hook: Hook, tmp_path: Path
) -> None:
    delivery, page, feed = answered(tmp_path, Receipts(mail=(CLERK,), webhook="power_hook"))
    down = Access("127.0.0.1", 9, extra={"from": "gongyun@city.example", "security": "none"})
    with pytest.raises(SendFailed, match=f"mail {CLERK}"):
        send_receipt(delivery, page, feed, {"receipts_smtp": down, "power_hook": hook.access}.__getitem__)
    assert len(hook.posted) == 1


def test_a_feed_that_names_nobody_sends_nothing(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    delivery = deliver(FEED, drop(tmp_path, BAD))
    assert send_receipt(delivery, write_receipt(delivery, tmp_path), FEED, {}.__getitem__) == []
