"""The gates: they run the suites over deliveries or over a month and decide what may pass.

A critical finding stops its delivery, or the month, unless a named person's waiver covers it; a warning is told and
passes. An exception inside an expectation counts as critical. Everything is recorded in ops.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import text

from expectations.prepare import ON_TRIAL, Tried, Workspace, workspace
from expectations.suite import Rule, Suite, load_suite
from vocabulary.finding import Finding, State, state_of
from vocabulary.month import Month
from warehouse.area import contact
from warehouse.book import clock, deliveries, findings, gates, locks, waivers
from warehouse.book.waivers import Waivable, Waiver
from warehouse.database import engine, with_months

if TYPE_CHECKING:  # importing Great Expectations takes seconds: only a call with something to judge pays them
    from expectations.examine import Examiner

log = logging.getLogger(__name__)

UNABLE = "检查规则“{rule}”未能执行，按严重问题处理。"
UNABLE_HINT = "请联系平台管理人员排查后重新报送，或按规定申请放行。"
SUPERSEDED = Finding(
    "gate",
    "superseded",
    "critical",
    "同一月份已有后报文件，本件未采用。",
    hint="无需处理；如应以本件为准，请重新报送。",
)
WAIVED_HINT = "该项已由{granted_by}批准放行，有效期至{valid_until}，理由：{reason}。"


@dataclass(frozen=True)
class GateRun:
    """The verdict on a month: what was found, as Chinese messages ready to be printed, by what became of it.

    `of_deliveries` counts what the gate let pass of the deliveries that speak for the month: its edition prints that too.
    """

    gate_run_id: int
    stopped: tuple[str, ...]
    waived: tuple[str, ...]
    told: tuple[str, ...]
    of_deliveries: int

    @property
    def passed(self) -> bool:
        return not self.stopped


@dataclass(frozen=True)
class Breach:
    """One thing that a rule found wrong."""

    rule: Rule
    row: Mapping[str, Any]
    feed: str | None
    month: Month | None
    exception: str | None = None
    waiver: Waiver | None = None

    @property
    def severity(self) -> str:
        return "critical" if self.exception is not None else self.rule.severity

    @property
    def state(self) -> State:
        return state_of(self.severity, self.waiver is not None)

    @property
    def stops(self) -> bool:
        return self.state == "stopped"

    @property
    def waivable(self) -> Waivable:
        return self.rule.rule, self.feed, self.month

    @property
    def message(self) -> str:
        if self.exception is not None:
            return UNABLE.format(rule=self.rule.rule)
        return self.rule.message.format_map(self._words())

    @property
    def cause(self) -> str:
        """The mistake that it tells of, in the same words as every other breach that tells of it."""
        if self.exception is not None or self.rule.cause is None:
            return self.message
        return self.rule.cause.format_map(self._words())

    def concerns(self) -> Iterator[tuple[Any, ...]]:
        """What it is about: an indicator in its row, and a figure of an indicator; the delivery as a whole, where of none."""
        if indicator := self.row.get("indicator_name"):
            yield indicator, self.row.get("place")
            yield indicator, self.row.get("figure"), None
        else:
            yield ()

    def explained(self) -> Iterator[tuple[Any, ...]]:
        """What else is wrong because it is: what it is about, and the total that it was held against."""
        yield from self.concerns()
        if total := self.row.get("total"):
            yield self.row["indicator_name"], total, None

    def finding(self, cause: str | None = None) -> Finding:
        """The breach as the sender is told of it; `cause` where it comes of another's mistake."""
        hint = UNABLE_HINT if self.exception is not None else self.rule.hint.format_map(self._words())
        return Finding(
            stage="gate",
            rule=self.rule.rule,
            severity=self.severity,
            message=self.message,
            hint=WAIVED_HINT.format_map(vars(self.waiver)) if self.waiver else hint,
            cause=cause or self.cause,
            waived=self.waiver is not None,
            **{k: self.row.get(k) for k in ("sheet", "cell", "found", "expected")},
        )

    def _words(self) -> dict[str, Any]:
        words = {k: "" if v is None else v for k, v in self.row.items()}
        return words | {"contact": contact(), "month_zh": self.month.words if self.month else ""}


