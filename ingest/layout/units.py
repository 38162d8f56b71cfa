"""Which unit a column is in: what its heading or a row of units states, else what title, lines and notes state, else the feed.

A unit of another scale beside the heading is taken at its word and noted: the paper is unambiguous there, and the gate
still compares the numbers with their history. Above the table it speaks for many columns and is easily left over from
another sheet, so another scale is refused there. Two places that contradict each other refuse the file (domain.md 2.4).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ingest import rules
from ingest.feed import Column, Feed
from ingest.grammar.paperwork import is_footer
from ingest.grammar.text import first_text, plain, text_of
from ingest.grammar.units import ANNOUNCED, UNIT_WORD, Stated, Word, units_named, units_said
from ingest.layout.lines import Line
from ingest.reading.sheet import Sheet, address
from vocabulary.finding import Finding
from vocabulary.unit import CANONICAL, kind_of

# Exports give frequency, unit, number, source and dates of each series in so many rows.
METADATA_ROWS = 12


def units_above(lines: Sequence[Line], sheet: Sheet, feed: Feed) -> tuple[list[Stated], list[Finding]]:
    """The units in the lines above a table, and the words among them that look like units and are none."""
    rows = (line.row for line in lines if not _is_row_of_units(sheet, line.row))
    return _stated(feed, sheet, ((cell, word) for row in rows for cell, word in _said_in(sheet, row)))


def units_under(sheet: Sheet, rows: range, feed: Feed) -> tuple[list[Stated], list[Finding]]:
    """The units in the notes among the rows of a table, and in lines that begin by announcing them."""
    said = []
    for row in sheet.holding(("位", "计")):
        if row not in rows or _is_row_of_units(sheet, row):
            continue
        if is_footer(first_text(sheet.rows[row])) or ANNOUNCED.match(_first(sheet, row)):
            said += [(cell, replace(word, announced=False)) for cell, word in _said_in(sheet, row) if word.announced]
    return _stated(feed, sheet, said)


def _said_in(sheet: Sheet, row: int) -> Iterator[tuple[str, Word]]:
    """The units that a row's cells say, each with the cell; 单位： and 万元 may stand in two cells."""
    texts = [(address(row, c), t) for c, v in enumerate(sheet.rows[row]) if (t := text_of(v))]
    for i, (cell, text) in enumerate(texts):
        if UNIT_WORD.fullmatch(plain(text)) and i + 1 < len(texts):
            text = f"{text.removesuffix(':').removesuffix('：')}:{texts[i + 1][1]}"
        yield from ((cell, word) for word in units_said(text))


def _stated(feed: Feed, sheet: Sheet, said: Iterable[tuple[str, Word]]) -> tuple[list[Stated], list[Finding]]:
    """What is said of units. A word in brackets or alone counts where the feed has numbers of its kind: (份) is none of power."""
    kinds = {kind_of(c.unit)[0] for c in feed.measured if c.unit}
    stated, findings = dict[Stated, None](), dict[Finding, None]()
    for cell, word in said:
        if not word.is_known:
            findings[_unknown(word.unit, sheet, cell)] = None
        elif word.announced or kind_of(word.unit)[0] in kinds:
            stated[Stated(word.unit, cell)] = None
    return list(stated), list(findings)


def _first(sheet: Sheet, row: int) -> str:
    return next((t for v in sheet.rows[row] if (t := text_of(v))), "")


def _is_row_of_units(sheet: Sheet, row: int) -> bool:
    """Whether a row gives several columns their units each: 单位 | 亿元 | 万吨."""
    texts = [t for v in sheet.rows[row] if (t := text_of(v))]
    return len(texts) > 2 and UNIT_WORD.fullmatch(plain(texts[0])) is not None


def units_beside(sheet: Sheet, top: int, body: int) -> dict[int, Stated]:
    """The unit of each column in a row of units among the metadata over or under headings, as data vendors export it.

    What such a row says may be no unit that is known.
    """
    rows = (*range(max(0, top - METADATA_ROWS), top), *range(body, min(body + METADATA_ROWS, len(sheet.rows))))
    row = next((r for r in rows if _is_row_of_units(sheet, r)), None)
    if row is None:
        return {}
    texts = {c: plain(text_of(sheet.spread(row, c))) for c in range(len(sheet.rows[row]))}
    return {
        c: Stated(t, address(row, c))
        for c, t in texts.items()
        if re.search(r"[\w%‰]", t) and not UNIT_WORD.fullmatch(t)
    }


