"""The published series as they are, to marts over the whole history and an edition."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from gongyun.cli import app
from tests.dbt import reckoned
from tests.dbt.reckoning import Point, colour, differences, explained, judge, verdict
from tests.real.conftest import commands, query

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("national")]


def series(indicator: str, period_type: str, column: str) -> dict[str, float]:
    rows = query(f"""
        select to_char(month, 'YYYY-MM'), {column} from marts.fct_indicator_growth
        where indicator = '{indicator}' and period_type = '{period_type}' and industry_code = '_T' and {column} is not null
    """)
    return dict(rows)


def test_every_file_is_accepted_and_the_edition_published(national: Path) -> None:
    assert query("select status, count(*) from ops.delivery group by 1") == [("accepted", 20)]
    report = (national / "editions" / "2019-06" / "v1" / "report.html").read_text(encoding="utf-8")
    assert "全国规模以上工业增加值同比增长6.0%" in report
    assert "模拟数据" not in report
    assert "make real" in report, "the waiver is printed with who answers for it"


def test_matched_and_correlated_results_cover_the_whole_history(national: Path) -> None:
    spans = {p: (f, t, n) for p, f, t, n in query(
        "select pair, min(month), max(month), count(*) from marts.fct_matched_indicators "
        "where industry_code = '_T' group by 1"
    )}  # fmt: skip
    # Value added and electricity: 2008-02 to 2025-04, eleven months a year less those the CSV lacks, and less the last three
    # of 2010, of which it has levels alone.
    assert spans["N1"] == (date(2008, 2, 1), date(2025, 4, 1), 187)
    lags = query(
        "select pair, count(*), min(lag_months), max(lag_months) from marts.fct_correlated_indicators group by 1"
    )
    assert {(n, low, high) for _, n, low, high in lags} == {(25, -12, 12)}
    assert query(
        "select count(*) from marts.fct_correlated_pairs where n is null and state <> 'not_established' or last_month > '2019-06-01'"
    ) == [(0,)]


def test_correlations_of_the_published_series_are_those_of_scipy_and_statsmodels(national: Path) -> None:
    priors = []
    for pair, leader, axis, follower, its_axis, sign, first, last in query("""
        select pair, leader, leader_period_type, follower, follower_period_type, expected_sign, lag_from, lag_to
        from catalog.correlated_pairs
        inner join (select distinct pair from marts.fct_correlated_pairs where region_key = '000000') using (pair)
    """):
        sides = [
            dict(
                query(f"""
                    select month, round(coalesce(growth_pct, change_pp)::numeric, 6)::float8 from intermediate.int_months_aligned
                    where indicator = '{i}' and axis = '{a}' and region_key = '000000' and month <= '2019-06-01'
                        and industry_code = '_T' and entity_id = '_T' and coalesce(growth_pct, change_pp) is not null
                        and growth_source is distinct from 'computed'
                """)
            )
            for i, a in ((leader, axis), (follower, its_axis))
        ]
        assert axis == "Q" or all(m.month != 1 for side in sides for m in side)
        priors.append(reckoned.Pair(pair, *sides, sign, range(first, last + 1)))
    assert {p.pair for p in priors} == {"C1", "C2", "C7", "C8", "C9", "C10"}
    names = ["n", "n_eff", "pearson", "pearson_low", "pearson_high", "p_value"]
    rows = query(f"""
        select pair, lag_months, {", ".join(names)}, spearman, q_value, is_best from marts.fct_correlated_indicators
        where sample = 'all' and region_key = '000000'
    """)
    found = {(r[0], r[1]): dict(zip([*names, "spearman", "q_value", "is_best"], r[2:], strict=True)) for r in rows}
    judged = reckoned.judged(priors, min_n=24)
    for prior in priors:
        for lag in range(-12, 13):
            assert not reckoned.differences(found[prior.pair, lag], reckoned.at_lag(prior, lag), *names)
        for lag in prior.lags:
            row = found[prior.pair, lag]
            assert not reckoned.differences(row, judged[prior.pair, lag], "spearman", "q_value")
            assert row["is_best"] == (lag == reckoned.best_lag(prior, judged))


def test_growth_that_rests_on_two_published_levels_is_shown_and_judges_nothing(national: Path) -> None:
    """Of exports by firms' deliveries, loans, freight, VAT and profit the series give levels alone (decision 13)."""
    sides = query("select pair, indicator_a, indicator_b from catalog.matched_pairs where method <> 'equality'")
    of_levels = {i for (i,) in query("""
        select indicator from marts.fct_indicator_growth where growth_pct is not null and industry_code = '_T'
        group by indicator having bool_and(growth_source = 'computed')
    """)}  # fmt: skip
    compared = {p for (p,) in query("select distinct pair from marts.fct_matched_indicators")}
    assert {p for p, *both in sides if of_levels & set(both)} >= {"N4", "N5", "N6", "N7", "N8"}
    assert compared == {"M14", "N1", "N2"}


