"""The workbook a clerk fills in for a feed and a month. Filled in, it reads back as the feed promises."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter

from ingest.feed import Column, Feed
from ingest.labels import listed_industries, reporting_regions

BLANK_ROWS = 200


def write_template(feed: Feed, month: date, path: Path) -> None:
    """Write the workbook: title with the month, headings with units, and the rows that are known beforehand.

    Raises ValueError for a feed whose headings are patterns without a printed alias: nobody fills those in by hand.
    """
    headings = [_printed(feed, c) for c in feed.columns]
    rows_are_series = feed.layout.series == "rows"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet(_sheet_name(feed))
        box = {"align": "center", "valign": "vcenter", "font_name": "宋体", "text_wrap": True, "border": 1}
        head, label = book.add_format(box | {"bold": True}), book.add_format({"num_format": "@", "border": 1})
        numbers = [book.add_format({"num_format": _number_format(c), "border": 1}) for c in feed.columns]
        title = book.add_format({"align": "center", "bold": True, "font_size": 16, "font_name": "宋体"})
        across = 1 if rows_are_series else len(headings) - 1
        _merge(sheet, (0, 0, 0, max(across, 1)), f"{_period(feed, month)}{feed.title}", title)
        sheet.set_column(0, max(across, 1), 18)
        if rows_are_series:
            sheet.write_row(1, 0, ["指标", f"{month.year}年{month.month}月"], head)
            for r, heading in enumerate(headings, 2):
                sheet.write_string(r, 0, heading, label)
                sheet.write_blank(r, 1, None, numbers[r - 2])
        else:
            _write_headings(sheet, feed.layout.header_rows, headings, head)
            _write_rows(sheet, feed, month, label, numbers)
        sheet.freeze_panes(1 + feed.layout.header_rows, 1)


def _period(feed: Feed, month: date) -> str:
    """`2018年6月`; `2018年1-2月` where January is never reported by itself."""
    return f"{month.year}年{'1-2' if month.month == 2 and not feed.reports_january else month.month}月"


def _sheet_name(feed: Feed) -> str:
    """The sheet's name where the layout asks for one by plain text."""
    name = (feed.layout.sheet or "").strip("^$")
    return name if name.isalnum() else "报表"


def _printed(feed: Feed, column: Column) -> str:
    if column.pattern and not column.aliases:
        raise ValueError(f"{feed.feed}: heading {column.heading!r} is a pattern; give it an alias to print a template")
    text = column.aliases[0] if column.pattern else column.heading
    return f"{text}({column.unit})" if column.unit else text


def _number_format(column: Column) -> str:
    if column.label or (column.attribute and column.type != "number"):
        return "@"
    return "0." + "0" * column.decimals if column.decimals else "0" if column.decimals == 0 else "General"


def _merge(sheet: Any, area: tuple[int, int, int, int], text: str, style: Any) -> None:
    top, left, bottom, right = area
    if (top, left) == (bottom, right):
        sheet.write_string(top, left, text, style)
    else:
        sheet.merge_range(top, left, bottom, right, text, style)


def _write_headings(sheet: Any, levels: int, headings: Sequence[str], style: Any) -> None:
    """Heading paths as merged cells: equal ancestors side by side, short paths down to the last row."""
    paths = [tuple(h.split("|")) for h in headings]
    for level in range(levels):
        for key, group in groupby(range(len(paths)), key=lambda i: (paths[i][: level + 1], len(paths[i]) == level + 1)):
            columns = list(group)
            ancestors, is_leaf = key
            if len(ancestors) <= level:
                continue
            for run in [[c] for c in columns] if is_leaf else [columns]:
                bottom = levels if is_leaf else level + 1
                _merge(sheet, (1 + level, run[0], bottom, run[-1]), ancestors[level], style)


def _write_rows(sheet: Any, feed: Feed, month: date, label: Any, numbers: Sequence[Any]) -> None:
    """One bordered row for each region or industry known beforehand, else blank rows for firms."""
    kinds = [c.label for c in feed.columns]
    if "region" in kinds and feed.grain == "region":
        known, at = reporting_regions(month), kinds.index("region")
    elif "industry" in kinds and feed.grain == "industry":
        known, at = listed_industries(month), kinds.index("industry")
    else:
        known, at = [""] * BLANK_ROWS, -1
    for r, name in enumerate(known, 1 + feed.layout.header_rows):
        for c, column in enumerate(feed.columns):
            if c == at:
                sheet.write_string(r, c, name, label)
            elif column.label == "month":
                sheet.write_string(r, c, f"{month.year}年{month.month}月", label)
            else:
                sheet.write_blank(r, c, None, numbers[c])
