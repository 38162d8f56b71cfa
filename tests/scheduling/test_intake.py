"""What a sender is told at once of a file with faults of several kinds, and before he delivers it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from openpyxl.worksheet.worksheet import Worksheet

from ingest.clerk.receipt import Receipt, receipt_of
from ingest.clerk.template import write_template
from ingest.feeds import get_feed, read_feed
from ingest.grammar.labels import region_key
from ingest.land import land
from samples.simulate import MONTHS, table
from scheduling.drop import folder_of, settled
from scheduling.intake import Arrival, ReceiptFailed, check, dropped, receipts, take_in, take_in_history
from tests.expectations.conftest import catalogue
from vocabulary.month import Month
from warehouse.book import deliveries
from warehouse.book.duties import sync_feeds
from warehouse.settings import ROOT, settings

__all__ = ["catalogue"]

FEED = "powr__electricity"
PAST = [m for m in MONTHS if "2017-05" <= m <= "2018-05"]
FIRST, LAST = 5, 14
HISTORY = ROOT / "tests" / "ingest" / "layout" / "forms" / "powr__history.yml"


@pytest.fixture
def first(catalogue: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """June's file of the grid company, the first that it sends."""
    monkeypatch.setenv("GONGYUN_AREA", "jingmen")
    sync_feeds([get_feed(FEED).duty])
    return table(FEED, "2018-06").write(tmp_path)


@pytest.fixture
def june(first: Path, tmp_path: Path) -> Path:
    """June's file, and thirteen months before it in the warehouse."""
    feed = get_feed(FEED)
    states = take_in_history([feed], [Arrival(feed, table(FEED, m).write(tmp_path)) for m in PAST])
    assert set(states.values()) == {"accepted"}
    return first


def spoil(file: Path, change: Callable[[Worksheet], None]) -> Path:
    book = openpyxl.load_workbook(file)
    change(book.worksheets[0])
    book.save(file)
    return file


def multiply(sheet: Worksheet, columns: str) -> None:
    for row in range(FIRST, LAST + 1):
        for column in columns:
            sheet[f"{column}{row}"].value *= 1e4


def six_mistakes(sheet: Worksheet) -> None:
    """A word for a number, an unknown label, a wrong unit in two columns, a sign lost, a minus too many, two cells swapped."""
    sheet["B7"] = "待核实"
    sheet["A13"] = "城区直属"
    multiply(sheet, "FH")
    sheet["C10"].value *= -1
    sheet["D11"].value *= -1
    sheet["B12"].value, sheet["D12"].value = sheet["D12"].value, sheet["B12"].value


def delivered(file: Path) -> Receipt:
    return receipt_of(max(take_in([get_feed(FEED)], [Arrival(get_feed(FEED), file)])))


def said(receipt: Receipt) -> list[tuple[str, str]]:
    return [(c.first.rule, c.where) for c in receipt.causes if c.state == "stopped"]


def holdings(engine: sa.Engine) -> dict[str, int]:
    """Rows of every table of the book and of raw, and files in the store."""
    with engine.connect() as c:
        tables = c.exec_driver_sql(
            "select schemaname || '.' || tablename from pg_tables where schemaname !~ '^(pg_|information)'"
        ).scalars()
        rows = {t: c.exec_driver_sql(f"select count(*) from {t}").scalar_one() for t in list(tables)}
    return rows | {"store": sum(p.is_file() for p in settings().store.rglob("*"))}


SIX = [
    ("negative_value", "D11"), ("unit_shift", "F列、H列共18格"), ("month_above_total", "B12"), ("growth_sign", "C10"),
    ("unreadable_cell", "B7"), ("unknown_region", "A13"),
]  # fmt: skip


def test_six_mistakes_of_reading_and_of_the_gate_are_answered_in_one_round(june: Path, warehouse: sa.Engine) -> None:
    before = holdings(warehouse)
    receipt = delivered(spoil(june, six_mistakes))
    assert (receipt.status, sorted(said(receipt))) == ("rejected", sorted(SIX))
    assert receipt.counts_zh == "退回性问题6条，提示性问题0条"
    grown = {t for t, n in holdings(warehouse).items() if n != before[t]}
    assert grown - {"ops.gate_run"} == {"ops.delivery", "ops.finding", "store"}, "nothing of it is in raw"


