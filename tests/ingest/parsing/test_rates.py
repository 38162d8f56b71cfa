"""Rates in per cent and fractions in one column are never read as if they were of one kind."""

import io
from typing import Any

import pytest
import xlsxwriter

from ingest.parsing.contents import read_file
from tests.ingest.books import FORMATS, Percent
from tests.ingest.paper import FEED, HEAD, csv_text, xlsx
from tests.ingest.parsing.test_contents import BY_MONTH, NAME, ROWWISE, ROWWISE_ROWS, feed_like

REGIONS = ["荆门市", "东宝区", "掇刀区", "京山市", "沙洋县", "钟祥市"]
GROWTH = FEED.model_dump()["columns"][2] | {"heading": "同比"}
HISTORY = BY_MONTH.model_copy(
    update={"columns": (BY_MONTH.columns[0], *feed_like(columns=[FEED.columns[0], GROWTH]).numbers)}
)


def found(growths: list[Any], kind: str = "xlsx") -> list[tuple[str, str | None, str | None]]:
    rows = [[region, 100.5, growth] for region, growth in zip(REGIONS, growths, strict=False)]
    parsed = read_file(FEED, FORMATS[kind]([*HEAD, *rows]), NAME)
    return [(p.rule, p.cell, p.found) for p in parsed.findings]


def history(growths: list[Any]) -> list[str]:
    months = [f"{2010 + i // 12}年{i % 12 + 1}月" for i in range(len(growths))]
    rows = [["月份", "同比"], *([m, g] for m, g in zip(months, growths, strict=True))]
    return [p.rule for p in read_file(HISTORY, csv_text(rows).encode(), "月.csv").findings]


@pytest.mark.parametrize("kind", FORMATS)
def test_bare_fractions_beside_a_cell_with_its_own_sign_are_refused(kind: str) -> None:
    assert found([0.032, Percent(-0.012), 0.05, 0.015], kind) == [("percent_or_fraction", "C4", "C6为-1.2%，C5为0.032")]
    assert found([0.032, "3.2%", 0.05, 0.015], kind)[0][0] == "percent_or_fraction"


@pytest.mark.parametrize(
    "growths",
    [
        [0.032, -1.2, 5.0, 1.5], [3.2, -1.2, 0.051, 1.5], [0.5, Percent(0.083), 0.3], [0.032, -0.012, 0.05, 0.015],
        [0.0321, -0.0125, 0.0502, 0.015, 0.0444, -0.0012], [8.3, "增长3.2%", 0.032, 4.1],
    ],
)  # fmt: skip
def test_fractions_among_rates_are_refused(growths: list[Any]) -> None:
    assert [rule for rule, _, _ in found(growths)] == ["percent_or_fraction"]


@pytest.mark.parametrize(
    "growths",
    [
        [3.2, Percent(-0.012), 5, 0.3], ["3.2%", -1.2, "5.0%", 0.3], [0.3, -0.2, 0.5, 0.1], [0, Percent(0.083), 0],
        [1.88538082, 0.25165726, -0.4, 11.2], [Percent(0.0832416), 3.21, 0.56], ["3.2%", "0.032%"], [0.3, Percent(0.083), 4.5],
        ["—", 3.2, "0.0", 0.1],
    ],
)  # fmt: skip
def test_rates_that_are_small_or_signed_here_and_there_are_read(growths: list[Any]) -> None:
    assert found(growths) == []


def test_one_number_that_is_finer_than_the_others_is_read_as_it_is_seen_and_told() -> None:
    assert found([8.3, 0.18, -1.2, 4.4]) == [("fraction_suspected", "C4", "C6为0.18")]
    assert found([8.31, 0.18, -1.2, 4.4]) == []


def test_a_sign_that_a_format_only_prints_proves_nothing() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page, printed = book.add_worksheet("表1"), book.add_format({"num_format": '0.0"%"'})
        for r, row in enumerate([*HEAD, ["荆门市", 1, None], ["东宝区", 1, 0.032], ["京山市", 1, 0.05]]):
            for c, value in enumerate(row):
                page.write(r, c, value)
        page.write(4, 2, 3.2, printed)
    parsed = read_file(FEED, file.getvalue(), NAME)
    assert [(p.rule, p.found) for p in parsed.findings] == [("percent_or_fraction", "C5为3.2%，C6为0.032")]


def test_fractions_that_follow_rates_are_refused_however_many_digits_both_have() -> None:
    rates = [8.32416912, 7.91234567, 5.12345678, 11.23456789, 6.54321987, 9.87654321, 8.12345678, 7.65432198]
    assert history([*rates, *(r / 100 for r in rates)]) == ["percent_or_fraction"]
    assert history(rates) == []


def test_a_year_of_little_growth_is_read() -> None:
    assert history([13.1, 10.4, 7.6, 6.2, 9.1, 12.4, 0.7, 0.6, 0.2, 0.2, -0.2, -0.2, 0.1, -9.2]) == []
    assert history([9.12, 7.34, 2.87, 0.74, 0.61, 0.25, 0.22, -0.21, -0.23, 0.14, 0.33, 1.87, 4.2]) == []


def test_the_rates_of_a_series_in_a_row_are_watched_too() -> None:
    rows = [
        ["指标", *(f"2018年{m}月" for m in range(2, 6))],
        [ROWWISE_ROWS[2][0], 7.0, 0.062, 6.5, 6.9],
        [ROWWISE_ROWS[3][0], 1, 2, 3, 4],
    ]
    parsed = read_file(ROWWISE, xlsx(rows), NAME)
    assert [(p.rule, p.found) for p in parsed.findings] == [("percent_or_fraction", "B2为7.0，C2为0.062")]
