"""What the charts draw, and what they leave out because there is no number."""

import re
from xml.etree import ElementTree

import pytest

from publish import charts
from publish.reports import Row

SVG = "{http://www.w3.org/2000/svg}"


def series(months: list[str], indicator: str = "ST01", period_type: str = "YTD") -> list[Row]:
    return [
        {"indicator": indicator, "name_zh": "工业", "region_key": "420800", "month": m, "growth_pct": 5.0 + i, "period_type": period_type,
             "maturity": None}
        for i, m in enumerate(months)
    ]  # fmt: skip


def drawn(rows: list[Row]) -> ElementTree.Element:
    return ElementTree.fromstring(charts.growth_lines(charts.choose_series(rows, [])))


def lines(rows: list[Row]) -> list[int]:
    """Points of each drawn stretch."""
    return [len((p.get("points") or "").split()) for p in drawn(rows).iter(f"{SVG}polyline")]


def across(drawing: ElementTree.Element, axis: str, **attributes: str) -> list[float]:
    """Where straight lines with these attributes stand on an axis, x or y, that run along the other."""
    return [
        float(at.get(f"{axis}1") or 0)
        for at in drawing.iter(f"{SVG}line")
        if at.get(f"{axis}1") == at.get(f"{axis}2")
        and all(at.get(k.replace("_", "-")) == v for k, v in attributes.items())
    ]


def places(drawing: ElementTree.Element, word: str, axis: str = "x") -> list[float]:
    return [float(t.get(axis) or 0) for t in drawing.iter(f"{SVG}text") if t.text == word]


def test_a_line_stops_at_the_turn_of_the_year_and_january_has_no_place() -> None:
    assert lines(series(["2017-11", "2017-12", "2018-01", "2018-02", "2018-03", "2018-04"])) == [2, 3]


def test_years_are_set_apart_by_a_rule_and_each_begins_with_january_february() -> None:
    drawing = drawn(series(["2017-11", "2017-12", "2018-02", "2018-03"]))
    november, december, february, march = [
        float(c.get("cx") or 0) for c in drawing.iter(f"{SVG}circle") if c.get("data-month")
    ]
    step = december - november
    assert (march - february, february - december) == (pytest.approx(step, abs=0.1), pytest.approx(1.8 * step, abs=0.1))
    [rule] = across(drawing, "x", stroke_dasharray="2 3")
    assert december < rule < february
    assert places(drawing, "1—2月") == [pytest.approx(february)]


def test_a_january_is_never_the_last_that_is_known() -> None:
    said = words(ElementTree.tostring(drawn(series(["2017-11", "2017-12", "2018-01"])), encoding="unicode"))
    assert "6.0%（1—12月）" in said
    assert "2018年" not in said


def test_growth_is_read_against_a_zero_line_on_an_axis_of_per_cent() -> None:
    rows = [{**r, "growth_pct": g} for r, g in zip(series(["2018-02", "2018-03"]), (-4.0, 4.0), strict=True)]
    drawing = drawn(rows)
    [zero] = across(drawing, "y", stroke=charts.INK)
    assert places(drawing, "0", "y") == [pytest.approx(zero + 4)]
    assert len(places(drawing, "−4")) == 1
    assert len(places(drawing, "同比增速（%）")) == 1
    assert len(places(drawing, "4.0%（1—3月）")) == 1


def test_a_line_stops_at_a_missing_month_which_keeps_its_place() -> None:
    rows = series(["2018-02", "2018-03", "2018-05", "2018-06"])
    assert lines(rows) == [2, 2]
    x = [float(c.get("cx") or 0) for c in drawn(rows).iter(f"{SVG}circle") if c.get("data-month")]
    assert x[2] - x[1] == pytest.approx(2 * (x[1] - x[0]), abs=0.1)


