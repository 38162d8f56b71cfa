"""A file's name is shown on receipts and made into paths: whatever it is, it harms neither."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from ingest.clerk.receipt import write_receipt
from ingest.deliver import deliver, status
from ingest.filenames import LONGEST, delivered_name, move_beside, plain_name
from scheduling.drop import claim, let_go, settled
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


@pytest.fixture
def all_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduling.drop.settled", lambda folder, quiet=0.0: settled(folder, 0))


def test_files_claimed_from_the_drop_folder_have_names_that_can_be_shown(tmp_path: Path, all_at_rest: None) -> None:
    with open(os.fsencode(tmp_path) + b"/" + "用电\u202e量.csv".encode("gbk", "ignore"), "wb") as f:
        f.write(b"x")
    (tmp_path / "报表\u202e.csv").write_bytes(b"x")
    assert sorted(p.name for p in claim(tmp_path)) == ["报表_.csv", "用电量.csv"]


@pytest.mark.parametrize(
    "other",
    [" 六月á.csv", "六月á.csv ", "\u3000六月á.csv", "六月a\u0301.csv", "六月á.csv".encode("gb18030"), "六月á.csv\u00a0"],
)  # fmt: skip
def test_two_files_whose_names_read_alike_are_both_delivered(
    other: str | bytes, tmp_path: Path, all_at_rest: None
) -> None:
    for n, name in enumerate(("六月á.csv", other)):
        with open(os.path.join(os.fsencode(tmp_path), os.fsencode(name)), "wb") as f:
            f.write(b"%d" % n)
    assert [(p.name, p.read_bytes()) for p in claim(tmp_path)] == [("六月á.csv", b"0"), ("六月á.csv", b"1")]
    assert [p.name for p in tmp_path.iterdir()] == [".taken"]


@pytest.mark.parametrize("sign", ["\u200b", "\ufeff", "\x01", "\n"])
def test_a_sign_that_cannot_be_shown_makes_no_file_the_same_as_another(
    sign: str, tmp_path: Path, all_at_rest: None
) -> None:
    for n, name in enumerate((f"六{sign}月.csv", "六_月.csv", "六\u200d月.csv")):
        (tmp_path / name).write_text(str(n))
    assert [(p.name, p.read_text()) for p in claim(tmp_path)] == [("六_月.csv", str(n)) for n in range(3)]


def test_a_name_that_is_an_unfinished_transfers_only_once_cleaned_is_delivered(
    tmp_path: Path, all_at_rest: None
) -> None:
    (tmp_path / "六月.tmp ").write_text("1")
    assert [p.name for p in claim(tmp_path)] == ["六月.tmp"]


def test_what_an_earlier_version_left_taken_is_delivered_first(tmp_path: Path, all_at_rest: None) -> None:
    (tmp_path / ".taken").mkdir()
    (tmp_path / "六月.csv").write_text("2")
    (tmp_path / ".taken" / "六月.csv").write_text("1")
    first, second = claim(tmp_path)
    assert (first.read_text(), second.read_text()) == ("1", "2")
    let_go(first)
    assert claim(tmp_path) == [second]


def test_a_file_moved_to_a_name_that_is_taken_stands_beside_it(tmp_path: Path) -> None:
    longest = "长" * 83 + ".xlsx"
    lying = []
    for n in range(3):
        (tmp_path / "new").write_text(str(n))
        lying.append(move_beside(tmp_path / "new", tmp_path / longest))
    assert [p.read_text() for p in lying] == ["0", "1", "2"]
    assert [p.name[:3] for p in lying] == ["长长长", "（2）", "（3）"]