def test_a_renamed_heading_hides_no_other_mistake(june: Path) -> None:
    def seven(sheet: Worksheet) -> None:
        six_mistakes(sheet)
        sheet["G4"] = "同比增幅情况"

    assert sorted(said(delivered(spoil(june, seven)))) == sorted([("unknown_layout", ""), *SIX])


def test_a_unit_over_the_table_that_is_wrong_for_every_column_is_one_cause(june: Path) -> None:
    receipt = delivered(spoil(june, lambda sheet: sheet.__setitem__("I2", "单位:万千瓦时")))
    assert [(c.first.rule, c.where) for c in receipt.causes] == [("unit_disagrees", "B列、D列、F列、H列共4格")]


def county_twice(sheet: Worksheet) -> None:
    """京山县 is 京山市 until it is one: the label of the row before is repeated under the old name."""
    sheet["A11"] = "京山县"


@pytest.mark.parametrize("change", [six_mistakes, county_twice])
def test_a_check_says_what_the_receipt_says_and_leaves_nothing_behind(
    june: Path, warehouse: sa.Engine, change: Callable[[Worksheet], None]
) -> None:
    spoil(june, change)
    before = holdings(warehouse)
    looked = check(get_feed(FEED), june)
    assert holdings(warehouse) == before
    assert looked.status == "unreadable"
    receipt = delivered(june)

    def told(r: Receipt) -> list[tuple[Any, ...]]:
        return sorted((f.rule, f.cell or "", f.message) for f in r.findings)

    assert told(looked) == told(receipt)


def test_a_county_under_two_names_is_one_cause_that_names_both(first: Path) -> None:
    receipt = delivered(spoil(first, county_twice))
    assert receipt.status == "rejected"
    (cause,) = [c for c in receipt.causes if c.state == "stopped"]
    assert (cause.first.rule, cause.message) == ("duplicate_cell", "“京山县”、“京山市”为同一对象，数据出现多次")


def test_a_first_file_with_a_month_above_its_year_to_date_is_refused(first: Path) -> None:
    def swap(sheet: Worksheet) -> None:
        sheet["B12"].value, sheet["D12"].value = sheet["D12"].value, sheet["B12"].value

    receipt = delivered(spoil(first, swap))
    assert (receipt.status, said(receipt)) == ("rejected", [("month_above_total", "B12")])


def test_a_row_that_stands_there_twice_is_one_cause(first: Path) -> None:
    def repeat(sheet: Worksheet) -> None:
        sheet.insert_rows(13)
        for column in range(1, 10):
            sheet.cell(13, column).value = sheet.cell(12, column).value

    receipt = delivered(spoil(first, repeat))
    assert (receipt.status, [(c.first.rule, c.where) for c in receipt.causes]) == (
        "rejected",
        [("row_twice", "第13行")],
    )


def test_a_row_of_a_longer_time_is_one_cause(catalogue: sa.Engine, tmp_path: Path) -> None:
    months = [(f"2018-0{n}", 100 + n) for n in range(1, 6)]
    rows = [("月份", "当月用电量"), *months, ("2018年上半年", 6210)]
    file = tmp_path / "用电量历史.csv"
    file.write_text("".join(f"{month},{value}\n" for month, value in rows), encoding="utf-8")
    feed = read_feed(HISTORY.read_text(encoding="utf-8"), HISTORY.name)
    sync_feeds([feed.duty])
    receipt = receipt_of(max(take_in([feed], [Arrival(feed, file)])))
    assert [(c.first.rule, c.where) for c in receipt.causes] == [("longer_time", "A7")]


def test_two_sheets_with_the_same_numbers_are_both_named(first: Path) -> None:
    feed = get_feed(FEED)
    feed = feed.model_copy(update={"layout": feed.layout.model_copy(update={"sheet": "2018年6月"})})
    book = openpyxl.load_workbook(first)
    book.copy_worksheet(book.worksheets[0]).title = "2018年6月 (2)"
    book.save(first)
    receipt = receipt_of(max(take_in([feed], [Arrival(feed, first)])))
    (cause,) = receipt.causes
    assert (receipt.status, cause.first.rule) == ("rejected", "duplicate_cell")
    assert cause.where.startswith("2018年6月!B列、")
    assert "、2018年6月 (2)!B列、" in cause.where
    assert any("（2018年6月!B5、2018年6月 (2)!B5）" in f.message for f in cause.findings)


