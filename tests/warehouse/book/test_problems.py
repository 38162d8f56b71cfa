"""The ledger of problems: editions open and miss, persons answer and close, and no step is lost between them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from vocabulary.month import BEIJING, Month
from warehouse.book.problems import LedgerItem, TransitionRefused, ledger_events, ledger_items, see, step
from warehouse.database import connect, engine, with_months

MAY, JUNE, JULY = Month(2018, 5), Month(2018, 6), Month(2018, 7)
DECLINE, STOP = "steep_decline:420802", "stop:420802:91420800MA4878XX1A"


def problem(key: str, due_on: str = "2018-08-14", colour: str = "orange") -> dict[str, Any]:
    return {
        "problem_key": key,
        "region_key": "420802",
        "rule": key.split(":")[0],
        "rule_version": 2,
        "colour": colour,
        "entity_id": key.split(":")[2] if key.count(":") == 2 else None,
        "subject_zh": "主要运行指标降幅较大",
        "statement_zh": "…",
        "owner_department": "东宝区经信部门",
        "route": "county",
        "due_on": due_on,
        "evidence": [{"indicator": "PW02", "growth_pct": -9.0, "growth_delivery_id": 7}],
    }


def edition(month: Month) -> int:
    """A published edition as the book holds it."""
    with engine().begin() as c:
        build = c.scalar(
            sa.text(
                "insert into ops.build (month, as_of, succeeded, code_version) values (:m, now(), true, 't') returning build_id"
            ),
            {"m": month},
        )
        gate = c.scalar(
            sa.text(
                "insert into ops.gate_run (subject, month, build_id, passed) values ('month', :m, :b, true) returning gate_run_id"
            ),
            {"m": month, "b": build},
        )
        number = c.scalar(sa.text("select count(*) + 1 from ops.edition where month = :m"), {"m": month})
        found = c.scalar(
            sa.text("""
                insert into ops.edition (month, number, status, as_of, build_id, gate_run_id, directory, sha256, manifest)
                values (:m, :n, 'published', now(), :b, :g, '', '', '{}') returning edition_id
            """),
            {"m": month, "n": number, "b": build, "g": gate},
        )
    return int(found)


def publish(month: Month, *keys: str, due_on: str = "2018-08-14") -> None:
    number = edition(month)
    with engine().begin() as c:
        see(c, number, month, "张某某", [problem(k, due_on) for k in keys])


def item(key: str = DECLINE, moment: datetime | None = None) -> LedgerItem:
    return next(i for i in ledger_items(moment) if i.problem_key == key)


def up_to(month: Month) -> dict[str, LedgerItem]:
    """The ledger of today as the edition of a month has it."""
    with engine().connect() as c:
        rows = c.execute(sa.text("select * from ops.problems(clock_timestamp(), :m)"), {"m": month}).mappings()
        return {r["problem_key"]: LedgerItem(**with_months(r)) for r in rows}


def test_a_problem_lives_from_the_first_edition_to_its_closing_and_its_return(warehouse: sa.Engine) -> None:
    publish(MAY, DECLINE, due_on="2018-07-15")
    assert (item().state, item().first_month, item().by_whom) == ("opened", MAY, "张某某")
    assert step(DECLINE, "acknowledge", "王某某") == "acknowledged"
    assert step(DECLINE, "dispute", "王某某", "用电抄表错误") == "disputed"
    assert step(DECLINE, "fix", "王某某", "已更正") == "fixed"
    assert step(DECLINE, "close", "李某某", "核实无误") == "closed"
    publish(JUNE)
    assert (item().state, item().last_month) == ("closed", MAY)
    publish(JULY, DECLINE, due_on="2018-09-14")
    back = item()
    assert (back.state, back.first_month, back.last_month, back.due_on) == ("reopened", MAY, JULY, date(2018, 9, 14))
    assert [e["happened"] for e in ledger_events(DECLINE)] == [
        "open",
        "acknowledge",
        "dispute",
        "fix",
        "close",
        "reopen",
    ]


def test_a_problem_that_no_longer_fires_is_quiet_and_only_a_person_closes_it(warehouse: sa.Engine) -> None:
    publish(MAY, DECLINE, STOP)
    publish(JUNE, STOP)
    assert (item().quiet, item().state) == (True, "opened")
    assert (item(STOP).quiet, item(STOP).last_month) == (False, JUNE)
    publish(JULY, DECLINE)
    assert (item().quiet, item().state, item().last_month) == (False, "opened", JULY)


def test_a_problem_printed_again_keeps_the_day_it_was_due_and_the_evidence_of_each_month(warehouse: sa.Engine) -> None:
    publish(MAY, DECLINE, due_on="2018-07-15")
    publish(JUNE, DECLINE, due_on="2018-08-14")
    assert item().due_on == date(2018, 7, 15)
    assert not item().overdue(date(2018, 7, 15))
    assert item().overdue(date(2018, 7, 16))
    assert item().problem["evidence"][0]["growth_delivery_id"] == 7
    step(DECLINE, "fix", "王某某", "已整改")
    assert not item().overdue(date(2018, 12, 1))


def test_a_problem_said_to_be_fixed_that_a_later_month_prints_is_open_again(warehouse: sa.Engine) -> None:
    publish(MAY, DECLINE, due_on="2018-07-15")
    step(DECLINE, "fix", "王某某", "已整改")
    publish(MAY, DECLINE, due_on="2018-07-15")
    assert item().state == "fixed", "the same month says nothing of what was done since"
    publish(JUNE, DECLINE, due_on="2018-08-14")
    assert (item().state, item().by_whom, item().due_on) == ("reopened", "张某某", date(2018, 8, 14))
    assert item().overdue(date(2018, 8, 15))


def test_a_problem_that_a_person_brings_back_has_as_many_days_as_its_rule_gave(warehouse: sa.Engine) -> None:
    publish(MAY, DECLINE, due_on="2018-07-15")
    publish(JUNE, DECLINE, due_on="2018-07-15")
    step(DECLINE, "fix", "王某某", "已整改")
    before, fixed = item().due_on, ledger_events(DECLINE)[-1]["at"]
    step(DECLINE, "reopen", "李某某", "现场核查未整改")
    today = ledger_events(DECLINE)[-1]["at"].astimezone(BEIJING).date()
    assert item().due_on == today + timedelta(days=44), "due on the 45th day after May, the 1st of June among them"
    assert not item().overdue(today)
    assert item(moment=fixed).due_on == before == date(2018, 7, 15)
    publish(JULY, DECLINE, due_on="2018-09-14")
    assert item().due_on == today + timedelta(days=44)


def test_an_older_month_knows_no_problem_and_no_sentence_of_a_later_one(warehouse: sa.Engine) -> None:
    publish(JUNE, DECLINE)
    publish(JULY, DECLINE, STOP, due_on="2018-09-14")
    step(DECLINE, "acknowledge", "王某某")

    def known(month: Month) -> dict[str, tuple[Any, ...]]:
        return {
            k: (i.first_month, i.last_month, i.quiet, i.state, i.problem["due_on"]) for k, i in up_to(month).items()
        }

    assert known(MAY) == {}
    assert known(JUNE) == {DECLINE: (JUNE, JUNE, False, "acknowledged", "2018-08-14")}
    assert known(JULY)[DECLINE] == (JUNE, JULY, False, "acknowledged", "2018-09-14")
    assert set(known(JULY)) == {DECLINE, STOP}
    publish(MAY, DECLINE)
    publish(JUNE)
    assert known(MAY)[DECLINE][:3] == (MAY, MAY, False)
    assert known(JUNE)[DECLINE][:3] == (MAY, JUNE, True), "June's correction no longer prints it"
    assert known(JULY)[DECLINE][:3] == (MAY, JULY, False)
    assert [e["happened"] for e in ledger_events(STOP)] == ["open"], "June did not look for what July found"


def test_an_older_month_knows_what_persons_did_but_not_what_later_editions_did(warehouse: sa.Engine) -> None:
    publish(MAY, DECLINE, due_on="2018-07-15")
    step(DECLINE, "fix", "王某某", "已整改")
    publish(JUNE, DECLINE, due_on="2018-08-14")
    publish(MAY, DECLINE, due_on="2018-07-15")
    stands = {m: (i.state, i.by_whom, i.due_on) for m in (MAY, JUNE) for i in up_to(m).values()}
    assert stands[MAY] == ("fixed", "王某某", date(2018, 7, 15)), "not brought back by June's edition"
    assert stands[JUNE] == ("reopened", "张某某", date(2018, 8, 14))
    publish(MAY)
    assert (item().state, item().quiet) == ("reopened", False), "June still prints it"
    assert step(DECLINE, "acknowledge", "李某某") == "acknowledged", "it is open for him whatever May's correction says"
    assert (up_to(MAY)[DECLINE].state, up_to(MAY)[DECLINE].quiet) == ("acknowledged", True)


def test_a_problem_that_a_later_month_found_first_is_due_in_the_older_one_as_that_states_it(
    warehouse: sa.Engine,
) -> None:
    publish(JUNE, DECLINE, due_on="2018-08-14")
    publish(MAY, DECLINE, due_on="2018-07-15")
    found = up_to(MAY)[DECLINE]
    assert (found.state, found.first_month, found.due_on) == ("opened", MAY, date(2018, 7, 15))
    assert up_to(JUNE)[DECLINE].due_on == date(2018, 8, 14)


def test_a_correction_of_an_older_month_neither_reopens_nor_silences(warehouse: sa.Engine) -> None:
    publish(JUNE, DECLINE, STOP)
    publish(JULY, STOP)
    step(DECLINE, "fix", "王某某", "已整改")
    step(DECLINE, "close", "李某某", "销号")
    publish(JUNE, DECLINE)
    assert item().state == "closed"
    assert not item(STOP).quiet, "July still prints it"


@pytest.mark.parametrize(
    ("verb", "allowed"), [("close", False), ("reopen", False), ("fix", True), ("acknowledge", True), ("dispute", True)]
)
def test_what_the_state_does_not_allow_is_refused_with_what_is_possible(
    warehouse: sa.Engine, verb: str, allowed: bool
) -> None:
    publish(MAY, DECLINE)
    if allowed:
        assert step(DECLINE, verb, "王某某", "说明") != "opened"
        return
    with pytest.raises(TransitionRefused, match=r"is opened: .* possible: acknowledge, dispute, fix"):
        step(DECLINE, verb, "王某某", "说明")
    assert [e["happened"] for e in ledger_events(DECLINE)] == ["open"]


def test_a_step_needs_a_known_problem_a_name_and_words(warehouse: sa.Engine) -> None:
    publish(MAY, DECLINE)
    with pytest.raises(KeyError):
        step("stop:nowhere", "fix", "王某某", "…")
    with pytest.raises(ValueError, match="name"):
        step(DECLINE, "fix", "  ", "…")
    with pytest.raises(ValueError, match="note"):
        step(DECLINE, "fix", "王某某", " ")
    with pytest.raises(ValueError, match="none of"):
        step(DECLINE, "forget", "王某某", "…")


def test_the_ledger_can_be_read_as_of_any_moment_and_its_events_never_change(warehouse: sa.Engine) -> None:
    publish(MAY, DECLINE)
    before = ledger_events(DECLINE)[-1]["at"]
    step(DECLINE, "acknowledge", "王某某")
    assert (item(moment=before).state, item().state) == ("opened", "acknowledged")
    with connect() as c, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        c.execute("update ops.problem_event set state = 'closed'")


def test_two_editions_and_two_persons_at_once_lose_nothing(warehouse: sa.Engine) -> None:
    keys = [f"stop:420802:{n:018d}" for n in range(30)]
    publish(MAY, *keys[:15])
    numbers = [(edition(JUNE), JUNE), (edition(JULY), JULY)]

    def published(of: tuple[int, Month]) -> str:
        with engine().begin() as c:
            see(c, of[0], of[1], "张某某", [problem(k) for k in keys[10:]])
        return "seen"

    def answered(verb: str) -> list[str]:
        done = []
        for key in keys[:15]:
            try:
                done.append(step(key, verb, "王某某", "说明"))
            except TransitionRefused:
                done.append("refused")
        return done

    with ThreadPoolExecutor(4) as pool:
        seen = [pool.submit(published, n) for n in numbers]
        answers = [pool.submit(answered, v) for v in ("fix", "fix")]
        assert [s.result() for s in seen] == ["seen", "seen"]
        first, second = (a.result() for a in answers)
    for key, *said in zip(keys[:15], first, second, strict=True):
        events = ledger_events(key)
        assert said.count("fixed") == sum(e["happened"] == "fix" for e in events)
        for before, after in pairwise(events):
            kept = after["happened"] in ("continue", "quiet")
            assert after["state"] == (
                before["state"] if kept else {"fix": "fixed", "reopen": "reopened"}[after["happened"]]
            )
            assert kept or (before["state"] == "fixed") == (after["happened"] == "reopen"), "fixed twice, or not fixed"
    assert all(set(said) == {"fixed", "refused"} for said in zip(first[:10], second[:10], strict=True)), (
        "of two who fix the same problem one is told that it is fixed"
    )
    assert {i.state for i in ledger_items() if i.problem_key in keys[15:]} == {"opened"}
    opened = [k for k in keys for e in ledger_events(k) if e["happened"] == "open"]
    assert sorted(opened) == keys
