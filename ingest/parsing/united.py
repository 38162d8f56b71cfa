"""What lines of a feed say together of one number: its row's, its column's. Each says a part; no two say otherwise."""

from collections.abc import Sequence

from ingest.feed import Column


class Unsaid(Exception):
    """Lines that do not make one meaning together; carries the rule, and the words for what is wrong."""

    def __init__(self, rule: str, said: str) -> None:
        super().__init__(said)
        self.rule, self.said = rule, said


def united(lines: Sequence[Column]) -> Column:
    """The one line that several lines make. A unit is that of levels; a growth has its own. Raises Unsaid."""
    said: dict[str, str] = {}
    for line in lines:
        for key, value in line.says.items():
            if said.setdefault(key, value) != value:
                raise Unsaid("said_otherwise", f"{said[key]}、{value}")
    if "indicator" not in said:
        raise Unsaid("unsaid", "指标")
    own = said.get("measure") == "growth"
    units = [line for line in lines if line.unit and (line.measure == "growth") == own]
    if not units:
        raise Unsaid("unsaid", "计量单位")
    if len({line.unit for line in units}) > 1:
        raise Unsaid("said_otherwise", "、".join(str(line.unit) for line in units))
    decimals = next((line.decimals for line in units if line.decimals is not None), None)
    heading = "|".join(line.heading for line in lines)
    return Column(heading=heading, unit=units[0].unit, decimals=decimals, **said)  # type: ignore[arg-type] # validated there
