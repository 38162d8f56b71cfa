"""What becomes of a table between its author and us: every mutation changes its form, none changes a digit of a value."""

import io
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import openpyxl

from ingest.feed import Feed
from ingest.feeds import get_feed
from samples.departments import FEEDS
from samples.simulate import table
from tests.ingest.books import FORMATS, Percent, new_book
from tests.ingest.paper import FEED, HEAD, MERGED, ROWS
from vocabulary.unit import CANONICAL

Outcome = Literal["same", "less", "scaled", "refused"]
Merge = tuple[int, int, int, int]


@dataclass
class Paper:
    """A feed's table in the making. Rows `top` to before `body` are headings, `body` to before `end` data, counted from 0."""

    feed: Feed
    name: str
    rows: list[list[Any]]
    merged: list[Merge]
    top: int
    body: int
    end: int
    before: list[tuple[str, list[list[Any]]]] = field(default_factory=list)
    scaled: float | None = None

    @property
    def width(self) -> int:
        return max(map(len, self.rows))

    def copy(self) -> "Paper":
        return replace(self, rows=[list(r) for r in self.rows], merged=list(self.merged), before=[])

    def is_number(self, row: int, column: int) -> bool:
        return isinstance(self.rows[row][column], int | float)

    def numbers(self) -> list[tuple[int, int]]:
        return [(r, c) for r in range(self.body, self.end) for c in range(self.width) if self.is_number(r, c)]

    def heading(self, column: int) -> str:
        """All heading texts over a column, merged ones included."""
        return "|".join(str(self.spread(r, column) or "") for r in range(self.top, self.body))

    def spread(self, row: int, column: int) -> Any:
        for t, left, b, r in self.merged:
            if t <= row <= b and left <= column <= r:
                return self.rows[t][left]
        return self.rows[row][column]

    def flatten(self, headings_only: bool = True) -> None:
        """Merged headings become repeated texts, as an export that cannot merge writes them."""
        for t, left, b, r in self.merged:
            if self.top <= t < self.body:
                value = self.rows[t][left]
                for y in range(t, b + 1):
                    for x in range(left, r + 1):
                        self.rows[y][x] = value
        self.merged = [m for m in self.merged if not self.top <= m[0] < self.body]

    def insert_row(self, at: int, row: list[Any] | None = None) -> None:
        self.rows.insert(at, (row or []) + [None] * (self.width - len(row or [])))
        self.merged = [(t + (t >= at), left, b + (b >= at), r) for t, left, b, r in self.merged]
        self.top, self.body, self.end = (n + (n >= at) for n in (self.top, self.body, self.end))

    def insert_column(self, at: int) -> None:
        for row in self.rows:
            row.insert(at, None)
        self.merged = [(t, left + (left >= at), b, r + (r >= at)) for t, left, b, r in self.merged]


def originals() -> list[Paper]:
    """The simulated files of a month, one a feed, and the small paper of the other tests."""
    papers = [
        Paper(FEED, "2018年6月用电量", [[*r, *[None] * (3 - len(r))] for r in HEAD + ROWS], list(MERGED), 2, 4, 7)
    ]
    for name in FEEDS:
        if get_feed(name).grain == "register":
            continue
        made = replace(table(name, "2018-06"), form="xlsx")
        page = openpyxl.load_workbook(io.BytesIO(made.to_bytes())).worksheets[0]
        rows = [[c.value for c in row] for row in page.iter_rows()]
        merged = [(r.min_row - 1, r.min_col - 1, r.max_row - 1, r.max_col - 1) for r in page.merged_cells.ranges]
        if len(made.labels) < 3 or len(made.columns) < 3:
            continue  # too small to be turned about
        top = 2 if made.corner else 1
        body = top + made.header_rows
        papers.append(Paper(get_feed(name), made.full_title, rows, merged, top, body, body + len(made.labels)))
    return papers


@dataclass(frozen=True)
class Mutation:
    """One kind. `outcome`: the most that may be read: the same numbers, some of them, those under a heading whose unit was
    changed in that unit (`scaled` says how far), or none. `survives`: some of its papers must be read and not all refused."""

    change: Callable[[Paper, random.Random], None]
    outcome: Outcome = "same"
    survives: bool = False
    formats: tuple[str, ...] = tuple(FORMATS)


KINDS: dict[str, Mutation] = {}