@dataclass
class Judged:
    """A delivery before the gate, with what was found wrong with it."""

    delivery_id: int
    feed: str
    month: Month | None
    breaches: list[Breach] = field(default_factory=list)

    @property
    def stopped(self) -> bool:
        return any(b.stops for b in self.breaches)

    @property
    def held(self) -> bool:
        """Whether all that stops it is a question to its sender."""
        stops = [b for b in self.breaches if b.stops]
        return bool(stops) and all(b.rule.holds and b.exception is None for b in stops)

    @property
    def stopped_by_itself(self) -> bool:
        return any(b.stops and (not b.rule.compares or b.exception is not None) for b in self.breaches)

    def findings(self) -> list[Finding]:
        """What its sender is told; what comes of another mistake that stops it is told last, under that one's cause."""
        causes: dict[tuple[Any, ...], str] = {}
        own: list[Finding] = []
        follow: list[Finding] = []
        for b in self.breaches:
            cause = next((causes[b.rule.rule, *w] for w in b.concerns() if (b.rule.rule, *w) in causes), None)
            (follow if cause else own).append(b.finding(cause))
            if b.stops:
                for rule, what in product(b.rule.explains, b.explained()):
                    causes.setdefault((rule, *what), cause or b.cause)
        return own + follow


def gate_deliveries(delivery_ids: Iterable[int]) -> dict[int, bool]:
    """Judge loaded deliveries in one run, accept or reject each, and return True for each that is accepted.

    A delivery that only waits for its sender's reason (ops.revision_reason) stays loaded and is judged again with the
    next run; a later delivery of its months takes its place, as it does that of one left undecided. Deliveries decided
    before keep their verdict; a duplicate has its original's. A delivery is compared with what its feed has accepted
    before and with the other deliveries of the run, so years of history may come at once and out of order. What is
    rejected must not serve as history: a pass rejects the deliveries with a critical finding that rests on themselves
    alone or on deliveries none of which is in doubt; those compared with a delivery in doubt are judged again without the
    rejected. A run without rejections takes one pass.

    Raises ValueError for deliveries that do not exist or are not loaded yet, and psycopg.errors.UndefinedTable when
    the catalogue is not loaded (warehouse.build.load_seeds); nothing is decided then.
    """
    ids = sorted(set(delivery_ids))
    before = _states(ids)
    unready = [d for d in ids if d not in before or before[d].status == "received"]
    if unready:
        raise ValueError(f"deliveries {unready} are not loaded")
    feeds = sorted({s.feed for s in before.values() if s.status == "loaded"})
    if feeds:
        # two runs that judge one feed at a time could not see what the other accepts
        with locks.alone(*(f"gate {feed}" for feed in feeds)):
            _reject_superseded(feeds)
            waiting = [Judged(d, s.feed, s.month) for d, s in _states(ids).items() if s.status == "loaded"]
            if waiting:
                _decide(waiting)
                _reject_superseded(feeds)
    after = _states(ids)
    return {d: after[d].status == "accepted" or after[d].original_status == "accepted" for d in ids}


def try_file(feed: Mapping[str, Any], copy: Callable[[str, int], Tried]) -> list[Finding]:
    """What the gate would say of a file of a feed, given by its duty, if it came now; nothing is written to the book or to raw.

    `copy` is given what precedes the names of the tables that the file's rows are copied into, and their delivery_id.
    Of a file of which only a part could be read the rules judge that part, but for those on what is lacking.

    Raises psycopg.errors.UndefinedTable when the catalogue is not loaded.
    """
    with workspace(f"trial_{uuid4().hex}") as work:
        work.open()
        tried = copy(f"{work.schema}.trial_", ON_TRIAL)
        if not tried.cells:
            return []
        work.enter(feed, tried)
        judged = Judged(ON_TRIAL, feed["feed"], tried.month)
        _judge(work, load_suite("delivery"), [judged], clock.now())
        return judged.findings()


