"""The published national series, untouched, read as their feeds say: every period, hand-read cells, the known traps."""

from pathlib import Path

import polars as pl
import pytest

from ingest.feed import Feed
from ingest.feeds import load_feed, match_file
from ingest.parsing.contents import read_file
from warehouse.settings import ROOT

pytestmark = pytest.mark.real
FEEDS = {p.stem: load_feed(p) for p in sorted((ROOT / "areas" / "china" / "feeds").glob("*.yml"))}


@pytest.fixture(autouse=True)
def china(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGYUN_AREA", "china")


@pytest.fixture
def national(shared_data: Path) -> Path:
    return shared_data / "national"


def cells_of(feed: Feed, national: Path) -> pl.DataFrame:
    """One row per cell of the feed's file: cell, month, industry, indicator, measure, period_type, value, canonical."""
    [path] = [p for p in national.iterdir() if match_file(p.name, [feed])]
    parsed = read_file(feed, path.read_bytes(), path.name)
    assert parsed.findings == []
    rows = []
    for table in parsed.tables:
        for row in table.rows.iter_rows(named=True):
            for column, value in zip(table.columns, row["values"], strict=True):
                if value is not None:
                    said = {
                        k: row.get(k) or column[k] for k in ("month", "industry", "indicator", "measure", "period_type")
                    }
                    factor = row.get("factor") or column["factor"]
                    rows.append(
                        said | {"cell": f"{column['letter']}{row['row']}", "value": value, "canonical": value * factor}
                    )
    return pl.DataFrame(rows, infer_schema_length=None)


def series(cells: pl.DataFrame, indicator: str, measure: str, period_type: str) -> dict[str, float]:
    """Values of the total by month `2018-06`."""
    kept = cells.filter(indicator=indicator, measure=measure, period_type=period_type).filter(
        pl.col("industry").is_null()
    )
    return {f"{m:%Y-%m}": v for m, v in kept.select("month", "value").iter_rows()}


def test_every_national_file_is_claimed_and_every_feed_has_its_file(national: Path) -> None:
    claims = {p.name: [f.feed for f in match_file(p.name, FEEDS.values())] for p in national.iterdir()}
    assert [name for name, feeds in claims.items() if not feeds] == []
    assert {f for feeds in claims.values() for f in feeds} == set(FEEDS)
    assert len(claims["月度数据.xls"]) == 3, "several feeds may read the same workbook"


@pytest.mark.parametrize(
    ("feed", "cells", "months", "first", "last"),
    [
        ("stat__value_added", 369, 190, "2008-02", "2025-04"),
        ("stat__value_added_by_industry", 9112, 110, "2010-05", "2020-04"),
        ("stat__value_added_table", 1680, 21, "2018-06", "2020-04"),
        ("powr__electricity", 2829, 229, "2003-12", "2025-06"),
        ("stat__retail_sales", 748, 194, "2008-01", "2025-04"),
        ("stat__investment", 362, 190, "2008-02", "2025-04"),
        ("stat__producer_prices", 696, 232, "2006-01", "2025-04"),
        ("bank__enterprise_prices", 972, 243, "2005-01", "2025-03"),
        ("bank__new_loans", 832, 208, "2008-01", "2025-04"),
        ("bank__foreign_currency_loans", 416, 208, "2008-01", "2025-04"),
        ("bank__money_and_credit", 3465, 593, "1952-12", "2025-03"),
        ("fisc__revenue", 790, 201, "2008-01", "2025-04"),
        ("fisc__budget", 2430, 456, "1950-12", "2025-03"),
        ("tax__national_receipts", 157, 79, "2005-03", "2025-03"),
        ("comm__trade", 1664, 208, "2008-01", "2025-04"),
        ("comm__foreign_investment", 736, 185, "2008-01", "2023-07"),
        ("tran__freight", 113, 113, "2010-05", "2020-04"),
        ("ener__production", 212, 106, "2010-05", "2020-04"),
        ("stat__industrial_enterprises", 354, 110, "2010-05", "2020-04"),
        ("stat__business_climate", 147, 81, "2005-03", "2025-03"),
    ],
)  # fmt: skip
def test_a_file_is_read_whole_from_its_first_period_to_its_last(
    feed: str, cells: int, months: int, first: str, last: str, national: Path
) -> None:
    read = cells_of(FEEDS[feed], national)
    found = sorted(f"{m:%Y-%m}" for m in set(read["month"]))
    assert (len(read), len(found), found[0], found[-1]) == (cells, months, first, last)


@pytest.mark.parametrize(
    ("feed", "cell", "month", "indicator", "measure", "period_type", "industry", "value", "canonical"),
    [
        ("stat__value_added", "B2", "2008-02", "ST01", "growth", "M", None, 15.4, 15.4),
        ("stat__value_added", "C191", "2025-04", "ST01", "growth", "YTD", None, 6.4, 6.4),
        ("stat__value_added_by_industry", "I5", "2010-05", "ST01", "growth", "YTD", "06", 22.3, 22.3),
        ("stat__value_added_by_industry", "CM124", "2020-04", "ST01", "growth", "M", "46", 1.7, 1.7),
        ("stat__value_added_by_industry", "F124", "2020-04", "ST01", "growth", "M", "采矿业", 0.3, 0.3),
        ("stat__value_added_table", "C6", "2020-03", "ST01", "growth", "M", "煤炭开采和洗选业", 9.1, 9.1),
        ("stat__value_added_table", "D5", "2020-02", "ST01", "growth", "YTD", None, -13.5, -13.5),
        ("powr__electricity", "B2", "2003-12", "PW01", "value", "YTD", None, 188912117, 188912117),
        ("powr__electricity", "C3", "2004-10", "PW01", "growth", "YTD", None, 15.17, 15.17),
        ("stat__retail_sales", "B2", "2025-04", "CN01", "value", "M", None, 37174, 371740000),
        ("stat__retail_sales", "F195", "2008-01", "CN01", "growth", "YTD", None, 21.2, 21.2),
        ("stat__investment", "E191", "2008-02", "CN10", "value", "YTD", None, 8121.29, 81212900),
        ("stat__producer_prices", "C2", "2025-04", "CN02", "growth", "M", None, -2.7, -2.7),
        ("bank__enterprise_prices", "K2", "2025-03", "CN13", "value", "M", None, 94.4, 94.4),
        ("bank__new_loans", "B3", "2025-03", "CN04", "value", "M", None, 38234, 382340000),
        ("bank__foreign_currency_loans", "E2", "2025-04", "CN14", "value", "M", None, 5333, 53330000),
        ("bank__money_and_credit", "D7", "2025-03", "CN16", "value", "M", None, 422.96, 42296000000),
        ("bank__money_and_credit", "O599", "1952-12", "BK01", "value", "M", None, 108, 1080000),
        ("fisc__revenue", "E2", "2025-04", "FI01", "value", "YTD", None, 80616, 806160000),
        ("fisc__budget", "G429", "1990-01", "CN29", "value", "YTD", None, 20.01, 200100),
        ("tax__national_receipts", "B3", "2024-12", "CN24", "value", "YTD", None, 174972, 1749720000),
        ("comm__trade", "B2", "2025-04", "CM01A", "value", "M", None, 315692374.988, 31569237.4988),
        ("comm__foreign_investment", "E186", "2023-07", "CM03", "value", "YTD", None, 111800000, 11180000),
        ("tran__freight", "I5", "2010-05", "CN08", "value", "M", None, 265516, 265516),
        ("stat__industrial_enterprises", "M124", "2020-04", "ST07", "value", "YTD", None, 12597.9, 125979000),
        ("ener__production", "D124", "2020-04", "CN28", "value", "M", None, 161, 1610000),
        ("stat__business_climate", "E82", "2005-03", "CN07", "value", "Q", None, 135.85, 135.85),
    ],
)  # fmt: skip
def test_a_cell_read_by_hand_is_the_cell_that_was_taken_in(
    feed: str, cell: str, month: str, indicator: str, measure: str, period_type: str, industry: str | None,
    value: float, canonical: float, national: Path,
) -> None:  # fmt: skip
    [row] = cells_of(FEEDS[feed], national).filter(cell=cell).iter_rows(named=True)
    assert (f"{row['month']:%Y-%m}", row["indicator"], row["measure"], row["period_type"], row["industry"], row["value"]) == (
        month, indicator, measure, period_type, industry, value
    )  # fmt: skip
    assert row["canonical"] == pytest.approx(canonical, rel=1e-12)


def test_2010_1_is_january_and_2010_10_october(national: Path) -> None:
    power = series(cells_of(FEEDS["powr__electricity"], national), "PW01", "value", "YTD")
    text = (national / "macro_china_society_electricity_df.csv").read_text(encoding="utf-8-sig")
    printed = {line.split(",")[0]: float(line.split(",")[1]) for line in text.splitlines()[1:]}
    assert power["2010-01"] == printed["2010.1"]
    assert power["2010-10"] == printed["2010.10"]
    assert power["2010-10"] > 9 * power["2010-01"]
    assert len(power) == len(printed) == 229


def test_electricity_lacks_months_in_2004_and_2005_and_holds_no_zero_for_them(national: Path) -> None:
    cells = cells_of(FEEDS["powr__electricity"], national)
    power = series(cells, "PW01", "value", "YTD")
    held = [m for m in power if m[:4] in ("2004", "2005")]
    assert sorted(held) == [
        "2004-03", "2004-09", "2004-10", "2004-11",
        "2005-02", "2005-03", "2005-04", "2005-05", "2005-06", "2005-08", "2005-09", "2005-10", "2005-11",
    ]  # fmt: skip
    assert cells.filter(pl.col("measure") == "value", pl.col("value") == 0).is_empty()


def test_value_added_has_no_january(national: Path) -> None:
    for feed in ("stat__value_added", "stat__value_added_by_industry", "stat__value_added_table"):
        assert cells_of(FEEDS[feed], national).filter(pl.col("month").dt.month() == 1).is_empty(), feed


def test_februarys_own_growth_is_kept_as_delivered_and_since_2013_is_january_and_february_together(
    national: Path,
) -> None:
    total = cells_of(FEEDS["stat__value_added"], national)
    month, year = series(total, "ST01", "growth", "M"), series(total, "ST01", "growth", "YTD")
    own = {m: (v, year[m]) for m, v in month.items() if m.endswith("-02")}
    assert own["2009-02"] == (11.0, 3.8)
    assert own["2012-02"] == (21.3, 11.4)
    assert {m: pair for m, pair in own.items() if m >= "2013"} == {"2013-02": (9.9, 9.9), "2014-02": (8.6, 8.6)}


def test_value_added_of_the_csv_and_of_both_workbooks_agree_in_all_months_that_both_hold(national: Path) -> None:
    csv = cells_of(FEEDS["stat__value_added"], national)
    shared = 0
    for feed in ("stat__value_added_by_industry", "stat__value_added_table"):
        xls = cells_of(FEEDS[feed], national)
        for period_type in ("M", "YTD"):
            a, b = (series(c, "ST01", "growth", period_type) for c in (csv, xls))
            both = a.keys() & b.keys()
            assert {m: (a[m], b[m]) for m in both if a[m] != b[m]} == {}
            shared += len(both)
    assert shared > 200


def test_forty_one_industries_and_three_sections_are_told_from_the_headings(national: Path) -> None:
    cells = cells_of(FEEDS["stat__value_added_by_industry"], national)
    codes = set(cells["industry"].drop_nulls())
    assert {c for c in codes if c.isdigit()} == {f"{n:02}" for n in range(6, 47)}
    assert len(codes) == 44


def test_tax_revenue_of_the_budget_equals_the_quarterly_bulletin(national: Path) -> None:
    budget = cells_of(FEEDS["fisc__budget"], national).filter(indicator="FI02")
    fiscal = {f"{m:%Y-%m}": v for m, v in budget.select("month", "canonical").iter_rows()}
    bulletin = series(cells_of(FEEDS["tax__national_receipts"], national), "CN24", "value", "YTD")
    for month, expected in {"2024-09": 131715.0, "2024-12": 174972.0}.items():
        assert bulletin[month] == expected
        assert fiscal[month] == expected * 1e4


def test_reported_growth_of_electricity_is_not_the_ratio_of_levels(national: Path) -> None:
    cells = cells_of(FEEDS["powr__electricity"], national)
    level, growth = series(cells, "PW01", "value", "YTD"), series(cells, "PW01", "growth", "YTD")
    apart = []
    for month, g in growth.items():
        before = f"{int(month[:4]) - 1}{month[4:]}"
        if before in level:
            apart.append(abs(g - (level[month] / level[before] - 1) * 100) > 0.5)
    assert sum(apart) > 20
