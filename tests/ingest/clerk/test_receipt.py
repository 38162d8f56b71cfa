"""What the sender gets back: a marked copy that he can mend and send again, and a preview without delivering."""

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from ingest.clerk import mark as marking
from ingest.clerk.receipt import write, write_receipt
from ingest.deliver import deliver, status
from ingest.land import stored
from tests.ingest.books import in_sheet
from tests.ingest.paper import FEED, HEAD, MERGED, ROWS, check, csv_text, declare, drop, xls, xlsx
from vocabulary.finding import Finding
from warehouse.book import deliveries

BAD = [*HEAD, ["荆门市", "约300", 8.3], *ROWS[1:]]
FILES = {
    "2018年6月用电量.xlsx": xlsx(BAD, MERGED),
    "2018年6月用电量.xls": xls(BAD, MERGED),
    "2018年6月用电量.csv": csv_text(BAD).encode("gb18030"),
}


@pytest.mark.parametrize("name", FILES)
def test_the_marked_copy_colours_and_explains_the_bad_cell(name: str, warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    page = write_receipt(deliver(FEED, drop(tmp_path, FILES[name], name)), tmp_path / "回执")
    workbook = openpyxl.load_workbook(page.with_suffix(".xlsx"))
    sheet = workbook.worksheets[0]
    assert sheet["B5"].value == "【请核对】约300"
    assert sheet["B5"].fill.start_color.rgb.endswith("FFC7CE")
    assert "以万千瓦时计的数值" in sheet["B5"].comment.text
    assert [c.coordinate for row in sheet.iter_rows() for c in row if c.comment] == ["B5"]
    assert sheet["B6"].value in (100.25, "100.25"), "the other cells stay in their places"
    listed = [c.value for c in workbook.worksheets[-1][2]]
    assert listed[:3] == ["退回", sheet.title, "B5"]
    assert page.with_suffix(".xlsx").name in page.read_text(encoding="utf-8")
    assert json.loads(page.with_suffix(".json").read_text())["marked_copy"] == page.with_suffix(".xlsx").name


@pytest.mark.parametrize("name", FILES)
def test_the_marked_copy_mended_is_accepted(name: str, warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    page = write_receipt(deliver(FEED, drop(tmp_path, FILES[name], name)), tmp_path / "回执")
    workbook = openpyxl.load_workbook(page.with_suffix(".xlsx"))
    workbook.worksheets[0]["B5"].value = 300.5
    mended = tmp_path / "2018年6月用电量更正.xlsx"
    workbook.save(mended)
    assert status(deliver(FEED, mended)).status == "loaded"


UNMENDED = {
    "text": ("2018年6月用电量.xls", xls(BAD, MERGED)),
    "merged numbers": ("2018年6月用电量.xls", xls([*HEAD, ["荆门市", 300.5, 8.3], ["东宝区", None, 1.0]], [*MERGED, (4, 1, 5, 1)])),
}  # fmt: skip


@pytest.mark.parametrize("fault", UNMENDED)
def test_a_copy_sent_back_unmended_is_refused_like_the_file(fault: str, warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    name, data = UNMENDED[fault]
    delivery = deliver(FEED, drop(tmp_path, data, name))
    assert status(delivery).status == "rejected"
    copy = write_receipt(delivery, tmp_path / "回执").with_suffix(".xlsx")
    assert status(deliver(FEED, drop(tmp_path, copy.read_bytes(), "2018年6月用电量再报.xlsx"))).status == "rejected"


def test_a_merged_cell_is_marked_at_its_anchor(tmp_path: Path) -> None:
    rows = [*HEAD, ["荆门市", 300.5, 8.3], ["东宝区", None, 1.0]]
    path = drop(tmp_path, xlsx(rows, [*MERGED, (4, 1, 5, 1)]))
    said = check(FEED, path)
    assert [(p.rule, p.cell) for p in said.findings] == [("merged_number", "B6")]
    sheet = openpyxl.load_workbook(write(said, path, tmp_path / "预审").with_suffix(".xlsx")).worksheets[0]
    assert sheet["B5"].comment is not None


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://127.0.0.1")'
    path = drop(tmp_path, csv_text([*HEAD, ["荆门市", evil.replace('"', ""), 8.3]]).encode(), "2018年6月用电量.csv")
    workbook = openpyxl.load_workbook(write(check(FEED, path), path, tmp_path).with_suffix(".xlsx"))
    cells = [c for sheet in workbook for row in sheet.iter_rows() for c in row if "=HYPERLINK" in str(c.value)]
    assert len(cells) == 2, "the cell itself, and the list of findings"
    assert {c.data_type for c in cells} == {"s"}


def test_a_sign_that_turns_the_direction_of_a_text_is_shown_by_its_number(tmp_path: Path) -> None:
    path = drop(tmp_path, csv_text([*HEAD, ["荆门市", "\u202e52.13", 8.3], *ROWS[1:]]).encode(), "2018年6月用电量.csv")
    page = write(check(FEED, path), path, tmp_path)
    listed = [c.value for c in openpyxl.load_workbook(page.with_suffix(".xlsx")).worksheets[-1][2]]
    for told in (page.read_text(encoding="utf-8"), " ".join(map(str, listed))):
        assert "[U+202E]52.13" in told
        assert "\u202e" not in told


def test_formulas_are_copied_as_the_values_that_were_read(tmp_path: Path) -> None:
    path = drop(tmp_path, xlsx(BAD, MERGED))
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0]["B6"].value = "=1+1"
    workbook.save(path)
    copy = write(check(FEED, path), path, tmp_path / "预审").with_suffix(".xlsx")
    cell = openpyxl.load_workbook(copy).worksheets[0]["B6"]
    assert cell.data_type != "f"


@pytest.mark.parametrize("limit", ["MAX_CELLS", "MAX_BYTES"])
def test_a_large_file_gets_the_list_of_findings_which_cannot_be_sent_for_the_whole(
    limit: str, warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, limit, 10)
    declare(FEED)
    rows = [*HEAD, ["荆门市", 300.5, 8.3], ["东宝区", 1, 1], ["京山市", "约1", 1]]
    name = "2018年6月用电量.csv"
    page = write_receipt(deliver(FEED, drop(tmp_path, csv_text(rows).encode(), name)), tmp_path / "回执")
    (listed,) = openpyxl.load_workbook(page.with_suffix(".xlsx")).worksheets
    assert [c.value for c in listed[2]][:5] == ["退回", "2018年6月用电量", "B7", "单元格内容不能识别为数值", "约1"]
    assert "请在原文件中更正后重新报送" in page.read_text(encoding="utf-8")
    assert json.loads(page.with_suffix(".json").read_text())["marked_copy"] is None
    sent = drop(tmp_path, page.with_suffix(".xlsx").read_bytes(), "2018年6月用电量更正.xlsx")
    assert status(deliver(FEED, sent)).status == "rejected"


ODDITIES = {
    "a font's family": ('<family val="2"/>', '<family val="34"/>', "xl/styles.xml"),
    "a row's height": ('<row r="1"', '<row r="1" ht="auto"', "xl/worksheets/sheet1.xml"),
    "a day of a property": ('">20', '">x20', "docProps/core.xml"),
}  # fmt: skip


@pytest.mark.parametrize("oddity", ODDITIES)
def test_a_copy_that_cannot_be_made_becomes_the_list_of_findings(oddity: str, tmp_path: Path) -> None:
    path = drop(tmp_path, in_sheet(xlsx(BAD, MERGED), *ODDITIES[oddity]))
    looked = check(FEED, path)
    assert {f.rule for f in looked.findings} == {"unreadable_cell"}, "the file itself is read"
    assert marking.mark(path, path.name, looked.findings, tmp_path / "m.xlsx") == "list"
    (listed,) = openpyxl.load_workbook(tmp_path / "m.xlsx").worksheets
    assert listed["C2"].value == "B5"


def test_a_workbook_of_blank_cells_beyond_number_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blanks = "".join(f'<row r="{r}">' + "<c s='0'/>" * 100 + "</row>" for r in range(100, 400))
    path = drop(tmp_path, in_sheet(xlsx(BAD, MERGED), "</sheetData>", f"{blanks}</sheetData>"))
    found = check(FEED, path).findings
    assert marking.mark(path, path.name, found, tmp_path / "m.xlsx") == "copy"
    monkeypatch.setattr(marking, "MAX_UNPACKED", 200_000)
    assert marking.mark(path, path.name, found, tmp_path / "m.xlsx") == "list"


def test_a_finding_of_a_row_is_put_to_its_first_cell(tmp_path: Path) -> None:
    path = drop(tmp_path, xlsx([*HEAD, *ROWS], MERGED))
    twice = Finding("parse", "row_twice", "critical", "同一对象出现两行", sheet="表1", cell="第6行")
    assert marking.mark(path, path.name, [twice], tmp_path / "m.xlsx")
    assert openpyxl.load_workbook(tmp_path / "m.xlsx").worksheets[0]["A6"].comment is not None


def test_no_copy_is_made_where_no_cell_is_to_blame(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    accepted = deliver(FEED, drop(tmp_path, xlsx([*HEAD, *ROWS], MERGED)))
    deliveries.accept([accepted])
    broken = deliver(FEED, drop(tmp_path, b"PK\x03\x04junk", "2018年7月用电量.xlsx"))
    for delivery in (accepted, broken):
        page = write_receipt(delivery, tmp_path / "回执")
        assert page.exists()
        assert not page.with_suffix(".xlsx").exists()
        assert "标注副本" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("damage", [lambda kept: kept.write_bytes(xlsx([*HEAD, *ROWS], MERGED)), Path.unlink])
def test_what_was_changed_in_the_store_is_not_shown_as_what_was_sent(
    damage: Callable[[Path], object], warehouse: sa.Engine, tmp_path: Path
) -> None:
    declare(FEED)
    delivery = deliver(FEED, drop(tmp_path, xlsx([*HEAD, ["荆门市", "约300", 8.3]], MERGED)))
    damage(stored(status(delivery).sha256))
    page = write_receipt(delivery, tmp_path / "回执")
    assert "问题清单" in page.read_text(encoding="utf-8")
    assert openpyxl.load_workbook(page.with_suffix(".xlsx")).sheetnames == ["审核意见"]


def test_a_name_that_is_a_link_to_another_file_is_replaced_and_not_written_through(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    declare(FEED)
    delivery = deliver(FEED, drop(tmp_path, xlsx([*HEAD, ["荆门市", "约300", 8.3]], MERGED)))
    page = write_receipt(delivery, tmp_path / "回执")
    there = {p.name for p in page.parent.iterdir()}
    assert {Path(name).suffix for name in there} == {".html", ".json", ".xlsx"}
    other = tmp_path / "other"
    other.write_text("of somebody else")
    for name in there:
        (page.parent / name).unlink()
        (page.parent / name).symlink_to(other)
    write_receipt(delivery, page.parent)
    assert other.read_text() == "of somebody else"
    assert {p.name for p in page.parent.iterdir() if not p.is_symlink()} == there


def test_a_check_writes_the_same_findings_without_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGYUN_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    path = drop(tmp_path, FILES["2018年6月用电量.xlsx"])
    page = write(check(FEED, path), path, tmp_path / "预审")
    said = json.loads(page.with_suffix(".json").read_text())
    assert (said["status"], said["delivery_id"], said["month"]) == ("unreadable", None, "2018-06")
    assert [(p["sheet"], p["cell"], p["found"]) for p in said["problems"]] == [("表1", "B5", "约300")]
    assert "拟报送" in page.read_text(encoding="utf-8")