def kind(outcome: Outcome = "same", survives: bool = False, formats: tuple[str, ...] = tuple(FORMATS)) -> Any:
    def declare(change: Callable[[Paper, random.Random], None]) -> Callable[[Paper, random.Random], None]:
        KINDS[change.__name__.replace("_", " ")] = Mutation(change, outcome, survives, formats)
        return change

    return declare


def write(paper: Paper, form: str) -> bytes:
    """The paper as a file of one of FORMATS."""
    if form == "xlsx":
        return new_book(paper.rows, paper.merged, before=paper.before)
    return FORMATS[form](paper.rows, paper.merged)


@kind(survives=True)
def nothing(p: Paper, chance: random.Random) -> None:
    """Another format of the same table."""


@kind(survives=True)
def rows_above(p: Paper, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 4)):
        p.insert_row(chance.choice([0, p.top]))


@kind(survives=True)
def blank_columns_to_the_left(p: Paper, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 3)):
        p.insert_column(0)


@kind(survives=True)
def spacer_rows(p: Paper, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 3)):
        p.insert_row(chance.randint(p.body, p.end))


@kind(survives=True)
def spacer_columns(p: Paper, chance: random.Random) -> None:
    p.flatten()
    p.insert_column(chance.randint(1, p.width - 1))


@kind()
def spacer_column_inside_merged_headings(p: Paper, chance: random.Random) -> None:
    p.insert_column(chance.randint(1, p.width - 1))


@kind(survives=True)
def spacer_column_at_the_end(p: Paper, chance: random.Random) -> None:
    p.insert_column(p.width)


@kind()
def a_blank_row_within_the_headings(p: Paper, chance: random.Random) -> None:
    p.insert_row(chance.randint(p.top + 1, p.body))


@kind(survives=True)
def swapped_columns(p: Paper, chance: random.Random) -> None:
    p.flatten()
    a, b = chance.sample(range(1, p.width), 2)
    for row in p.rows[p.top : p.end]:
        row[a], row[b] = row[b], row[a]


@kind()
def the_label_column_elsewhere(p: Paper, chance: random.Random) -> None:
    p.flatten()
    at = chance.randrange(1, p.width)
    for row in p.rows[p.top : p.end]:
        row.insert(at, row.pop(0))


@kind(survives=True)
def swapped_rows(p: Paper, chance: random.Random) -> None:
    a, b = chance.sample(range(p.body, p.end), 2)
    p.rows[a], p.rows[b] = p.rows[b], p.rows[a]


@kind()
def a_row_twice(p: Paper, chance: random.Random) -> None:
    at = chance.randrange(p.body, p.end)
    p.insert_row(chance.randint(p.body, p.end), list(p.rows[at]))


@kind(outcome="refused")
def a_column_twice(p: Paper, chance: random.Random) -> None:
    p.flatten()
    at, to = chance.randrange(1, p.width), chance.randint(1, p.width)
    for row in p.rows[p.top : p.end]:
        row.insert(to, row[at])


@kind(outcome="refused")
def a_column_without_its_heading(p: Paper, chance: random.Random) -> None:
    p.flatten()
    at = chance.choice(sorted({c for _, c in p.numbers()}) or [1])
    for r in range(p.top, p.body):
        p.rows[r][at] = None


@kind(outcome="less")
def deleted_cells(p: Paper, chance: random.Random) -> None:
    for r, c in chance.sample(p.numbers(), min(3, len(p.numbers()))) if p.numbers() else []:
        p.rows[r][c] = None


@kind(outcome="less")
def a_deleted_row(p: Paper, chance: random.Random) -> None:
    del p.rows[chance.randrange(p.body, p.end)]
    p.merged = [m for m in p.merged if m[0] < p.body]


@kind(outcome="less")
def a_deleted_column(p: Paper, chance: random.Random) -> None:
    p.flatten()
    at = chance.randrange(p.width)
    for row in p.rows[p.top : p.end]:
        del row[at]


@kind(outcome="less")
def a_deleted_label(p: Paper, chance: random.Random) -> None:
    p.rows[chance.randrange(p.body, p.end)][0] = None


@kind(survives=True)
def numbers_as_text(p: Paper, chance: random.Random) -> None:
    wide = {ord(a): ord(a) + 0xFEE0 for a in "0123456789.-,"}
    for r, c in p.numbers():
        v = p.rows[r][c]
        p.rows[r][c] = chance.choice(
            [repr(v), f" {v!r}　", f"{v!r}".translate(wide), f"'{v!r}", f"{v!r}①", f"{v!r}*", f"（{-v!r}）" if v < 0 else repr(v)]
        )  # fmt: skip


