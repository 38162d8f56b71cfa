"""A template filled in by a clerk reads back without a finding, number by number."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from openpyxl.worksheet.worksheet import Worksheet

from expectations.gate import gate_deliveries
from ingest.clerk.template import write_template
from ingest.deliver import deliver
from ingest.feed import Feed
from ingest.feeds import load_feed
from ingest.parsing.contents import Contents, read_file
from tests.ingest.layout.test_forms import FORMS
from tests.ingest.paper import FEED, declare
from tests.ingest.parsing.test_contents import FIRMS, ROWWISE
from vocabulary.month import Month
from warehouse.book.deliveries import states
from warehouse.build import load_seeds
from warehouse.settings import ROOT

EVERY = [load_feed(p) for p in sorted((ROOT / "areas" / "jingmen" / "feeds").glob("*.yml"))]
CITY = [f for f in EVERY if f.frequency != "once"]
FIRM = {
    "credit_code": "91350200MA2YJ1XR9G",
    "entity_id": "0001234567",
    "entity_name": "某公司",
    "region": "钟祥市",
    "industry": "26",
}


def last_row(sheet: Worksheet) -> int:
    """The last row of the table, over the lines that are signed."""
    return next(r for r in range(1, sheet.max_row) if str(sheet.cell(r + 1, 1).value).startswith("说明："))


def sign(sheet: Worksheet) -> None:
    """Fill in the lines under the table as a clerk does."""
    lines = {"修订说明：": "5月漏报一户，已补", "核实说明：": "B5 该企业停产检修", "注：": "1.含市直2018年5月数。",
             "填表人：": "张三", "审核人：": "李四", "联系电话：": "0724-2300000", "填报日期：": "2018年7月5日"}  # fmt: skip
    for r in range(last_row(sheet) + 1, sheet.max_row + 1):
        if said := lines.pop(str(sheet.cell(r, 1).value), None):
            sheet.cell(r, 2).value = said
    assert not lines, "there is room for all of them"


def fill_in(feed: Feed, path: Path) -> list[float]:
    """Type numbers, and firms where firms are asked for, into every row of a template; returns the numbers typed."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    typed = []
    first = 2 + feed.layout.header_rows
    last = first if feed.grain == "enterprise" else last_row(sheet)
    sign(sheet)
    for r in range(first, last + 1):
        for c, column in enumerate(feed.columns, 1):
            if column.indicator:
                typed.append(round(r + c / 10, 1))
                sheet.cell(r, c).value = typed[-1]
            elif sheet.cell(r, c).value is None and column.label in FIRM:
                sheet.cell(r, c).value = FIRM[column.label]
    book.save(path)
    return typed


@pytest.mark.parametrize("feed", [FEED, FIRMS, *(f for f in CITY if f.numbers)], ids=lambda f: f.feed)
@pytest.mark.parametrize("month", [Month(2018, 2), Month(2018, 6)], ids=["2018-02", "2018-06"])
def test_a_filled_template_reads_back_number_by_number(feed: Feed, month: Month, tmp_path: Path) -> None:
    path = tmp_path / f"{month.words}.xlsx"
    write_template(feed, month, path)
    typed = fill_in(feed, path)
    parsed = read_file(feed, path.read_bytes(), path.name)
    assert parsed.findings == []
    assert [v for row in parsed.tables[0].rows["values"] for v in row] == typed
    assert set(parsed.cells) == {month}