def gate_month(month: Month, build_id: int) -> GateRun:
    """Judge what a build made of a month, in marts and reports.

    Raises LookupError when there is no such build.
    """
    suite = load_suite("month")
    with engine().begin() as c:
        if not c.scalar(text("select 1 from ops.build where build_id = :b"), {"b": build_id}):
            raise LookupError(f"no build {build_id}")
        run_id, started_at = gates.open_run(c, "month", month, build_id)
    from expectations.examine import examiner

    with locks.alone("build", shared=True), workspace(str(run_id)) as work:
        work.prepare_month(month, build_id)
        with examiner(suite, work.url(), "asked") as e:
            outcomes = e.examine()
    found = []
    for rule in suite.expectations:
        outcome = outcomes[rule.rule]
        if outcome.exception is not None:
            found.append(Breach(rule, {}, None, month, outcome.exception))
        found += [Breach(rule, row, row.get("feed"), month) for row in outcome.rows]
    breaches = _with_waivers(found, started_at)
    with engine().begin() as c:
        said, results = _results(suite, {None: breaches})
        gates.close_run(c, run_id, results, passed=not any(b.stops for b in breaches))
        of_deliveries = findings.let_pass(c, month, build_id)

    def in_state(state: State) -> tuple[str, ...]:
        return tuple(message for b, message in said if b.state == state)

    return GateRun(
        run_id,
        stopped=in_state("stopped"),
        waived=in_state("waived"),
        told=in_state("told"),
        of_deliveries=of_deliveries,
    )


def _decide(waiting: list[Judged]) -> None:
    suite = load_suite("delivery")
    months = {j.month for j in waiting}
    with engine().begin() as c:
        run_id, started_at = gates.open_run(c, "delivery", months.pop() if len(months) == 1 else None, None)
    with workspace(str(run_id)) as work:
        work.open()
        _judge(work, suite, waiting, started_at)
        accepted = [j for j in waiting if not j.stopped]
        held = [j for j in waiting if j.held]
        work.prepare_revisions([j.delivery_id for j in accepted])
        with engine().begin() as c:
            _, results = _results(suite, {j.delivery_id: j.breaches for j in waiting})
            for j in (*accepted, *held):
                findings.note(c, j.delivery_id, j.findings(), again="gate")
            gates.close_run(c, run_id, results, passed=len(accepted) == len(waiting))
        for j in waiting:
            if j.stopped and not j.held:
                deliveries.reject(j.delivery_id, j.findings())
        for group in _in_order(accepted):
            deliveries.accept(group, also=work.log_revisions)
    log.info("gate run %d: %d of %d accepted, %d held", run_id, len(accepted), len(waiting), len(held))


def _reject_superseded(feeds: Collection[str]) -> None:
    for delivery_id in deliveries.superseded(feeds):
        deliveries.reject(delivery_id, [SUPERSEDED])


def _judge(work: Workspace, suite: Suite, waiting: list[Judged], started_at: datetime) -> None:
    """Fill in the breaches of every delivery, in as many passes as rejections make necessary."""
    from expectations.examine import examiner

    pending = {j.delivery_id: j for j in waiting}
    standing = set(pending)
    compared = work.prepare(pending, standing)
    with examiner(suite, work.url(), "cell") as e:
        while pending:
            found = []
            for rule, row, exception in _ask(e, work, suite, pending):
                j = pending[row["delivery_id"]]
                found.append(Breach(rule, row, j.feed, _month(row) or j.month, exception))
            for j in pending.values():
                j.breaches = []
            for breach in _with_waivers(found, started_at):
                pending[breach.row["delivery_id"]].breaches.append(breach)
            doubtful = {d for d, j in pending.items() if j.stopped}
            rejected = _beyond_doubt(pending, doubtful, compared)
            standing -= rejected
            again = [d for d in pending if d not in rejected and (d in doubtful or compared[d] & doubtful)]
            pending = {d: pending[d] for d in again}
            if pending:
                log.info("%d deliveries are judged again without %s", len(pending), sorted(rejected))
                compared = work.prepare(pending, standing)


def _beyond_doubt(pending: Mapping[int, Judged], doubtful: set[int], compared: Mapping[int, set[int]]) -> set[int]:
    """The doubtful deliveries whose faults are surely their own; at least one where any is doubtful."""
    sure = {d for d in doubtful if pending[d].stopped_by_itself or not compared[d] & doubtful}
    if doubtful and not sure:  # histories with gaps that lean on one another
        sure = {min(doubtful, key=lambda d: (pending[d].month or Month(1, 1), d))}
    return sure


