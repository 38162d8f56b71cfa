"""An HTTP API: files, pages of records, tags, tokens, and answers that pass by themselves."""

import gzip
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from ingest.feed import HttpSource
from ingest.sources.fetch import fetch
from ingest.sources.offer import FetchFailed
from tests.ingest.paper import check
from tests.ingest.sources.conftest import Api, fetching
from vocabulary.month import Month

MAY, JUNE = Month(2018, 5), Month(2018, 6)
FILE = HttpSource(kind="http", connection="power", path="/files/{month}.csv", name="用电量{month}.csv")
RECORDS = HttpSource(
    kind="http", connection="power", path="/records?month={month}", name="用电量{month}.csv",
    records="data.items", next="data.next", total="data.total",
)  # fmt: skip
ROWS = [{"地区": "全市", "工业用电量": 12.5}, {"地区": "京山市", "工业用电量": 3}]


def page(rows: list[dict[str, object]], following: str | None = None, total: int = 2) -> dict[str, object]:
    return {"data": {"items": rows, "next": following, "total": total}}


def test_a_month_that_is_not_there_yet_is_no_error(warehouse: sa.Engine, api: Api, tmp_path: Path) -> None:
    api.says("/files/2018-05.csv", "地区,工业用电量\n".encode(), etag='"1"')
    assert fetch(fetching(FILE), api.access, tmp_path, [MAY, JUNE]) == [tmp_path / "用电量2018-05.csv"]


def test_what_is_unchanged_is_not_sent_again(warehouse: sa.Engine, api: Api, tmp_path: Path) -> None:
    power = fetching(FILE)
    api.says("/files/2018-06.csv", b"1", etag='"1"')
    fetch(power, api.access, tmp_path, [JUNE])
    assert fetch(power, api.access, tmp_path, [JUNE]) == []
    assert [status for _, _, status in api.asked] == [200, 304]
    api.says("/files/2018-06.csv", b"2", etag='"2"')
    assert [p.read_bytes() for p in fetch(power, api.access, tmp_path, [JUNE])] == [b"2"]


def test_a_server_without_tags_delivers_the_same_bytes_once(warehouse: sa.Engine, api: Api, tmp_path: Path) -> None:
    power = fetching(FILE)
    api.says("/files/2018-06.csv", b"1")
    assert len(fetch(power, api.access, tmp_path, [JUNE])) == 1
    assert fetch(power, api.access, tmp_path, [JUNE]) == []


def test_an_answer_that_passes_by_itself_is_waited_for(warehouse: sa.Engine, api: Api, tmp_path: Path) -> None:
    api.says("/files/2018-06.csv", b"1", failures=3)
    assert len(fetch(fetching(FILE), api.access, tmp_path, [JUNE])) == 1
    assert [status for _, _, status in api.asked] == [503, 503, 503, 200]


def test_pages_make_one_table_that_the_feed_can_read(warehouse: sa.Engine, api: Api, tmp_path: Path) -> None:
    power = fetching(RECORDS)
    api.says("/records?month=2018-06", page(ROWS[:1], "/records?month=2018-06&after=1"), etag='"a"')
    api.says("/records?after=1&month=2018-06", page(ROWS[1:]), etag='"b"')
    (file,) = fetch(power, api.access, tmp_path, [JUNE])
    assert file.read_text(encoding="utf-8").splitlines() == [
        "2018年6月工业用电量", "地区,工业用电量", "全市,12.5", "京山市,3",
    ]  # fmt: skip
    assert check(power, file).findings == ()


def test_a_later_page_that_changed_is_noticed(warehouse: sa.Engine, api: Api, tmp_path: Path) -> None:
    power = fetching(RECORDS)
    api.says("/records?month=2018-06", page(ROWS[:1], "/records?month=2018-06&after=1"), etag='"a"')
    api.says("/records?after=1&month=2018-06", page(ROWS[1:]), etag='"b"')
    fetch(power, api.access, tmp_path, [JUNE])
    assert fetch(power, api.access, tmp_path, [JUNE]) == []
    api.says("/records?after=1&month=2018-06", page([{"地区": "京山市", "工业用电量": 4}]), etag='"c"')
    (file,) = fetch(power, api.access, tmp_path, [JUNE])
    assert file.read_text(encoding="utf-8").splitlines()[-1] == "京山市,4"


