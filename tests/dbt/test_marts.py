"""The marts against computations made here from what was delivered, with numpy and by hand."""

from datetime import date

import numpy as np
import pytest

from tests.dbt.conftest import INDUSTRIES, JUNE, MONTHS, REGIONS, RUNNING, STOPPED, City
from tests.dbt.contributed import LEFT_OPEN, contributions
from tests.dbt.reckoning import Point, colour, differences, explained, judge, verdict, weighted_by_output

# What the statisticians' correction of June left in force.
CORRECTED = {"420800": (999.0, 1.5, 5999.0, 2.5), "420881": (444.0, 1.0, 2444.0, 2.0)}


def compared_growth(city: City, series: str, region: str) -> dict[date, float]:
    """Printed growth by month: none for January, the year to date for February."""
    printed = {m: v for (r, m), v in getattr(city, series).items() if r == region}
    if series == "output":
        printed.pop(JUNE) if region not in CORRECTED else printed.update({JUNE: CORRECTED[region]})
    return {m: v[3] if m.month == 2 else v[1] for m, v in printed.items() if m.month != 1}


def months_before(month: date, n: int) -> date:
    k = month.year * 12 + month.month - 1 - n
    return date(k // 12, k % 12 + 1, 1)


def points_of(city: City, region: str) -> list[Point]:
    """Output beside power of a region: reported growth, and how far it lies off the ratio of levels."""
    found = []
    for month, a in compared_growth(city, "output", region).items():
        power = compared_growth(city, "power", region).get(month)
        if power is not None:
            basis = {
                r["indicator"]: r["basis_gap_pp"]
                for r in city.now["fct_indicator_growth"]
                if (r["region_key"], r["month"], r["industry_code"]) == (region, month, "_T")
                and r["period_type"] == ("M12" if month.month == 2 else "M")
            }
            found.append(Point(month, a, power, 0.0, basis["ST02"], basis["PW02"]))
    return found


def mix_adjusted(city: City) -> dict[date, float]:
    """Power of the city weighted by output, for months in which enough industries have both."""
    found = {}
    for month in MONTHS:
        output = {i: v for (f, i, m), v in city.by_industry.items() if m == month and f.startswith("stat")}
        power = {i: v[1] for (f, i, m), v in city.by_industry.items() if m == month and f.startswith("powr")}
        if month.month > 2 and (growth := weighted_by_output(output, power)) is not None:
            found[month] = growth
    return found


def test_power_weighted_by_output_is_that_of_numpy_where_enough_is_told(city: City) -> None:
    expected = mix_adjusted(city)
    rows = city.rows("fct_matched_indicators", pair="M1", region_key="420800", industry_code="_T")
    found = {r["month"]: r["mix_adjusted_power_pct"] for r in rows if r["mix_adjusted_power_pct"] is not None}
    assert found.keys() == expected.keys()
    assert 0 < len(expected) < len(rows), "without the power of one industry less than 80 % of output is left at times"
    assert max(abs(found[m] - expected[m]) for m in expected) < 1e-9


@pytest.mark.parametrize("region", REGIONS)
def test_scores_runs_causes_and_colours_are_those_reckoned_apart(city: City, region: str) -> None:
    limit = 10.0
    points = points_of(city, region)
    parent = {p.month: p.gap for p in points_of(city, "420800")} if region != "420800" else None
    mix = mix_adjusted(city) if region == "420800" else None
    rows = {
        r["month"]: r for r in city.rows("fct_matched_indicators", pair="M1", region_key=region, industry_code="_T")
    }
    causes = {
        (r["month"], r["cause"]): r
        for r in city.rows("fct_matched_causes", pair="M1", region_key=region, industry_code="_T")
        if r["cause"] != "spring_festival"
    }
    assert rows.keys() == {p.month for p in points}
    asked = (("mix", "b"), ("billing_cycle", "b"), ("panel_change", "a"), ("common_to_parent", None))
    for i, (p, j) in enumerate(zip(points, judge(points, limit), strict=True)):
        row, verdicts = rows[p.month], []
        numbers = {
            "gap_pp": p.gap, "history_n": j.history_n, "history_median_pp": j.median, "history_mad_pp": j.mad,
            "robust_z": j.z, "run_length": j.run_length,
        }  # fmt: skip
        assert max(differences(row, numbers).values()) < 1e-9, (p, j)
        for cause, side in asked if j.first_colour != "green" else ():
            told = explained(points, i, j, cause, side, {}, mix, parent)
            found = causes.pop((p.month, cause), None)
            assert (told is None) == (found is None), (p, cause)
            if told is not None and found is not None:
                assert abs(told - found["explained_pp"]) < 1e-9, (p, cause)
                assert found["verdict"] == verdict(p, cause, told, limit), (p, cause)
                verdicts.append(found["verdict"])
        festival = city.rows(
            "fct_matched_causes",
            pair="M1",
            region_key=region,
            industry_code="_T",
            month=p.month,
            cause="spring_festival",
        )
        assert row["colour"] == colour(p, j, [*verdicts, *(r["verdict"] for r in festival)], limit), (p, j, verdicts)
    assert causes == {}, "no cause is told of a gap that does not stand out"


def test_every_lag_of_a_pair_has_the_correlation_and_the_count_of_numpy(city: City) -> None:
    leader = {m: g for m, g in city.purchases.items() if m.month > 2} | {
        date(y, 2, 1): 100 * (2 / sum(1 / (1 + city.purchases[date(y, m, 1)] / 100) for m in (1, 2)) - 1)
        for y in (2016, 2017, 2018)
    }  # months of equal value: their bases add up, their growth does not
    follower = compared_growth(city, "output", "420800")
    found = {
        r["lag_months"]: r for r in city.rows("fct_correlated_indicators", pair="L2", region_key="420800", sample="all")
    }
    assert sorted(found) == list(range(-12, 13))
    for lag, row in found.items():
        points = [(leader[months_before(m, lag)], g) for m, g in follower.items() if months_before(m, lag) in leader]
        x, y = np.array(points).T
        assert row["n"] == len(points)
        assert row["pearson"] == pytest.approx(float(np.corrcoef(x, y)[0, 1]))
        assert row["is_best"] == (lag == 2)
    assert found[2]["pearson"] > 0.8


def test_january_and_february_are_one_point_in_every_comparison(city: City) -> None:
    assert {r["month"].month for r in city.now["fct_matched_indicators"]} == set(range(2, 13))
    february = city.rows("fct_matched_indicators", pair="M1", region_key="420881", month=date(2018, 2, 1))[0]
    assert february["growth_a_pct"] == city.output["420881", date(2018, 2, 1)][3]
    assert february["growth_b_pct"] == city.power["420881", date(2018, 2, 1)][3]


def growth_of(city: City, **wanted: object) -> dict:
    rows = city.rows("fct_indicator_growth", **wanted)
    assert len(rows) == 1
    return rows[0]


def test_the_growth_object_keeps_reported_growth_beside_the_ratio_of_levels(city: City) -> None:
    may, year_ago = date(2018, 5, 1), date(2017, 5, 1)
    row = growth_of(city, indicator="PW02", region_key="420881", period_type="M", month=may)
    value, growth = city.power["420881", may][:2]
    ratio = 100 * (value / city.power["420881", year_ago][0] - 1)
    assert row["value"] == pytest.approx(value * 1e4)
    assert row["growth_pct"] == row["growth_reported_pct"] == growth
    assert row["growth_source"] == "reported"
    assert row["level_ratio_pct"] == pytest.approx(ratio)
    assert row["basis_gap_pp"] == pytest.approx(growth - ratio)
    assert row["implied_base"] == pytest.approx(value * 1e4 / (1 + growth / 100))
    assert (row["value_sheet"], row["value_cell"], row["growth_cell"]) == ("Sheet1", "B3", "C3")


def test_a_corrected_file_replaces_its_month_as_a_whole_and_nothing_else(city: City) -> None:
    june = city.rows("fct_indicator_growth", indicator="ST02", month=JUNE, period_type="M", industry_code="_T")
    assert {r["region_key"]: r["value"] for r in june} == {"420800": 999.0, "420881": 444.0}
    others = [r for r in city.now["fct_indicator_growth"] if r["indicator"] == "ST02" and r["month"] != JUNE]
    assert others == [r for r in city.then["fct_indicator_growth"] if r["indicator"] == "ST02" and r["month"] != JUNE]


def test_a_build_as_of_a_moment_knows_nothing_accepted_later(city: City) -> None:
    june = [
        r
        for r in city.then["fct_indicator_growth"]
        if r["indicator"] == "ST02" and r["month"] == JUNE and r["industry_code"] == "_T"
    ]
    assert {(r["region_key"], r["period_type"]): r["value"] for r in june} == {
        (r, p): city.output[r, JUNE][i] for r in REGIONS for p, i in (("M", 0), ("YTD", 2))
    }
    assert not {r["value"] for r in june if r["period_type"] == "M"} & {999.0, 444.0}


def test_a_history_feed_is_revised_only_where_the_newer_delivery_speaks(city: City) -> None:
    loans = city.rows("fct_indicator_growth", indicator="BK02", period_type="M")
    assert {r["month"].month: r["value"] for r in loans} == {1: 101, 2: 102, 3: 103, 4: 204, 5: 205, 6: 206}


def test_a_month_is_derived_only_between_neighbours(city: City) -> None:
    found = city.rows("fct_indicator_growth", indicator="EN03")
    derived = {r["month"].month: r for r in found if r["period_type"] == "M"}
    assert {m: r["value"] for m, r in derived.items()} == {
        3: pytest.approx(11),
        4: pytest.approx(12),
        7: pytest.approx(12),
    }
    assert all(r["derivation"] == "ytd_difference" for r in derived.values())
    assert derived[4]["growth_pct"] == pytest.approx(10)
    base, before = 43 / 1.1, 31 / 1.1
    assert derived[4]["growth_error_pp"] == pytest.approx((base + before) / (base - before) * 0.05)
    assert [r["value"] for r in found if r["period_type"] == "M12"] == [20]


def test_a_region_keeps_its_series_when_its_name_and_code_change(city: City) -> None:
    jingshan = city.rows("fct_indicator_growth", indicator="PW02", region_key="420882", period_type="M")
    assert sorted(r["month"] for r in jingshan) == MONTHS


def test_accounts_of_a_firm_are_added_and_meet_its_invoices_by_credit_code(city: City) -> None:
    may = date(2018, 5, 1)
    power = growth_of(city, indicator="PW03", entity_id=STOPPED, period_type="M", month=may)
    assert (power["value"], power["base_reported"], power["growth_source"]) == (100, 100, "own_base")
    assert power["growth_pct"] == pytest.approx(0)
    assert (power["region_key"], power["industry_code"], power["value_cell"]) == ("420881", "26", "B2+B3")
    pair = city.rows("fct_matched_indicators", pair="M6E", entity_id=STOPPED, month=may)
    assert [(r["growth_a_pct"], r["growth_b_pct"]) for r in pair] == [(pytest.approx(0), 4.0)]


def test_no_growth_is_computed_where_the_department_says_the_base_is_not_positive(city: City) -> None:
    row = growth_of(city, indicator="TX03", entity_id=RUNNING, period_type="M", month=JUNE)
    assert row["value"] == 300
    assert row["level_ratio_pct"] == pytest.approx(0)
    assert row["growth_pct"] is None
    assert row["growth_source"] is None


def test_no_number_is_without_the_cell_it_came_from(city: City) -> None:
    for r in city.now["fct_indicator_growth"]:
        assert r["value"] is None or (r["value_delivery_id"] and r["value_sheet"] and r["value_cell"])
        assert r["growth_reported_pct"] is None or (r["growth_delivery_id"] and r["growth_sheet"] and r["growth_cell"])


def test_every_contribution_of_the_month_is_that_reckoned_from_the_figures_apart(city: City) -> None:
    key = ("indicator", "region_key", "industry_code", "period_type")
    year_ago = {
        tuple(r[k] for k in key): r["value"]
        for r in city.rows("fct_indicator_growth", month=JUNE.replace(year=JUNE.year - 1), entity_id="_T")
    }
    figures = {
        told: {**r, "value_year_ago": year_ago.get(told)}
        for r in city.rows("fct_indicator_growth", month=JUNE, entity_id="_T")
        if (told := tuple(r[k] for k in key))
    }
    expected = {}
    for (indicator, region, industry, period), total in figures.items():
        if region == "420800":
            counties = {
                m: figures[k] for m in REGIONS if m != region if (k := (indicator, m, industry, period)) in figures
            }
            for member, told in contributions(total, counties, 0.1).items():
                expected["region", indicator, region, industry, period, member] = told
        if industry == "_T":
            divisions = {m: figures[k] for m in INDUSTRIES if (k := (indicator, region, m, period)) in figures}
            for member, told in contributions(total, divisions, 0.1).items():
                expected["industry", indicator, region, industry, period, member] = told
    found = {(r["dimension"], *(r[k] for k in key), r["member"]): r for r in city.rows("fct_contributions")}
    assert found.keys() == expected.keys()
    assert {k[1] for k in found} == {"ST02", "PW02"}
    assert {k[0] for k in found} == {"region", "industry"}
    for k, told in expected.items():
        assert max(differences(found[k], told).values()) < 1e-9, (k, told)
    for k in expected:
        if k[-1] == LEFT_OPEN:
            whole = sum(found[m]["contribution_pp"] for m in found if m[:-1] == k[:-1])
            assert abs(whole - found[k]["total_growth_pct"]) < 1e-9
