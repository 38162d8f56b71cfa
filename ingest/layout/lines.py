"""The lines of text over a table, and which of them only name it."""

from dataclasses import dataclass

from ingest.grammar.months import months_in
from ingest.grammar.paperwork import PAGE_LINE
from ingest.grammar.text import plain, text_of
from ingest.grammar.units import units_said
from ingest.reading.sheet import Sheet
from vocabulary.label import fold


@dataclass(frozen=True)
class Line:
    """One row of text above a table: its row, the column of its first cell that is not blank, and its texts joined."""

    row: int
    column: int
    text: str


def lines(sheet: Sheet, start: int, end: int) -> list[Line]:
    """The texts of rows, one line a row, each cell once."""
    found = []
    for row in range(start, end):
        texts = {fold(t): c for c, v in reversed([*enumerate(sheet.rows[row])]) if (t := text_of(v))}
        if texts:
            found.append(Line(row, min(texts.values()), " ".join(reversed(texts))))
    return found


def paperwork_from(sheet: Sheet, top: int) -> int:
    """The first of the lines right over a later table's headings that only name it: title, unit, page, blank."""
    row = top
    while row and _is_paperwork(sheet, row - 1):
        row -= 1
    return row


def _is_paperwork(sheet: Sheet, row: int) -> bool:
    texts = [plain(t) for v in sheet.rows[row] if (t := text_of(v))]
    return all(months_in(t) or any(units_said(t)) or PAGE_LINE.fullmatch(t) for t in texts)
