"""What a sender says of figures that look wrong and are right: 核实说明：F10、F11 该企业5月停产检修."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingest.grammar.text import text_of
from ingest.reading.sheet import Sheet

SIGN = "核实"
STATED = re.compile(r"核实(?:说明|情况)\s*[:：]\s*(?P<reason>\S.*)")
# Cells stand at the head of what is said; further on, letters and digits name products.
CELL = re.compile(r"[、，,和及\s]*([A-Z]{1,3}[1-9]\d{0,5})(?![A-Za-z0-9])")


@dataclass(frozen=True)
class Confirmation:
    """The sender's words and the cells that they name; without cells all of the file is meant."""

    cells: tuple[str, ...]
    reason: str


def stated_confirmation(sheets: Iterable[Sheet]) -> Confirmation | None:
    """The first confirmation that the sheets state; None where none does."""
    for sheet in sheets:
        for row in map(sheet.rows.__getitem__, sheet.holding((SIGN,))):
            if match := STATED.search(" ".join(t for value in row if (t := text_of(value)))):
                reason = match["reason"].strip()[:1000]
                return Confirmation(tuple(dict.fromkeys(_cells(reason))), reason)
    return None


def _cells(reason: str) -> Iterator[str]:
    at = 0
    while match := CELL.match(reason, at):
        yield match[1]
        at = match.end()
