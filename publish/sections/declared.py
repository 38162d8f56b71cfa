"""What a printed section consists of: a report, its key, columns with label and printer, and the tables they stand in.

The report's reading, the tables of the pages and the corrections are all made from this one declaration.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from publish.wording.figures import amount
from publish.wording.maturity import maturity_mark
from vocabulary.figure import ABSENT, number

Row = dict[str, Any]
Printer = Callable[[Row], str]


def itself(row: Row) -> Row | None:
    """The row that a cell is of, where a line of the table is one row of the report."""
    return row


@dataclass(frozen=True)
class Column:
    """One printed column of a report.

    name: the report's column that it prints; heading: the word for it, broken where a table may break it; printed: what
    stands in the cell; said: what corrections say of it, where that is more than the cell holds; style: num, mid or
    nowrap; traced: what a reader who traces the figure is told that it is, in words or by the column that holds them;
    settled: whether it carries the mark of how settled it is; clauses: a text, compared clause by clause; per: the part
    of the key that decides it, where not all of it does.
    """

    name: str
    heading: str
    printed: Printer
    said: Printer | None = None
    style: str = ""
    traced: str = ""
    settled: bool = False
    clauses: bool = False
    per: str = ""

    @property
    def label(self) -> str:
        return self.heading.replace("\n", "")

    def marks(self, row: Row) -> tuple[str, str]:
        """The marks behind a figure: `*` where it was computed, and its maturity's code."""
        if not self.settled:
            return "", ""
        computed = row.get("growth_source") == "computed" and row[self.name] is not None
        return "*" if computed else "", row["maturity"] or ""

    def says(self, row: Row) -> str:
        """The column by itself, in running text."""
        star, maturity = self.marks(row)
        return self.said(row) if self.said else f"{self.printed(row)}{star}{maturity_mark(maturity)}"

    def where(self, flag: str) -> "Column":
        """The column as it is printed only of rows with a flag."""
        return replace(self, said=lambda r: self.says(r) if r[flag] else ABSENT)


@dataclass(frozen=True)
class Note:
    """A column as a small line in the cell of another; where nothing else decides, an absent one is left out."""

    column: Column
    form: str = "{}"
    when: Callable[[Row], bool] | None = None

    def says(self, row: Row) -> str:
        printed = self.column.printed(row)
        told = self.when(row) if self.when else printed not in ("", ABSENT)
        return self.form.format(printed) if told else ""


@dataclass(frozen=True)
class Cell:
    """A column as it lies in a table.

    heading: the table's own word for it; head: the row's own name; strong: a word in bold before it; tag: the style of a
    mark of colour; notes: small lines under it; of: the row that it is of, where a line is made of several.
    """

    column: Column
    heading: str = ""
    head: bool = False
    strong: Printer | None = None
    tag: Printer | None = None
    notes: tuple[Note, ...] = ()
    of: Callable[[Row], Row | None] = itself

    def style(self, row: Row) -> str:
        """The classes of the cell; a growth below zero is marked as one."""
        c = self.column
        falls = c.style == "num" and "growth" in c.name and (row[c.name] or 0) < 0
        return f"{c.style} down" if falls else c.style


@dataclass(frozen=True)
class Table:
    """Cells side by side. caption may name the whole area; notes are paragraphs under it, each of the printed rows.

    marks: attributes of a row by which a program finds it, with the columns that hold them; group: the column by which
    rows are headed; numbered: whether rows are counted; widths: of the columns, where they are fixed.
    """

    cells: tuple[Cell, ...]
    caption: str = ""
    notes: tuple[Callable[[Sequence[Row]], str], ...] = ()
    style: str = "dense"
    wide: bool = False
    numbered: bool = False
    widths: tuple[str, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    group: str = ""


@dataclass(frozen=True)
class Section:
    """What an edition states of one report: `columns` are printed and compared, `also` is stated without a cell of its own.

    name: the section's in data.json; title: over its corrections; key: what tells its rows apart; order: what they are
    sorted by, where that is not the key; facts: columns of the report from which `sentences` are made, each a stated
    column, and which are not stated themselves.
    """

    name: str
    title: str
    report: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    also: tuple[str, ...]
    order: tuple[str, ...]
    facts: tuple[str, ...]
    sentences: Mapping[str, Callable[[Row], str | None]]

    @property
    def stated(self) -> tuple[str, ...]:
        """The columns that an edition states."""
        return tuple(dict.fromkeys((*self.also, *(c.name for c in self.columns))))

    @property
    def read(self) -> tuple[str, ...]:
        """The report's columns that it is made from."""
        return tuple(dict.fromkeys((*(c for c in self.stated if c not in self.sentences), *self.facts)))

    def tell(self, row: Row) -> Row:
        """A row of the report, with the area's word for its whole under `whole`, as the edition states it."""
        return {name: self.sentences[name](row) if name in self.sentences else row[name] for name in self.stated}


def section(
    name: str,
    title: str,
    report: str,
    key: str,
    *columns: Column,
    also: str = "",
    order: str = "",
    facts: str = "",
    sentences: Mapping[str, Callable[[Row], str | None]] | None = None,
) -> Section:
    """A section, its names given as words."""
    keys = tuple(key.split())
    stated = ("month", *keys, *also.split())
    by = tuple(order.split()) or keys
    return Section(name, title, report, keys, columns, stated, by, tuple(facts.split()), sentences or {})


def table(*cells: Cell | Column, caption: str = "", **look: Any) -> Table:
    """A table; a column by itself is a plain cell."""
    return Table(tuple(c if isinstance(c, Cell) else Cell(c) for c in cells), caption, **look)


def figure(name: str, heading: str, digits: int = 1, sign: bool = False, **look: Any) -> Column:
    """A column of numbers."""
    return Column(name, heading, lambda r: number(r[name], digits, sign), style="num", **look)


def words(name: str, heading: str, **look: Any) -> Column:
    """A column of words as the report has them."""
    return Column(name, heading, lambda r: r[name] or ABSENT, **look)


def told(name: str, heading: str, say: Callable[[Any], str], **look: Any) -> Column:
    """A column whose value has a way of being said."""
    return Column(name, heading, lambda r: say(r[name]), **look)


def text(name: str, heading: str) -> Column:
    """A column of clauses, each on a line of its own and compared by itself."""
    return Column(
        name,
        heading,
        lambda r: (r[name] or ABSENT).replace("；", "；\n"),
        said=lambda r: r[name] or ABSENT,
        clauses=True,
    )


def level(value: float | None, unit: str | None) -> str:
    """A level with the unit it is printed in."""
    return ABSENT if value is None else "".join(amount(value, unit))
