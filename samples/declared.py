"""Tables printed as their feed's YAML declares them: headings, units and digits are the feed's, the figures the city's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from ingest.feed import Column as Declared
from ingest.feed import Feed
from ingest.feeds import load_feed
from samples.catalogue import Measured
from samples.economy import CITY, Period, index
from samples.table import NO_NUMBER, Column, Form, Printed, Table, print_growth, round_half_away
from vocabulary.month import Month
from vocabulary.unit import canonical
from warehouse.settings import ROOT


@cache
def feed_of(name: str) -> Feed:
    """A feed of the city as its YAML declares it."""
    return load_feed(ROOT / "areas" / "jingmen" / "feeds" / f"{name}.yml")


@dataclass(frozen=True)
class Line:
    """One row: what its labels say, and what its indicators measure (under `key`) or its attributes are.

    Attributes are as the warehouse keeps them: canonical units, ISO days, booleans, stored choices; None where blank.
    """

    labels: Mapping[str, str | None]
    measured: Callable[[str], Measured] | None = None
    key: str = CITY
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Style:
    """How a department writes its file."""

    form: Form = "xlsx"
    corner: str | None = None
    notes: tuple[str, ...] = ()
    numbers_as_text: bool = False


def print_table(feed: Feed, month: str, lines: Sequence[Line], style: Style) -> Table:
    """The file that a department sends for a month. Without January, February's speaks of both months."""
    at = Month.parse(month)
    cumulative = at.month > 1 and any(c.period_type == "YTD" for c in feed.numbers)
    both = at.month == 2 and not feed.reports_january
    return Table(
        feed=feed.feed,
        period=f"{at.year}年{'1-' if cumulative or both else ''}{at.month}月",
        title=feed.title,
        corner=style.corner,
        columns=tuple(_column(feed, c, month, lines, style) for c in feed.columns),
        form=style.form,
        notes=style.notes,
        numbers_as_text=style.numbers_as_text,
    )


def _column(feed: Feed, column: Declared, month: str, lines: Sequence[Line], style: Style) -> Column:
    levels = column.heading.split("|")
    if column.unit and not (style.corner and column.unit != "%" and column.unit in style.corner):
        levels[-1] += f"({column.unit})"
    if column.label:
        return Column(tuple(levels), tuple(line.labels.get(column.label) for line in lines))
    if column.attribute:
        return Column(tuple(levels), tuple(_attribute(column, line) for line in lines), column.decimals or 0)
    cells = tuple(_number(feed, column, month, line) for line in lines)
    return Column(tuple(levels), cells, column.decimals)


def _number(feed: Feed, column: Declared, month: str, line: Line) -> Printed:
    assert line.measured
    assert column.indicator
    measure = line.measured(column.indicator)
    period: Period = "YTD" if column.period_type == "YTD" else "M"
    if period == "M" and month.endswith("-02") and not feed.reports_january and not _stands(measure):
        return NO_NUMBER
    value, base = measure.at(line.key, index(month), period)
    if np.isnan(value):
        return NO_NUMBER
    if column.measure == "growth":
        return print_growth(value, base, column.decimals or 0)
    shown = base if column.measure == "base" else value
    return round_half_away(shown / canonical(column.unit or "")[1], column.decimals or 0)


def _stands(measure: Measured) -> bool:
    """Whether a figure stands at the month's end and so exists for February alone."""
    return bool(getattr(measure, "stock", False))


def _attribute(column: Declared, line: Line) -> Printed:
    value = line.attributes.get(column.attribute or "")
    if value is None:
        return None
    if column.type == "flag":
        return "是" if value else "否"
    if column.type == "number":
        return round_half_away(value / canonical(column.unit or "")[1], column.decimals or 0)
    return next((c.printed for c in column.choices if c.stored == value), value)