def column_of_units(sheet: Sheet, column: int, body: int, feed: Feed) -> list[Stated]:
    """The units that a column of units gives to the rows of a table whose columns are indicators."""
    first = {plain(text_of(raw)): body + i for i, raw in reversed([*enumerate(sheet.column(column, body))])}
    words = (
        (address(row, column), Word(unit, announced=False)) for text, row in first.items() for unit in units_named(text)
    )
    return _stated(feed, sheet, words)[0]


def _unknown(word: str, sheet: Sheet, cell: str) -> Finding:
    return rules.finding("unknown_unit", sheet.name, cell, found=word)


def settle(
    column: Column, beside: Sequence[Stated], above: Sequence[Stated], heading: str, sheet: Sheet, cell: str
) -> tuple[Column, Finding | None]:
    """A declared column in the unit that the paper states for it, and the finding or the note that this makes."""
    assert column.unit is not None
    dimension, scale = kind_of(column.unit)
    if strange := next((s for s in beside if s.unit not in CANONICAL), None):
        return column, _unknown(strange.unit, sheet, strange.cell)
    mine = [s for s in beside if kind_of(s.unit)[0] == dimension]
    if not mine and (other := next((s for s in beside if s.own), None)):
        return column, _disagrees(sheet, cell, column, heading, f"{other.unit}（{other.cell}）")
    table = [s for s in above if kind_of(s.unit)[0] == dimension]
    if clash := _clash(mine, table):
        return column, _two_units(sheet, cell, heading, *clash)
    if mine:
        stated = mine[-1]
        if kind_of(stated.unit)[1] == scale:
            return column, None
        if column.attribute or CANONICAL[stated.unit][0] != CANONICAL[column.unit][0]:
            # No gate compares a register's numbers with their history; and an indicator is kept in one canonical unit.
            return column, _disagrees(sheet, cell, column, heading, stated.unit)
        # The declared number of decimals was that of the declared unit.
        return column.model_copy(update={"unit": stated.unit, "decimals": None}), _read_in(
            sheet, column, heading, stated
        )
    if other := next((s for s in table if scale not in _scales(table, s.cell)), None):
        return column, _disagrees(sheet, cell, column, heading, f"{other.unit}（{other.cell}）")
    return column, None


def _scales(stated: Sequence[Stated], cell: str) -> set[float]:
    """The scales that one cell states: a list there names units of several columns."""
    return {kind_of(s.unit)[1] for s in stated if s.cell == cell}


def _clash(beside: Sequence[Stated], above: Sequence[Stated]) -> tuple[Stated, Stated] | None:
    """Two places that state units of one dimension and different scale."""
    if other := next((s for s in beside if kind_of(s.unit) != kind_of(beside[0].unit)), None):
        return beside[0], other
    for s in above if beside else ():
        if kind_of(beside[-1].unit)[1] not in _scales(above, s.cell):
            return beside[-1], s
    return None


def _disagrees(sheet: Sheet, cell: str, column: Column, heading: str, found: str) -> Finding:
    return rules.finding("unit_disagrees.column", sheet.name, cell, found=found, expected=column.unit, heading=heading)


def _two_units(sheet: Sheet, cell: str, heading: str, one: Stated, other: Stated) -> Finding:
    return rules.finding("unit_disagrees.twice", sheet.name, cell, heading=heading, one=one, other=other)


def _read_in(sheet: Sheet, column: Column, heading: str, stated: Stated) -> Finding:
    return rules.finding(
        "unit_converted", sheet.name, stated.cell, found=stated.unit, expected=column.unit, heading=heading
    )


def foreign_units(feed: Feed, sheet: Sheet, above: Sequence[Stated]) -> Iterator[Finding]:
    """A table whose stated units fit none of its columns is another table."""
    dimensions = {kind_of(c.unit)[0] for c in feed.measured if c.unit}
    if above and not {kind_of(s.unit)[0] for s in above} & dimensions:
        yield rules.finding(
            "unit_disagrees.table",
            sheet.name,
            above[0].cell,
            found="、".join(s.unit for s in above),
            expected="、".join(dict.fromkeys(c.unit for c in feed.measured if c.unit)),
        )
