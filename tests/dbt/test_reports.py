"""What the report tables of a month say, and that they speak of no other month."""

from datetime import date

import pytest
import sqlalchemy as sa

from tests.dbt.conftest import JUNE, RUNNING, STOPPED, City
from warehouse import build, database

REPORTS = (
    "rpt_headline",
    "rpt_region_indicators",
    "rpt_matched",
    "rpt_firm_problems",
    "rpt_matched_problems",
    "rpt_correlated",
    "rpt_county_problems",
    "rpt_coverage",
)


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_table_speaks_of_the_month_built_and_of_no_other(city: City, report: str) -> None:
    assert {r["month"] for r in city.now[report]} == {JUNE}


def test_the_headline_gives_the_year_to_date_with_the_release_before(city: City) -> None:
    row = city.rows("rpt_headline", indicator="ST02")[0]
    before = city.output["420800", date(2018, 5, 1)][3]
    assert (row["period_type"], row["value"], row["growth_pct"]) == ("YTD", 5999.0, 2.5)
    assert row["previous_growth_pct"] == before
    assert row["change_pp"] == pytest.approx(2.5 - before)


def test_a_region_without_a_figure_has_a_line_and_no_rank(city: City) -> None:
    output = {r["region_key"]: r for r in city.rows("rpt_region_indicators", indicator="ST02")}
    assert output["420881"]["rank"] == 1
    assert output["420882"]["rank"] is None
    assert output["420882"]["growth_pct"] is None
    assert {r["rank_of"] for k, r in output.items() if k != "420800"} == {1}
    power = {r["region_key"]: r for r in city.rows("rpt_region_indicators", indicator="PW02")}
    ahead = city.power["420881", JUNE][3] > city.power["420882", JUNE][3]
    assert (power["420881"]["rank"], power["420882"]["rank"]) == ((1, 2) if ahead else (2, 1))


def test_a_firm_whose_power_and_invoices_both_end_is_on_the_list_of_its_county(city: City) -> None:
    stops = city.rows("rpt_county_problems", rule="stop")
    assert [(r["entity_id"], r["region_key"], r["colour"], r["route"]) for r in stops] == [
        (STOPPED, "420881", "red", "county")
    ]
    facts = stops[0]["facts"]
    assert (facts["state"], facts["two_witnesses"], facts["power_share_pct"]) == (
        "stopped",
        True,
        pytest.approx(1, abs=0.05),
    )
    assert RUNNING not in {r["entity_id"] for r in city.now["rpt_county_problems"]}


def test_only_what_survived_its_checks_is_on_the_problem_list_and_says_who_is_asked(city: City) -> None:
    listed = {r["problem_key"]: r for r in city.rows("rpt_county_problems", rule="matched") if r["entity_id"] is None}
    survived = {f"matched:{r['pair']}:{r['region_key']}": r for r in city.now["rpt_matched"] if r["colour"] == "red"}
    assert listed.keys() == survived.keys()
    for key, problem in listed.items():
        row = survived[key]
        assert problem["route"] == row["route"]
        assert problem["owner_department"] == row["route_department_zh"]
        assert problem["owner_office"] == (None if row["route_department_zh"] else "industry")
        assert problem["facts"]["route_reason"] == row["route_reason"]


def test_coverage_tells_what_came_how_late_and_what_did_not(city: City) -> None:
    coverage = {r["feed"]: r for r in city.now["rpt_coverage"]}
    assert {f: r["status"] for f, r in coverage.items()} == {
        "stat__industrial_output": "accepted",
        "powr__electricity": "accepted",
        "stat__output_by_industry": "accepted",
        "powr__power_by_industry": "accepted",
        "tax__purchases": "accepted",
        "powr__firms": "accepted",
        "tax__firms": "accepted",
        "bank__loans": "accepted",
        "ener__generation": "missing",
    }
    assert coverage["powr__electricity"]["due_on"] == date(2018, 7, 10)
    assert coverage["powr__electricity"]["days_late"] == 0
    assert coverage["stat__industrial_output"]["days_late"] == 22
    assert coverage["bank__loans"]["days_late"] is None
    then = {r["feed"]: r for r in city.then["rpt_coverage"]}
    assert then["stat__industrial_output"]["days_late"] == 0


def test_the_chart_series_holds_thirty_six_months_without_january(city: City) -> None:
    points = city.rows("rpt_series", indicator="PW02", period_type="M")
    assert len(points) == 33
    assert min(r["month"] for r in points) == date(2015, 7, 1)
    assert {r["month"].month for r in points} == set(range(2, 13))


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([("open", "opened", 5)], False),
        ([("open", "opened", 5), ("fix", "fixed", None)], True),
        ([("open", "opened", 5), ("close", "closed", None)], True),
        ([("open", "opened", 4), ("fix", "fixed", None), ("quiet", "fixed", 5)], True),
        ([("open", "opened", 5), ("fix", "fixed", None), ("quiet", "fixed", 6)], False),
        ([("open", "opened", 6), ("fix", "fixed", None)], False),
        ([("open", "opened", 5), ("continue", "opened", 7), ("close", "closed", None)], False),
    ],
)
def test_what_is_over_would_reopen_where_no_edition_of_the_month_or_later_looked_for_it(
    city: City, events: list[tuple[str, str, int | None]], told: bool
) -> None:
    query = (build.results().parent / "compiled/gongyun/models/staging/stg_problems.sql").read_text(encoding="utf-8")
    with database.engine().connect() as c:  # never committed
        c.execute(sa.text("insert into ops.problem_item values ('p', '420881', 'stop')"))
        for happened, state, month in events:
            edition = c.scalar(
                sa.text("""
                    with built as (select build_id from ops.build order by build_id limit 1),
                    gate as (
                        insert into ops.gate_run (subject, month, build_id, passed)
                        select 'month', '2018-06-01', build_id, true from built returning gate_run_id, build_id
                    )
                    insert into ops.edition (month, as_of, build_id, gate_run_id, directory, sha256, manifest)
                    select '2018-06-01', now(), build_id, gate_run_id, '', '', '{}' from gate returning edition_id
                """)
            )
            c.execute(
                sa.text("""
                    insert into ops.problem_event (problem_key, happened, state, at, by_whom, edition_id, month, problem)
                    values ('p', :happened, :state, '2018-07-14', '王敏', :edition, :month, :problem)
                """),
                {
                    "happened": happened, "state": state, "edition": edition if month else None,
                    "month": date(2018, month, 1) if month else None,
                    "problem": '{"due_on": "2018-07-15"}' if happened in ("open", "continue") else None,
                },
            )  # fmt: skip
        assert [r.would_reopen for r in c.execute(sa.text(query))] == [told]
