"""The ledger of problems (问题台账): opened by a published edition, answered and closed by persons, never forgotten.

An edition opens, continues or brings back a problem, or finds it quiet; only a person acknowledges, disputes, fixes or
closes (销号) it, and may bring it back too. Every change is an event under a name; the state is that of the last one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.engine import Connection

from vocabulary.month import Month
from warehouse.book import locks
from warehouse.book.clock import stamping
from warehouse.database import engine, with_months

# What a person may do: from which states, and into which one.
TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    "acknowledge": (frozenset({"opened", "reopened", "disputed"}), "acknowledged"),
    "dispute": (frozenset({"opened", "reopened", "acknowledged"}), "disputed"),
    "fix": (frozenset({"opened", "reopened", "acknowledged", "disputed"}), "fixed"),
    "close": (frozenset({"fixed", "disputed"}), "closed"),
    "reopen": (frozenset({"fixed", "closed"}), "reopened"),
}
# Acknowledging says nothing that would need words; everything else has to say why.
NEEDS_NOTE = frozenset(TRANSITIONS) - {"acknowledge"}
# Said to be over. A later month that prints it all the same brings it back.
OVER = frozenset({"fixed", "closed"})


class TransitionRefused(Exception):
    """The ledger does not allow this step; the message says what is possible instead."""


@dataclass(frozen=True)
class LedgerItem:
    """One problem as the ledger holds it: since when it stands where it stands, and what was last said of it."""

    problem_key: str
    region_key: str
    rule: str
    entity_id: str | None
    first_month: Month
    last_month: Month
    quiet: bool
    state: str
    state_since: datetime
    by_whom: str
    note: str | None
    due_on: date
    problem: dict[str, Any]

    def overdue(self, day: date) -> bool:
        """Whether its day has passed with it neither fixed nor closed."""
        return self.state not in OVER and day > self.due_on


def ledger_items(moment: datetime | None = None) -> list[LedgerItem]:
    """Every problem of the ledger as of a moment (default: now), oldest first."""
    with engine().connect() as c:
        rows = c.execute(
            text("select * from ops.problems(coalesce(:at, clock_timestamp())) order by first_month, problem_key"),
            {"at": moment},
        )
        return [LedgerItem(**with_months(r)) for r in rows.mappings()]


def ledger_events(problem_key: str) -> list[dict[str, Any]]:
    """What happened to a problem, oldest first: happened, state, at, by_whom, note, month, edition_id."""
    with engine().connect() as c:
        rows = c.execute(
            text("""
                select happened, state, at, by_whom, note, month, edition_id
                from ops.problem_event where problem_key = :k order by event_id
            """),
            {"k": problem_key},
        )
        return [with_months(r) for r in rows.mappings()]


def step(problem_key: str, verb: str, by: str, note: str | None = None) -> str:
    """A person's step on a problem; returns the state reached.

    Raises KeyError for an unknown problem, ValueError for an unknown verb, a missing name or missing words, and
    TransitionRefused where the state does not allow it.
    """
    if verb not in TRANSITIONS:
        raise ValueError(f"{verb!r} is none of {', '.join(TRANSITIONS)}")
    if not by.strip():
        raise ValueError("a step needs the name of who takes it")
    if verb in NEEDS_NOTE and not (note or "").strip():
        raise ValueError(f"to {verb} a problem needs a note that says why")
    allowed, reached = TRANSITIONS[verb]
    with engine().begin() as c:
        stamping(c)
        if not c.execute(
            text("select 1 from ops.problem_item where problem_key = :k for update"), {"k": problem_key}
        ).scalar():
            raise KeyError(problem_key)
        state = _last(c, problem_key)["state"]
        if state not in allowed:
            possible = [v for v, (states, _) in TRANSITIONS.items() if state in states]
            raise TransitionRefused(
                f"{problem_key} is {state}: it cannot be {reached} from there; possible: {', '.join(possible)}"
            )
        due_on = _due_again(c, problem_key) if verb == "reopen" else None
        _note(c, problem_key, verb, reached, by.strip(), note, due_on=due_on)
    return reached


def _due_again(c: Connection, key: str) -> date:
    """When a problem is due that a person brings back today: its rule gave it some days after the month that raised it,
    it has as many from today.
    """
    return c.execute(
        text("""
            select (clock_timestamp() at time zone 'Asia/Shanghai')::date
                + ((problem ->> 'due_on')::date - (month + interval '1 month')::date)
            from ops.problem_event
            where problem_key = :k and happened in ('open', 'reopen') and problem is not null
            order by event_id desc limit 1
        """),
        {"k": key},
    ).scalar_one()


def see(c: Connection, edition_id: int, month: Month, by: str, printed: Sequence[Mapping[str, Any]]) -> None:
    """Write what an edition that is being published prints (`printed`: its problems, with problem_key, region_key, rule,
    entity_id and all they say) into the ledger, in the transaction of its release, which holds `clock.stamping`.

    A correction of an older month reopens nothing that was closed over a later one and silences nothing that a later
    month still prints.
    """
    # one edition at a time writes what it saw
    locks.take(c, "problems")
    # a person's step between reading a state and writing it down again would be lost
    c.execute(text("select problem_key from ops.problem_item order by problem_key for update"))
    for problem in sorted(printed, key=lambda p: str(p["problem_key"])):
        key = str(problem["problem_key"])
        opened = c.execute(
            text("""
                insert into ops.problem_item (problem_key, region_key, rule, entity_id)
                values (:k, :region, :rule, :entity) on conflict do nothing returning 1
            """),
            {"k": key, "region": problem["region_key"], "rule": problem["rule"], "entity": problem["entity_id"]},
        ).scalar()
        happened, state = ("open", "opened") if opened else _seen_again(c, key, month)
        _note(c, key, happened, state, by, None, edition_id, month, problem)
    for key in _silent(c, month, [str(p["problem_key"]) for p in printed]):
        _note(c, key, "quiet", _last(c, key)["state"], by, None, edition_id, month)


def _seen_again(c: Connection, key: str, month: Month) -> tuple[str, str]:
    """One that is said to be over and is printed by a later month is open again; otherwise it goes on as it stands."""
    last = _last(c, key)
    if last["state"] in OVER and month > last["last_month"]:
        return "reopen", "reopened"
    return "continue", last["state"]


def _last(c: Connection, key: str) -> dict[str, Any]:
    """The state of a problem and the last month that any edition looked for it."""
    found = c.execute(
        text("""
            select
                (select state from ops.problem_event where problem_key = :k order by event_id desc limit 1) as state,
                max(month) as last_month
            from ops.problem_event where problem_key = :k
        """),
        {"k": key},
    )
    return with_months(found.mappings().one())


def _silent(c: Connection, month: Month, printed: list[str]) -> Sequence[str]:
    """Problems, not closed as this month knows them, that it or an earlier one printed and it no longer does."""
    found = c.execute(
        text("""
            select problem_key from ops.problems(clock_timestamp(), :m)
            where state <> 'closed' and problem_key <> all(:printed) order by problem_key
        """),
        {"printed": printed, "m": month},
    )
    return found.scalars().all()


def _note(
    c: Connection,
    key: str,
    happened: str,
    state: str,
    by: str,
    note: str | None,
    edition_id: int | None = None,
    month: Month | None = None,
    problem: Mapping[str, Any] | None = None,
    due_on: date | None = None,
) -> None:
    c.execute(
        text("""
            insert into ops.problem_event
                (problem_key, happened, state, by_whom, note, edition_id, month, problem, due_on)
            values (:k, :happened, :state, :by, :note, :e, :m, :problem, :due_on)
        """),
        {
            "k": key,
            "happened": happened,
            "state": state,
            "by": by,
            "note": note,
            "e": edition_id,
            "m": month,
            "problem": Jsonb(dict(problem)) if problem is not None else None,
            "due_on": due_on,
        },
    )
