"""What the delivery gate tells of clerks' slips, kind by kind: refused, asked about, taken with a remark, taken without.

Each slip is a file of its own, written and read like any other and judged against what the warehouse has accepted.
"""

import os
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, get_args
from uuid import uuid4

from bench.figure import Figure
from samples import slips
from samples.departments import FEEDS, reports
from samples.simulate import SEED, table
from samples.slips import NoPlace, Place
from samples.table import Form, Table
from vocabulary.finding import Finding

if TYPE_CHECKING:
    from expectations.gate import Judged

MONTH, SLIPS, AT_ONCE = "2018-06", 800, 250
# A reader acts on a growth or a rate that is off by a point, and on a level that is off by one in a hundred.
ACTED_ON_POINTS, ACTED_ON_SHARE = 1.0, 0.01
OUTCOMES = ("refused", "asked", "told", "silent")
# How a receipt tells what happened to many numbers at once.
CAUSES = {
    "last_months_row": "沿用上月",
    "last_months_column": "沿用上月",
    "last_months_sheet": "沿用上月|上月数据|此前",
    "last_months_lower_rows": "沿用上月",
    "last_years_row": "沿用上年同期",
    "last_years_column": "沿用上年同期",
    "last_years_sheet": "沿用上年同期",
    "rows_exchanged": "对调",
    "rows_exchanged_in_one_column": "对调",
    "row_under_another_label": "完全相同",
    "column_moved_down": "下移|上一行",
    "column_moved_up": "上移|下一行",
    "numbers_moved_down": "下移|上一行",
    "columns_exchanged": "列错位|对调",
    "column_in_tenths": "小数点|10倍",
    "column_in_another_unit": "疑按|小数点",
    "growths_as_indices": "指数",
    "growths_as_fractions": "小数",
    "signs_of_a_column_lost": "正负号",
    "column_left_blank": "空|没有数",
    "row_left_blank": "空|没有该行",
    "row_left_out": "没有该行",
    "column_sorted": "排序|错位|对调",
}


# Each number's worst relation, held against the worst that accepted numbers alike have shown.
BEYOND = """
    select s.delivery_id, s.cell, max(i.away / greatest(m.most, i.rounding, 1e-9))
    from innovation as i
    inner join (
        select feed, alike, max(away) as most from innovation where not asked group by feed, alike
    ) as m using (feed, alike)
    cross join lateral unnest(i.cells) as c (cell_id)
    inner join said as s on c.cell_id = s.cell_id
    where i.asked
    group by s.delivery_id, s.cell
"""


@dataclass(frozen=True)
class Sent:
    """A table as it was sent, with the places of its wrong numbers; a good one has none."""

    kind: str
    table: Table
    wrong: frozenset[Place] = frozenset()
    acted_on: bool = False


@dataclass(frozen=True)
class Verdict:
    """What became of a table, and what its sender was told."""

    sent: Sent
    outcome: str
    findings: tuple[Finding, ...]
    beyond: float
    """How far the wrong numbers break a relation, in times what accepted numbers like them have done at most."""

    @property
    def taken(self) -> bool:
        return self.outcome in ("told", "silent")

    @property
    def missed(self) -> bool:
        """Taken, although no accepted number has ever been so far from a relation: a limit could tell it."""
        return self.taken and self.beyond > 1

    @property
    def asks_about_it(self) -> bool:
        """Whether the first cell that is named is wrong."""
        stopped = (f for f in self.findings if f.severity == "critical" and f.cell)
        at = {_address(self.sent.table, p) for p in self.sent.wrong}
        return next((f.cell in at for f in stopped), False)

    @property
    def tells_the_cause(self) -> bool:
        cause = CAUSES.get(self.sent.kind)
        return cause is not None and any(re.search(cause, f.message) for f in self.findings if f.severity == "critical")


def measure() -> list[Figure]:
    """Per cent of slips taken, of those that a reader would act on, and of good files asked about; kind by kind on stdout."""
    with tempfile.TemporaryDirectory(prefix="gongyun-bench-") as home:
        os.environ["GONGYUN_HOME"] = home
        from gongyun import demo
        from gongyun.installation import prepare
        from warehouse import database, server

        prepare()
        try:
            demo.take_history(demo.HISTORY, lambda *_: lambda done: None)
            verdicts = list(judged(islice(sent(MONTH, Random(SEED), SEED), SLIPS)))
        finally:
            database.engine().dispose()
            server.stop()
    print(table_of(verdicts))
    acted_on = [v for v in verdicts if v.sent.acted_on]
    return [
        Figure("slips taken", "%", (_share(verdicts, "taken"),)),
        Figure("slips taken that a reader would act on", "%", (_share(acted_on, "taken"),)),
        Figure("of these, slips that a limit could tell", "%", (_share(acted_on, "missed"),)),
    ]


def _share(verdicts: Iterable[Verdict], what: str) -> float:
    found = [bool(getattr(v, what)) for v in verdicts]
    return 100 * sum(found) / max(1, len(found))


