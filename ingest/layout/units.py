"""Which unit a column is in: what its heading or the row under it states, else what the table states, else the feed.

A unit of another scale beside the heading is taken at its word and noted: the paper is unambiguous there, and the gate
still compares the numbers with their history. Above the table it speaks for many columns and is easily left over from
another sheet, so another scale is refused there. Two places that contradict each other refuse the file (domain.md 2.4).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.feed import Column, Feed
from ingest.grammar.units import LIST_SIGNS, LOOKS_LIKE_A_UNIT, STATED_UNIT, Stated
from ingest.reading.sheet import Sheet, address
from ingest.refusal import critical, warning
from vocabulary.finding import Finding
from vocabulary.unit import CANONICAL


@dataclass(frozen=True)
class Line:
    """One row of text above a table: its row, the column of its first cell that is not blank, and its texts joined."""

    row: int
    column: int
    text: str


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
    return critical(
        "unknown_unit", f"计量单位“{word}”不能识别", sheet.name, cell=cell, found=word, hint="请使用模板中的计量单位"
    )


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
    return critical(
        "unit_disagrees", f"“{heading}”的计量单位与约定不符", sheet.name, cell=cell, found=found, expected=column.unit,
        hint=f"请换算为{column.unit}后重新报送；确以其他单位填报的，请在该列表头内注明单位",
    )  # fmt: skip


def _two_units(sheet: Sheet, cell: str, heading: str, one: Stated, other: Stated) -> Finding:
    return critical(
        "unit_disagrees", f"“{heading}”的计量单位前后矛盾", sheet.name, cell=cell,
        found=f"{one.cell}注明{one.unit}，{other.cell}注明{other.unit}", expected="同一指标只注一种计量单位",
        hint="请核对数据实际采用的单位，更正后重新报送",
    )  # fmt: skip


def _read_in(sheet: Sheet, column: Column, heading: str, stated: Stated) -> Finding:
    return warning(
        "unit_converted", f"“{heading}”注明单位为{stated.unit}，已按{stated.unit}折算入库", sheet.name, cell=stated.cell,
        found=stated.unit, expected=column.unit, hint=f"请核对数据确为{stated.unit}；今后请按约定单位{column.unit}填报",
    )  # fmt: skip


def foreign_units(feed: Feed, sheet: Sheet, above: Sequence[Stated]) -> Iterator[Finding]:
    """A table whose stated units fit none of its columns is another table."""
    dimensions = {CANONICAL[c.unit][0] for c in feed.measured if c.unit}
    if above and not {CANONICAL[s.unit][0] for s in above} & dimensions:
        yield critical(
            "unit_disagrees", "表上所注计量单位与本表各项指标均不相符", sheet.name, cell=above[0].cell,
            found="、".join(s.unit for s in above),
            expected="、".join(dict.fromkeys(c.unit for c in feed.measured if c.unit)), hint="请核对是否误报他表",
        )  # fmt: skip
