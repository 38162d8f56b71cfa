"""What was owed for a month is what was owed then, known then, whatever the register of feeds says today."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tests.dbt.paper import Column, Feed, Row, declare, deliver
from warehouse import build

MARCH, APRIL, MAY, JUNE = (date(2018, m, 1) for m in (3, 4, 5, 6))
RETIRED = Feed("tele__lines", last_month=MARCH)
NEW = Feed("tran__lorries", first_month=MAY)
MOVED = Feed("tax__purchases", due_day=25)
POWER = Feed("powr__power", columns=(Column("PW02"),))
LOANS = Feed("bank__loans", scope="history", columns=(Column("BK02"),))
NEEDED = ("stg_build", "stg_coverage", "fct_feed_timeliness", "rpt_coverage", "rpt_timeliness")
Known = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def known(warehouse: sa.Engine) -> Known:
    """Builds June as of a moment and gives rows of a table by what its columns hold."""
    with warehouse.begin() as c:
        for feed in (RETIRED, NEW, MOVED, POWER, LOANS):
            declare(c, feed)
        c.execute(
            sa.text("""
                insert into ops.feed_terms values
                ('tax__purchases', '2015-01-01', 'month', true, false, 10),
                ('tax__purchases', '2018-05-20', 'month', true, true, 12)
            """)
        )
        for day in (10, 20):
            deliver(c, POWER, [Row(MAY, (1.0,))], datetime(2018, 6, day, tzinfo=UTC))
            deliver(c, LOANS, [Row(m, (1.0,)) for m in (MARCH, APRIL, MAY)], datetime(2018, 6, day, tzinfo=UTC))
        deliver(c, LOANS, [Row(m, (1.0,)) for m in (MARCH, APRIL, MAY, JUNE)], datetime(2018, 7, 10, tzinfo=UTC))
    assert build.dbt("seed", {}, "--select", "regions", "departments", "thresholds").returncode == 0

    def rows(as_of: str, table: str, **wanted: Any) -> list[dict[str, Any]]:
        asked = {"GONGYUN_BUILD_MONTH": "2018-06", "GONGYUN_BUILD_AS_OF": as_of}
        done = build.dbt("run", asked, "--select", *NEEDED)
        assert done.returncode == 0, done.stdout
        with warehouse.connect() as c:
            found = [dict(r) for r in c.execute(sa.text(f"select * from {table} order by month")).mappings()]
        return [r for r in found if all(r[k] == v for k, v in wanted.items())]

    return rows


def test_a_month_owes_what_its_feeds_owed_then_and_were_known_to_owe(known: Known) -> None:
    owed = known("2018-07-15", "marts.fct_feed_timeliness")
    assert [r["month"] for r in owed if r["feed"] == "tele__lines"] == [date(2017, m, 1) for m in range(7, 13)] + [
        date(2018, m, 1) for m in range(1, 4)
    ], "retired, and its months stay owed"
    assert [r["month"] for r in owed if r["feed"] == "tran__lorries"] == [MAY, JUNE], "nothing before it began"
    moved = [(r["month"], r["due_on"], r["required"]) for r in owed if r["feed"] == "tax__purchases"]
    assert moved[-3:] == [
        (APRIL, date(2018, 5, 10), False), (MAY, date(2018, 6, 12), True), (JUNE, date(2018, 7, 12), True),
    ]  # fmt: skip
    before = known("2018-05-15", "marts.fct_feed_timeliness", feed="tax__purchases", month=MAY)
    assert [(r["due_on"], r["required"]) for r in before] == [(date(2018, 6, 11), False)], "10 June 2018 was a Sunday"


def test_a_file_of_many_months_comes_again_for_its_newest_alone(known: Known) -> None:
    again = {(r["feed"], r["month"]): r["redelivered_n"] for r in known("2018-07-15", "marts.fct_feed_timeliness")}
    assert again["powr__power", MAY] == 1
    assert [again["bank__loans", m] for m in (MARCH, APRIL, MAY, JUNE)] == [0, 0, 1, 0]
