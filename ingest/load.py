"""What was parsed -> raw, by COPY, in one transaction with the delivery's months and status."""

import io

import polars as pl
import psycopg

from ingest.parse import Parsed, Table
from warehouse.database import connect
from warehouse.ledger import Problem

COLUMN_SCHEMA = {
    "position": pl.Int16, "letter": pl.String, "heading": pl.String, "region": pl.String, "industry": pl.String,
    "month": pl.Date, "indicator": pl.String, "measure": pl.String, "period_type": pl.String, "basis": pl.String,
    "unit": pl.String, "factor": pl.Float64, "decimals": pl.Int16,
}  # fmt: skip


def load(delivery_id: int, parsed: Parsed) -> None:
    """Load a received delivery that has no critical problem; its warnings are written down with it.

    Running it again for a delivery already loaded changes nothing.
    """
    months = sorted(parsed.cells.items())
    with connect() as c:
        state = c.execute(
            "select status from ops.delivery where delivery_id = %s for update", (delivery_id,)
        ).fetchone()
        if state is None or state[0] != "received":
            return
        for table in parsed.tables:
            _load_table(c, delivery_id, table)
        with c.cursor() as cursor:
            cursor.executemany(
                "insert into ops.delivery_month (delivery_id, month, cells) values (%s, %s, %s)",
                [(delivery_id, month, cells) for month, cells in months],
            )
            _note(cursor, delivery_id, parsed.problems)
        c.execute(
            "update ops.delivery set status = 'loaded', loaded_at = clock_timestamp(), month = %s where delivery_id = %s",
            (months[-1][0], delivery_id),
        )


def _note(cursor: psycopg.Cursor, delivery_id: int, problems: list[Problem]) -> None:
    cursor.executemany(
        """
        insert into ops.problem (delivery_id, stage, rule, severity, sheet, cell, found, expected, message, hint)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            (delivery_id, p.stage, p.rule, p.severity, p.sheet, p.cell, p.found, p.expected, p.message, p.hint)
            for p in problems
        ],
    )


def _load_table(c: psycopg.Connection, delivery_id: int, table: Table) -> None:
    _copy(c, "raw.delivered_column", delivery_id, table.sheet, pl.DataFrame(table.columns, schema=COLUMN_SCHEMA))
    numbers = pl.col("values").list.eval(pl.element().cast(pl.String).fill_null("NULL")).list.join(",")
    rows = table.rows.with_columns(values=pl.concat_str([pl.lit("{"), numbers, pl.lit("}")]))
    _copy(c, "raw.delivered_row", delivery_id, table.sheet, rows)
    if table.register is not None:
        _copy(c, "raw.register", delivery_id, table.sheet, table.register)


def _copy(c: psycopg.Connection, table: str, delivery_id: int, sheet: str, frame: pl.DataFrame) -> None:
    """COPY a frame into a table by its columns' names; an unquoted empty field is null."""
    if frame.is_empty():
        return
    full = frame.with_columns(delivery_id=pl.lit(delivery_id), sheet=pl.lit(sheet))
    text = io.BytesIO()
    full.write_csv(text, include_header=False)
    names = ", ".join(f'"{n}"' for n in full.columns)
    with c.cursor() as cursor, cursor.copy(f"copy {table} ({names}) from stdin (format csv)") as copy:
        copy.write(text.getvalue())
