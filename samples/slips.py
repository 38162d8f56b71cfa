"""What a clerk's hand does to one table: each kind of slip by name, at a place that chance chooses.

A slip is a function of the good table, the tables of a month and a year before it, and a generator; it gives the table
as it would be sent. Raises NoPlace where the table has no place for it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from samples.departments import reports
from samples.simulate import MONTHS, SEED, last_report, table
from samples.table import Column, Printed, Table, round_half_away

Place = tuple[int, int]
"""Column and row of a number, from the top left number; column 0 holds the labels."""
Extent = Literal["cell", "line"]


class NoPlace(ValueError):
    """A table offers no place for this slip."""


@dataclass(frozen=True)
class Desk:
    """What lies before the clerk."""

    good: Table
    last: Table
    last_year: Table
    rng: Random

    def numbers(self, wanted: Callable[[Column], bool] = lambda _: True, rows: range | None = None) -> list[Place]:
        """Where numbers other than 0 stand, in columns that are wanted."""
        rows = rows or range(len(self.good.labels))
        return [
            (x, y)
            for x, c in enumerate(self.good.columns)
            if x and wanted(c)
            for y in rows
            if isinstance(c.cells[y], float) and c.cells[y]
        ]

    def any_of(self, places: Sequence[Place]) -> Place:
        if not places:
            raise NoPlace(self.good.feed)
        return self.rng.choice(places)

    def column(self, wanted: Callable[[Column], bool] = lambda _: True) -> int:
        """A column with numbers in at least three rows."""
        found = [x for x, c in enumerate(self.good.columns) if x and wanted(c) and len(_numbers(c)) >= 3]
        if not found:
            raise NoPlace(self.good.feed)
        return self.rng.choice(found)

    def rows(self, n: int, first: int = 1) -> list[int]:
        """Some rows below the total."""
        if len(self.good.labels) - first < n:
            raise NoPlace(self.good.feed)
        return self.rng.sample(range(first, len(self.good.labels)), n)


Slip = Callable[[Desk], Table]
CELL: dict[str, Slip] = {}
LINE: dict[str, Slip] = {}


def slip(extent: Extent) -> Callable[[Slip], Slip]:
    """Enter a slip under its own name."""

    def entered(made: Slip) -> Slip:
        (CELL if extent == "cell" else LINE)[made.__name__] = made
        return made

    return entered


def make(kind: str, feed: str, month: str, rng: Random, seed: int = SEED) -> tuple[Table, frozenset[Place]]:
    """A table with one slip of a kind, and the places whose numbers are wrong in it; the same generator gives the same.

    Raises NoPlace where there is no room for it, or where the numbers it would put there stand there already.
    """
    year_before = f"{int(month[:4]) - 1}{month[4:]}"
    if year_before not in MONTHS or not reports(feed, year_before):
        raise NoPlace(feed)
    good, last = table(feed, month, seed), table(feed, last_report(feed, month), seed)
    desk = Desk(good, last, table(feed, year_before, seed), rng)
    if not len(good.labels) == len(last.labels) == len(desk.last_year.labels):
        raise NoPlace(feed)
    sent = (CELL | LINE)[kind](desk)
    wrong = frozenset(_differing(good, sent))
    if not wrong:
        raise NoPlace(feed)
    return sent, wrong


def is_growth(column: Column) -> bool:
    """Whether a column tells of growth."""
    return column.decimals is not None and any("增长" in h or "同比" in h or "比上年" in h for h in column.heading)


def is_level(column: Column) -> bool:
    return column.decimals is not None and not is_growth(column)


def _numbers(column: Column) -> list[float]:
    return [c for c in column.cells if isinstance(c, float)]


def _differing(good: Table, sent: Table) -> Iterator[Place]:
    for x, (a, b) in enumerate(zip(good.columns, sent.columns, strict=True)):
        if len(a.cells) != len(b.cells):
            yield from ((x, y) for y in range(len(a.cells)) if x)
        elif x:
            yield from ((x, y) for y, (p, q) in enumerate(zip(a.cells, b.cells, strict=True)) if p != q)


def _with(t: Table, changes: dict[Place, Printed]) -> Table:
    columns = [list(c.cells) for c in t.columns]
    for (x, y), printed in changes.items():
        if isinstance(printed, float):
            printed = round_half_away(printed, t.columns[x].decimals or 0)
        columns[x][y] = printed
    return replace(t, columns=tuple(replace(c, cells=tuple(new)) for c, new in zip(t.columns, columns, strict=True)))


def _number(t: Table, place: Place) -> float:
    found = t.columns[place[0]].cells[place[1]]
    if not isinstance(found, float):
        raise NoPlace(t.feed)
    return found


def _retyped(d: Desk, change: Callable[[float], float | None], places: Sequence[Place]) -> Table:
    place = d.any_of(places)
    typed = change(_number(d.good, place))
    if typed is None:
        raise NoPlace(d.good.feed)
    return _with(d.good, {place: typed})


def _digits(d: Desk, change: Callable[[str], str | None]) -> Table:
    """One number with its digits changed; the decimal point stays where it is counted from the right."""
    place = d.any_of(d.numbers())
    number, decimals = _number(d.good, place), d.good.columns[place[0]].decimals or 0
    digits = change(f"{abs(number) * 10**decimals:.0f}")
    if not digits:
        raise NoPlace(d.good.feed)
    return _with(d.good, {place: (-1 if number < 0 else 1) * int(digits) / 10**decimals})


# One number.


@slip("cell")
def sign_added(d: Desk) -> Table:
    return _retyped(d, lambda v: -v if v > 0 else None, d.numbers(is_growth))


@slip("cell")
def sign_lost(d: Desk) -> Table:
    return _retyped(d, lambda v: -v, [p for p in d.numbers(is_growth) if _number(d.good, p) < 0])


@slip("cell")
def decimal_point_lost(d: Desk) -> Table:
    place = d.any_of(d.numbers(lambda c: bool(c.decimals)))
    return _with(d.good, {place: _number(d.good, place) * 10 ** (d.good.columns[place[0]].decimals or 0)})


@slip("cell")
def decimal_point_one_right(d: Desk) -> Table:
    return _retyped(d, lambda v: v * 10, d.numbers())


@slip("cell")
def decimal_point_one_left(d: Desk) -> Table:
    return _retyped(d, lambda v: v / 10, d.numbers())


@slip("cell")
def fraction_for_per_cent(d: Desk) -> Table:
    place = d.any_of(d.numbers(is_growth))
    sent = _with(d.good, {place: None})
    cells = [list(c.cells) for c in sent.columns]
    cells[place[0]][place[1]] = round_half_away(_number(d.good, place) / 100, 3)
    wider = [replace(c, cells=tuple(n)) for c, n in zip(sent.columns, cells, strict=True)]
    wider[place[0]] = replace(wider[place[0]], decimals=3)
    return replace(sent, columns=tuple(wider))


@slip("cell")
def index_for_growth(d: Desk) -> Table:
    return _retyped(d, lambda v: 100 + v, d.numbers(is_growth))


@slip("cell")
def digits_transposed(d: Desk) -> Table:
    def swapped(s: str) -> str | None:
        at = [i for i in range(min(len(s) - 1, 3)) if s[i] != s[i + 1]]
        if not at:
            return None
        i = d.rng.choice(at)
        return s[:i] + s[i + 1] + s[i] + s[i + 2 :]

    return _digits(d, swapped)


@slip("cell")
def digit_mistyped(d: Desk) -> Table:
    def other(s: str) -> str:
        i = d.rng.randrange(min(len(s), 3))
        return s[:i] + d.rng.choice([c for c in "0123456789" if c != s[i]]) + s[i + 1 :]

    return _digits(d, other)


@slip("cell")
def digit_next_to_it_on_the_pad(d: Desk) -> Table:
    beside = {"0": "12", "1": "024", "2": "0135", "3": "26", "4": "157", "5": "2468", "6": "359", "7": "48", "8": "579", "9": "68"}  # fmt: skip

    def other(s: str) -> str:
        i = d.rng.randrange(min(len(s), 3))
        return s[:i] + d.rng.choice(beside[s[i]]) + s[i + 1 :]

    return _digits(d, other)


@slip("cell")
def digit_dropped(d: Desk) -> Table:
    def shorter(s: str) -> str | None:
        i = d.rng.randrange(len(s))
        return s[:i] + s[i + 1 :] or None

    return _digits(d, shorter)


@slip("cell")
def digit_twice(d: Desk) -> Table:
    def longer(s: str) -> str:
        i = d.rng.randrange(len(s))
        return s[:i] + s[i] + s[i:]

    return _digits(d, longer)


@slip("cell")
def last_months_cell(d: Desk) -> Table:
    place = d.any_of(d.numbers())
    return _with(d.good, {place: _number(d.last, place)})


@slip("cell")
def last_years_cell(d: Desk) -> Table:
    place = d.any_of(d.numbers())
    return _with(d.good, {place: _number(d.last_year, place)})


@slip("cell")
def level_in_the_growth_column(d: Desk) -> Table:
    x, y = d.any_of([(x, y) for x, y in d.numbers(is_growth) if x > 1 and is_level(d.good.columns[x - 1])])
    return _with(d.good, {(x, y): _number(d.good, (x - 1, y))})


@slip("cell")
def growth_in_the_level_column(d: Desk) -> Table:
    width = len(d.good.columns)
    places = [(x, y) for x, y in d.numbers(is_level) if x + 1 < width and is_growth(d.good.columns[x + 1])]
    x, y = d.any_of(places)
    return _with(d.good, {(x, y): _number(d.good, (x + 1, y))})


@slip("cell")
def sum_to_date_for_the_month(d: Desk) -> Table:
    """Two columns of the same figure stand two apart: the month's and that of the sum to date."""
    places = [(x, y) for x, y in d.numbers() if _sum_beside(d.good, x)]
    x, y = d.any_of(places)
    return _with(d.good, {(x, y): _number(d.good, (x + 2, y))})