def test_a_wrong_unit_in_two_columns_is_one_cause_that_names_the_unit(june: Path) -> None:
    receipt = delivered(spoil(june, lambda sheet: multiply(sheet, "BF")))
    (cause,) = receipt.causes
    assert (cause.where, cause.message) == ("B列、F列共20格", "较历史水平偏大10000倍左右，疑按万千瓦时填报")
    assert {f.rule for f in cause.findings} > {"unit_shift", "ytd_revision"}, "with what comes of it"


def test_a_good_file_is_said_to_be_good_by_a_check(june: Path) -> None:
    looked = check(get_feed(FEED), june)
    assert (looked.status, looked.findings, looked.compared) == ("readable", (), True)


def test_the_right_file_after_one_whose_totals_stood_still_is_not_held(june: Path, tmp_path: Path) -> None:
    may = table(FEED, "2018-05").write(tmp_path)
    totals = openpyxl.load_workbook(may).worksheets[0]
    right = june.read_bytes()

    def stand_still(sheet: Worksheet) -> None:
        for row in range(FIRST, LAST + 1):
            sheet[f"D{row}"] = totals[f"D{row}"].value

    stale = delivered(spoil(june, stand_still))
    assert (stale.status, said(stale)) == ("rejected", [("ytd_repeated", "D列共10格")])
    june.write_bytes(right)
    assert (delivered(june).status, delivered(june).findings) == ("accepted", ()) or delivered(
        june
    ).status == "duplicate"


