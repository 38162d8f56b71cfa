"""Which unit a column is in: what its heading or the row under it states, else what the table states, else the feed.

A unit of another scale beside the heading is taken at its word and noted: the paper is unambiguous there, and the gate
still compares the numbers with their history. Above the table it speaks for many columns and is easily left over from
another sheet, so another scale is refused there. Two places that contradict each other refuse the file (domain.md 2.4).
"""

from collections.abc import Iterator, Sequence

from ingest import rules
from ingest.feed import Column, Feed
from ingest.grammar.units import LIST_SIGNS, LOOKS_LIKE_A_UNIT, STATED_UNIT, Stated
from ingest.layout.lines import Line
from ingest.reading.sheet import Sheet, address
from vocabulary.finding import Finding
from vocabulary.unit import CANONICAL


def units_above(lines: Sequence[Line], sheet: Sheet) -> tuple[list[Stated], list[Finding]]:
    """The units in the lines above a table, and the words among them that look like units and are none."""
    stated, findings = [], []
    for line in lines:
        for match in STATED_UNIT.finditer(line.text):
            cell = next(
                (address(line.row, c) for c in range(sheet.width) if "单位" in str(sheet.at(line.row, c) or "")),
                address(line.row, line.column),
            )
            for word in LIST_SIGNS.split(match[1]):
                if word in CANONICAL:
                    stated.append(Stated(word, cell))
                elif LOOKS_LIKE_A_UNIT.fullmatch(word):
                    findings.append(_unknown(word, sheet, cell))
    return stated, findings


def _unknown(word: str, sheet: Sheet, cell: str) -> Finding:
    return rules.finding("unknown_unit", sheet.name, cell, found=word)


def settle(
    column: Column, beside: Sequence[Stated], above: Sequence[Stated], heading: str, sheet: Sheet, cell: str
) -> tuple[Column, Finding | None]:
    """A declared column in the unit that the paper states for it, and the finding or the note that this makes."""
    assert column.unit is not None
    dimension, scale = CANONICAL[column.unit]
    mine = [s for s in beside if CANONICAL[s.unit][0] == dimension]
    if not mine and (other := next((s for s in beside if s.own), None)):
        return column, _disagrees(sheet, cell, column, heading, f"{other.unit}（{other.cell}）")
    table = [s for s in above if CANONICAL[s.unit][0] == dimension]
    if clash := _clash(mine, table):
        return column, _two_units(sheet, cell, heading, *clash)
    if mine:
        stated = mine[-1]
        if CANONICAL[stated.unit][1] == scale:
            return column, None
        if column.attribute:
            # No gate compares a register's numbers with their history.
            return column, _disagrees(sheet, cell, column, heading, stated.unit)
        # The declared number of decimals was that of the declared unit.
        return column.model_copy(update={"unit": stated.unit, "decimals": None}), _read_in(
            sheet, column, heading, stated
        )
    if table and all(CANONICAL[s.unit][1] != scale for s in table):
        return column, _disagrees(sheet, cell, column, heading, f"{table[0].unit}（{table[0].cell}）")
    return column, None


def _clash(beside: Sequence[Stated], above: Sequence[Stated]) -> tuple[Stated, Stated] | None:
    """Two places that state units of one dimension and different scale. A list above names units of several columns."""
    if other := next((s for s in beside if CANONICAL[s.unit] != CANONICAL[beside[0].unit]), None):
        return beside[0], other
    if beside and above and CANONICAL[beside[-1].unit][1] not in {CANONICAL[s.unit][1] for s in above}:
        return beside[-1], above[0]
    return None


def check_unit(column: Column, stated: tuple[str, ...]) -> str | None:
    """The first unit stated with a series in a row that does not mean the column's declared one, else None."""
    assert column.unit is not None
    meant = {CANONICAL[u]: u for u in stated}
    return None if CANONICAL[column.unit] in meant else next(iter(meant.values()), None)


def unit_finding(sheet: Sheet, cell: str, column: Column, heading: str, found: str) -> Finding:
    return _disagrees(sheet, cell, column, heading, found)


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
    dimensions = {CANONICAL[c.unit][0] for c in feed.measured if c.unit}
    if above and not {CANONICAL[s.unit][0] for s in above} & dimensions:
        yield rules.finding(
            "unit_disagrees.table",
            sheet.name,
            above[0].cell,
            found="、".join(s.unit for s in above),
            expected="、".join(dict.fromkeys(c.unit for c in feed.measured if c.unit)),
        )
