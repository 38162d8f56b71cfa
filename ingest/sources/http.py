"""An HTTP API asked month by month: a file as it is, or pages of records laid as one table with numbers as printed."""

import csv
import json
import socket
import weakref
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import Retry

from ingest.feed import Feed, HttpSource
from ingest.reading.limits import limits
from ingest.sources.access import Access
from ingest.sources.offer import MEGABYTE, FetchFailed, Offered, save_within
from vocabulary.month import Month

TIMEOUT_SECONDS = (10, 60)
MAX_REDIRECTS = 5
# Six tries over about half a minute, for answers that pass by themselves; Retry-After is kept to.
RETRY = Retry(total=5, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504), allowed_methods=("GET",))

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """An answer read whole. Pages are held until the last has come, since the last may say that some are missing."""

    url: str
    content: bytes
    tag: str | None
    next: str | None

    @cached_property
    def parsed(self) -> Any:
        """Every number as the text that was sent: 12.50 stays 12.50. Raises FetchFailed."""
        try:
            return json.loads(self.content, parse_float=str, parse_int=str, object_pairs_hook=_once)
        except (ValueError, RecursionError) as e:
            raise FetchFailed(f"{self.url} is not JSON: {e}") from e


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Raises ValueError where it says two things under one name."""
    said = dict(pairs)
    if len(said) < len(pairs):
        raise ValueError(f"a name comes twice in an object that begins with {str(pairs[0])[:80]}")
    return said


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _end_in_time(self.sock)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _end_in_time(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Limited(HTTPAdapter):
    """Its connections end after a time, answered or not: of a server that sends a byte a minute no time-out takes notice."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def _end_in_time(connection: socket.socket) -> None:
    still_there = weakref.ref(connection)

    def end() -> None:
        if there := still_there():
            with suppress(OSError):
                there.shutdown(socket.SHUT_RDWR)

    timer = Timer(limits().fetch_seconds, end)
    timer.daemon = True
    timer.start()


def offered(
    feed: Feed, source: HttpSource, access: Access, months: list[Month], known: Mapping[str, str]
) -> Iterator[Offered]:
    """What the API has for each month that differs from the `known` version of its URI; 404 is a month not there yet.

    `access`: schema and host make the address; login and password are sent as basic authentication, a password alone
    as a bearer token, in the clear only where `extra` has `security: none`. Raises FetchFailed.
    """
    with requests.Session() as session:
        session.headers["Accept-Encoding"] = "identity"
        session.mount("http://", _Limited(max_retries=RETRY))
        session.mount("https://", _Limited(max_retries=RETRY))
        if access.password:
            if access.in_clear:
                raise FetchFailed(access.in_clear)
            session.auth = (access.login, access.password) if access.login else _Bearer(access.password)
        for month in months:
            first = urljoin(access.base_url, source.path.format(month=month))
            if source.page_parameter:
                first = _numbered(first, source.page_parameter, 1)
            name = source.name.format(month=month)
            tags: dict[str, str] = json.loads(known.get(first) or "{}")
            if tags and all(_unchanged(session, page, tag) for page, tag in tags.items()):
                continue
            if source.records is None:
                found = _get(session, first)
                if found is not None:
                    yield Offered(name, first, _version({first: found.headers.get("ETag")}), partial(_save_body, found))
                continue
            pages = dict(_pages(session, source, first))
            if pages:
                records = [r for page in pages.values() for r in _records(page, source)]
                _count(records, pages, source, first)
                title = f"{month.words}{feed.title}" if feed.layout.month_from == "title" else None
                tagged = _version({url: page.tag for url, page in pages.items()})
                yield Offered(name, first, tagged, partial(_save_records, records, title, first))


def _get(session: requests.Session, url: str, **headers: str) -> requests.Response | None:
    """The answer, whose body is still to be read; None for 404. Raises FetchFailed for anything but success.

    It is led on within one server alone: the connection names whom to ask, and no answer does.
    """
    for _ in range(1 + MAX_REDIRECTS):
        try:
            answer = session.get(url, timeout=TIMEOUT_SECONDS, headers=headers, stream=True, allow_redirects=False)
        except requests.RequestException as e:
            raise FetchFailed(f"{url} does not answer: {e}") from e
        if not answer.is_redirect:
            break
        answer.close()
        before, url = url, _joined(url, answer.headers["Location"])
        if urlsplit(url)[:2] != urlsplit(before)[:2]:
            raise FetchFailed(
                f"{before} leads to another server: {url}; name that one in the connection if it is right"
            )
    if answer.status_code == 404:
        return None
    if not answer.ok or answer.is_redirect:
        raise FetchFailed(f"{url} answers {answer.status_code} {answer.reason}")
    if (packed := answer.headers.get("Content-Encoding", "identity")) != "identity":
        # unpacking tells no answer that was cut short from one that ended
        raise FetchFailed(
            f"{url} is packed as {packed}, though it was asked for as it is: have its server send it plain"
        )
    return answer


