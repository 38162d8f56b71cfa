"""A table turned about as departments turn theirs is read to the same numbers or refused; never to other ones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.feed import Feed
from ingest.feeds import load_feed
from ingest.parsing.contents import Contents, read_file
from samples.simulate import table
from tests.ingest.paper import xlsx
from warehouse.settings import ROOT

FEEDS = ("powr__electricity", "stat__industrial_output", "tax__invoiced_sales", "bank__loans", "tele__mobile_traffic")


@dataclass
class Paper:
    """A sheet under way: its cells, where the headings begin and the data end, and the file's name."""

    cells: list[list[Any]]
    top: int
    body: int
    end: int
    name: str
    left: int = 0
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def width(self) -> int:
        return max(map(len, self.cells))

    def insert_rows(self, at: int, rows: list[list[Any]]) -> None:
        self.cells[at:at] = rows
        n = len(rows)
        self.top += n * (at <= self.top)
        self.body += n * (at < self.body)
        self.end += n * (at <= self.end)

    def insert_column(self, at: int, cells: list[Any]) -> None:
        for row, cell in zip(self.cells, cells, strict=True):
            row += [None] * (self.width - len(row))
            row.insert(at, cell)


def paper(feed: str) -> Paper:
    """June's simulated table, upper headings written once and left out over the columns that share them."""
    t = table(feed, "2018-06")
    rows: list[list[Any]] = [[t.full_title], [t.corner]]
    for level in range(t.header_rows):
        row: list[Any] = []
        for i, column in enumerate(t.columns):
            text = column.heading[level] if level < len(column.heading) else None
            before = t.columns[i - 1].heading[: level + 1] if i else ()
            row.append(None if level < len(column.heading) - 1 and before == column.heading[: level + 1] else text)
        rows.append(row)
    body = len(rows)
    rows += [[c.cells[r] for c in t.columns] for r in range(len(t.labels))]
    end = len(rows)
    return Paper([*rows, [t.note]], 2, body, end, t.file_name)


Turn = Callable[[Paper, Random], None]


def moved_down(p: Paper, rng: Random) -> None:
    p.insert_rows(0, [[] for _ in range(rng.randint(1, 9))])


def moved_right(p: Paper, rng: Random) -> None:
    n = rng.randint(1, 4)
    p.cells = [[None] * n + row for row in p.cells]
    p.left += n


def spacer_column(p: Paper, rng: Random) -> None:
    p.insert_column(rng.randint(p.left + 1, p.width), [None] * len(p.cells))


def blank_rows(p: Paper, rng: Random) -> None:
    p.insert_rows(rng.randint(p.body + 1, p.end), [[], []])


def written_out(p: Paper) -> list[Any]:
    """The upper headings, each repeated over the columns that share it."""
    uppers = [*p.cells[p.top], *[None] * (p.width - len(p.cells[p.top]))]
    lowest = [*p.cells[p.body - 1], *[None] * p.width]
    for c in range(1, len(uppers)):
        if p.body - p.top > 1 and lowest[c] and not uppers[c]:
            uppers[c] = next((u for u in reversed(uppers[:c]) if u), None)
    return uppers


def headings_again(p: Paper, rng: Random) -> None:
    start = rng.choice([0, p.top])
    again = [list(row) for row in p.cells[start : p.body]]
    again[p.top - start] = written_out(p)
    p.insert_rows(rng.randint(p.body + 1, p.end), again)


def columns_swapped(p: Paper, rng: Random) -> None:
    filled = [[*row, *[None] * (p.width - len(row))] for row in p.cells]
    filled[p.top] = written_out(p)
    one, other = rng.randrange(p.left, p.width), rng.randrange(p.left, p.width)
    for row in filled[p.top : p.end]:
        row[one], row[other] = row[other], row[one]
    p.cells = filled


def letter_lost(p: Paper, rng: Random) -> None:
    """One letter of a heading goes, but none of its unit: a unit of another scale is taken at its word."""
    row = p.cells[rng.randrange(p.top, p.body)]
    at = rng.choice([i for i, v in enumerate(row) if isinstance(v, str)] or [0])
    if row and isinstance(row[at], str):
        i = rng.randrange(len(row[at].split("(")[0]) or 1)
        row[at] = row[at][:i] + row[at][i + 1 :]


def other_title_month(p: Paper, rng: Random) -> None:
    p.cells[:] = [[v.replace("6月", "5月") if isinstance(v, str) else v for v in row] for row in p.cells]


def column_lost(p: Paper, rng: Random) -> None:
    at = rng.randrange(p.left, p.width)
    p.cells = [row[:at] + row[at + 1 :] for row in p.cells]


def column_twice(p: Paper, rng: Random) -> None:
    at = rng.randrange(p.left, p.width)
    p.insert_column(at, [(row + [None] * p.width)[at] for row in p.cells])


def row_twice(p: Paper, rng: Random) -> None:
    p.insert_rows(p.end, [list(rng.choice(p.cells[p.body : p.end]))])