@slip("cell")
def month_for_the_sum_to_date(d: Desk) -> Table:
    x, y = d.any_of([(x, y) for x, y in d.numbers() if _sum_beside(d.good, x)])
    return _with(d.good, {(x + 2, y): _number(d.good, (x, y))})


def _sum_beside(t: Table, x: int) -> bool:
    return (
        x + 2 < len(t.columns)
        and len(t.columns[x].heading) > 1
        and t.columns[x].heading[0] == t.columns[x + 2].heading[0]
        and "累" in "".join(t.columns[x + 2].heading)
        and "累" not in "".join(t.columns[x].heading)
    )


@slip("cell")
def zero_for_unknown(d: Desk) -> Table:
    return _retyped(d, lambda _: 0.0, d.numbers())


@slip("cell")
def left_blank(d: Desk) -> Table:
    return _with(d.good, {d.any_of(d.numbers()): None})


@slip("cell")
def part_off_by_three_per_cent(d: Desk) -> Table:
    by = d.rng.choice((0.97, 1.03))
    return _retyped(d, lambda v: v * by, d.numbers(is_level, range(1, len(d.good.labels))))


@slip("cell")
def part_off_by_a_tenth(d: Desk) -> Table:
    by = d.rng.choice((0.9, 1.1))
    return _retyped(d, lambda v: v * by, d.numbers(is_level, range(1, len(d.good.labels))))


