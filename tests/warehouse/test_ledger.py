"""The book: what is owed, what came, what was decided; and that nothing in it is quietly changed."""

from datetime import UTC, date, datetime

import psycopg
import pytest
import sqlalchemy as sa

from tests.dbt.paper import Column, Feed, Row, declare, deliver
from warehouse import ledger

JUNE, JANUARY = date(2018, 6, 1), date(2018, 1, 1)
JULY_10 = datetime(2018, 7, 10, tzinfo=UTC)
OUTPUT = Feed("stat__output", required=True, reports_january=False, due_day=31, columns=(Column("ST02"),))
POWER = Feed("powr__power", required=True, due_day=6, columns=(Column("PW02"),))


@pytest.fixture
def owed(warehouse: sa.Engine) -> sa.Engine:
    with warehouse.begin() as c:
        declare(c, OUTPUT)
        declare(c, POWER)
    return warehouse


def test_a_month_owes_its_feeds_by_their_due_days(owed: sa.Engine) -> None:
    assert {f.feed: f.due_on for f in ledger.month_feeds(JUNE)} == {
        "stat__output": date(2018, 7, 31), "powr__power": date(2018, 7, 6),
    }  # fmt: skip
    assert [f.feed for f in ledger.month_feeds(JANUARY)] == ["powr__power"]


def test_only_an_accepted_delivery_of_the_month_settles_what_is_owed(owed: sa.Engine) -> None:
    with owed.begin() as c:
        deliver(c, POWER, [Row(JUNE, (1.0,))], None, "rejected")
        deliver(c, POWER, [Row(JANUARY, (1.0,))], JULY_10)
        loaded = deliver(c, OUTPUT, [Row(JUNE, (1.0,))], None, "loaded")
    assert [f.feed for f in ledger.missing_required(JUNE)] == ["powr__power", "stat__output"]
    assert ledger.accept([loaded]) == [JUNE]
    assert [(f.feed, f.last_status) for f in ledger.missing_required(JUNE)] == [("powr__power", "rejected")]


def test_a_waiver_in_force_settles_a_missing_feed_and_a_lapsed_one_does_not(owed: sa.Engine) -> None:
    ledger.waive("required_feed", "李某某", "系统升级", date(2018, 1, 31), feed="powr__power", month=JUNE)
    ledger.waive("required_feed", "李某某", "系统升级", date(9999, 1, 1), feed="stat__output", month=JUNE)
    assert [f.feed for f in ledger.missing_required(JUNE)] == ["powr__power"]


def test_what_was_rejected_or_accepted_is_not_accepted_again(owed: sa.Engine) -> None:
    with owed.begin() as c:
        rejected = deliver(c, POWER, [Row(JUNE, (1.0,))], None, "rejected")
        done = deliver(c, OUTPUT, [Row(JUNE, (1.0,))], JULY_10)
    ledger.accept([rejected, done])
    with owed.connect() as c:
        found = c.execute(sa.text("select status, accepted_at from ops.delivery order by delivery_id")).all()
    assert [tuple(r) for r in found] == [("rejected", None), ("accepted", JULY_10)]


@pytest.mark.parametrize("table", ["raw.delivered_row", "raw.delivered_column", "raw.register"])
@pytest.mark.parametrize("change", ["delete from {}", "update {} set sheet = 'x'", "truncate {}"])
def test_what_was_delivered_cannot_be_changed(owed: sa.Engine, table: str, change: str) -> None:
    with owed.begin() as c:
        deliver(c, POWER, [Row(JUNE, (1.0,), entity_id="1", credit_code="X")], JULY_10)
    with pytest.raises(sa.exc.DBAPIError) as refused, owed.begin() as c:
        c.execute(sa.text(change.format(table)))
    assert isinstance(refused.value.orig, psycopg.errors.RaiseException)
    assert "append-only" in str(refused.value)


def test_a_feed_no_longer_declared_owes_nothing_and_keeps_its_deliveries(owed: sa.Engine) -> None:
    with owed.begin() as c:
        deliver(c, POWER, [Row(JUNE, (1.0,))], JULY_10)
        declared = dict(c.execute(sa.text("select * from ops.feed where feed = 'stat__output'")).mappings().one())
    ledger.sync_feeds([declared])
    assert [f.feed for f in ledger.month_feeds(JUNE)] == ["stat__output"]
    with owed.connect() as c:
        assert c.scalar(sa.text("select count(*) from ops.delivery where feed = 'powr__power'")) == 1


def test_an_absent_cell_is_a_row_with_its_reason_and_never_zero(owed: sa.Engine) -> None:
    with owed.begin() as c:
        deliver(c, POWER, [Row(JUNE, ("suppressed",)), Row(JUNE, (None,)), Row(JUNE, (0.0,))], JULY_10)
        found = c.execute(sa.text("select cell, value, absent_reason from raw.observation order by cell")).all()
    assert [tuple(r) for r in found] == [("B2", None, "suppressed"), ("B4", 0.0, None)]


def test_months_are_written_as_they_are_spoken() -> None:
    assert ledger.month_date("2018-06") == JUNE
    assert ledger.month_text(date(2018, 6, 30)) == "2018-06"
    with pytest.raises(ValueError, match="remains"):
        ledger.month_date("2018-13")