def stray_number(p: Paper, rng: Random) -> None:
    p.insert_column(p.width, [None] * len(p.cells))
    p.cells[rng.randrange(p.body, p.end)][-1] = 7.5


def notes(p: Paper, rng: Random) -> None:
    p.insert_rows(p.end, [["注：1.本表为快报数。"], ["填表人：张三"], [None, None, "审核人：李四"]])


def numbers_as_text(p: Paper, rng: Random) -> None:
    wide = str.maketrans("0123456789.-", "０１２３４５６７８９．－")
    for row in p.cells[p.body : p.end]:
        row[:] = [f"{v!r}".translate(wide) if isinstance(v, float) else v for v in row]


def another_scale(p: Paper, rng: Random) -> None:
    """The unit in one heading and the numbers under it go from 万元 to 亿元 together, or from 亿 to 万."""
    pairs = (("(万元)", "(亿元)", 1e-4), ("(亿元)", "(万元)", 1e4), ("(亿千瓦时)", "(万千瓦时)", 1e4))
    for c in range(p.left, p.width):
        for row in p.cells[p.top : p.body]:
            for old, new, by in pairs:
                if len(row) > c and isinstance(row[c], str) and old in row[c]:
                    row[c] = row[c].replace(old, new)
                    _scale(p, c, by)
                    return


def _scale(p: Paper, first: int, by: float) -> None:
    """The numbers of the columns under a heading, but for the growth among them."""
    for c in range(first, p.width):
        if c > first and len(p.cells[p.top]) > c and p.cells[p.top][c]:
            return
        if any(
            isinstance(v, str) and ("%" in v or "增" in v or "比" in v)
            for r in p.cells[p.top : p.body]
            for v in r[c : c + 1]
        ):
            continue
        for row in p.cells[p.body : p.end]:
            if len(row) > c and isinstance(row[c], float):
                row[c] = float(f"{row[c] * by:.15g}")


def corner_of_another_scale(p: Paper, rng: Random) -> None:
    """A corner line left over from another table; the numbers stay."""
    for row in p.cells[: p.top]:
        for c, v in enumerate(row):
            if isinstance(v, str) and "单位" in v:
                row[c] = rng.choice(["单位：千美元", "单位：元", "单位：亿千瓦时", "单位：万元"])


def last_months_table_below(p: Paper, rng: Random) -> None:
    old = [[v.replace("6月", "5月") if isinstance(v, str) else v for v in row] for row in p.cells[: p.end]]
    p.cells += [[], *[[v * 2 if isinstance(v, float) else v for v in row] for row in old]]


def renamed_upper_heading(p: Paper, rng: Random) -> None:
    p.cells[p.top] = [f"其中：{v}" if isinstance(v, str) and rng.random() < 0.3 else v for v in p.cells[p.top]]


TURNS: tuple[Turn, ...] = (
    moved_down, moved_right, spacer_column, blank_rows, headings_again, columns_swapped, letter_lost, other_title_month,
    column_lost, column_twice, row_twice, stray_number, notes, numbers_as_text, another_scale, corner_of_another_scale,
    last_months_table_below, renamed_upper_heading,
)  # fmt: skip
HARMLESS = (moved_down, moved_right, spacer_column, blank_rows, headings_again, columns_swapped, notes, numbers_as_text)


def declared(feed: str) -> Feed:
    return load_feed(ROOT / "areas" / "jingmen" / "feeds" / f"{feed}.yml")


def numbers(parsed: Contents) -> dict[tuple[Any, ...], float]:
    """Every number read, in its canonical unit, by what it is of."""
    said = {}
    for t in parsed.tables:
        for row in t.rows.iter_rows(named=True):
            for column in t.columns or ():
                value = row["values"][column["position"] - 1]
                if value is not None:
                    key = (
                        row["region"],
                        column["indicator"],
                        column["measure"],
                        column["period_type"],
                        column["month"],
                    )
                    assert key not in said
                    said[key] = float(f"{value * column['factor']:.12g}")
    return said


def read(p: Paper, feed: str) -> Contents:
    return read_file(declared(feed), xlsx(p.cells), p.name)


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("turn", HARMLESS)
def test_a_harmless_turn_is_read(feed: str, turn: Turn) -> None:
    truth = numbers(read(paper(feed), feed))
    assert truth
    turned = paper(feed)
    turn(turned, Random(7))
    parsed = read(turned, feed)
    assert [p for p in parsed.findings if p.severity == "critical"] == []
    assert numbers(parsed) == truth


@settings(max_examples=250)
@given(st.sampled_from(FEEDS), st.lists(st.sampled_from(TURNS), min_size=1, max_size=4), st.integers(0, 2**32))
@example("powr__electricity", [headings_again, letter_lost, numbers_as_text], 0)
def test_no_turn_makes_another_number(feed: str, turns: list[Turn], seed: int) -> None:
    turned = paper(feed)
    for turn in turns:
        turn(turned, Random(seed))
    parsed = read(turned, feed)
    if parsed.loadable:
        assert numbers(parsed) == numbers(read(paper(feed), feed))
    else:
        assert all(p.message and p.rule for p in parsed.findings)