@kind(survives=True)
def numbers_with_thousands(p: Paper, chance: random.Random) -> None:
    for r, c in p.numbers():
        v = p.rows[r][c]
        digits = len(repr(float(v)).partition(".")[2])
        p.rows[r][c] = f"{v:,.{digits}f}" if "e" not in repr(float(v)) else v


@kind(survives=True, formats=("xlsx", "xls", "ods", "html", "csv"))
def rates_in_a_percentage_format(p: Paper, chance: random.Random) -> None:
    for r, c in p.numbers():
        if "%" in p.heading(c) or "同比" in p.heading(c):
            p.rows[r][c] = Percent(p.rows[r][c] / 100)


@kind(formats=("xlsx", "xls", "ods"))
def amounts_in_a_percentage_format(p: Paper, chance: random.Random) -> None:
    for r, c in p.numbers():
        if "%" not in p.heading(c):
            p.rows[r][c] = Percent(p.rows[r][c])


@kind(outcome="refused")
def rates_as_fractions(p: Paper, chance: random.Random) -> None:
    done = False
    for r, c in p.numbers():
        if "%" in p.heading(c) or "同比" in p.heading(c):
            p.rows[r][c] = round(p.rows[r][c] / 100, 6)
            done = True
    if not done:
        p.rows[p.top] = ["无此表"] * p.width
        p.merged = []


@kind()
def a_mark_instead_of_a_number(p: Paper, chance: random.Random) -> None:
    for r, c in chance.sample(p.numbers(), min(2, len(p.numbers()))):
        p.rows[r][c] = chance.choice(["待核实", "#REF!", "约3", "3左右", "1.2.3", "12-13", "▲5", "二十"])


@kind(outcome="refused")
def another_month_in_the_title(p: Paper, chance: random.Random) -> None:
    new = chance.choice(["2018年5月", "2018年1-5月", "2017年6月", "2018年7月", "2018年1-7月", "二〇一七年六月"])
    for old in ("2018年1-6月", "2018年6月"):
        p.rows[0] = [v.replace(old, new) if isinstance(v, str) else v for v in p.rows[0]]


@kind(outcome="refused")
def no_month_in_the_title(p: Paper, chance: random.Random) -> None:
    for old in ("2018年1-6月", "2018年6月"):
        p.rows[0] = [v.replace(old, "") if isinstance(v, str) else v for v in p.rows[0]]


@kind(outcome="scaled")
def another_unit(p: Paper, chance: random.Random) -> None:
    swaps = (("万千瓦时", "千瓦时"), ("亿千瓦时", "万千瓦时"), ("亿元", "万元"), ("万元", "亿元"), ("万美元", "亿美元"), ("万吨", "吨"),
             ("万立方米", "立方米"), ("TB", "GB"), ("户", "万户"), ("万吨公里", "吨公里"), ("家", "万家"), ("个", "万个"))  # fmt: skip
    found = [
        (r, c, old, new)
        for r in range(p.body)
        for c, v in enumerate(p.rows[r])
        for old, new in swaps
        if isinstance(v, str) and re.search(rf"[(（:：]{old}(?=[)）、 ]|$)", v)
    ]
    found = [f for f in found if f[2] in CANONICAL and f[3] in CANONICAL]
    if not found:
        p.rows[0][0] = f"{p.rows[0][0]}（单位：光年）"
        p.insert_row(1, ["单位：亿吨"])
        return
    r, c, old, new = chance.choice(found)
    p.rows[r][c] = re.sub(rf"(?<=[(（:：]){old}(?=[)）、 ]|$)", new, p.rows[r][c])
    p.scaled = CANONICAL[new][1] / CANONICAL[old][1]


@kind(outcome="less")
def a_renamed_heading(p: Paper, chance: random.Random) -> None:
    places = [(r, c) for r in range(p.top, p.body) for c in range(p.width) if isinstance(p.rows[r][c], str)]
    r, c = chance.choice(places)
    p.rows[r][c] = chance.choice(
        ["本年", "上月", "环比", "合计", f"{p.rows[r][c]}（预计）", f"上年{p.rows[r][c]}", p.rows[r][c][1:]]
    )


