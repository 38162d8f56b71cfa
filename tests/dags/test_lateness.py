"""Who is reminded of what, and when the letter is taken back; and what the bell asks the book."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import text

from scheduling.drop import under_way
from scheduling.lateness import months_in_progress, write_reminders
from vocabulary.month import Month
from warehouse.book import builds, clock, deliveries, duties, locks

JUNE, MAY = Month(2018, 6), Month(2018, 5)


@pytest.fixture
def two_feeds(warehouse: sa.Engine) -> sa.Engine:
    """Two monthly feeds, the first required, and one that tells its whole history each time."""
    common = {
        "area": "jingmen",
        "grain": "region",
        "scope": "month",
        "first_month": date(2015, 1, 1),
        "frequency": "month",
        "reports_january": True,
    }
    duties.sync_feeds(
        [
            {
                "feed": "stat__value_added",
                "department": "stat",
                "title": "增加值",
                "required": True,
                "due_day": 18,
                **common,
            },
            {
                "feed": "powr__electricity",
                "department": "powr",
                "title": "用电量",
                "required": False,
                "due_day": 8,
                **common,
            },
            {
                "feed": "bank__loans",
                "department": "bank",
                "title": "贷款",
                "required": False,
                "due_day": 20,
                **common,
                "scope": "history",
            },
        ]
    )
    return warehouse


def delivery(two_feeds: sa.Engine, feed: str, months: dict[Month, float], status: str = "accepted") -> int:
    """A delivery with one cell a month, straight into the book."""
    with two_feeds.begin() as c:
        number: int = c.execute(
            text("""
                insert into ops.delivery (feed, file_name, sha256, size_bytes, month, status)
                values (:f, 'f', repeat('0', 64), 1, :m, 'loaded') returning delivery_id
            """),
            {"f": feed, "m": max(months)},
        ).scalar_one()
        c.execute(
            text("""
                insert into raw.delivered_column (delivery_id, sheet, position, letter, heading, indicator, measure, period_type)
                values (:d, 's', 1, 'B', 'h', 'PW02', 'value', 'M')
            """),
            {"d": number},
        )
        for row, (month, value) in enumerate(sorted(months.items()), 1):
            here: dict[str, Any] = {"d": number, "m": month, "r": row, "v": [value]}
            c.execute(text("insert into ops.delivery_month values (:d, :m, 1)"), here)
            c.execute(
                text(
                    "insert into raw.delivered_row (delivery_id, sheet, \"row\", month, values) values (:d, 's', :r, :m, :v)"
                ),
                here,
            )
    if status == "accepted":
        deliveries.accept([number])
    elif status == "rejected":
        deliveries.reject(number, [])
    return number


def published(two_feeds: sa.Engine, month: Month) -> None:
    with two_feeds.begin() as c:
        c.execute(
            text("""
                with b as (insert into ops.build (month, as_of, code_version) values (:m, now(), 'x') returning build_id),
                g as (insert into ops.gate_run (subject, month) values ('month', :m) returning gate_run_id)
                insert into ops.edition (month, number, status, as_of, build_id, gate_run_id, directory, sha256, manifest)
                select :m, 1, 'published', now(), build_id, gate_run_id, 'd', 's', '{}' from b, g
            """),
            {"m": month},
        )


def test_a_department_is_reminded_from_the_day_after_it_was_due_until_it_delivers(
    two_feeds: sa.Engine, tmp_path: Path
) -> None:
    assert set(write_reminders([JUNE], date(2018, 7, 18), tmp_path)) == {"powr"}, "due today is not late"
    assert set(write_reminders([JUNE], date(2018, 7, 20), tmp_path)) == {"powr", "stat"}
    letter = (tmp_path / "统计局" / "催报单.txt").read_text(encoding="utf-8-sig")
    assert "1. 2018年6月《增加值》（stat__value_added，必报）：应于2018年7月18日前报送，已逾期2日。" in letter
    delivery(two_feeds, "stat__value_added", {JUNE: 1.0})
    delivery(two_feeds, "powr__electricity", {JUNE: 1.0}, status="rejected")
    assert set(write_reminders([JUNE], date(2018, 7, 20), tmp_path)) == {"powr"}
    assert not (tmp_path / "统计局" / "催报单.txt").exists()
    assert "报送文件已被退回" in (tmp_path / "供电公司" / "催报单.txt").read_text(encoding="utf-8-sig")


def test_months_in_progress_are_those_after_the_last_edition_and_the_last_calendar_month(two_feeds: sa.Engine) -> None:
    assert months_in_progress(date(2018, 7, 5)) == [JUNE]
    assert months_in_progress(date(2018, 1, 5)) == [Month(2017, 12)]
    delivery(two_feeds, "powr__electricity", {Month(2018, 4): 1.0})
    delivery(two_feeds, "powr__electricity", {MAY: 1.0})
    assert months_in_progress(date(2018, 7, 5)) == [MAY, JUNE], "before the first edition, older months are history"
    published(two_feeds, Month(2018, 4))
    assert months_in_progress(date(2018, 7, 5)) == [MAY, JUNE]
    published(two_feeds, MAY)
    assert months_in_progress(date(2018, 7, 5)) == [JUNE]


def test_a_monthly_delivery_concerns_its_month_and_a_refused_one_none(two_feeds: sa.Engine) -> None:
    accepted = delivery(two_feeds, "powr__electricity", {MAY: 1.0})
    refused = delivery(two_feeds, "stat__value_added", {JUNE: 1.0}, status="rejected")
    assert deliveries.months_to_build([accepted, refused]) == [MAY]


def test_a_history_concerns_its_newest_month_and_the_published_months_it_changes(two_feeds: sa.Engine) -> None:
    april = Month(2018, 4)
    first = delivery(two_feeds, "bank__loans", {april: 1.0, MAY: 2.0})
    assert deliveries.months_to_build([first]) == [MAY]
    published(two_feeds, april)
    published(two_feeds, MAY)
    same = delivery(two_feeds, "bank__loans", {april: 1.0, MAY: 2.0, JUNE: 3.0})
    assert deliveries.months_to_build([same]) == [JUNE]
    revised = delivery(two_feeds, "bank__loans", {april: 1.5, MAY: 2.0, JUNE: 3.0})
    assert deliveries.months_to_build([revised]) == [april, JUNE]
    shorter = delivery(two_feeds, "bank__loans", {april: 1.5, JUNE: 3.0})
    assert deliveries.months_to_build([shorter]) == [MAY, JUNE], "a month that is no longer told has changed"


def test_a_build_is_not_repeated_until_something_new_is_accepted_for_its_month(two_feeds: sa.Engine) -> None:
    def build(succeeded: bool | None) -> None:
        with two_feeds.begin() as c:
            values = {"m": JUNE, "a": clock.now(), "s": succeeded}
            c.execute(
                text("insert into ops.build (month, as_of, code_version, succeeded) values (:m, :a, 'x', :s)"), values
            )

    delivery(two_feeds, "powr__electricity", {JUNE: 1.0})
    assert builds.of_all_accepted(JUNE) is None
    build(True)
    assert builds.of_all_accepted(JUNE) == 1
    delivery(two_feeds, "powr__electricity", {MAY: 1.0})
    assert builds.of_all_accepted(JUNE) == 1, "another month's delivery"
    delivery(two_feeds, "stat__value_added", {JUNE: 1.0})
    assert builds.of_all_accepted(JUNE) is None
    build(False)
    assert builds.of_all_accepted(JUNE) is None


def test_a_build_waits_for_files_under_way_and_not_for_stuck_ones(two_feeds: sa.Engine, tmp_path: Path) -> None:
    assert under_way(tmp_path) == 0
    waiting = delivery(two_feeds, "powr__electricity", {JUNE: 1.0}, status="loaded")
    (tmp_path / "powr__electricity" / ".taken" / "00000001").mkdir(parents=True)
    (tmp_path / "powr__electricity" / "六月.xlsx").write_text("1")
    (tmp_path / "powr__electricity" / ".taken" / "00000001" / "五月.xlsx").write_text("1")
    (tmp_path / "催报" / "统计局").mkdir(parents=True)
    assert under_way(tmp_path) == 3
    assert under_way(tmp_path, since_seconds=0) == 0
    deliveries.accept([waiting])
    assert under_way(tmp_path) == 2


def test_the_moment_of_a_build_waits_for_acceptances_under_way(two_feeds: sa.Engine) -> None:
    """Stamped before and committed after, an acceptance would be in no build and looked for by none."""
    loaded = delivery(two_feeds, "powr__electricity", {JUNE: 1.0}, status="loaded")
    with ThreadPoolExecutor() as pool:
        with two_feeds.begin() as asking:
            locks.take(asking, clock.LOCK)
            accepting = pool.submit(deliveries.accept, [loaded])
            assert wait([accepting], timeout=0.5).not_done
        assert accepting.result(timeout=10) == [JUNE]
        with two_feeds.begin() as under_acceptance:
            clock.stamping(under_acceptance)
            asked = pool.submit(clock.now)
            assert wait([asked], timeout=0.5).not_done
        assert asked.result(timeout=10)
