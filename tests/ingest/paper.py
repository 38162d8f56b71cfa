"""Small departmental papers for the tests: a feed, and files as clerks send them."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt

from ingest.clerk.receipt import Receipt, preview
from ingest.feed import Feed
from ingest.parsing.contents import examine
from vocabulary.month import Month
from warehouse.book.duties import sync_feeds

FEED = Feed.model_validate(
    {
        "feed": "powr__electricity",
        "title": "工业用电量",
        "grain": "region",
        "first_month": "2015-01",
        "due_day": 6,
        "file_pattern": "用电",
        "layout": {"header_rows": 2, "skip_labels": ["一、.*"]},
        "columns": [
            {"heading": "地区", "label": "region", "aliases": ["县市区"]},
            {"heading": "工业用电量|本月", "indicator": "PW02", "unit": "万千瓦时"},
            {
                "heading": "工业用电量|同比",
                "indicator": "PW02",
                "measure": "growth",
                "basis": "nominal_published",
                "unit": "%",
            },
        ],
        "ignore": ["备注"],
    }
)
TITLE = "荆门市2018年6月工业用电量"
HEAD: list[list[Any]] = [[TITLE], ["单位:万千瓦时"], ["地区", "工业用电量", None], [None, "本月", "同比"]]
ROWS: list[list[Any]] = [["荆门市", 300.5, 8.3], ["东宝区", 100.25, -1.2], ["　　其中：大柴湖", 20.0, "—"]]
MERGED = [(0, 0, 0, 2), (2, 0, 3, 0), (2, 1, 2, 2)]
JUNE = Month(2018, 6)


def xlsx(rows: list[list[Any]], merged: list[tuple[int, int, int, int]] | None = None, sheet: str = "表1") -> bytes:
    """An xlsx file of these rows; merged ranges are (top, left, bottom, right), the value at the top left."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        for top, left, bottom, right in merged or ():
            page.merge_range(top, left, bottom, right, "")
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, date):
                    page.write_datetime(r, c, value, dates)
                elif value is not None:
                    page.write(r, c, value)
    return file.getvalue()


def book(sheets: dict[str, list[list[Any]]]) -> bytes:
    """An xlsx file of several sheets."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        for name, rows in sheets.items():
            page = workbook.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if value is not None:
                        page.write(r, c, value)
    return file.getvalue()


def xls(rows: list[list[Any]], merged: list[tuple[int, int, int, int]] | None = None) -> bytes:
    """A BIFF xls file of these rows."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("表1")
    inside = {(top, left): (bottom, right) for top, left, bottom, right in merged or ()}
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value is not None and (r, c) in inside:
                page.write_merge(r, inside[r, c][0], c, inside[r, c][1], value)
            elif value is not None:
                page.write(r, c, value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def csv_text(rows: list[list[Any]]) -> str:
    return "".join(",".join("" if v is None else str(v) for v in row) + "\r\n" for row in rows)


def drop(directory: Path, data: bytes, name: str = "2018年6月用电量.xlsx") -> Path:
    path = directory / name
    path.write_bytes(data)
    return path


def declare(*feeds: Feed) -> None:
    """Enter feeds in ops.feed."""
    sync_feeds(f.duty for f in feeds)


def check(feed: Feed, path: Path) -> Receipt:
    """What the receipt of a file would say of its reading."""
    return preview(feed, path, examine(feed, path, path.name), None)