@kind(survives=True)
def headings_not_merged(p: Paper, chance: random.Random) -> None:
    p.flatten()


@kind(survives=True)
def headings_with_blanks(p: Paper, chance: random.Random) -> None:
    for r in range(p.top, p.body):
        p.rows[r] = ["　".join(v) if isinstance(v, str) and v.isalpha() else v for v in p.rows[r]]


@kind()
def heading_rows_in_another_order(p: Paper, chance: random.Random) -> None:
    p.flatten()
    p.rows[p.top : p.body] = reversed(p.rows[p.top : p.body])


@kind(survives=True)
def notes_below(p: Paper, chance: random.Random) -> None:
    for line in ("注：1.本表为初步数。", "填表人：张三", "*含调整", "审核：李四　联系电话：0724-2345678"):
        p.insert_row(len(p.rows), [line])


@kind()
def a_stray_number_below(p: Paper, chance: random.Random) -> None:
    p.insert_row(len(p.rows))
    p.rows[-1][chance.randrange(p.width)] = chance.choice([42, "第1页", "1234.5"])


@kind()
def a_stray_number_beside(p: Paper, chance: random.Random) -> None:
    p.insert_column(p.width)
    p.rows[chance.randrange(len(p.rows))][p.width - 1] = chance.choice([99, "已核", 8.3])


@kind()
def headings_again_on_each_page(p: Paper, chance: random.Random) -> None:
    p.flatten()
    at = chance.randint(p.body + 1, p.end - 1)
    for row in reversed(p.rows[p.top : p.body]):
        p.insert_row(at, list(row))


@kind()
def transposed(p: Paper, chance: random.Random) -> None:
    p.flatten()
    block = p.rows[p.top : p.end]
    turned = [list(c) for c in zip(*block, strict=True)]
    width = max(p.width, *map(len, turned))
    p.rows = [[*row, *[None] * (width - len(row))] for row in (*p.rows[: p.top], *turned)]
    p.merged, p.end = [], len(p.rows)


@kind(outcome="refused")
def numbers_merged_over_two_rows(p: Paper, chance: random.Random) -> None:
    both = [(r, c) for r, c in p.numbers() if r + 1 < p.end and p.is_number(r + 1, c)]
    if not both:
        p.rows[p.top], p.merged = ["无此表"] * p.width, []
        return
    r, c = chance.choice(both)
    p.rows[r + 1][c] = None
    p.merged.append((r, c, r + 1, c))


KINDS["numbers merged over two rows"] = replace(
    KINDS["numbers merged over two rows"], formats=("xlsx", "xls", "ods", "html", "xml 2003")
)


@kind(outcome="refused")
def an_unknown_region(p: Paper, chance: random.Random) -> None:
    places = [
        (r, c) for r in range(p.body, p.end) for c in range(p.width) if str(p.rows[r][c]).endswith(("市", "县", "区"))
    ]
    if p.feed.grain != "region":
        places = [x for x in places if "地" in p.heading(x[1]) or "区" in p.heading(x[1])]
    if not places:
        p.rows[p.top], p.merged = ["无此表"] * p.width, []
        return
    r, c = chance.choice(places)
    p.rows[r][c] = "火星县"


@kind(survives=True)
def labels_indented(p: Paper, chance: random.Random) -> None:
    for r in range(p.body, p.end):
        p.rows[r][0] = f"　　{p.rows[r][0]} " if isinstance(p.rows[r][0], str) else p.rows[r][0]


@kind(survives=True, formats=("xlsx",))
def last_months_sheet_left_in_hidden(p: Paper, chance: random.Random) -> None:
    last = [[v.replace("6月", "5月") if isinstance(v, str) else v for v in row] for row in p.rows]
    for r, c in p.numbers():
        last[r][c] = p.rows[r][c] + 1
    p.before = [(".上月", last)]


@kind(formats=("xlsx",))
def last_months_sheet_left_in(p: Paper, chance: random.Random) -> None:
    last_months_sheet_left_in_hidden(p, chance)
    p.before = [("上月", p.before[0][1])]


@kind()
def two_mutations(p: Paper, chance: random.Random) -> None:
    """Two of the kinds that leave every number in place, one after the other."""
    same = [
        m
        for m in KINDS.values()
        if m.outcome == "same" and m.change not in (two_mutations, transposed) and len(m.formats) == len(FORMATS)
    ]
    for m in chance.sample(same, 2):
        m.change(p, chance)
