"""A template filled in by a clerk reads back without a problem, number by number."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from ingest.feed import Feed, load_feed
from ingest.parse import parse
from ingest.template import write_template
from tests.ingest.paper import FEED
from tests.ingest.test_parse import FIRMS, ROWWISE
from warehouse.settings import ROOT

CITY = [load_feed(p) for p in sorted((ROOT / "ingest" / "feeds" / "jingmen").glob("*.yml"))]
FIRM = {
    "credit_code": "91350200MA2YJ1XR9G",
    "entity_id": "0001234567",
    "entity_name": "某公司",
    "region": "钟祥市",
    "industry": "26",
}


def fill_in(feed: Feed, path: Path) -> list[float]:
    """Type numbers, and firms where firms are asked for, into every row of a template; returns the numbers typed."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    typed = []
    first = 2 + feed.layout.header_rows
    last = first if feed.grain == "enterprise" else sheet.max_row
    for r in range(first, last + 1):
        for c, column in enumerate(feed.columns, 1):
            if column.indicator:
                typed.append(round(r + c / 10, 1))
                sheet.cell(r, c).value = typed[-1]
            elif sheet.cell(r, c).value is None and column.label in FIRM:
                sheet.cell(r, c).value = FIRM[column.label]
    book.save(path)
    return typed


@pytest.mark.parametrize("feed", [FEED, FIRMS, *CITY], ids=lambda f: f.feed)
@pytest.mark.parametrize("month", [date(2018, 2, 1), date(2018, 6, 1)], ids=["2018-02", "2018-06"])
def test_a_filled_template_reads_back_number_by_number(feed: Feed, month: date, tmp_path: Path) -> None:
    path = tmp_path / f"{month:%Y年%-m月}.xlsx"
    write_template(feed, month, path)
    typed = fill_in(feed, path)
    parsed = parse(feed, path.read_bytes(), path.name)
    assert parsed.problems == []
    assert [v for row in parsed.tables[0].rows["values"] for v in row] == typed
    assert set(parsed.cells) == {month}


def test_a_region_template_lists_the_regions_by_their_names_in_that_month(tmp_path: Path) -> None:
    def names(month: date) -> list[object]:
        write_template(FEED, month, tmp_path / "t.xlsx")
        return [c.value for c in openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0]["A"][3:]]

    assert "京山县" in names(date(2018, 1, 1))
    assert "京山县" not in names(date(2018, 2, 1))
    june = names(date(2018, 6, 1))
    assert {"荆门市", "京山市", "荆门高新区·掇刀区", "其中:大柴湖开发区"} <= set(june)
    assert "掇刀区" not in june, "it is reported within the combined unit"


def test_a_feed_of_patterns_has_no_template(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pattern"):
        write_template(ROWWISE, date(2018, 6, 1), tmp_path / "t.xlsx")