def words(drawing: str) -> list[str]:
    """What stands written in a chart."""
    return [t.text or "" for t in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


def test_a_point_on_a_preliminary_figure_is_hollow_and_one_on_a_flash_says_so_too() -> None:
    settled, known = series(["2018-02", "2018-03", "2018-04", "2018-05"]), ["final", None, "prelim", "flash"]
    drawing = str(
        charts.growth_lines(
            charts.choose_series([{**r, "maturity": m} for r, m in zip(settled, known, strict=True)], [])
        )
    )
    fills = re.findall(r'fill="(#\w+)"[^>]*data-month="2018-(\d\d)"', drawing)
    assert fills == [("#a61c1c", "02"), ("#a61c1c", "03"), ("#fff", "04"), ("#fff", "05")]
    assert re.findall(r'data-maturity="(\w+)"', drawing) == ["final", "prelim", "flash"]
    assert [w for w in words(drawing) if "快" in w or "初" in w] == ["快 快报数", "初步数", "快"]
    assert "同比8.0%（快报数）" in drawing
    assert "空心点为初步数，空心并注“快”的为快报数" in drawing
    plain = str(charts.growth_lines(charts.choose_series(settled, [])))
    assert [w for w in words(plain) if "快" in w or "初" in w] == [], "no legend for what does not occur"


def test_a_regions_dot_is_hollow_where_its_figure_is_not_settled() -> None:
    row = {"indicator": "ST01", "name_zh": "工业", "growth_pct": 5.0, "month": "2018-06"}
    rows: list[Row] = [
        {**row, "region_key": key, "region_name": key, "maturity": m}
        for key, m in (("a", "flash"), ("b", "prelim"), ("c", "final"))
    ]
    drawing = str(charts.region_dots(rows, {"ST01": 4.0}, ["ST01"]))
    assert re.findall(r'fill="(#\w+)"[^>]*data-region="(\w)"', drawing) == [
        ("#fff", "a"),
        ("#fff", "b"),
        ("#1f5f99", "c"),
    ]
    assert [w for w in words(drawing) if w.startswith("5.0")] == ["5.0快", "5.0", "5.0"]
    assert [w for w in words(drawing) if "数" in w] == ["快 快报数", "初步数"]
    assert "工业同比5.0%（快报数）" in drawing


def test_regions_are_read_against_zero_and_the_whole_and_one_without_a_figure_has_a_dash() -> None:
    row = {"indicator": "ST01", "name_zh": "工业", "month": "2018-06"}
    rows: list[Row] = [
        {**row, "region_key": key, "region_name": key, "growth_pct": growth, "maturity": maturity}
        for key, growth, maturity in (("a", 8.0, None), ("b", -4.0, None), ("c", None, "flash"))
    ]
    svg = str(charts.region_dots(rows, {"ST01": 4.0}, ["ST01"]))
    drawing = ElementTree.fromstring(svg)
    [zero] = across(drawing, "x", stroke=charts.MUTED)
    [whole] = across(drawing, "x", stroke_dasharray="4 3")
    [above] = [float(c.get("cx") or 0) for c in drawing.iter(f"{SVG}circle") if c.get("data-region") == "a"]
    assert whole == pytest.approx((zero + above) / 2, abs=0.1)
    assert "全域 4.0%（虚线）" in words(svg)
    assert words(svg).count("—") == 1
    assert [w for w in words(svg) if "快" in w] == []


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


@pytest.mark.parametrize(
    ("judged_by", "said", "told"),
    [("growth", "◆ +3.0", "增速差+3.0个百分点"), ("ratio", "◆ −20.0%", "水平比偏离−20.0%")],
)
def test_a_gap_says_whether_it_is_in_points_or_per_cent(judged_by: str, said: str, told: str) -> None:
    row = {
        "pair": "M1", "name_zh": "甲与乙", "region_key": "a", "region_name": "东", "gap_pp": 3.0, "judged_by": judged_by,
        "ratio_deviation_pct": -20.0, "colour": "orange", "month": "2018-06",
    }  # fmt: skip
    drawing = str(charts.gap_strip([row], [("a", "东")]))
    assert words(drawing)[-1] == said
    assert f"东 甲与乙：{told}，" in drawing


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
    assert len(across(ElementTree.fromstring(drawing), "x", stroke=charts.INK)) == 1, "the line of no lag"
    assert "最佳时滞2个月" in drawing
