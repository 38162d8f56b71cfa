"""A comma that a text proves to be its decimal sign is read as one; one that may be either is refused."""

import pytest

from ingest.feed import Feed
from ingest.parsing import contents as contents_module
from ingest.parsing.contents import Contents, read_file
from ingest.reading import text as text_module
from tests.ingest.paper import FEED
from tests.ingest.parsing.test_contents import feed_like

PLAIN: Feed = feed_like(
    layout={},
    columns=[
        {"heading": "地区", "label": "region"},
        {"heading": "用电量", "indicator": "PW02", "unit": "万千瓦时"},
        FEED.model_dump()["columns"][2] | {"heading": "同比"},
    ],
)
REGIONS = ["荆门市", "东宝区", "京山市", "钟祥市"]


def read(numbers: list[tuple[str, str]], delimiter: str = ";", quoted: bool = False) -> Contents:
    rows = [
        ["2018年6月用电量", "", ""],
        ["地区", "用电量", "同比"],
        *([r, *n] for r, n in zip(REGIONS, numbers, strict=False)),
    ]
    quote = '"' if quoted else ""
    text = "".join(delimiter.join(f"{quote}{cell}{quote}" for cell in row) + "\n" for row in rows)
    return read_file(PLAIN, text.encode(), "2018年6月用电量.csv")


def values(parsed: Contents) -> list[list[float]]:
    assert parsed.findings == []
    return [v for t in parsed.tables for v in t.rows["values"].to_list()]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_comma_that_is_proved_to_be_the_decimal_sign_is_read_so(delimiter: str, quoted: bool) -> None:
    parsed = read([("1,234", "8,300"), ("0,512", "-1,2"), ("1.234,5", "2,1%")], delimiter, quoted)
    assert values(parsed) == [[1.234, 8.3], [0.512, -1.2], [1234.5, 2.1]]


def test_a_comma_beside_points_parts_thousands() -> None:
    assert values(read([("1,234", "8.3"), ("12,345.6", "1")])) == [[1234, 8.3], [12345.6, 1]]
    assert values(read([("1,234", "8"), ("1,234,567", "1")])) == [[1234, 8], [1234567, 1]]
    assert values(read([("1,234", "8"), ("2,345", "1")], "\t")) == [[1234, 8], [2345, 1]]


@pytest.mark.parametrize("numbers", [[("1,234", "8"), ("2,345", "1")], [("8,3", "1.2")], [("8,3", "1.234")]])
def test_a_comma_that_may_be_either_is_refused(numbers: list[tuple[str, str]]) -> None:
    [finding] = read(numbers).findings
    assert (finding.rule, finding.severity) == ("decimal_sign", "critical")
    assert "逗号" in finding.message


def test_no_month_proves_a_point() -> None:
    feed = Feed.model_validate(
        PLAIN.model_dump()
        | {"scope": "history", "region": "荆门市", "layout": {"month_from": "row"},
           "columns": [{"heading": "月份", "label": "month"}, PLAIN.model_dump()["columns"][1]]}
    )  # fmt: skip
    parsed = read_file(feed, "月份;用电量\n2018.05;1,5\n2018.06;2,5\n".encode(), "用电.csv")
    assert values(parsed) == [[1.5], [2.5]]


@pytest.mark.parametrize("written", ["8,3", "0,512", "-12,45"])
def test_a_decimal_comma_in_any_other_file_is_named_as_one(written: str) -> None:
    [finding] = read([(written, "1")], ",", quoted=True).findings
    assert finding.rule == "unreadable_cell"
    assert finding.expected == "以万千瓦时计的数值，小数点为“.”而不是逗号"


@pytest.mark.parametrize("quoted", [False, True])
def test_a_long_text_keeps_its_decimal_sign(monkeypatch: pytest.MonkeyPatch, quoted: bool) -> None:
    monkeypatch.setattr(contents_module, "HEAD_ROWS", 3)
    monkeypatch.setattr(text_module, "CHUNK_BYTES", 16)
    numbers = [("1,234", "8,300"), ("0,512", "-1,2"), ("1.234,5", "2,1"), ("4", "3,0")]
    assert values(read(numbers, quoted=quoted)) == [[1.234, 8.3], [0.512, -1.2], [1234.5, 2.1], [4, 3]]
