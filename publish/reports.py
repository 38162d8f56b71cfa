"""What an edition may print: the rows of schema reports for one month, and nothing else of the marts.

A report table that holds another month stops the edition: a section with last month's figures is the fault
readers find last.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from publish.sections import SECTIONS
from publish.sections.declared import Row, Section
from vocabulary.month import Month
from warehouse.area import load_area
from warehouse.settings import settings

SERIES_MONTHS = 36
TOP_TYPES = {"city", "country"}  # a region of these is the whole area


class ReportsNotOfMonth(Exception):
    """A report table holds rows of a month other than the edition's."""


MONTHS = {"month", "restated_month", "first_month", "last_month", "measured_month"}


def _publishable(column: str, value: Any) -> Any:
    """A value as data.json states it: months as 2018-06, moments in UTC, numbers as numbers, absent as null."""
    if column in MONTHS and isinstance(value, date):
        return str(Month.of(value))
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value


def _read(c: Connection, section: Section, month: Month, whole: str) -> list[Row]:
    columns = ", ".join(f'"{name}"' for name in section.read)
    if section.report == "rpt_series":  # the one table whose month is that of the point, not of the edition
        where = f"month <= :m and month > :m - interval '{SERIES_MONTHS} months'"
    else:
        others = c.execute(text(f"select distinct month from reports.{section.report} where month <> :m"), {"m": month})
        wrong = sorted(map(str, map(Month.of, others.scalars())))
        if wrong:
            raise ReportsNotOfMonth(f"reports.{section.report} holds {', '.join(wrong)}, not only {month}")
        where = "month = :m"
    found = c.execute(text(f"select {columns} from reports.{section.report} where {where}"), {"m": month}).mappings()
    rows = [section.tell({"whole": whole, **{k: _publishable(k, v) for k, v in row.items()}}) for row in found]
    return sorted(rows, key=lambda r: tuple(_natural(str(r[k])) for k in section.order))


def _natural(key: str) -> tuple[tuple[int, str], ...]:
    """Sorts M2 before M10."""
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", key))


def read_reports(c: Connection, month: Month) -> dict[str, list[Row]]:
    """The rows of every report for `month`, by section, ordered by key.

    `series` holds the 36 months up to `month`. Raises ReportsNotOfMonth when a table speaks of another month.
    """
    whole = load_area(settings().area).masthead.whole
    return {name: _read(c, section, month, whole) for name, section in SECTIONS.items()}