def fill_in_soundly(feed: Feed, month: Month, path: Path) -> None:
    """Type what a gate lets pass: parts that add up to their total, growth that agrees with its base."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    first = 2 + feed.layout.header_rows
    rows = range(first, first + 1 if feed.grain in ("enterprise", "register") else last_row(sheet) + 1)
    parts = sum(not str(sheet.cell(r, 1).value).startswith("其中") for r in rows) - 1
    nth = 0
    for r in rows:
        weight = parts if r == first and parts else 0.5 if str(sheet.cell(r, 1).value).startswith("其中") else 1
        if weight == 1 and parts:  # no two parts are alike, and together they are the whole
            nth += 1
            weight += (nth - (parts + 1) / 2) / 105
        for c, column in enumerate(feed.columns, 1):
            if column.measure == "growth":
                sheet.cell(r, c).value = 5.0
            elif column.indicator:
                level = 1050.0 * weight * (month.month if column.period_type == "YTD" else 1)
                level = 95.0 if column.unit == "%" else level
                sheet.cell(r, c).value = level / 1.05 if column.measure == "base" else level
            elif column.label in FIRM and sheet.cell(r, c).value is None:
                sheet.cell(r, c).value = FIRM[column.label]
            elif column.attribute:
                words = [x.printed for x in column.choices] or ["是"]
                by_type = {"number": 1, "date": date(2018, 6, 1), "flag": "是", "text": words[0]}
                sheet.cell(r, c).value = by_type[column.type]
    book.save(path)


def test_every_template_of_the_city_filled_in_is_accepted(warehouse: sa.Engine, tmp_path: Path) -> None:
    load_seeds()
    declare(*CITY)
    month = Month(2018, 6)
    delivered = {}
    for feed in CITY:
        path = tmp_path / f"2018年6月{feed.title}.xlsx"
        write_template(feed, month, path)
        fill_in_soundly(feed, month, path)
        delivered[deliver(feed, path)] = feed.feed
    gate_deliveries([d for d, s in states(list(delivered)).items() if s == "loaded"])
    with warehouse.connect() as c:
        said = c.exec_driver_sql("select delivery_id, rule, message, found, expected from ops.finding").all()
    assert [(delivered[d], *rest) for d, *rest in said] == []
    assert set(states(list(delivered)).values()) == {"accepted"}


@pytest.mark.parametrize("feed", [FEED, FIRMS, *CITY], ids=lambda f: f.feed)
def test_the_frame_is_locked_and_every_open_number_is_checked(feed: Feed, tmp_path: Path) -> None:
    write_template(feed, Month(2018, 6), tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0]
    assert sheet.protection.sheet
    first = 2 + feed.layout.header_rows
    assert all(sheet.cell(r, c).protection.locked for r in range(1, first) for c in range(1, len(feed.columns) + 1))
    checked = {cell for v in sheet.data_validations.dataValidation for area in v.sqref.ranges for cell in area.cells}
    for c, column in enumerate(feed.columns, 1):
        if column.unit:
            assert not sheet.cell(first, c).protection.locked, column.heading
            assert (first, c) in checked, column.heading


def test_what_is_typed_is_held_to_what_the_column_can_be(tmp_path: Path) -> None:
    write_template(FEED, Month(2018, 6), tmp_path / "t.xlsx")
    rules = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0].data_validations.dataValidation
    assert [(str(v.sqref).split(":")[0], v.formula1) for v in rules] == [
        ("B4", 'OR(AND(ISNUMBER(B4),B4>=0),B4="—")'),
        ("C4", 'OR(AND(ISNUMBER(C4),C4>=-100),C4="—")'),
    ]


def test_regions_and_industries_of_firms_are_chosen_from_lists_in_the_guide(tmp_path: Path) -> None:
    listing = next(f for f in CITY if f.grain == "enterprise" and any(c.label == "region" for c in f.columns))
    write_template(listing, Month(2018, 6), tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    lists = [v.formula1 for v in book.worksheets[0].data_validations.dataValidation if v.type == "list"]
    (area,) = [x for x in lists if book["填报说明"][x.split("!")[1]][0][0].value == "荆门市"]
    names = [row[0].value for row in book["填报说明"][area.split("!")[1]]]
    assert "京山市" in names


def test_a_region_template_lists_the_regions_by_their_names_in_that_month(tmp_path: Path) -> None:
    def names(month: Month) -> list[object]:
        write_template(FEED, month, tmp_path / "t.xlsx")
        return [c.value for c in openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0]["A"][3:]]

    assert "京山县" in names(Month(2018, 1))
    assert "京山县" not in names(Month(2018, 2))
    june = names(Month(2018, 6))
    assert {"荆门市", "京山市", "荆门高新区·掇刀区", "其中:大柴湖开发区"} <= set(june)
    assert "掇刀区" not in june, "it is reported within the combined unit"


def test_a_feed_of_patterns_has_no_template(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pattern"):
        write_template(ROWWISE, Month(2018, 6), tmp_path / "t.xlsx")


# What a clerk writes into the first rows of a blank that leaves them open.
WORDS = {
    "地区": ["钟祥市"] * 3,
    "指标": ["全社会用电量", "一般公共预算收入", "全社会用电量"],
    "口径": ["当月", "累计", "累计同比"],
    "单位": ["万千瓦时", "亿元", "%"],
    "数据性质": ["快报"] * 50,
}


def numbers(parsed: Contents) -> dict[str, float]:
    """Every number as delivered, by its address."""
    assert parsed.findings == []
    return {
        f"{column['letter']}{row['row']}": value
        for table in parsed.tables
        for row in table.rows.iter_rows(named=True)
        for column in table.columns
        if len(row["values"]) >= column["position"] and (value := row["values"][column["position"] - 1]) is not None
    }


@pytest.mark.parametrize("path", sorted(FORMS.glob("*.yml")), ids=lambda p: p.stem)
def test_the_blank_of_every_form_filled_in_is_read_number_by_number(path: Path, tmp_path: Path) -> None:
    feed, month = load_feed(path), Month(2018, 6)
    file = tmp_path / f"{feed.title}2018年6月.xlsx"
    write_template(feed, month, file)
    book = openpyxl.load_workbook(file)
    sheet, typed = book.worksheets[0], {}
    head = next(r for r in range(3, 9) if any(not c.protection.locked for c in sheet[r])) - 1
    rows = 3 if path.stem == "stat__long" else 1 if "month" in feed.labels else last_row(sheet)
    last = min(head + rows, last_row(sheet))
    for n, cell in enumerate(c for row in sheet.iter_rows(head + 1, last) for c in row if not c.protection.locked):
        said = str(sheet.cell(head, cell.column).value)
        cell.value = WORDS[said][cell.row - head - 1] if said in WORDS else n + 1.5
        if said not in WORDS:
            typed[cell.coordinate] = n + 1.5
    sheet.delete_rows(last + 1, sheet.max_row)
    book.save(file)
    parsed = read_file(feed, file.read_bytes(), file.name)
    assert numbers(parsed) == typed
    assert set(parsed.cells) == {month}