def _joined(url: str, said: str) -> str:
    """The address that an answer names. Raises FetchFailed where it is none."""
    try:
        return urljoin(url, said)
    except ValueError as e:
        raise FetchFailed(f"{url} leads to {said[:200]!r}, which is no address: {e}") from e


def _unchanged(session: requests.Session, url: str, tag: str) -> bool:
    answer = _get(session, url, **{"If-None-Match": tag})
    if answer is None:
        return False
    answer.close()
    return answer.status_code == 304


def _version(tags: Mapping[str, str | None]) -> str:
    """ETags by page as JSON; empty where any page has none, since what is unchanged is then not known."""
    return json.dumps(tags) if all(tags.values()) else ""


def _pages(session: requests.Session, source: HttpSource, first: str) -> Iterator[tuple[str, Page]]:
    """Pages by URL, until the API names no next one or, where they are numbered, one is empty.

    The next page must lie on the same server: the credentials are not for another.
    """
    url, seen, left = first, set[str](), limits().paged_mb * MEGABYTE
    while url:
        if url in seen or len(seen) >= limits().pages:
            raise FetchFailed(f"{first} does not come to an end: page {len(seen) + 1} is {url}")
        if urlsplit(url)[:2] != urlsplit(first)[:2]:
            raise FetchFailed(f"{first} names a next page on another server: {url}")
        seen.add(url)
        answer = _get(session, url)
        if answer is None:
            if url == first:
                return
            raise FetchFailed(f"{url} is named as a page of {first} and is not there")
        page = _read(answer, url, left)
        left -= len(page.content)
        if source.page_parameter and url != first and not _records(page, source):
            return
        yield url, page
        if source.page_parameter:
            url = _numbered(first, source.page_parameter, len(seen) + 1) if _records(page, source) else ""
        else:
            said = _said(page.parsed, source.next) if source.next else page.next
            url = _joined(url, str(said)) if said else ""


def _read(answer: requests.Response, url: str, left: int) -> Page:
    """A page, of which no more is held than may be."""
    content = bytearray()
    try:
        with answer:
            for chunk in answer.iter_content(1 << 16):
                content += chunk
                if len(content) > left:
                    raise FetchFailed(f"{url}: the pages give more than {limits().paged_mb} MB (limit paged_mb)")
    except requests.RequestException as e:
        raise FetchFailed(f"{url} broke off: {e}") from e
    return Page(url, bytes(content), answer.headers.get("ETag"), answer.links.get("next", {}).get("url"))


def _numbered(url: str, parameter: str, number: int) -> str:
    """The same question for a page by its number."""
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True)) | {parameter: str(number)}
    return urlunsplit(parts._replace(query=urlencode(asked)))


def _said(answer: Any, path: str) -> Any:
    """What stands at a dotted path; None where there is nothing. An empty path is the whole."""
    for step in path.split(".") if path else ():
        answer = answer.get(step) if isinstance(answer, dict) else None
    return answer


def _records(page: Page, source: HttpSource) -> list[Record]:
    found = _said(page.parsed, source.records or "")
    if not isinstance(found, list) or not all(isinstance(r, dict) for r in found):
        raise FetchFailed(f"{page.url}: a list of records is expected at {source.records or 'the top'!r}")
    return found


def _count(records: list[Record], pages: Mapping[str, Page], source: HttpSource, first: str) -> None:
    """Where the API says how many records there are, that many must have come."""
    said = {str(_said(page.parsed, source.total)) for page in pages.values()} if source.total else set()
    if said and said != {str(len(records))}:
        expected = ", ".join(sorted(said))
        raise FetchFailed(f"{first} says that it has {expected} records and gave {len(records)}")


def _save_body(answer: requests.Response, path: Path) -> None:
    try:
        with answer:
            save_within(answer.iter_content(1 << 20), path, answer.url)
    except requests.RequestException as e:
        raise FetchFailed(f"{answer.url} broke off: {e}") from e


def _save_records(records: list[Record], title: str | None, url: str, path: Path) -> None:
    """One line a record in the order received, headings from the first; the title carries the month that was asked for."""
    headings = list(records[0]) if records else []
    with path.open("w", encoding="utf-8", newline="") as f:
        lines = csv.writer(f)
        if title:
            lines.writerow([title])
        lines.writerow(headings)
        for n, record in enumerate(records, 1):
            if unknown := record.keys() - set(headings):
                raise FetchFailed(f"{url}: record {n} has {sorted(unknown)}, which the first has not")
            if nested := [k for k, v in record.items() if isinstance(v, dict | list)]:
                raise FetchFailed(f"{url}: {nested} of record {n} are not single values")
            try:
                lines.writerow(["" if (v := record.get(h)) is None else v for h in headings])
            except UnicodeEncodeError as e:
                raise FetchFailed(f"{url}: record {n} holds half a sign, which is no text: {e}") from e
