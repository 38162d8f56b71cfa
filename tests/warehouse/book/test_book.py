"""The book: what is owed, what came, what was decided; and that nothing in it is quietly changed."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, date, datetime

import psycopg
import pytest
import sqlalchemy as sa

from tests.dbt.paper import Column, Feed, Row, declare, deliver
from vocabulary.month import BEIJING, Month
from warehouse.book import clock, deliveries, duties, locks, waivers

JUNE, JANUARY = Month(2018, 6), Month(2018, 1)
JULY_10 = datetime(2018, 7, 10, tzinfo=UTC)
THIS_MONTH = Month.of(datetime.now(BEIJING))
LAST_MONTH = THIS_MONTH.before()
OUTPUT = Feed("stat__output", required=True, reports_january=False, due_day=31, columns=(Column("ST02"),))
POWER = Feed("powr__power", required=True, due_day=6, columns=(Column("PW02"),))

DUTY = {
    "feed": "powr__power",
    "area": "jingmen",
    "department": "powr",
    "title": "用电量",
    "grain": "region",
    "scope": "month",
    "first_month": date(2015, 1, 1),
    "frequency": "month",
    "reports_january": True,
    "required": True,
    "due_day": 6,
}


@pytest.fixture
def owed(warehouse: sa.Engine) -> sa.Engine:
    with warehouse.begin() as c:
        declare(c, OUTPUT)
        declare(c, POWER)
    return warehouse


def test_a_month_owes_its_feeds_by_their_due_days(owed: sa.Engine) -> None:
    assert {f.feed: f.due_on for f in duties.month_feeds(JUNE)} == {
        "stat__output": date(2018, 7, 31),
        "powr__power": date(2018, 7, 6),
    }
    assert [f.feed for f in duties.month_feeds(JANUARY)] == ["powr__power"]


def test_only_an_accepted_delivery_of_the_month_settles_what_is_owed(owed: sa.Engine) -> None:
    with owed.begin() as c:
        deliver(c, POWER, [Row(JUNE, (1.0,))], None, "rejected")
        deliver(c, POWER, [Row(JANUARY, (1.0,))], JULY_10)
        loaded = deliver(c, OUTPUT, [Row(JUNE, (1.0,))], None, "loaded")
    assert [f.feed for f in duties.missing_required(JUNE)] == ["powr__power", "stat__output"]
    assert deliveries.accept([loaded]) == [JUNE]
    assert [(f.feed, f.last_status) for f in duties.missing_required(JUNE)] == [("powr__power", "rejected")]


def test_the_last_month_with_data_is_that_of_an_accepted_delivery(owed: sa.Engine) -> None:
    assert deliveries.last_month() is None
    with owed.begin() as c:
        deliver(c, POWER, [Row(JANUARY, (1.0,)), Row(JUNE, (1.0,))], JULY_10)
        deliver(c, OUTPUT, [Row(Month(2018, 7), (1.0,))], None, "rejected")
    assert deliveries.last_month() == JUNE


def test_a_waiver_in_force_settles_a_missing_feed_and_a_lapsed_one_does_not(owed: sa.Engine) -> None:
    waivers.waive("required_feed", "李某某", "系统升级", date(2018, 1, 31), feed="powr__power", month=JUNE)
    waivers.waive("required_feed", "李某某", "系统升级", date(9999, 1, 1), feed="stat__output", month=JUNE)
    assert [f.feed for f in duties.missing_required(JUNE)] == ["powr__power"]


@pytest.mark.parametrize(
    ("feed", "month", "held"),
    [
        ("stat__output", JUNE, False),
        ("stat__output", None, False),
        (None, JUNE, False),
        (None, None, False),
        ("stat__output", JANUARY, True),
        ("tax__other", None, True),
    ],
)
def test_a_waiver_that_names_no_feed_or_no_month_holds_for_all_of_them(
    owed: sa.Engine, feed: str | None, month: Month | None, held: bool
) -> None:
    waivers.waive("required_feed", "李某某", "系统升级", date(9999, 1, 1), feed=feed, month=month)
    assert ("stat__output" in {f.feed for f in duties.missing_required(JUNE)}) is held


def test_what_was_rejected_or_accepted_is_not_accepted_again(owed: sa.Engine) -> None:
    with owed.begin() as c:
        rejected = deliver(c, POWER, [Row(JUNE, (1.0,))], None, "rejected")
        done = deliver(c, OUTPUT, [Row(JUNE, (1.0,))], JULY_10)
    deliveries.accept([rejected, done])
    with owed.connect() as c:
        found = c.execute(sa.text("select status, accepted_at from ops.delivery order by delivery_id")).all()
    assert [tuple(r) for r in found] == [("rejected", None), ("accepted", JULY_10)]


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("raw.delivered_row", "sheet"),
        ("raw.delivered_column", "sheet"),
        ("raw.register", "sheet"),
        ("ops.feed_terms", "frequency"),
    ],
)
@pytest.mark.parametrize("change", ["delete from {}", "update {} set {} = 'x'", "truncate {}"])
def test_what_was_delivered_or_promised_cannot_be_changed(
    owed: sa.Engine, table: str, column: str, change: str
) -> None:
    with owed.begin() as c:
        deliver(c, POWER, [Row(JUNE, (1.0,), entity_id="1", credit_code="X")], JULY_10)
    with pytest.raises(sa.exc.DBAPIError) as refused, owed.begin() as c:
        c.execute(sa.text(change.format(table, column)))
    assert isinstance(refused.value.orig, psycopg.errors.RaiseException)
    assert "append-only" in str(refused.value)


def test_a_retired_feed_owes_its_months_up_to_its_last_for_ever_and_keeps_its_deliveries(owed: sa.Engine) -> None:
    with owed.begin() as c:
        deliver(c, OUTPUT, [Row(JUNE, (1.0,))], JULY_10)
    duties.sync_feeds([DUTY], {"stat__output": JUNE})
    assert {f.feed: f.accepted for f in duties.month_feeds(JUNE)} == {"powr__power": False, "stat__output": True}
    assert [f.feed for f in duties.month_feeds(Month(2018, 7))] == ["powr__power"]


def test_a_feed_that_vanishes_without_a_word_owes_the_months_that_had_ended(warehouse: sa.Engine) -> None:
    duties.sync_feeds([DUTY])
    duties.sync_feeds([])
    assert [len(duties.month_feeds(m)) for m in (JUNE, LAST_MONTH, THIS_MONTH)] == [1, 1, 0]
    duties.sync_feeds([DUTY])
    assert len(duties.month_feeds(THIS_MONTH)) == 1, "it is back"


def test_a_new_feed_owes_nothing_before_its_first_month(warehouse: sa.Engine) -> None:
    duties.sync_feeds([DUTY | {"first_month": JUNE}])
    assert [len(duties.month_feeds(m)) for m in (Month(2018, 5), JUNE)] == [0, 1]


def test_what_a_feed_is_told_today_changes_no_month_that_has_ended(warehouse: sa.Engine) -> None:
    duties.sync_feeds([DUTY])
    for changed in (
        {"due_day": 12},
        {"required": False},
        {"frequency": "quarter"},
        {"reports_january": False},
    ):
        duties.sync_feeds([DUTY | changed])
    assert [(f.required, f.due_on) for f in duties.month_feeds(JUNE)] == [(True, date(2018, 7, 6))]
    assert [f.due_on for f in duties.month_feeds(Month(2018, 7))] == [date(2018, 8, 6)]
    assert len(duties.month_feeds(JANUARY)) == 1


def test_new_terms_hold_from_the_month_in_which_they_are_stated(warehouse: sa.Engine) -> None:
    duties.sync_feeds([DUTY])
    duties.sync_feeds([DUTY | {"due_day": 20, "required": False}])
    assert [f.required for f in duties.month_feeds(LAST_MONTH)] == [True]
    (now,) = duties.month_feeds(THIS_MONTH)
    assert not now.required
    assert now.due_on.day >= 20


@pytest.mark.parametrize(
    ("stated_at", "months"),
    [
        ("2018-06-30 23:59+08", {"2018-05-01": 6, "2018-06-01": 12, "2018-07-01": 13}),
        ("2018-07-01 00:00+08", {"2018-05-01": 6, "2018-06-01": 6, "2018-07-01": 13}),
    ],
)
def test_a_month_keeps_the_terms_stated_before_it_ended_and_known_at_the_moment(
    warehouse: sa.Engine, stated_at: str, months: dict[str, int]
) -> None:
    duties.sync_feeds([DUTY])
    with warehouse.begin() as c:
        c.execute(sa.text("insert into ops.feed_terms values ('powr__power', '2018-01-01', 'month', true, true, 6)"))
        stated = sa.text("insert into ops.feed_terms values ('powr__power', :at, 'month', true, true, 12)")
        c.execute(stated, {"at": stated_at})
        due = sa.text("select extract(day from due_on) from ops.month_feeds(:month, :moment)")
        known = {m: c.scalar(due, {"month": m, "moment": "2018-08-01"}) for m in months}
        before = {m: c.scalar(due, {"month": m, "moment": "2018-06-30 12:00+08"}) for m in months}
    assert known == months
    assert before == {"2018-05-01": 6, "2018-06-01": 6, "2018-07-01": 6}


def test_terms_are_added_only_where_they_differ_from_the_last(warehouse: sa.Engine) -> None:
    for due_day in (6, 6, 12, 12, 6):
        duties.sync_feeds([DUTY | {"due_day": due_day}])
    with warehouse.connect() as c:
        stated = c.execute(sa.text("select due_day from ops.feed_terms order by stated_at")).scalars().all()
    assert stated == [6, 12, 6]


def test_what_had_come_by_a_moment_is_told_as_of_that_moment(owed: sa.Engine) -> None:
    with owed.begin() as c:
        deliver(c, POWER, [Row(JUNE, (1.0,))], JULY_10)
        asked = sa.text(
            "select delivery_id, last_status from ops.month_feeds('2018-06-01', :at) where feed = 'powr__power'"
        )
        found = [tuple(c.execute(asked, {"at": at}).one()) for at in ("2018-07-09", "2018-07-11")]
    assert found == [(None, None), (1, "accepted")]


def test_terms_are_stamped_after_the_question_what_time_it_is(warehouse: sa.Engine) -> None:
    """Stamped before and committed after it, they would be in no build of that moment and yet be as old."""
    with ThreadPoolExecutor() as pool:
        with warehouse.begin() as asking:
            locks.take(asking, clock.LOCK)
            syncing = pool.submit(duties.sync_feeds, [DUTY])
            assert wait([syncing], timeout=0.5).not_done
            asked = asking.scalar(sa.text("select clock_timestamp()"))
        syncing.result(timeout=10)
    with warehouse.connect() as c:
        assert c.scalar(sa.text("select stated_at from ops.feed_terms")) > asked


def test_an_absent_cell_is_a_row_with_its_reason_and_never_zero(owed: sa.Engine) -> None:
    with owed.begin() as c:
        deliver(c, POWER, [Row(JUNE, ("suppressed",)), Row(JUNE, (None,)), Row(JUNE, (0.0,))], JULY_10)
        found = c.execute(sa.text("select cell, value, absent_reason from raw.observation order by cell")).all()
    assert [tuple(r) for r in found] == [("B2", None, "suppressed"), ("B4", 0.0, None)]
