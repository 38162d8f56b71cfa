"""What was parsed -> raw, by COPY, in one transaction with the delivery's months and status."""

import io
import re
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import polars as pl
from psycopg import Connection

from ingest.clerk.template import of_template
from ingest.layout.fingerprint import unseen
from ingest.parsing.contents import Contents, FileReader
from warehouse.area import departments
from warehouse.book import confirmations, deliveries, findings, revisions
from warehouse.database import connect, engine

COLUMN_SCHEMA = {
    "position": pl.Int16, "letter": pl.String, "heading": pl.String, "region": pl.String, "industry": pl.String,
    "month": pl.Date, "indicator": pl.String, "measure": pl.String, "period_type": pl.String, "basis": pl.String,
    "unit": pl.String, "factor": pl.Float64, "decimals": pl.Int16,
}  # fmt: skip

# A COPY statement and the text that follows it.
Copy = tuple[str, bytes]


RAW = "raw."
# The rules that refuse a row as a whole, by whose address it is known: 第6行, A6.
OF_A_ROW = ("row_twice", "longer_time")


def load(delivery_id: int, reading: FileReader) -> Contents:
    """Read a received delivery and load it, unless a finding is critical; warnings are written down with it.

    Returns what the file says as a whole; what is not loadable has left nothing behind, and is the caller's to reject.
    Running it again for a delivery already loaded changes nothing.
    """
    with engine().connect() as c:
        waits = deliveries.awaits_loading(c, delivery_id)
        driver = c.connection.driver_connection
        assert driver
        with closing(_ahead(_encoded(delivery_id, reading, RAW))) as copies:
            for statement, data in copies:
                # Once a finding is critical the rest is read for its findings only.
                if waits and not reading.found.critical:
                    _write(driver, statement, data)
        parsed = reading.contents
        if not waits or not parsed.loadable:
            c.rollback()
            return parsed
        if (new := unseen(reading.feed.feed, parsed.layout)) and not of_template(
            reading.feed, parsed.month, parsed.layout
        ):
            parsed.findings += new
        deliveries.note_loaded(c, delivery_id, parsed.cells, parsed.maturity)
        findings.note(c, delivery_id, parsed.findings)
        by = departments()[reading.feed.department]
        if parsed.reason:
            revisions.note_reason(c, delivery_id, parsed.reason.cause, parsed.reason.reason, by)
        if parsed.confirmation:
            confirmations.note(c, delivery_id, parsed.confirmation.cells, parsed.confirmation.reason, by)
        c.commit()
    return parsed


def copy_into(tables: str, delivery_id: int, reading: FileReader) -> Contents:
    """Copy what can be read of a file, whatever is found, into tables named as those of raw behind `tables`.

    A row that is refused as a whole is left out: what the gate would say of its numbers comes of that one mistake.
    """
    with connect() as c, closing(_ahead(_encoded(delivery_id, reading, tables))) as copies:
        for statement, data in copies:
            _write(c, statement, data)
        rows = [(f.sheet, re.sub(r"\D", "", f.cell)) for f in reading.found if f.rule in OF_A_ROW and f.cell]
        c.cursor().executemany(f"delete from {tables}delivered_row where sheet = %s and row = %s::int", rows)
    return reading.contents


def _write(c: Connection, statement: str, data: bytes) -> None:
    with c.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(data)


def _ahead(copies: Iterator[Copy]) -> Generator[Copy, None, None]:
    """The same, with the next part read in a thread of its own while the server writes this one."""
    with ThreadPoolExecutor(1) as reader:
        following = reader.submit(next, copies, None)
        while (copy := following.result()) is not None:
            following = reader.submit(next, copies, None)
            yield copy


def _encoded(delivery_id: int, reading: FileReader, tables: str) -> Iterator[Copy]:
    """Each part of the file as the COPY statements that load it."""
    for table in reading.parts():
        columns = pl.DataFrame(table.columns, schema=COLUMN_SCHEMA) if table.columns else None
        for name, frame in (
            ("delivered_column", columns),
            ("delivered_row", table.rows),
            ("register", table.register),
            ("control_total", table.controls),
        ):
            if frame is not None and not frame.is_empty():
                yield _copy(f"{tables}{name}", delivery_id, table.sheet, frame)


def _copy(table: str, delivery_id: int, sheet: str, frame: pl.DataFrame) -> Copy:
    """COPY of a frame into a table by its columns' names; an unquoted empty field is null."""
    full = frame.with_columns(delivery_id=pl.lit(delivery_id), sheet=pl.lit(sheet))
    names = ", ".join(f'"{n}"' for n in full.columns)
    text = io.BytesIO()
    full.write_csv(text, include_header=False)
    return f"copy {table} ({names}) from stdin (format csv)", text.getvalue()