@slip("cell")
def total_of_all_parts_but_one(d: Desk) -> Table:
    x = d.column(is_level)
    part = d.any_of([(x, y) for y in d.rows(1)])
    return _with(d.good, {(x, 0): _number(d.good, (x, 0)) - _number(d.good, part)})


@slip("cell")
def growth_of_the_total_replaced(d: Desk) -> Table:
    by = d.rng.choice((-5.0, -3.0, 3.0, 5.0))
    return _retyped(d, lambda v: v + by, d.numbers(is_growth, range(1)))


@slip("cell")
def growth_of_a_part_replaced(d: Desk) -> Table:
    by = d.rng.choice((-8.0, -4.0, 4.0, 8.0))
    return _retyped(d, lambda v: v + by, d.numbers(is_growth, range(1, len(d.good.labels))))


@slip("cell")
def unit_of_one_cell(d: Desk) -> Table:
    power = d.rng.choice((-4, -3, 3, 4))
    return _retyped(d, lambda v: v * 10.0**power, d.numbers(is_level))


@slip("cell")
def cell_of_the_row_above(d: Desk) -> Table:
    x, y = d.any_of([p for p in d.numbers() if p[1]])
    return _with(d.good, {(x, y): _number(d.good, (x, y - 1))})


@slip("cell")
def cell_of_the_next_column(d: Desk) -> Table:
    x, y = d.any_of([p for p in d.numbers() if p[0] + 1 < len(d.good.columns)])
    return _with(d.good, {(x, y): _number(d.good, (x + 1, y))})


# A row, a column, a table.


def _row_of(t: Table, y: int) -> dict[Place, Printed]:
    return {(x, y): c.cells[y] for x, c in enumerate(t.columns) if x}


def _column_of(t: Table, x: int) -> dict[Place, Printed]:
    return {(x, y): cell for y, cell in enumerate(t.columns[x].cells)}


@slip("line")
def last_months_row(d: Desk) -> Table:
    return _with(d.good, _row_of(d.last, *d.rows(1, 0)))


@slip("line")
def last_years_row(d: Desk) -> Table:
    return _with(d.good, _row_of(d.last_year, *d.rows(1, 0)))


@slip("line")
def last_months_column(d: Desk) -> Table:
    return _with(d.good, _column_of(d.last, d.column()))


@slip("line")
def last_years_column(d: Desk) -> Table:
    return _with(d.good, _column_of(d.last_year, d.column()))


@slip("line")
def last_months_sheet(d: Desk) -> Table:
    return replace(d.last, period=d.good.period, columns=(d.good.columns[0], *d.last.columns[1:]))


@slip("line")
def last_years_sheet(d: Desk) -> Table:
    return replace(d.last_year, period=d.good.period, columns=(d.good.columns[0], *d.last_year.columns[1:]))


@slip("line")
def last_months_lower_rows(d: Desk) -> Table:
    """Pasting began too low: the rows below are still last month's."""
    half = len(d.good.labels) // 2
    rows = [_row_of(d.last, y) for y in range(half, len(d.good.labels))]
    return _with(d.good, {p: v for r in rows for p, v in r.items()})


