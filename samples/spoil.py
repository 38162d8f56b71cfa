"""Turn a simulated file into one as departments send by accident, or into its own correction, under the same name.

Every function takes a file as `simulate.write_month` wrote it, rewrites it in place and returns its path.
Rows are named by the first column, columns by the heading path as printed, levels joined by |.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from samples.simulate import SEED, last_report, month_of, recognise, table
from samples.table import Column, Table, round_half_away


def _rewrite(path: Path, seed: int, change: Callable[[Table], Table]) -> Path:
    path.write_bytes(change(recognise(path.name, seed)).to_bytes())
    return path


def _is_growth(column: Column) -> bool:
    return column.decimals is not None and any("%" in level for level in column.heading)


def _is_amount(column: Column) -> bool:
    return column.decimals is not None and not _is_growth(column)


def shift_unit(path: Path, power: int = 4, seed: int = SEED) -> Path:
    """All amounts are 10^power times what the heading's unit says, as when 元 are typed under 万元."""

    def shifted(column: Column) -> Column:
        cells = tuple(c * 10.0**power if isinstance(c, float) else c for c in column.cells)
        return replace(column, cells=cells) if _is_amount(column) else column

    return _rewrite(path, seed, lambda t: replace(t, columns=tuple(map(shifted, t.columns))))


def type_text(path: Path, label: str, heading: str, text: str = "待核实", seed: int = SEED) -> Path:
    """A text stands where a number belongs."""
    return _rewrite(path, seed, lambda t: t.with_cell(label, heading, text))


def resubmit(path: Path, seed: int = SEED) -> Path:
    """Last month's file, its title unchanged, under this month's name."""
    return _rewrite(path, seed, lambda t: table(t.feed, last_report(t.feed, month_of(path.name)), seed))


def retitle(path: Path, seed: int = SEED) -> Path:
    """Last month's numbers under this month's title: a stale table that looks new."""
    return _rewrite(
        path, seed, lambda t: replace(table(t.feed, last_report(t.feed, month_of(path.name)), seed), period=t.period)
    )


def keep_counting(path: Path, seed: int = SEED) -> Path:
    """The cumulative columns of a year's first file go on from December's instead of starting anew."""
    december = f"{int(month_of(path.name)[:4]) - 1}-12"

    def carry(good: Table) -> Table:
        before = table(good.feed, december, seed)
        columns = (_carried(a, b) for a, b in zip(good.columns, before.columns, strict=True))
        return replace(good, columns=tuple(columns))

    return _rewrite(path, seed, carry)


def _carried(column: Column, before: Column) -> Column:
    if not _is_amount(column) or not any("累计" in level or "本月止" in level for level in column.heading):
        return column
    cells = (
        round_half_away(c + b, column.decimals or 0) if isinstance(c, float) and isinstance(b, float) else c
        for c, b in zip(column.cells, before.cells, strict=True)
    )
    return replace(column, cells=tuple(cells))


def drop_row(path: Path, label: str, seed: int = SEED) -> Path:
    """A county is missing from the table."""

    def dropped(t: Table) -> Table:
        row = t.labels.index(label)
        return replace(t, columns=tuple(replace(c, cells=(*c.cells[:row], *c.cells[row + 1 :])) for c in t.columns))

    return _rewrite(path, seed, dropped)


def contradict_growth(path: Path, label: str, heading: str, by_pp: float = 30, seed: int = SEED) -> Path:
    """The printed growth is not what the value and its base beside it give. TypeError where no number stands."""
    return _rewrite(path, seed, lambda t: _moved(t, label, heading, by_pp))


def correct(
    path: Path, label: str | None = None, heading: str | None = None, by: float = 0.4, seed: int = SEED
) -> Path:
    """The department's own correction: one cell moves by `by`, which a note under the table confirms, as its level does not
    move with it. TypeError where no number stands.

    Unless told, the cell is the last growth rate of the first row under the total.
    """

    def corrected(t: Table) -> Table:
        last_growth = next(c for c in reversed(t.columns) if _is_growth(c))
        moved = _moved(t, label or str(t.labels[1]), heading or "|".join(last_growth.heading), by)
        return replace(moved, notes=(*t.notes, "核实说明：更正数已经核实"))

    return _rewrite(path, seed, corrected)


def _moved(t: Table, label: str, heading: str, by: float) -> Table:
    cell = t.cell(label, heading)
    if not isinstance(cell, float):
        raise TypeError(f"{label} {heading} holds {cell!r}, no number")
    return t.with_cell(label, heading, round_half_away(cell + by, t.columns[t.column(heading)].decimals or 0))