def _ask(
    e: Examiner, work: Workspace, suite: Suite, pending: Collection[int]
) -> Iterator[tuple[Rule, Mapping[str, Any], str | None]]:
    """Every row that every rule finds wrong; a rule that raises is asked again until the exception has its deliveries."""
    from expectations.examine import Outcome, isolate

    outcomes = e.examine()
    for rule in suite.expectations:
        outcome = outcomes[rule.rule]
        rows = list(outcome.rows)
        raised: dict[int, str] = {}
        if outcome.exception is not None:

            def ask(some: Collection[int], name: str = rule.rule) -> Outcome:
                work.narrow(some)
                return e.rows(name)

            rows, raised = isolate(ask, pending, rule)
            # One that does not come again has no delivery to lie with; it counts all the same, against everyone.
            raised = raised or dict.fromkeys(pending, outcome.exception)
            work.narrow(pending)
        yield from ((rule, row, None) for row in rows)
        yield from ((rule, {"delivery_id": d}, exception) for d, exception in raised.items())


def _with_waivers(found: Sequence[Breach], moment: datetime) -> list[Breach]:
    """The breaches, each critical one with the waiver that covered it at a moment."""
    covered = waivers.covering({b.waivable for b in found if b.severity == "critical"}, moment)
    return [replace(b, waiver=covered.get(b.waivable)) if b.severity == "critical" else b for b in found]


def _month(row: Mapping[str, Any]) -> Month | None:
    return Month.of(row["month"]) if row.get("month") else None


def _results(
    suite: Suite, breaches: Mapping[int | None, list[Breach]]
) -> tuple[list[tuple[Breach, str]], list[dict[str, Any]]]:
    """One result for each rule that passed, and one for each rule, feed and waiver that did not, as rows of
    ops.gate_result; before them the first breach of each of the latter with the result's message.
    """
    said: list[tuple[Breach, str]] = []
    rows: list[dict[str, Any]] = []
    for delivery_id, found in breaches.items():
        groups: dict[tuple[Any, ...], list[Breach]] = defaultdict(list)
        for b in found:
            groups[b.rule.rule, b.feed, b.waiver, b.exception].append(b)
        broken = {b.rule.rule for b in found}
        result = {"delivery_id": delivery_id, "suite": suite.suite}
        clean = {"state": "passed", "unexpected_count": 0, "message": None, "exception": None, "waiver_id": None}
        rows += [
            result | clean | {"rule": r.rule, "severity": r.severity}
            for r in suite.expectations
            if r.rule not in broken
        ]
        for first, *more in groups.values():
            message = first.message + (f"（共{len(more) + 1}处）" if more else "")
            said.append((first, message))
            rows.append(
                result
                | {"rule": first.rule.rule, "severity": first.severity, "state": first.state}
                | {"unexpected_count": len(more) + 1, "message": message, "exception": first.exception}
                | {"waiver_id": first.waiver.waiver_id if first.waiver else None}
            )
    return said, rows


def _in_order(accepted: list[Judged]) -> list[list[int]]:
    """Groups to accept one after another, so that of a feed's deliveries the one that came last speaks last."""
    groups: list[list[int]] = []
    nth: Counter[str] = Counter()
    for j in sorted(accepted, key=lambda j: j.delivery_id):
        if nth[j.feed] == len(groups):
            groups.append([])
        groups[nth[j.feed]].append(j.delivery_id)
        nth[j.feed] += 1
    return groups


@dataclass(frozen=True)
class _State:
    feed: str
    month: Month | None
    status: str
    original_status: str | None


def _states(ids: Collection[int]) -> dict[int, _State]:
    with engine().connect() as c:
        rows = c.execute(
            text("""
                select d.delivery_id, d.feed, d.month, d.status, o.status as original_status
                from ops.delivery as d
                left join ops.delivery as o on d.duplicate_of = o.delivery_id
                where d.delivery_id = any(:ids) order by d.delivery_id
            """),
            {"ids": list(ids)},
        )
        return {
            r["delivery_id"]: _State(**{k: v for k, v in with_months(r).items() if k != "delivery_id"})
            for r in rows.mappings()
        }
