"""A sheet of raw cells, each in its place, as every reader makes it; and the refusal of a file that gives none.

Light on purpose: the process that opens strangers' workbooks imports this and little else.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal, NamedTuple, overload

from vocabulary.finding import Finding

if TYPE_CHECKING:
    import polars as pl

Raw = str | float | int | bool | date | time | timedelta | None

# What stands in a formula's cell that no program has calculated; the cell grammar refuses it where a number belongs.
UNCALCULATED = "#未计算!"
# What stands beside a value of which its cell shows something else; the cell grammar refuses it where a number belongs.
DOUBT = "〔核对："

# Rows of a workbook that are handed on together.
CHUNK_ROWS = 50_000


class Chunk(NamedTuple):
    """Rows of a sheet from row `first` (from 0) on, column by column, all of length `height`.

    A column is a series of text in which an empty cell is null, or a sequence of cells as the file types them. `tidy`: it
    is certain that no cell holds a blank or a control character.
    """

    first: int
    height: int
    columns: "Sequence[pl.Series | Sequence[Raw]]"
    tidy: bool = False


class Refusal(Exception):
    """A file's bytes are no table. Carries what is wrong, in the sender's words."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding)
        self.finding = finding


class Rows(Sequence[Sequence[Raw]]):
    """Rows that are kept as columns of equal length, which is how large sheets are checked and read."""

    def __init__(self, rows: Sequence[Sequence[Raw]]) -> None:
        self.height = len(rows)
        self.columns: list[Sequence[Raw]] = list(zip_longest(*rows))

    def __len__(self) -> int:
        return self.height

    @overload
    def __getitem__(self, at: int) -> list[Raw]: ...
    @overload
    def __getitem__(self, at: slice) -> list[list[Raw]]: ...
    def __getitem__(self, at: int | slice) -> list[Raw] | list[list[Raw]]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(self.height))]
        if not -self.height <= at < self.height:
            raise IndexError(at)
        return [column[at] for column in self.columns]

    def holding(self, words: Sequence[str]) -> list[int]:
        """The rows with a text that holds one of the words, all texts of a column searched as one."""
        found: set[int] = set()
        for column in self.columns:
            try:
                texts = "\n".join(column)  # type: ignore[arg-type]
            except TypeError:  # not texts alone
                texts = "\n".join([raw for raw in column if type(raw) is str])
            if any(word in texts for word in words):
                found.update(r for r, raw in enumerate(column) if type(raw) is str and any(w in raw for w in words))
        return sorted(found)


class Otherwise(NamedTuple):
    """That a cell shows something else than it stores: the rule of the remark, and both in the sender's words."""

    rule: Literal["shown_otherwise", "hidden_value", "hidden_text"]
    said: str


@dataclass(frozen=True)
class Sheet:
    """One sheet. `rows[r][c]` counts from 0 and keeps the file's own places; `covered` maps a merged cell to its anchor.

    A cell is what people see of it, with all its digits: 0.083 formatted as a percentage is `8.3%`, a hidden zero is None.
    `otherwise` maps a cell to what the sender is told of the difference. Rows and columns that the sheet hides are read as
    they stand and listed; `links` maps a cell to the other file that its formula reads.
    A long text is not held as a whole: `rows` are its first ones, and `tail` reads on from there.
    """

    name: str
    rows: Sequence[Sequence[Raw]]
    covered: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    hidden: bool = False
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    otherwise: dict[tuple[int, int], Otherwise] = field(default_factory=dict)
    tail: Callable[[], Iterator[Chunk]] | None = None

    def at(self, row: int, column: int) -> Raw:
        """The cell's own value; None beyond the edge."""
        if row >= len(self.rows):
            return None
        if isinstance(self.rows, Rows):
            value = self.rows.columns[column][row] if column < self.width else None
        else:
            value = self.rows[row][column] if column < len(self.rows[row]) else None
        return None if value == "" else value

    def spread(self, row: int, column: int) -> Raw:
        """The cell's value, or that of the merged range which covers it."""
        return self.at(*self.covered.get((row, column), (row, column)))

    def holding(self, words: Sequence[str]) -> Sequence[int]:
        """The rows in which a text may hold one of the words: of a large sheet those that do, else all."""
        return self.rows.holding(words) if isinstance(self.rows, Rows) else range(len(self.rows))

    def column(self, index: int, start: int = 0) -> Sequence[Raw]:
        """The cells of a column within the sheet, from row `start` on."""
        if isinstance(self.rows, Rows):
            return self.rows.columns[index][start:]
        return [self.at(row, index) for row in range(start, len(self.rows))]

    @property
    def width(self) -> int:
        return len(self.rows.columns) if isinstance(self.rows, Rows) else max(map(len, self.rows), default=0)

    def chunks(self, start: int, height: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """All rows from `start` on. Raises Refusal where a long text turns out unreadable further down."""
        width = self.width
        for first in range(start, len(self.rows), height):
            end = min(first + height, len(self.rows))
            if isinstance(self.rows, Rows):
                columns = [c[first:end] for c in self.rows.columns]
            else:
                columns = list(zip_longest(*self.rows[first:end]))
                columns += [(None,) * (end - first)] * (width - len(columns))
            yield Chunk(first, end - first, columns)
        if self.tail:
            yield from self.tail()


def address(row: int, column: int) -> str:
    """`C7` of row 6 and column 2, both counted from 0."""
    return f"{letter(column)}{row + 1}"


def letter(column: int) -> str:
    """`A`, `Z`, `AA` of column 0, 25, 26."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def column_index(letters: str) -> int:
    """0, 25, 26 of column `A`, `Z`, `AA`."""
    index = 0
    for sign in letters:
        index = index * 26 + ord(sign) - ord("A") + 1
    return index - 1


def doubtful(seen: str, why: str) -> str:
    """What stands in a cell whose reader cannot know what is meant: what is seen, and why that is not enough (Chinese)."""
    return f"{seen}{DOUBT}{why}〕"


def as_percentage(value: float) -> str:
    """What a cell of 0.083 in a percentage format means to its reader: `8.3%`, with no digit of it lost."""
    return f"{float(f'{value * 100:.15g}')!r}%".replace(".0%", "%")