def test_a_template_shows_last_months_totals_and_comes_back_as_the_feeds_own_layout(june: Path, tmp_path: Path) -> None:
    sent = {
        region_key(str(r[0])): r[1:]
        for r in openpyxl.load_workbook(june).worksheets[0].iter_rows(min_row=FIRST, max_row=LAST, values_only=True)
    }
    may = openpyxl.load_workbook(table(FEED, "2018-05").write(tmp_path)).worksheets[0]
    path = tmp_path / "全社会和工业用电量2018年6月填报.xlsx"
    write_template(get_feed(FEED), Month(2018, 6), path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    shown = {region_key(str(r[0])): r[-2:] for r in sheet.iter_rows(min_row=4, values_only=True)}
    assert shown["420800"] == (may[f"D{FIRST}"].value, may[f"H{FIRST}"].value)
    for row in range(4, 4 + len(sent)):
        for column, value in enumerate(sent.get(region_key(str(sheet.cell(row, 1).value)), ()), 2):
            sheet.cell(row, column).value = value
    book.save(path)
    receipt = delivered(path)
    assert (receipt.status, receipt.findings, receipt.cells) == ("accepted", (), 80)


def test_without_a_warehouse_a_check_says_what_the_file_itself_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGYUN_AREA", "jingmen")
    monkeypatch.delenv("GONGYUN_DATABASE_URL", raising=False)
    monkeypatch.setenv("GONGYUN_HOME", str(tmp_path / "none"))
    looked = check(get_feed(FEED), table(FEED, "2018-06").write(tmp_path))
    assert (looked.status, looked.compared) == ("readable", False)
    assert not (tmp_path / "none").exists(), "no server is set up to find out"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The drop folder of the grid company; what lies in it rests at once."""
    monkeypatch.setenv("GONGYUN_AREA", "jingmen")
    monkeypatch.setenv("GONGYUN_DROP", str(tmp_path / "drop"))
    monkeypatch.setattr("scheduling.drop.settled", lambda folder, quiet=0.0: settled(folder, 0))
    return folder_of(get_feed(FEED))


def test_a_file_that_was_taken_while_its_sender_paused_comes_again_whole(folder: Path) -> None:
    (folder / "用电量2018年6月.csv").write_text("half")
    arriving = dropped(get_feed(FEED))
    taken = next(arriving).path
    with taken.open("a") as sender:
        sender.write(" and half")
    assert list(arriving) == []
    assert [p.read_text() for p in folder.glob("*.csv")] == ["half and half"]
    (again,) = dropped(get_feed(FEED))
    assert not again.path.exists(), "at rest since, it is let go"


def test_what_cannot_be_opened_is_answered_and_blocks_nothing(folder: Path) -> None:
    (folder / "a.xlsx").symlink_to("/etc/hostname")
    (folder / "b.xlsx").symlink_to("b.xlsx")
    (folder / "用电量2018年6月.xlsx").write_text("1")
    assert [a.path.name for a in dropped(get_feed(FEED))] == ["用电量2018年6月.xlsx"]
    answers = sorted(p.name for p in receipts(FEED).iterdir())
    assert answers == ["未接收_a.xlsx.txt", "未接收_b.xlsx.txt"]
    assert "不是文件本身" in (receipts(FEED) / answers[0]).read_text(encoding="utf-8-sig")


def test_a_second_name_of_a_file_elsewhere_is_not_read(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "passwords.json"
    secret.write_text("admin,123456")
    (folder / "用电量2018年6月.csv").hardlink_to(secret)
    assert list(dropped(get_feed(FEED))) == []
    (answer,) = receipts(FEED).iterdir()
    assert "123456" not in answer.read_text(encoding="utf-8-sig")
    assert secret.read_text() == "admin,123456"


def test_what_is_put_in_the_place_of_a_file_after_it_was_looked_at_is_not_read(
    first: Path, folder: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "passwords.json"
    secret.write_text("admin,123456")
    (folder / first.name).write_bytes(first.read_bytes())

    def swapped() -> Iterator[Arrival]:
        for arrival in dropped(get_feed(FEED)):
            arrival.path.unlink()
            arrival.path.symlink_to(secret)
            yield arrival

    assert set(take_in([get_feed(FEED)], swapped()).values()) == {"accepted"}
    assert [p.read_bytes() for p in settings().store.glob("??/*")] == [first.read_bytes()]


def test_a_file_that_a_run_died_over_is_one_delivery_with_one_receipt(first: Path, folder: Path) -> None:
    (folder / first.name).write_bytes(first.read_bytes())
    arrival = next(dropped(get_feed(FEED)))
    left = land(arrival.feed, arrival.path).delivery_id
    assert take_in([get_feed(FEED)], dropped(get_feed(FEED))) == {left: "accepted"}
    assert [p.name for p in receipts(FEED).glob("*.html")] == [f"回执{left}_已接收_全社会和工业用电量2018年6月.html"]
    assert not arrival.path.exists()


def test_a_file_with_holes_or_beyond_its_limit_is_answered_and_not_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGYUN_LIMITS", "text_mb=20")
    for name, size in (("holes.csv", 18 << 20), ("long.csv", 21 << 20)):
        with (folder / name).open("wb") as file:
            file.write(b"1")
            file.truncate(size)
    assert list(dropped(get_feed(FEED))) == []
    told = [p.read_text(encoding="utf-8-sig") for p in sorted(receipts(FEED).iterdir())]
    assert ["疑未传输完整" in told[0], "超出系统限额20MB" in told[1]] == [True, True]


def test_a_file_in_the_place_of_the_receipts_moves_aside(folder: Path) -> None:
    (folder / "回执").write_text("1")
    assert receipts(FEED).is_dir()
    assert (folder / "（2）回执").read_text() == "1"


def test_a_receipt_that_cannot_be_written_keeps_no_other_delivery_from_being_answered(
    first: Path, tmp_path: Path
) -> None:
    feed, announced = get_feed(FEED), list[list[str]]()
    may = table(FEED, "2018-05").write(tmp_path)
    (receipts(FEED) / f"回执1_已接收_{may.stem}.html").mkdir(parents=True)
    with pytest.raises(ReceiptFailed, match=r"\[1\]"):
        take_in([feed], [Arrival(feed, may), Arrival(feed, first)], lambda name, months: announced.append(months))
    assert announced == [["2018-06"]]
    assert deliveries.unanswered(FEED) == [1], "it is tried again"