def test_numbered_pages_end_with_an_empty_one(warehouse: sa.Engine, api: Api, tmp_path: Path) -> None:
    numbered = RECORDS.model_copy(update={"next": None, "total": None, "page_parameter": "page"})
    api.says("/records?month=2018-06&page=1", page(ROWS[:1]))
    api.says("/records?month=2018-06&page=2", page(ROWS[1:]))
    api.says("/records?month=2018-06&page=3", page([]))
    (file,) = fetch(fetching(numbered), api.access, tmp_path, [JUNE])
    assert len(file.read_text(encoding="utf-8").splitlines()) == 4


def test_the_link_header_names_the_next_page_too(warehouse: sa.Engine, api: Api, tmp_path: Path) -> None:
    linked = RECORDS.model_copy(update={"next": None, "records": "", "total": None})
    api.says("/records?month=2018-06", ROWS[:1], headers={"Link": '</records?month=2018-06&p=2>; rel="next"'})
    api.says("/records?month=2018-06&p=2", ROWS[1:])
    (file,) = fetch(fetching(linked), api.access, tmp_path, [JUNE])
    assert len(file.read_text(encoding="utf-8").splitlines()) == 4


def test_numbers_are_kept_as_printed(warehouse: sa.Engine, api: Api, tmp_path: Path) -> None:
    api.says(
        "/records?month=2018-06", '{"data": {"items": [{"地区": "全市", "工业用电量": 12.50}], "total": 1}}'.encode()
    )
    (file,) = fetch(fetching(RECORDS), api.access, tmp_path, [JUNE])
    assert file.read_text(encoding="utf-8").splitlines()[-1] == "全市,12.50"


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        (page(ROWS, total=3), "says that it has 3 records and gave 2"),
        (page([*ROWS, {"地区": "沙洋县", "用电": 1}], total=3), r"record 3 has \['用电'\], which the first has not"),
        (page([{"地区": "全市", "工业用电量": {"值": 1}}], total=1), "are not single values"),
        (page(ROWS, "/records?month=2018-06"), "does not come to an end"),
        (page(ROWS, "/records?month=2018-07"), "named as a page .* and is not there"),
        ({"data": {"items": "none"}}, "a list of records is expected at 'data.items'"),
        (b"<html>", "is not JSON"),
        (b"[" * 200_000, "is not JSON"),
        (b'{"data": {"items": [{"a": 1, "a": 2}], "total": 1}}', "a name comes twice"),
        (b'{"data": {"items": [{"a": "\\ud800"}], "total": 1}}', "record 1 holds half a sign"),
        (b'{"data": {"items": [{"a": 1}], "total": [1]}}', r"says that it has \['1'\] records"),
        (page(ROWS, "http://[::1/"), "is no address"),
        (page(ROWS, "file:///etc/passwd"), "on another server"),
    ],
)
def test_an_answer_out_of_order_is_refused_and_nothing_is_delivered(
    warehouse: sa.Engine, api: Api, tmp_path: Path, says: object, expected: str
) -> None:
    api.says("/records?month=2018-06", says)
    with pytest.raises(FetchFailed, match=expected):
        fetch(fetching(RECORDS), api.access, tmp_path, [JUNE])
    assert list(tmp_path.glob("*.csv")) == []


def test_the_token_is_given_to_no_other_server(
    warehouse: sa.Engine, api: Api, another_api: Api, tmp_path: Path
) -> None:
    power = fetching(RECORDS)
    elsewhere = f"http://localhost:{another_api.port}/records?month=2018-06"
    api.says("/records?month=2018-06", page(ROWS[:1], elsewhere))
    with pytest.raises(FetchFailed, match="names a next page on another server"):
        fetch(power, api.access, tmp_path, [JUNE])
    api.says("/records?month=2018-06", b"", status=302, headers={"Location": elsewhere})
    with pytest.raises(FetchFailed, match="leads to another server: http://localhost"):
        fetch(power, api.access, tmp_path, [JUNE])
    assert another_api.asked == [], "whatever it answers to who stands inside"


