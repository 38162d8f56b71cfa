"""The month gate: a good month passes, and each rule has a fault planted that it must find."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from expectations.gate import GateRun, gate_deliveries, gate_month
from expectations.suite import load_suite
from tests.expectations.conftest import declare, deliver, power, results, runs
from vocabulary.month import Month
from warehouse.book import waivers
from warehouse.database import connect
from warehouse.settings import ROOT

JUNE = Month(2018, 6)
FEED = "powr__industry_power"
CELL = {"sheet": "表1", "cell": "D3"}
TODAY = datetime.now(UTC).date()

FAULTS = {
    "build_of_month": "update ops.build set succeeded = false",
    "required_feed": "update ops.build set as_of = as_of - interval '1 day'",
    "optional_feed": """
        insert into ops.feed_terms values ('powr__industry_power', '2018-06-01', 'month', true, false, 10);
        update ops.delivery set status = 'loaded', accepted_at = null""",
    "headline_missing": "delete from reports.rpt_headline where indicator = 'PW02'",
    "no_headline": "update reports.rpt_headline set value = null, growth_pct = null",
    "other_month": "update reports.rpt_correlated set month = '2018-05-01'",
    "untraceable_value": "update marts.fct_indicator_growth set growth_cell = null where indicator = 'PW02'",
    "untraceable_report": "update reports.rpt_region_indicators set growth_pct = growth_pct + 0.1",
    "january_growth": """
        insert into marts.fct_indicator_growth (indicator, region_key, industry_code, entity_id, period_type, month, growth_pct)
        values ('ST02', '420800', '_T', '_T', 'M', '2018-01-01', 3.0)""",
    "implausible_percentage": """
        update marts.fct_indicator_growth set growth_pct = 1200 where indicator = 'PW01';
        update reports.rpt_headline set growth_pct = 1200 where indicator = 'PW01'""",
    "nothing_matched": "update marts.fct_matched_indicators set month = '2018-05-01'",
    "unowned_problem": "update reports.rpt_county_problems set route = null",
}
# What else the same fault cannot but break.
ALSO = {
    "required_feed": {"untraceable_value"},
    "optional_feed": {"untraceable_value"},
    "no_headline": {"headline_missing"},
}


def build_empty(schema: str) -> None:
    """Create every table of a schema as its dbt contract declares it."""
    with connect() as c:
        c.execute(f"create schema {schema}")  # type: ignore[call-overload]
        for path in sorted((ROOT / "dbt_project" / "models" / schema).glob("*.yml")):
            for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
                columns = ", ".join(f"{x['name']} {x['data_type']}" for x in model["columns"])
                c.execute(f"create table {schema}.{model['name']} ({columns})")  # type: ignore[call-overload]


def add(table: str, **row: Any) -> None:
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    with connect() as c:
        c.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))  # type: ignore[call-overload]


@pytest.fixture
def build_id(catalogue: sa.Engine) -> int:
    """A good June: one required feed accepted, built, with a row in everything that the suite reads."""
    declare(FEED)
    delivery = deliver(power("2018-06"))
    assert gate_deliveries([delivery]) == {delivery: True}
    for schema in ("marts", "reports"):
        build_empty(schema)
    source: Mapping[str, Any] = {
        f"{of}_{k}": v for of in ("value", "growth") for k, v in {"delivery_id": delivery, **CELL}.items()
    }
    for indicator, region in (("PW02", "420800"), ("PW01", "420800"), ("PW02", "420822")):
        figures = {"value": 3e5, "growth_pct": 8.1, "period_type": "YTD", "indicator": indicator, "month": JUNE}
        add(
            "marts.fct_indicator_growth",
            region_key=region,
            industry_code="_T",
            entity_id="_T",
            growth_reported_pct=8.1,
            **figures,
            **source,
        )
        if region == "420800":
            add("reports.rpt_headline", name_zh=indicator, **figures)
        else:
            add("reports.rpt_region_indicators", region_key=region, region_name="沙洋县", **figures)
    add("marts.fct_matched_indicators", pair="M1", region_key="420800", month=JUNE, gap_pp=1.0)
    add("reports.rpt_correlated", pair="L1", month=JUNE)
    add(
        "reports.rpt_county_problems",
        problem_key="P1",
        region_name="沙洋县",
        rule="matched",
        owner_department="统计局",
        route="county",
        due_on=date(2018, 7, 30),
        month=JUNE,
    )
    with connect() as c:
        (build_id,) = c.execute(
            """
            insert into ops.build (month, as_of, finished_at, succeeded, code_version)
            values (%s, clock_timestamp(), clock_timestamp(), true, 'test') returning build_id
            """,
            [JUNE],
        ).fetchone()  # type: ignore[misc]
        c.execute(f"comment on schema reports is 'build {build_id}'")  # type: ignore[call-overload]
        return int(build_id)


def plant(statements: str) -> None:
    with connect() as c:
        c.execute(statements)  # type: ignore[call-overload]


def failed(run: GateRun) -> set[str]:
    return {r["rule"] for r in results(gate_run_id=run.gate_run_id) if r["state"] != "passed"}


def test_every_rule_of_the_month_has_a_fault_that_it_must_find() -> None:
    assert set(FAULTS) == {r.rule for r in load_suite("month").expectations}


def test_a_good_month_passes_without_a_word(build_id: int) -> None:
    run = gate_month(JUNE, build_id)
    assert (run.passed, run.stopped, run.waived, run.told) == (True, (), (), ())
    (recorded,) = [r for r in runs() if r["subject"] == "month"]
    assert (recorded["gate_run_id"], recorded["month"], recorded["build_id"]) == (run.gate_run_id, JUNE.date, build_id)
    assert recorded["passed"]
    assert len(results(gate_run_id=run.gate_run_id)) == len(FAULTS)


@pytest.mark.parametrize("rule", FAULTS)
def test_a_planted_fault_is_found_by_its_rule(build_id: int, rule: str) -> None:
    plant(FAULTS[rule])
    run = gate_month(JUNE, build_id)
    assert failed(run) == {rule} | ALSO.get(rule, set())
    severity = next(r.severity for r in load_suite("month").expectations if r.rule == rule)
    assert run.passed is (severity == "warning" and rule not in ALSO)
    assert run.stopped if severity == "critical" else run.told


def test_a_hidden_figure_is_not_quoted_by_the_finding_on_it(build_id: int) -> None:
    plant(FAULTS["implausible_percentage"])
    assert "为1200%" in gate_month(JUNE, build_id).stopped[0]
    plant("insert into marts.fct_confidential_cells values ('PW01', '420800', '_T', 2018)")
    (told,) = gate_month(JUNE, build_id).stopped
    assert "为***%" in told
    assert "1200" not in told


def test_a_firms_figure_known_to_statistics_is_not_quoted_by_the_finding_on_it(build_id: int) -> None:
    plant("""
        insert into marts.fct_indicator_growth (indicator, region_key, industry_code, entity_id, period_type, month, value)
        values ('ST04', '420881', '26', 'FIRM', 'YTD', '2018-06-01', 345)""")
    told = "".join(gate_month(JUNE, build_id).stopped)
    assert "为***%" in told
    assert "345" not in told


def test_each_missing_required_feed_is_a_critical_finding_that_names_it(build_id: int) -> None:
    declare("stat__value_added")
    declare("tax__invoices")
    run = gate_month(JUNE, build_id)
    assert not run.passed
    assert run.stopped == (
        "必报报表“stat__value_added月报”（stat__value_added）本月未报送或未通过审核，应报日期2018-07-10。",
        "必报报表“tax__invoices月报”（tax__invoices）本月未报送或未通过审核，应报日期2018-07-10。",
    )


def test_a_waiver_lets_the_month_pass_without_one_feed_and_is_told(build_id: int) -> None:
    declare("stat__value_added")
    until = TODAY + timedelta(days=2)
    w = waivers.waive("required_feed", "李明", "系统迁移", until, feed="stat__value_added", month=JUNE)
    run = gate_month(JUNE, build_id)
    assert (run.passed, run.stopped, len(run.waived), run.told) == (True, (), 1, ())
    assert [
        (r["waiver_id"], r["severity"], r["state"]) for r in results(gate_run_id=run.gate_run_id, rule="required_feed")
    ] == [(w, "critical", "waived")]

    declare("tax__invoices")
    assert len(gate_month(JUNE, build_id).stopped) == 1, "it covers one feed only"


def test_an_expired_waiver_holds_the_month_again(build_id: int) -> None:
    declare("stat__value_added")
    waivers.waive("required_feed", "李明", "系统迁移", TODAY - timedelta(days=2), feed="stat__value_added")
    assert not gate_month(JUNE, build_id).passed


def test_an_expectation_that_raises_holds_the_month(build_id: int) -> None:
    plant("drop table marts.fct_matched_indicators")
    run = gate_month(JUNE, build_id)
    assert (run.passed, run.stopped) == (False, ("检查规则“nothing_matched”未能执行，按严重问题处理。",))
    (result,) = results(gate_run_id=run.gate_run_id, rule="nothing_matched")
    assert result["severity"] == "critical"
    assert "fct_matched_indicators" in result["exception"]


@pytest.mark.parametrize("said", ["build 99", "being built", "build by hand"])
def test_tables_that_another_build_has_written_hold_the_month(build_id: int, said: str) -> None:
    plant(f"comment on schema reports is '{said}'")
    assert failed(gate_month(JUNE, build_id)) == {"build_of_month"}


def test_a_month_without_a_build_cannot_be_judged(catalogue: sa.Engine) -> None:
    with pytest.raises(LookupError, match="no build 7"):
        gate_month(JUNE, 7)
    assert runs() == []