@slip("line")
def rows_exchanged(d: Desk) -> Table:
    a, b = d.rows(2)
    moved = {(x, b): v for (x, _), v in _row_of(d.good, a).items()}
    return _with(d.good, moved | {(x, a): v for (x, _), v in _row_of(d.good, b).items()})


@slip("line")
def rows_exchanged_in_one_column(d: Desk) -> Table:
    x, (a, b) = d.column(), d.rows(2)
    return _with(d.good, {(x, a): _number(d.good, (x, b)), (x, b): _number(d.good, (x, a))})


@slip("line")
def row_under_another_label(d: Desk) -> Table:
    a, b = d.rows(2)
    return _with(d.good, {(x, b): v for (x, _), v in _row_of(d.good, a).items()})


@slip("line")
def column_moved_down(d: Desk) -> Table:
    x, top = d.column(), d.rng.randrange(0, max(1, len(d.good.labels) - 3))
    cells = d.good.columns[x].cells
    return _with(d.good, {(x, y): cells[y - 1] for y in range(top + 1, len(cells))})


@slip("line")
def column_moved_up(d: Desk) -> Table:
    x, top = d.column(), d.rng.randrange(0, max(1, len(d.good.labels) - 3))
    cells = d.good.columns[x].cells
    return _with(d.good, {(x, y): cells[y + 1] for y in range(top, len(cells) - 1)})


@slip("line")
def numbers_moved_down(d: Desk) -> Table:
    """All numbers from a row on stand one row too low, beside their labels."""
    top = d.rng.randrange(1, max(2, len(d.good.labels) - 3))
    rows = range(top + 1, len(d.good.labels))
    return _with(d.good, {(x, y): c.cells[y - 1] for x, c in enumerate(d.good.columns) if x for y in rows})


@slip("line")
def columns_exchanged(d: Desk) -> Table:
    a = d.column()
    b = d.column(lambda c: c is not d.good.columns[a])
    moved = {(b, y): v for (_, y), v in _column_of(d.good, a).items()}
    return _with(d.good, moved | {(a, y): v for (_, y), v in _column_of(d.good, b).items()})


@slip("line")
def column_in_tenths(d: Desk) -> Table:
    x, by = d.column(is_level), d.rng.choice((0.1, 10.0))
    return _with(d.good, {(x, y): v * by for (_, y), v in _column_of(d.good, x).items() if isinstance(v, float)})


@slip("line")
def column_in_another_unit(d: Desk) -> Table:
    x, by = d.column(is_level), 10.0 ** d.rng.choice((-4, 4))
    return _with(d.good, {(x, y): v * by for (_, y), v in _column_of(d.good, x).items() if isinstance(v, float)})


@slip("line")
def growths_as_indices(d: Desk) -> Table:
    x = d.column(is_growth)
    return _with(d.good, {(x, y): v + 100 for (_, y), v in _column_of(d.good, x).items() if isinstance(v, float)})


@slip("line")
def growths_as_fractions(d: Desk) -> Table:
    x = d.column(is_growth)
    cells = tuple(round_half_away(v / 100, 3) if isinstance(v, float) else v for v in d.good.columns[x].cells)
    changed = replace(d.good.columns[x], cells=cells, decimals=3)
    return replace(d.good, columns=(*d.good.columns[:x], changed, *d.good.columns[x + 1 :]))


@slip("line")
def signs_of_a_column_lost(d: Desk) -> Table:
    x = d.column(lambda c: is_growth(c) and sum(n < 0 for n in _numbers(c)) > 1)
    return _with(d.good, {(x, y): abs(v) for (_, y), v in _column_of(d.good, x).items() if isinstance(v, float)})


@slip("line")
def column_left_blank(d: Desk) -> Table:
    x = d.column()
    return _with(d.good, dict.fromkeys(_column_of(d.good, x)))


@slip("line")
def row_left_blank(d: Desk) -> Table:
    return _with(d.good, dict.fromkeys(_row_of(d.good, *d.rows(1))))


@slip("line")
def row_left_out(d: Desk) -> Table:
    (y,) = d.rows(1)
    return replace(d.good, columns=tuple(replace(c, cells=(*c.cells[:y], *c.cells[y + 1 :])) for c in d.good.columns))


@slip("line")
def column_sorted(d: Desk) -> Table:
    """One column sorted without the others."""
    x = d.column()
    cells = d.good.columns[x].cells
    if not all(isinstance(c, float) for c in cells[1:]):
        raise NoPlace(d.good.feed)
    return _with(
        d.good, {(x, y): v for y, v in enumerate(sorted(_numbers(replace(d.good.columns[x], cells=cells[1:]))), 1)}
    )
