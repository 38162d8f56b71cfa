"""Revisions: each changed cell is logged from old to new with its cause; a large one waits for its sender's reason."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from expectations.gate import gate_deliveries
from tests.expectations.conftest import Line, Table, caught, declare, deliver, months, power, states
from warehouse.book.revisions import explain
from warehouse.database import engine

JUNE = power("2018-06")


def revisions(delivery: int) -> list[Mapping[str, Any]]:
    with engine().connect() as c:
        rows = c.execute(
            sa.text("select * from ops.revision where delivery_id = :d order by series, measure, month"),
            {"d": delivery},
        )
        return [dict(r) for r in rows.mappings()]


def found_by(rule: str, delivery: int) -> str:
    """What a rule told the sender of a delivery."""
    with engine().connect() as c:
        told = c.execute(
            sa.text("select message from ops.finding where delivery_id = :d and rule = :r"), {"d": delivery, "r": rule}
        )
        return str(told.scalar_one())


def accepted(*tables: Table) -> list[int]:
    ids = [deliver(t) for t in tables]
    assert all(gate_deliveries(ids).values())
    return ids


def shift(column: int, line: int, by: float, table: Table = JUNE) -> Table:
    return table.change(column, line, round((table.lines[line].values[column] or 0) + by, 1))


def test_a_first_delivery_and_one_that_says_the_same_revise_nothing(catalogue: sa.Engine) -> None:
    first, again = accepted(JUNE, JUNE)
    assert revisions(first) == revisions(again) == []


def test_only_changed_cells_are_logged_from_old_to_new_with_both_addresses(catalogue: sa.Engine) -> None:
    first, second = accepted(JUNE, shift(2, 5, 0.4))
    (changed,) = revisions(second)
    old = JUNE.lines[5].values[2]
    assert (changed["revised_delivery_id"], changed["old_value"], changed["new_value"]) == (first, old, old + 0.4)  # type: ignore[operator]
    assert (changed["old_cell"], changed["new_cell"]) == ("E8", "E8")
    assert (changed["indicator"], changed["region_key"], changed["measure"], changed["period_type"]) == (
        "PW02",
        "420882",
        "growth",
        "YTD",
    )
    assert (changed["month"], changed["cause"]) == (date(2018, 6, 1), "unknown")


def test_another_unit_is_no_revision(catalogue: sa.Engine) -> None:
    in_hundred_millions = replace(
        JUNE,
        numbers=tuple(
            n if n.unit == "%" else replace(n, unit="亿千瓦时", factor=1e4, decimals=5) for n in JUNE.numbers
        ),
        lines=tuple(
            replace(line, values=(line.values[0] / 1e4, line.values[1] / 1e4, line.values[2]))  # type: ignore[operator]
            for line in JUNE.lines
        ),
    )
    assert revisions(accepted(JUNE, in_hundred_millions)[1]) == []


@pytest.mark.parametrize(("was", "now", "logged"), [
    ((8.3, 1), (8.34, 2), 0), ((8.34, 2), (8.3, 1), 0), ((8.3, 1), (8.25, 2), 0), ((8.3, 1), (8.36, 2), 1),
    ((8.3, 1), (8.4, 1), 1), ((8.34, 2), (8.35, 2), 1), ((8.3, 1), (9.0, 0), 1), ((8.6, 1), (9.0, 0), 0), ((8.0, 1), (8.04, 2), 0),
    ((8.0, 1), (8.4, 1), 1), ((8.0, 1), (8.34, 2), 1),
])  # fmt: skip
def test_other_digits_of_the_same_number_are_no_revision(
    catalogue: sa.Engine, was: tuple[float, int], now: tuple[float, int], logged: int
) -> None:
    def printed(value: float, decimals: int) -> Table:
        """With numbers in all other rows that need so many digits, which nothing declares."""
        table = JUNE
        for line in range(len(JUNE.lines)):
            table = table.change(2, line, value if line == 5 else 8.0 + sum(10.0**-n for n in range(1, decimals + 1)))
        return replace(table, numbers=(*JUNE.numbers[:2], replace(JUNE.numbers[2], decimals=None)))

    assert len([r for r in revisions(accepted(printed(*was), printed(*now))[1]) if r["new_cell"] == "E8"]) == logged


def test_a_large_revision_waits_until_its_reason_is_given(catalogue: sa.Engine) -> None:
    accepted(JUNE)
    waiting = deliver(shift(2, 5, 1.2))
    assert gate_deliveries([waiting]) == {waiting: False}
    assert states([waiting]) == ["loaded"]
    assert caught(waiting, "stopped") == {"large_revision": {"E8"}}
    assert gate_deliveries([waiting]) == {waiting: False}
    assert len(caught(waiting)) == 2, "judged again, it is told the same once"
    assert explain(waiting, "panel", "新增一户企业，6月起纳入", "王某某")
    assert gate_deliveries([waiting]) == {waiting: True}
    assert caught(waiting, "stopped") == {}
    assert [r["cause"] for r in revisions(waiting)] == ["panel"]


@pytest.mark.parametrize(("before", "after"), [("flash", "prelim"), ("flash", "correction"), ("prelim", "final")])
def test_settled_figures_replace_what_went_ahead_of_them_without_a_word(
    catalogue: sa.Engine, before: str, after: str
) -> None:
    larger = shift(2, 5, 1.2)
    accepted(replace(JUNE, maturity=before))
    (settled,) = accepted(replace(larger, maturity=after))
    assert [r["cause"] for r in revisions(settled)] == ["scheduled"]
    assert "替换" in found_by("revised", settled)


@pytest.mark.parametrize(("before", "after"), [("flash", "flash"), ("prelim", "revised"), ("final", "correction")])
def test_figures_no_further_on_than_those_they_replace_need_a_reason(
    catalogue: sa.Engine, before: str, after: str
) -> None:
    accepted(replace(JUNE, maturity=before))
    waiting = deliver(replace(shift(2, 5, 1.2), maturity=after))
    assert gate_deliveries([waiting]) == {waiting: False}
    assert caught(waiting, "stopped") == {"large_revision": {"E8"}}


@pytest.mark.parametrize(("before", "after"), [("prelim", "flash"), ("correction", "flash"), ("final", "prelim")])
def test_a_flash_that_comes_after_settled_figures_is_refused(catalogue: sa.Engine, before: str, after: str) -> None:
    accepted(replace(JUNE, maturity=before))
    late = deliver(replace(JUNE, maturity=after))
    assert gate_deliveries([late]) == {late: False}
    assert states([late]) == ["rejected"]
    assert set(caught(late, "stopped")) == {"less_settled"}


def test_a_reason_stands_once_given_and_needs_a_known_cause(catalogue: sa.Engine) -> None:
    (delivery,) = accepted(JUNE)
    assert explain(delivery, "correction", "第一次", "甲")
    assert not explain(delivery, "panel", "第二次", "乙")
    with pytest.raises(KeyError, match="scheduled, correction"):
        explain(delivery, "whim", "?", "丙")


def test_what_waits_gives_way_to_a_later_delivery_of_its_month(catalogue: sa.Engine) -> None:
    accepted(JUNE)
    waiting = deliver(shift(2, 5, 1.2))
    gate_deliveries([waiting])
    later = deliver(shift(2, 5, 0.3))
    assert gate_deliveries([waiting, later]) == {waiting: False, later: True}
    assert states([waiting]) == ["rejected"]
    assert "superseded" in caught(waiting)


def test_one_left_undecided_gives_way_to_a_later_one_of_its_month(catalogue: sa.Engine) -> None:
    accepted(JUNE)
    left = deliver(shift(2, 5, 0.4))
    later = deliver(shift(2, 5, 0.3))
    assert gate_deliveries([later]) == {later: True}
    assert gate_deliveries([left]) == {left: False}
    assert (states([left]), set(caught(left)), revisions(left)) == (["rejected"], {"superseded"}, [])


def test_what_came_last_is_in_force_whatever_the_clock_said(catalogue: sa.Engine) -> None:
    wrong, right = accepted(JUNE, shift(2, 5, 0.3))
    with engine().begin() as c:
        c.exec_driver_sql(
            f"update ops.delivery set accepted_at = accepted_at - interval '1 hour' where delivery_id = {right}"
        )
        owed = c.exec_driver_sql(
            f"select delivery_id from ops.month_feeds('2018-06-01') where delivery_id in ({wrong}, {right})"
        )
        assert owed.scalars().all() == [right]
    (third,) = accepted(shift(2, 5, 0.5))
    assert {r["revised_delivery_id"] for r in revisions(third)} == {right}


def test_what_waits_is_no_history_for_others(catalogue: sa.Engine) -> None:
    (first,) = accepted(JUNE)
    waiting, other = deliver(shift(2, 5, 1.2)), deliver(shift(2, 6, 0.3))
    assert gate_deliveries([waiting, other]) == {waiting: False, other: True}
    assert [(r["revised_delivery_id"], r["new_cell"]) for r in revisions(other)] == [(first, "E9")]


def test_a_withdrawn_number_is_a_revision_that_needs_a_reason(catalogue: sa.Engine) -> None:
    accepted(JUNE)
    without = deliver(JUNE.change(2, 5, None))
    gate_deliveries([without])
    assert caught(without, "stopped") == {"large_revision": {None}}


def test_a_change_within_the_rounding_of_both_is_logged_without_a_word(catalogue: sa.Engine) -> None:
    (_, finer) = accepted(JUNE, shift(2, 5, 0.1))
    assert caught(finer) == {}
    assert len(revisions(finer)) == 1


def test_a_series_that_is_often_revised_may_be_revised_by_as_much_again(catalogue: sa.Engine) -> None:
    table, ids = JUNE, accepted(JUNE)
    for _ in range(3):
        table = shift(2, 5, 0.9, table)
        ids += accepted(table)
    larger = deliver(shift(2, 5, 2.0, table))
    assert gate_deliveries([larger]) == {larger: True}, "less than three times the mean of 0.9 points"


def test_a_silent_change_of_an_earlier_month_is_found_in_a_history(catalogue: sa.Engine) -> None:
    feed = "stat__history"
    declare(feed, scope="history")

    def history(last: str, may: float) -> Table:
        numbers = (JUNE.numbers[2],)
        lines = tuple(Line("荆门市", (may if m == "2018-05" else 8.0,), month=m) for m in months("2018-01", last))
        return Table(feed, last, numbers, lines)

    _, second = accepted(history("2018-06", 8.0), history("2018-07", 8.4))
    assert [(r["month"], r["old_value"], r["new_value"]) for r in revisions(second)] == [(date(2018, 5, 1), 8.0, 8.4)]
    assert caught(second) == {"revised": {"C7"}}
    shorter = replace(history("2018-07", 8.4), lines=history("2018-07", 8.4).lines[3:])
    assert revisions(accepted(shorter)[0]) == [], "what a newer file leaves out is still said by the older one"


def test_revisions_are_append_only(catalogue: sa.Engine) -> None:
    accepted(JUNE, shift(2, 5, 0.4))
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine().begin() as c:
        c.exec_driver_sql("delete from ops.revision")
