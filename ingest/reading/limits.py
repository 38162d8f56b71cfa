"""How much of one file is read: generous for honest workbooks, small enough that a hostile one is refused unharmed."""

import os
from dataclasses import dataclass, fields, replace

from ingest import rules
from ingest.reading.sheet import Refusal


@dataclass(frozen=True)
class Limits:
    """Limits of one workbook or web page, and of what is fetched. GONGYUN_LIMITS changes them: `cells=5000000,memory_mb=4096`.

    A text table is read in a stream and knows only `text_mb` and `columns`. memory_mb bounds the address space of the
    process that opens workbooks, seconds its time for one file; `ratio` is how far a packed part, or a file with holes, may inflate beyond 16 MB. No file over
    `text_mb` is taken in or fetched; `paged_mb` and `pages` bound what one question to an API answers, `fetch_seconds` how long
    one connection to it lasts.
    """

    workbook_mb: int = 200
    text_mb: int = 4000
    inflated_mb: int = 1000
    ratio: int = 200
    members: int = 5000
    sheets: int = 200
    cells: int = 4_000_000
    columns: int = 4096
    covered: int = 200_000
    cell_text: int = 32_767
    css_rules: int = 1000
    paged_mb: int = 64
    pages: int = 10_000
    fetch_seconds: int = 1800
    memory_mb: int = 2048
    seconds: int = 120


def limits() -> Limits:
    """The limits in force. Raises ValueError for a name that is none."""
    said = dict(part.split("=", 1) for part in os.environ.get("GONGYUN_LIMITS", "").split(",") if part)
    if unknown := said.keys() - {f.name for f in fields(Limits)}:
        raise ValueError(f"GONGYUN_LIMITS: there is no limit {sorted(unknown)}")
    return replace(Limits(), **{name: int(value) for name, value in said.items()})


def within(
    what: str,
    found: float,
    limit: int,
    unit: str,
    sheet: str | None = None,
    cell: str | None = None,
    rule: str = "over_limit",
) -> None:
    """Raises Refusal, naming the limit and what was found, when `found` is beyond it."""
    if found > limit:
        raise Refusal(rules.finding(rule, sheet, cell, what=what, measured=found, limit=limit, unit=unit))
