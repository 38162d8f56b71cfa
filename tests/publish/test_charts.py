"""What the charts draw, and what they leave out because there is no number."""

import re
from xml.etree import ElementTree

import pytest

from publish import charts
from publish.reports import Row

SVG = "{http://www.w3.org/2000/svg}"


def series(months: list[str], indicator: str = "ST01", period_type: str = "YTD") -> list[Row]:
    return [
        {"indicator": indicator, "name_zh": "工业", "region_key": "420800", "month": m, "growth_pct": 5.0 + i, "period_type": period_type}
        for i, m in enumerate(months)
    ]  # fmt: skip


def lines(rows: list[Row]) -> list[int]:
    """Points of each drawn stretch."""
    drawing = ElementTree.fromstring(charts.growth_lines(charts.choose_series(rows, [])))
    return [len((p.get("points") or "").split()) for p in drawing.iter(f"{SVG}polyline")]


def test_a_line_stops_at_the_turn_of_the_year_and_january_has_no_place() -> None:
    assert lines(series(["2017-11", "2017-12", "2018-01", "2018-02", "2018-03", "2018-04"])) == [2, 3]


def test_a_line_stops_at_a_missing_month_which_keeps_its_place() -> None:
    rows = series(["2018-02", "2018-03", "2018-05", "2018-06"])
    assert lines(rows) == [2, 2]
    drawing = ElementTree.fromstring(charts.growth_lines(charts.choose_series(rows, [])))
    x = [float(c.get("cx") or 0) for c in drawing.iter(f"{SVG}circle") if c.get("data-month")]
    assert x[2] - x[1] == pytest.approx(2 * (x[1] - x[0]), abs=0.1)


def test_the_first_point_of_a_year_is_hollow() -> None:
    drawing = str(charts.growth_lines(charts.choose_series(series(["2018-02", "2018-03"]), [])))
    assert [f for f, m in re.findall(r'fill="(#\w+)"[^>]*data-month="([\d-]+)"', drawing)] == ["#fff", "#a61c1c"]


def test_cumulative_growth_is_preferred_and_total_power_stands_in_for_industrial() -> None:
    rows = (
        series(["2018-05"], period_type="M")
        + series(["2018-05", "2018-06"])
        + series(["2018-05"], "PW01")
        + series(["2018-05"], "ZZ09")
    )
    chosen = charts.choose_series(rows, ["ZZ09"])
    assert [(s.indicator, s.period_type, len(s.points)) for s in chosen] == [("ST01", "YTD", 2), ("PW01", "YTD", 1)]


def test_a_chart_without_numbers_is_not_drawn() -> None:
    assert charts.growth_lines([]) == ""
    assert charts.lag_lollipops([]) == ""


def test_a_comparison_that_could_not_be_judged_shows_a_dash_and_no_mark() -> None:
    row = {
        "pair": "M1",
        "name_zh": "甲与乙",
        "region_key": "a",
        "region_name": "东",
        "gap_pp": None,
        "judged_by": None,
        "ratio_deviation_pct": None,
        "colour": None,
        "month": "2018-06",
    }
    drawing = ElementTree.fromstring(charts.gap_strip([row], [("a", "东"), ("b", "西")]))
    words = [t.text for t in drawing.iter(f"{SVG}text")]
    assert words == ["东", "西", "甲与乙", "—"]


def test_a_correlation_not_established_is_hollow() -> None:
    row = {
        "pair": "L1",
        "name_zh": "甲领先乙",
        "region_key": "a",
        "region_name": "市",
        "best_lag_months": 2,
        "pearson": 0.7,
        "n": 30,
    }
    drawing = str(charts.lag_lollipops([{**row, "state": "established"}, {**row, "state": "not_established"}]))
    assert re.findall(r'<circle[^>]* fill="(#\w+)"', drawing) == ["#1f5f99", "#fff"]
