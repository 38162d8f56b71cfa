"""A flash is told and puts nobody on the interview list; the settled figures that replace it do (domain.md 3.3 rule 1)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from expectations.gate import gate_deliveries
from gongyun.installation import prepare
from ingest.deliver import deliver, status
from ingest.feeds import get_feed
from samples.simulate import table
from samples.table import Table
from vocabulary.month import Month
from warehouse.build import build_marts

FEED, JUNE, DONGBAO = "stat__value_added", "2018-06", "420802"


def send(made: Table, tmp_path: Path) -> int:
    delivery_id = deliver(get_feed(made.feed), made.write(tmp_path), simulated=True)
    assert gate_deliveries([delivery_id]) == {delivery_id: True}, status(delivery_id)
    return delivery_id


def test_a_flash_makes_no_candidate_and_the_figures_that_replace_it_do(warehouse: sa.Engine, tmp_path: Path) -> None:
    def one(sql: str) -> dict[str, Any]:
        with warehouse.connect() as c:
            return dict(c.execute(sa.text(sql), {"r": DONGBAO, "m": Month.parse(JUNE)}).mappings().one())

    tests = (
        "select below_floor, is_flash, fires from marts.fct_decline_tests "
        "where look = 'published' and indicator = 'ST01' and region_key = :r and month = :m"
    )
    report = (
        "select is_candidate, colour, findings, flashes from reports.rpt_interview_candidates where region_key = :r"
    )
    growth = (
        "select growth_pct, maturity from marts.fct_indicator_growth where indicator = 'ST01' and region_key = :r "
        "and month = :m and period_type = 'YTD' and industry_code = '_T'"
    )
    prepare()
    settled = table(FEED, JUNE)
    # what was printed too low by more than a revision may be without a reason
    heading = "增加值增速(%)|累计"
    printed = settled.cell("东宝区", heading)
    assert isinstance(printed, float)
    flash = replace(settled, notes=(*settled.notes, "本表为快报数")).with_cell("东宝区", heading, round(printed - 3, 1))

    send(table(FEED, "2018-05"), tmp_path)
    send(flash, tmp_path)
    build_marts(Month.parse(JUNE))
    assert one(growth) == {"growth_pct": round(printed - 3, 1), "maturity": "flash"}
    assert one(tests) == {"below_floor": True, "is_flash": True, "fires": False}
    told = one(report)
    assert (told["is_candidate"], told["colour"], told["findings"]) == (False, None, None)
    assert told["flashes"][0]["name_zh"] == "规模以上工业增加值"

    final = send(settled, tmp_path)
    build_marts(Month.parse(JUNE))
    assert one(growth) == {"growth_pct": printed, "maturity": "prelim"}
    assert one(tests) == {"below_floor": True, "is_flash": False, "fires": True}
    told = one(report)
    assert (told["is_candidate"], told["colour"], told["flashes"]) == (True, "red", None)
    revised = one(
        "select delivery_id, cause, old_value, new_value from marts.fct_revisions "
        "where indicator = 'ST01' and region_key = :r and month = :m and measure = 'growth' and kind = 'revision'"
    )
    assert revised == {
        "delivery_id": final,
        "cause": "scheduled",
        "old_value": round(printed - 3, 1),
        "new_value": printed,
    }
