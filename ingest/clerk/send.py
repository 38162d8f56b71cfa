"""Receipts by mail and webhook, each verdict to each address once; a try again after a failure sends only what is missing."""

import hashlib
import hmac
import json
import logging
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from pathlib import Path
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from ingest.clerk.receipt import HEADING, Receipt, mailed, receipt_of
from ingest.feed import Feed
from ingest.sources.access import Access
from warehouse.area import departments
from warehouse.book import receipts

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30
# An answer that was lost may have been an acceptance: the receiver knows a repeated one by its Idempotency-Key.
RETRY = Retry(total=4, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504), allowed_methods=("POST",))
IN_SHORT = 10
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


class SendFailed(RuntimeError):
    """A receipt could not be sent. Names the address and what the server said."""


def send_receipt(delivery_id: int, page: Path, feed: Feed, access: Callable[[str], Access]) -> list[str]:
    """Send the receipt written at `page` to where the feed says; return the addresses it now went to.

    `access` gives the connection of a name. Raises SendFailed after every other address was tried.
    """
    if feed.receipts is None:
        return []
    receipt = receipt_of(delivery_id)
    copy = page.with_suffix(".xlsx") if feed.receipts.marked_copy else None
    ways: dict[str, Callable[[], None]] = {
        f"mail {to}": lambda to=to: _mail(access(feed.receipts.smtp), to, receipt, page, copy)  # type: ignore[misc]
        for to in feed.receipts.mail
    }
    if hook := feed.receipts.webhook:
        ways[f"webhook {hook}"] = lambda: _post(access(hook), receipt, page)
    sent, failed = [], []
    for address, send in ways.items():
        if receipts.was_sent(delivery_id, address, receipt.status):
            continue
        try:
            send()
        except (OSError, smtplib.SMTPException, requests.RequestException, SendFailed) as e:
            failed.append(f"{address}: {e}")
            continue
        receipts.note_sent(delivery_id, address, receipt.status)
        log.info("receipt of delivery %s sent to %s", delivery_id, address)
        sent.append(address)
    if failed:
        raise SendFailed("; ".join(failed))
    return sent


def _mail(access: Access, to: str, receipt: Receipt, page: Path, copy: Path | None) -> None:
    """`access.extra`: `from` (required), `security`: starttls (default), tls or none."""
    sender = access.extra.get("from")
    if not sender:
        raise SendFailed("the connection's extra needs `from`, the address that receipts come from")
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = str(sender), to
    message["Subject"] = (
        f"【{receipt.verdict.word}】{receipt.title}（{receipt.month_zh}）报送回执第{receipt.delivery_id}号"
    )
    message["Message-ID"] = make_msgid(f"receipt-{receipt.delivery_id}-{receipt.status}")
    message.set_content(_in_short(receipt))
    attached = bool(copy and copy.exists())
    message.add_alternative(mailed(receipt, page, attached), subtype="html")
    if copy and attached:
        message.add_attachment(copy.read_bytes(), maintype=XLSX[0], subtype=XLSX[1], filename=f"附件-{copy.name}")
    with _smtp(access) as server:
        server.send_message(message)


def _in_short(receipt: Receipt) -> str:
    """The receipt for who reads mail as text: the verdict and the gravest mistakes."""
    by = f"请于{receipt.again_zh}答复。" if receipt.again_zh else ""
    first = [f"{n}. {c.where}{'：' if c.where else ''}{c.message}" for n, c in enumerate(receipt.causes[:IN_SHORT], 1)]
    more = [f"另有{len(receipt.causes) - IN_SHORT}条。"] if len(receipt.causes) > IN_SHORT else []
    return "\n".join(
        [
            f"{departments()[receipt.feed.split('__')[0]]}：",
            "",
            f"你单位报送的“{receipt.title}”（文件：{receipt.file_name}）已收悉。{receipt.verdict.sentence}{by}",
            "",
            f"{receipt.counts_zh}，详见《{HEADING}》。",
            *first,
            *more,
            "",
        ]
    )


@contextmanager
def _smtp(access: Access) -> Iterator[smtplib.SMTP]:
    security, context = access.extra.get("security", "starttls"), ssl.create_default_context()
    if security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            access.host, access.port or 465, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(access.host, access.port or 25, timeout=TIMEOUT_SECONDS)
    with server:
        if security == "starttls":
            server.starttls(context=context)
        if access.login:
            server.login(access.login, access.password or "")
        yield server


def _post(access: Access, receipt: Receipt, page: Path) -> None:
    """The receipt's JSON to the connection's address and `path` of its extra, signed with its password.

    The signature is the HMAC-SHA256 of `X-Gongyun-Timestamp` (seconds since 1970), a point and the body, so that a receiver
    can refuse what is sent again later.
    """
    if access.in_clear:
        raise SendFailed(access.in_clear)
    body = json.dumps(receipt.as_dict(), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": f"receipt-{receipt.delivery_id}-{receipt.status}"}
    if access.password:
        headers["X-Gongyun-Timestamp"] = now = str(int(time.time()))
        signature = hmac.new(access.password.encode(), f"{now}.".encode() + body, hashlib.sha256)
        headers["X-Gongyun-Signature"] = f"sha256={signature.hexdigest()}"
    with requests.Session() as session:
        session.mount(f"{access.schema or 'https'}://", HTTPAdapter(max_retries=RETRY))
        answer = session.post(
            urljoin(access.base_url, str(access.extra.get("path", "/"))),
            data=body,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    if not 200 <= answer.status_code < 300:
        raise SendFailed(f"answers {answer.status_code} {answer.reason}")
