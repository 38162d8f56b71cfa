"""Make a poisoned table of a good one, as departments do by accident, and a corrected one. All give new tables."""

from dataclasses import replace

from samples.departments import round_half_away
from samples.table import Column, Printed, Table


def _is_value(column: Column) -> bool:
    """A column of amounts, not of growth."""
    return column.decimals is not None and not any(w in "".join(column.heading[-1:]) for w in ("%", "增速", "增长"))


def shift_unit(table: Table, power: int = 4) -> Table:
    """All amounts are 10^power times what the heading's unit says: 元 typed under 万元."""

    def shifted(column: Column) -> Column:
        cells = tuple(c * 10.0**power if isinstance(c, float) else c for c in column.cells)
        return replace(column, cells=cells) if _is_value(column) else column

    return replace(table, columns=tuple(map(shifted, table.columns)))


def type_text(table: Table, label: str, heading: str, text: str = "待核实") -> Table:
    """A text stands where a number belongs."""
    return table.with_cell(label, heading, text)


def resubmit(table: Table, last_month: Table) -> Table:
    """Last month's sheet, its title unchanged, under this month's file name: see `Table.file_name`."""
    return replace(last_month, file_name_period=table.period)


def retitle(table: Table, last_month: Table) -> Table:
    """Last month's numbers under this month's title and file name: a stale table that looks new."""
    return replace(last_month, period=table.period)


def keep_counting(table: Table, december: Table) -> Table:
    """The cumulative columns of a year's first table go on from December's instead of starting anew."""

    def carried(column: Column) -> Column:
        if not _is_value(column) or not any("累计" in h or "本月止" in h for h in column.heading):
            return column
        before = dict(zip(december.labels, december.columns[table.column("|".join(column.heading))].cells, strict=True))
        return replace(
            column, cells=tuple(_sum(c, before.get(n), column) for n, c in zip(table.labels, column.cells, strict=True))
        )

    return replace(table, columns=tuple(map(carried, table.columns)))


def _sum(cell: Printed, before: Printed, column: Column) -> Printed:
    if isinstance(cell, float) and isinstance(before, float):
        return round_half_away(cell + before, column.decimals or 0)
    return cell


def drop_row(table: Table, label: str) -> Table:
    """A county is missing from the table."""
    row = table.labels.index(label)
    columns = (replace(c, cells=(*c.cells[:row], *c.cells[row + 1 :])) for c in table.columns)
    return replace(table, columns=tuple(columns))


def contradict_growth(table: Table, label: str, heading: str, by_pp: float = 30) -> Table:
    """The printed growth is not what the value and its base beside it give. Raises TypeError for a cell without one."""
    return table.with_cell(label, heading, _number(table, label, heading) + by_pp)


def correct(table: Table, label: str, heading: str, by: float) -> Table:
    """The department's own correction: one cell moves by `by`, and the file's name says 更正."""
    decimals = table.columns[table.column(heading)].decimals or 0
    changed = table.with_cell(label, heading, round_half_away(_number(table, label, heading) + by, decimals))
    return replace(changed, name_suffix=f"{table.name_suffix}更正")


def _number(table: Table, label: str, heading: str) -> float:
    cell = table.cell(label, heading)
    if not isinstance(cell, float):
        raise TypeError(f"{label} {heading} holds {cell!r}, no number")
    return cell