def test_value_added_has_no_january_and_its_february_is_two_months(national: Path) -> None:
    assert query(
        "select count(*) from marts.fct_indicator_growth where indicator = 'ST01' and extract(month from month) = 1"
    ) == [(0,)]
    both = series("ST01", "M12", "growth_pct")
    assert both["2012-02"] == 11.4, "not 21.3, the growth of February alone"
    assert both["2009-02"] == 3.8
    aligned = query("""
        select growth_pct from intermediate.int_months_aligned
        where indicator = 'ST01' and industry_code = '_T' and month = '2012-02-01'
    """)
    assert set(aligned) == {(11.4,)}


def test_2010_1_is_january_and_2010_10_is_october(national: Path) -> None:
    cumulative = series("PW01", "YTD", "value")
    assert cumulative["2010-01"] == 35_310_000
    assert cumulative["2010-09"] < cumulative["2010-10"] < cumulative["2010-11"]


def test_no_month_of_electricity_is_derived_across_a_gap(national: Path) -> None:
    """Published year to date: 2004-03, 09 to 11 and 2005-02 to 06, 08 to 11."""
    assert [m for m in sorted(series("PW01", "YTD", "value")) if m < "2006"] == [
        "2003-12", "2004-03", "2004-09", "2004-10", "2004-11",
        "2005-02", "2005-03", "2005-04", "2005-05", "2005-06", "2005-08", "2005-09", "2005-10", "2005-11",
    ]  # fmt: skip
    assert [m for m in sorted(series("PW01", "M", "value")) if m < "2006"] == [
        "2004-10", "2004-11", "2005-03", "2005-04", "2005-05", "2005-06", "2005-09", "2005-10", "2005-11",
    ]  # fmt: skip


def test_reported_growth_is_used_where_it_differs_from_the_ratio_of_levels(national: Path) -> None:
    rows = query("""
        select growth_pct, growth_reported_pct, level_ratio_pct from marts.fct_indicator_growth
        where indicator = 'PW01' and period_type = 'YTD' and growth_reported_pct is not null and level_ratio_pct is not null
    """)
    assert all(used == reported for used, reported, _ in rows)
    assert sum(abs(used - ratio) > 0.5 for used, _, ratio in rows) > 20, "they differ in many months"
    assert series("PW01", "YTD", "growth_pct")["2019-06"] == 5.0


def test_tax_receipts_of_two_sources_agree_where_both_are_cumulative(national: Path) -> None:
    """The workbook's cumulative tax and the quarterly bulletin, in 万元."""
    budget, bulletin = series("FI02", "YTD", "value"), series("CN24", "YTD", "value")
    for month, expected in (("2024-09", 131_715e4), ("2024-12", 174_972e4)):
        assert budget[month] == pytest.approx(expected)
        assert bulletin[month] == pytest.approx(expected)


def test_an_edition_can_be_made_for_a_february_long_ago(national: Path) -> None:
    for command in commands("2012-02"):
        if command[0] in ("build", "gate", "publish"):
            done = CliRunner().invoke(app, command)
            assert done.exit_code == 0, (command[0], done.output, done.exception)
    report = (national / "editions" / "2012-02" / "v1" / "report.html").read_text(encoding="utf-8")
    assert "1—2月，全国规模以上工业增加值同比增长11.4%" in report
    assert "21.3" not in re.sub(r"<svg.*?</svg>", "", report, flags=re.S)


def growth_points(pair: dict) -> list[Point]:
    """Both sides of a pair as the growth mart has them: no January, year to date for February."""

    def side(indicator: str) -> dict[date, tuple]:
        rows = query(f"""
            select month, coalesce(growth_rate_adjusted_pct, growth_pct), growth_pct,
                coalesce(growth_error_pp, 0) + coalesce(growth_rate_error_pp, 0), basis_gap_pp,
                growth_two_year_pct
            from marts.fct_indicator_growth
            where
                indicator = '{indicator}' and industry_code = '_T' and growth_pct is not null
                and growth_source <> 'computed'
                and (period_type = 'M12' or period_type = 'M' and extract(month from month) > 2)
        """)
        return {r[0]: r[1:] for r in rows}

    a, b = side(pair["indicator_a"]), side(pair["indicator_b"])
    festival = {m for (m,) in query("""
        select month from intermediate.int_calendar
        where festival_month and (period_type = 'M12' or period_type = 'M' and extract(month from month) > 2)
    """)}  # fmt: skip
    points = []
    for month, (growth, delivered, error, basis, two) in sorted(b.items()):
        earlier = months_later(month, -pair["lag_months"])
        if earlier in a and (earlier.month == 2) == (month.month == 2):
            growth_a, delivered_a, error_a, basis_a, two_a = a[earlier]
            two_years = None if two is None or two_a is None else two_a - two
            taken_out = (delivered_a - delivered) - (growth_a - growth)
            points.append(
                Point(month, growth_a, growth, error_a + error, basis_a, basis, month in festival, taken_out, two_years)
            )
    return points