def table_of(verdicts: Iterable[Verdict]) -> str:
    """One line a kind: how many, what became of them, and in how many the cell or the cause was named."""
    kinds: dict[str, list[Verdict]] = defaultdict(list)
    for v in verdicts:
        kinds[v.sent.kind].append(v)
    kinds["all"] = [v for of_kind in list(kinds.values()) for v in of_kind]
    lines = [
        f"{'kind':32}{'sent':>7}"
        + "".join(f"{o:>9}" for o in OUTCOMES)
        + f"{'acted on':>10}{'taken':>7}{'missed':>7}{'cell':>7}{'cause':>7}"
    ]
    for kind, found in kinds.items():
        counted = Counter(v.outcome for v in found)
        stopped = [v for v in found if v.outcome == "asked"]
        acted_on = [v for v in found if v.sent.acted_on]
        lines.append(
            f"{kind:32}{len(found):7}"
            + "".join(f"{counted[o]:9}" for o in OUTCOMES)
            + f"{len(acted_on):10}{sum(v.taken for v in acted_on):7}{sum(v.missed for v in acted_on):7}"
            + f"{_share(stopped, 'asks_about_it'):6.0f}%{_share(stopped, 'tells_the_cause'):6.0f}%"
        )
    return "\n".join(lines)


def sent(month: str, rng: Random, seed: int) -> Iterator[Sent]:
    """Slips of every kind in turn, of feeds and in forms that chance chooses, without end."""
    feeds = [f for f in FEEDS if reports(f, month) and _of_places(f)]
    while True:
        for kind in (*slips.CELL, *slips.LINE):
            try:
                feed = rng.choice(feeds)
                made, wrong = slips.make(kind, feed, month, rng, seed)
            except NoPlace:
                continue
            form = rng.choice(get_args(Form))
            yield Sent(kind, replace(made, form=form), wrong, _acted_on(table(feed, month, seed), made, wrong))


def good(month: str, seed: int) -> Iterator[Sent]:
    """What the departments send of a month without a slip."""
    return (Sent("good", table(f, month, seed)) for f in FEEDS if reports(f, month))


def _of_places(feed: str) -> bool:
    from ingest.feeds import get_feed

    return get_feed(feed).grain in ("region", "industry")


def _acted_on(right: Table, wrong: Table, places: Iterable[Place]) -> bool:
    return any(_matters(right, wrong, p) for p in places)


def _matters(right: Table, wrong: Table, place: Place) -> bool:
    x, y = place
    if len(right.labels) != len(wrong.labels):
        return True
    a, b = right.columns[x].cells[y], wrong.columns[x].cells[y]
    if not (isinstance(a, float) and isinstance(b, float)):
        return True
    if any("%" in h for h in right.columns[x].heading):
        return abs(b - a) >= ACTED_ON_POINTS
    return abs(b - a) >= ACTED_ON_SHARE * abs(a)


def _address(t: Table, place: Place) -> str:
    x, y = place
    return f"{chr(65 + x)}{1 + bool(t.corner) + t.header_rows + y + 1}"


def judged(tables: Iterable[Sent]) -> Iterator[Verdict]:
    """The verdict on each table, as if it alone had come; nothing is written to the book or to raw."""
    tables = iter(tables)
    while some := list(islice(tables, AT_ONCE)):
        yield from _judged(some)


def _judged(tables: list[Sent]) -> Iterator[Verdict]:
    from expectations.examine import examiner
    from expectations.gate import Breach, Judged
    from expectations.prepare import ON_TRIAL, workspace
    from expectations.suite import load_suite
    from ingest.feeds import get_feed
    from ingest.load import copy_into
    from ingest.parsing.contents import FileReader
    from scheduling.intake import on_trial

    suite = load_suite("delivery")
    read: list[tuple[Finding, ...]] = []
    gated: dict[int, Judged] = {}
    with tempfile.TemporaryDirectory() as folder, workspace(f"trial_{uuid4().hex}") as work:
        work.open()
        for n, item in enumerate(tables):
            feed, delivery = get_feed(item.table.feed), ON_TRIAL + n
            path = item.table.write(Path(folder) / str(n))
            contents = copy_into(f"{work.schema}.trial_", delivery, FileReader(feed, path, path.name))
            read.append(tuple(contents.findings))
            gated[delivery] = Judged(delivery, feed.feed, contents.month)
            if contents.cells:
                work.enter(feed.duty, on_trial(contents), delivery)
        work.prepare(list(gated), [])
        with examiner(suite, work.url(), "cell") as e:
            outcomes = e.examine()
        with work.connect() as c:
            beyond = {(d, cell): float(most) for d, cell, most in c.execute(BEYOND).fetchall()}
    for rule in suite.expectations:
        if outcomes[rule.rule].exception:
            raise RuntimeError(f"{rule.rule}: {outcomes[rule.rule].exception}")
        for row in outcomes[rule.rule].rows:
            judged = gated[row["delivery_id"]]
            judged.breaches.append(Breach(rule, row, judged.feed, judged.month))
    for item, found, (delivery, judged) in zip(tables, read, gated.items(), strict=True):
        most = max((beyond.get((delivery, _address(item.table, p)), 0) for p in item.wrong), default=0)
        yield Verdict(item, _outcome(found, judged), (*found, *judged.findings()), most)


def _outcome(read: tuple[Finding, ...], judged: "Judged") -> str:
    if any(f.severity == "critical" for f in read) or (judged.stopped and not judged.held):
        return "refused"
    if judged.held:
        return "asked"
    return "told" if judged.breaches or read else "silent"
