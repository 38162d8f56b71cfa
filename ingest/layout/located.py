"""What was found in a sheet, or why nothing in it can be trusted."""

from dataclasses import dataclass

from ingest.layout.drift import SheetLayout
from ingest.layout.table import LocatedTable
from vocabulary.finding import Finding


@dataclass(frozen=True)
class LocatedSheet:
    """What a sheet holds: its tables, the first from row `top` on, its layout for the fingerprint, what is to be noted."""

    tables: tuple[LocatedTable, ...]
    top: int
    layout: SheetLayout
    notes: tuple[Finding, ...]


class Unreadable(Exception):
    """The layout does not hold. Carries every finding on the way, and the layout as far as it was seen.

    `sound`: the sheet with the columns that nothing is wrong with, for what else is to be found in it; the file is refused.
    """

    def __init__(
        self, findings: list[Finding], layout: SheetLayout | None = None, sound: LocatedSheet | None = None
    ) -> None:
        super().__init__("; ".join(p.message for p in findings))
        self.findings = findings
        self.layout = layout
        self.sound = sound