def producer_prices(lag_months: int) -> dict[date, float]:
    """Producer price growth by the month of a pair, in which what was sold `lag_months` before is taxed.

    On the axis: February is the mean of two months.
    """
    monthly = dict(query("""
        select month, growth_pct from marts.fct_indicator_growth
        where indicator = 'CN02' and period_type = 'M' and growth_pct is not null
    """))  # fmt: skip
    pairs = {m: [monthly.get(m.replace(month=k)) for k in ((1, 2) if m.month == 2 else (m.month,))] for m in monthly}
    sold = {m: sum(v) / len(v) for m, v in pairs.items() if None not in v and m.month > 1}  # type: ignore[arg-type]
    return {months_later(m, lag_months): g for m, g in sold.items()}


def months_later(month: date, n: int) -> date:
    k = month.year * 12 + month.month - 1 + n
    return date(k // 12, k % 12 + 1, 1)


@pytest.mark.parametrize("pair", ["N1", "N2"])
def test_a_matched_pair_of_real_series_is_judged_as_numpy_and_scipy_judge_it(national: Path, pair: str) -> None:
    names = ("indicator_a", "indicator_b", "lag_months", "limit_pp")
    parameters = dict(
        zip(names, query(f"select {', '.join(names)} from catalog.matched_pairs where pair = '{pair}'")[0], strict=True)
    )
    limit = parameters["limit_pp"]
    causes = query(f"select cause, side from catalog.matched_pair_causes where pair = '{pair}'")
    points, prices = growth_points(parameters), producer_prices(parameters["lag_months"])
    judged = judge(points, limit)
    columns = "month, gap_pp, gap_error_pp, rate_adjustment_pp, history_n, history_median_pp, history_mad_pp, robust_z"
    rows = {
        r[0]: dict(zip([*columns.split(", "), "run_length", "colour"], r, strict=True))
        for r in query(f"""
            select {columns}, run_length, colour from marts.fct_matched_indicators where pair = '{pair}' and industry_code = '_T'
        """)
    }
    assert rows
    assert rows.keys() == {p.month for p in points}
    checked = {
        (r[0], r[1]): r[2:]
        for r in query(
            f"select month, cause, explained_pp, verdict from marts.fct_matched_causes where pair = '{pair}' and industry_code = '_T'"
        )
    }
    worst = 0.0
    for i, (p, j) in enumerate(zip(points, judged, strict=True)):
        row = rows[p.month]
        numbers = {
            "gap_pp": p.gap, "gap_error_pp": p.error, "rate_adjustment_pp": p.taken_out, "history_n": j.history_n,
            "history_median_pp": j.median, "history_mad_pp": j.mad, "robust_z": j.z, "run_length": j.run_length,
        }  # fmt: skip
        worst = max(worst, *differences(row, numbers).values())
        verdicts = []
        for cause, side in causes if j.first_colour != "green" else ():
            told = explained(points, i, j, cause, side, prices)
            if told is None:
                assert (p.month, cause) not in checked
                continue
            found, said = checked.pop((p.month, cause))
            worst = max(worst, abs(told - found) / max(1, abs(told)))
            assert said == verdict(p, cause, told, limit), (p, cause)
            verdicts.append(said)
        assert row["colour"] == colour(p, j, verdicts, limit), (p, j, verdicts)
    assert checked == {}, "no cause is told of a gap that does not stand out"
    assert worst < 1e-9


def test_tax_of_two_books_is_held_against_one(national: Path) -> None:
    budget, bulletin = series("FI02", "YTD", "value"), series("CN24", "YTD", "value")
    found = dict(
        query(
            "select to_char(month, 'YYYY-MM'), ratio_deviation_pct from marts.fct_matched_indicators where pair = 'M14'"
        )
    )
    assert found.keys() == {m for m in budget if m in bulletin and m[5:] != "01"}
    assert all(found[m] == pytest.approx(100 * (budget[m] / bulletin[m] - 1), abs=1e-9) for m in found)
    assert query("select count(*) from marts.fct_matched_indicators where pair = 'M14' and colour <> 'green'") == [(0,)]


def test_electricity_parts_from_value_added_in_the_slump_of_2008_and_in_2015(national: Path) -> None:
    """The mix of energy-intensive industries moved both times; value added never shrank."""
    rows = {m: r for m, *r in query(
        "select to_char(month, 'YYYY-MM'), growth_a_pct, growth_b_pct, gap_pp, colour, run_length "
        "from marts.fct_matched_indicators where pair = 'N1' and industry_code = '_T'"
    )}  # fmt: skip
    slump = [rows[m] for m in ("2008-10", "2008-11", "2008-12", "2009-02", "2009-03", "2009-04", "2009-05")]
    assert all(a > 3 and b < -4 and colour == "red" for a, b, _, colour, _ in slump)
    assert [run for *_, run in slump] == [5, 6, 7, 8, 9, 10, 11], "more than the limit apart since June, known to 0.01"
    assert rows["2009-11"][2] < -10, "electricity overshoots when smelters come back"
    year = [rows[f"2015-{m:02d}"] for m in range(2, 13)]
    assert np.mean([a for a, *_ in year]) > 5.5
    assert abs(np.mean([b for _, b, *_ in year])) < 2
