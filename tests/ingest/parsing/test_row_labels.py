"""What names a row: numbers of firms as they should have been typed, or the cause named why they cannot be."""

import io
from typing import Any

import openpyxl
import pytest

from ingest.feed import Feed
from ingest.parsing.contents import Contents, read_file
from tests.ingest.books import FORMATS
from tests.ingest.paper import FEED, xlsx

ACCOUNTS = Feed.model_validate(
    FEED.model_dump()
    | {
        "grain": "enterprise",
        "layout": {},
        "columns": [
            {"heading": "户号", "label": "entity_id"},
            {"heading": "统一社会信用代码", "label": "credit_code"},
            {"heading": "地区", "label": "region"},
            {"heading": "用电量", "indicator": "PW03", "unit": "万千瓦时"},
        ],
    }
)
CODE = "91350200776049653A"


def accounts(ids: list[Any], code: Any = CODE) -> list[list[Any]]:
    rows = [[i, code, "东宝区", n + 0.5] for n, i in enumerate(ids)]
    return [["2018年6月重点用户用电"], ["户号", "统一社会信用代码", "地区", "用电量"], *rows]


def read(ids: list[Any], kind: str = "xlsx", code: Any = CODE) -> Contents:
    return read_file(ACCOUNTS, FORMATS[kind](accounts(ids, code)), "2018年6月用电.xls")


def found(parsed: Contents) -> list[tuple[str, str | None]]:
    return [(p.rule, p.cell) for p in parsed.findings]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "written",
    ['="0420001201"', "'0420001201", "’0420001201", '"0420001201"', "０４２０００１２０１", "0420 0012 01", "\t0420001201", "0420001201.0"],
)  # fmt: skip
def test_a_number_of_a_firm_is_kept_as_it_should_have_been_typed(kind: str, written: str) -> None:
    parsed = read(["0420001200", written, "0420001202"], kind)
    assert found(parsed) == []
    assert parsed.tables[0].rows["entity_id"].to_list() == ["0420001200", "0420001201", "0420001202"]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods", "xml 2003", "csv"])
def test_invisible_signs_are_no_part_of_a_number_of_a_firm(kind: str) -> None:
    parsed = read(["0420\u200b001200", "\ufeff0420001201", "0420001202\u00ad"], kind)
    assert found(parsed) == []
    assert parsed.tables[0].rows["entity_id"].to_list() == ["0420001200", "0420001201", "0420001202"]


@pytest.mark.parametrize(
    "written", [f'="{CODE}"', f"'{CODE}", "９１３５０２００７７６０４９６５３Ａ", "9135O200-77604 9653a"]
)
def test_a_credit_code_is_cleaned_by_the_same_rule(written: str) -> None:
    parsed = read(["0420001200"], code=written)
    assert parsed.loadable
    assert parsed.tables[0].rows["credit_code"].to_list() == [CODE]


@pytest.mark.parametrize("kind", FORMATS)
def test_one_number_that_lost_its_zero_among_good_ones_is_refused(kind: str) -> None:
    lost: Any = 420001202 if kind in ("xlsx", "xls", "ods", "xml 2003") else "420001202"
    [finding] = read(["0420001200", "0420001201", lost, "0420001203"], kind).findings
    assert (finding.rule, finding.cell, finding.found) == ("code_lost_zero", "A5", "420001202")
    assert finding.expected == "10位编号"
    assert finding.severity == "critical"


def test_a_shorter_number_among_texts_of_one_length_is_refused_though_none_begins_with_zero() -> None:
    assert found(read(["1420001200", "1420001201", 420001202])) == [("code_lost_zero", "A5")]
    assert found(read(["1420001200", "1420001201", "420001202"])) == []


@pytest.mark.parametrize(
    "ids",
    [["1", "2", "10"], ["01", "02", "10"], [1.0, 2.0, 10.0], ["0420001200", "420801", "0420001202"], ["A-1", "B-22", "C-3"],
     ["0420001200", "042000120", "0420001202"], ["420001200", "0420001201"]],
)  # fmt: skip
def test_numbers_of_different_lengths_are_not_taken_for_lost_zeros(ids: list[Any]) -> None:
    assert found(read(ids)) == []


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ('=TEXT(A1,"0")', "code_without_value"), ("#N/A", "code_error"), ("#REF!", "code_error"),
        ("04200\u202e10021", "unreadable_code"), ("4.20E+17", "code_truncated"),
    ],
)  # fmt: skip
def test_a_number_of_a_firm_that_says_nothing_is_refused(written: str, rule: str) -> None:
    for kind in ("csv", "html", "xls"):
        assert found(read(["0420001200", written, "0420001202"], kind)) == [(rule, "A4")]


def test_a_formula_that_no_program_has_calculated_is_no_number_of_a_firm() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(accounts(["0420001200", None]))))
    book.active["A4"], book.active["B3"] = '="0420001201"', f'="{CODE}"'
    file = io.BytesIO()
    book.save(file)
    parsed = read_file(ACCOUNTS, file.getvalue(), "2018年6月用电.xlsx")
    assert found(parsed) == [("code_without_value", "A4"), ("code_without_value", "B3")]
