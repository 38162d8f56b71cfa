"""A file's name is shown on receipts and made into paths: whatever it is, it harms neither."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from ingest.clerk.receipt import write_receipt
from ingest.deliver import deliver, status
from ingest.filenames import LONGEST, delivered_name, plain_name
from scheduling.drop import claim
from tests.ingest.paper import FEED, HEAD, ROWS, declare, xlsx


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("2018年6月用电量.xlsx", "2018年6月用电量.xlsx"), ("../../etc/passwd", "_.._etc_passwd"), ("a\x00b\n.csv", "a_b_.csv"),
        ("..\\..\\x.xls", "_.._x.xls"), (".hidden.csv", "hidden.csv"), ("报表\u202excod.xls", "报表_xcod.xls"), ("", "unnamed"), ("...", "unnamed"),
        ("长" * 200 + ".xlsx", "长" * 83 + ".xlsx"), ("用电\udce9量.csv", "用电_量.csv"),
    ],
)  # fmt: skip
def test_a_name_stays_in_its_folder_and_keeps_its_suffix(name: str, plain: str) -> None:
    assert plain_name(name) == plain


@given(st.text(max_size=400))
def test_any_name_is_one_that_can_be_written_and_shown(name: str) -> None:
    plain = plain_name(name)
    assert 0 < len(plain.encode()) <= LONGEST
    assert Path(plain).name == plain
    assert not plain.startswith(".")
    assert plain_name(plain) == plain


def test_a_name_in_gbk_bytes_is_read_and_its_delivery_gets_a_receipt(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    folder = tmp_path / "drop"
    folder.mkdir()
    raw = os.fsencode(folder) + b"/" + "2018年6月用电量\x01.xlsx".encode("gbk")
    with open(raw, "wb") as f:
        f.write(xlsx(HEAD + ROWS))
    [odd] = folder.iterdir()
    assert delivered_name(odd) == "2018年6月用电量_.xlsx"
    delivery = status(deliver(FEED, odd))
    assert (delivery.status, delivery.file_name) == ("loaded", "2018年6月用电量_.xlsx")
    assert "2018年6月用电量_.xlsx" in write_receipt(delivery.delivery_id, tmp_path).read_text("utf-8")


def test_files_claimed_from_the_drop_folder_have_names_that_can_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "scheduling.drop.settled", lambda folder, quiet=5.0: [p for p in folder.iterdir() if p.is_file()]
    )
    with open(os.fsencode(tmp_path) + b"/" + "用电\u202e量.csv".encode("gbk", "ignore"), "wb") as f:
        f.write(b"x")
    (tmp_path / "报表\u202e.csv").write_bytes(b"x")
    assert sorted(p.name for p in claim(tmp_path)) == ["报表_.csv", "用电量.csv"]
