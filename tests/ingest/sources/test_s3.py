"""Objects of an S3-compatible store, by a real server on loopback."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ingest.feed import S3Source
from ingest.sources.access import Access
from ingest.sources.fetch import fetch
from ingest.sources.offer import FetchFailed
from tests.ingest.sources.conftest import fetching

SOURCE = S3Source(kind="s3", connection="power", bucket="power", prefix="outgoing/")


def test_every_object_under_the_prefix_is_brought_however_many_there_are(
    warehouse: sa.Engine, store: tuple[Access, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access, client = store
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")  # objects on a page of the listing
    for n in range(23):
        client.put_object(Bucket="power", Key=f"outgoing/用电量{n:04}.csv", Body=b"%d" % n)
    client.put_object(Bucket="power", Key="archive/用电量.csv", Body=b"elsewhere")
    client.put_object(Bucket="power", Key="outgoing/readme.txt", Body=b"not what the feed promises")
    brought = fetch(fetching(SOURCE), access, tmp_path, [])
    assert [int(p.read_bytes()) for p in brought] == list(range(23))
    assert fetch(fetching(SOURCE), access, tmp_path, []) == []


def test_a_replaced_object_is_brought_again(warehouse: sa.Engine, store: tuple[Access, Any], tmp_path: Path) -> None:
    access, client = store
    power = fetching(SOURCE)
    client.put_object(Bucket="power", Key="outgoing/用电量.csv", Body=b"1")
    fetch(power, access, tmp_path, [])
    client.put_object(Bucket="power", Key="outgoing/用电量.csv", Body=b"2")
    assert [p.read_bytes() for p in fetch(power, access, tmp_path, [])] == [b"2"]


def test_two_objects_of_one_name_do_not_replace_each_other(
    warehouse: sa.Engine, store: tuple[Access, Any], tmp_path: Path
) -> None:
    access, client = store
    for folder in ("a", "b"):
        client.put_object(Bucket="power", Key=f"outgoing/{folder}/用电量.csv", Body=folder.encode())
    brought = fetch(fetching(SOURCE), access, tmp_path, [])
    assert {p.name: p.read_bytes() for p in brought} == {"a_用电量.csv": b"a", "b_用电量.csv": b"b"}


def test_what_is_fetched_replaces_no_file_of_its_name_that_lies_in_the_folder(
    warehouse: sa.Engine, store: tuple[Access, Any], tmp_path: Path
) -> None:
    access, client = store
    for name in ("用电量.csv", "用电量.csv "):
        client.put_object(Bucket="power", Key=f"outgoing/{name}", Body=name.encode())
    (tmp_path / "用电量.csv").write_text("dropped by hand")
    brought = fetch(fetching(SOURCE.model_copy(update={"pattern": "*"})), access, tmp_path, [])
    assert sorted(p.name for p in brought) == ["（2）用电量.csv", "（3）用电量.csv"]
    assert (tmp_path / "用电量.csv").read_text() == "dropped by hand"


def test_a_bucket_that_is_not_there_is_named(warehouse: sa.Engine, store: tuple[Access, Any], tmp_path: Path) -> None:
    power = fetching(SOURCE.model_copy(update={"bucket": "absent"}))
    with pytest.raises(FetchFailed, match=r"s3://absent/outgoing/ cannot be listed: .*NoSuchBucket"):
        fetch(power, store[0], tmp_path, [])


def test_a_store_that_does_not_answer_is_an_error_and_not_an_empty_folder(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = Access(login="k", password="s", extra={"endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(FetchFailed, match="Could not connect"):
        fetch(fetching(SOURCE), replace(silent), tmp_path, [])