def test_an_answer_may_lead_on_within_its_server_and_not_for_ever(
    warehouse: sa.Engine, api: Api, tmp_path: Path
) -> None:
    api.says("/files/2018-05.csv", b"", status=302, headers={"Location": "/files/new.csv"})
    api.says("/files/new.csv", b"1")
    api.says("/files/2018-06.csv", b"", status=302, headers={"Location": "/files/2018-06.csv"})
    assert len(fetch(fetching(FILE), api.access, tmp_path, [MAY])) == 1
    with pytest.raises(FetchFailed, match="answers 302"):
        fetch(fetching(FILE), api.access, tmp_path, [JUNE])


def test_an_answer_beyond_its_limit_is_not_read_to_its_end(
    warehouse: sa.Engine, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGYUN_LIMITS", "paged_mb=1")
    body = b'{"data": "' + b" " * (64 << 20) + b'"}'
    api.says("/records?month=2018-06", body)
    tracemalloc.start()
    try:
        with pytest.raises(FetchFailed, match=r"more than 1 MB \(limit paged_mb\)"):
            fetch(fetching(RECORDS), api.access, tmp_path, [JUNE])
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("path", "feed"), [("/files/2018-06.csv", FILE), ("/records?month=2018-06", RECORDS)])
@pytest.mark.parametrize(
    "body",
    [gzip.compress(b"1,2\n" * 9)[:-8], gzip.compress(b"1,2\n"), b"1,2\n"],
    ids=["cut short", "whole", "not at all"],
)
def test_a_packed_answer_which_nobody_asked_for_is_refused_as_its_end_is_not_known(
    warehouse: sa.Engine, api: Api, tmp_path: Path, path: str, feed: HttpSource, body: bytes
) -> None:
    api.says(path, body, headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchFailed, match="packed as gzip"):
        fetch(fetching(feed), api.access, tmp_path, [JUNE])
    assert list(tmp_path.iterdir()) == []


def test_a_file_beyond_its_limit_is_not_saved(
    warehouse: sa.Engine, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGYUN_LIMITS", "text_mb=1")
    api.says("/files/2018-06.csv", b"1" * (2 << 20))
    with pytest.raises(FetchFailed, match=r"more than 1 MB \(limit text_mb\)"):
        fetch(fetching(FILE), api.access, tmp_path, [JUNE])
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_sends_byte_by_byte_is_not_listened_to_for_ever(
    warehouse: sa.Engine, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGYUN_LIMITS", "fetch_seconds=1")
    api.says("/files/2018-06.csv", b"1" * 1000, pause=0.05)
    began = time.monotonic()
    with pytest.raises(FetchFailed, match="broke off"):
        fetch(fetching(FILE), api.access, tmp_path, [JUNE])
    assert time.monotonic() - began < 10
    assert list(tmp_path.iterdir()) == []


def test_a_token_goes_over_plain_http_only_where_the_connection_says_so(
    warehouse: sa.Engine, api: Api, tmp_path: Path
) -> None:
    api.says("/files/2018-06.csv", b"1")
    with pytest.raises(FetchFailed, match="is not encrypted: use https"):
        fetch(fetching(FILE), replace(api.access, extra={}), tmp_path, [JUNE])
    assert api.asked == []


def test_a_wrong_token_is_an_error(warehouse: sa.Engine, api: Api, tmp_path: Path) -> None:
    api.says("/files/2018-06.csv", b"1")
    stranger = replace(api.access, password="guess")
    with pytest.raises(FetchFailed, match="answers 401"):
        fetch(fetching(FILE), stranger, tmp_path, [JUNE])
