"""What was understood of a file, cell by cell, for who writes its feed: raw.observation before anything is loaded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from ingest.parsing.contents import Contents
from vocabulary.month import Month


@dataclass(frozen=True)
class Understood:
    """One cell: where it stands, what it is of, and its number as printed; `value` times `factor` is what is kept."""

    sheet: str
    cell: str
    indicator: str
    region: str | None
    industry: str | None
    firm: str | None
    period_type: str
    month: Month | None
    measure: str
    unit: str | None
    factor: float
    value: float


def understood(parsed: Contents) -> Iterator[Understood]:
    """Every number of a file read whole (read_file), in the order of its rows; a list of things has none."""
    for table in parsed.tables:
        for row in table.rows.iter_rows(named=True):
            values = dict(enumerate(row["values"] or (), 1))
            for column in table.columns or ():
                value = values.get(column["position"])
                if value is not None and (column["indicator"] or row.get("indicator")):
                    yield _cell(table.sheet, row, column, value)


def _cell(sheet: str, row: dict[str, Any], column: dict[str, Any], value: float) -> Understood:
    said: dict[str, Any] = {
        key: row.get(key) if row.get(key) is not None else column.get(key) for key in BY_ROW_OR_COLUMN
    }
    month: date | None = said.pop("month")
    return Understood(
        sheet,
        f"{column['letter']}{row['row']}",
        firm=row.get("entity_id") or row.get("entity_name"),
        month=Month.of(month) if month else None,
        value=value,
        **said,
    )


# What a row says of its cells, else their column.
BY_ROW_OR_COLUMN = ("indicator", "region", "industry", "period_type", "month", "measure", "unit", "factor")
