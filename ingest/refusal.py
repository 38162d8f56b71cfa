"""How reading says no: a critical problem in the sender's words, and the exception that carries all that were found."""

from typing import TYPE_CHECKING

from warehouse.ledger import Problem

if TYPE_CHECKING:
    from ingest.drift import SheetLayout


class Unreadable(Exception):
    """The layout does not hold. Carries every problem found on the way, and the layout as far as it was seen."""

    def __init__(self, problems: list[Problem], layout: "SheetLayout | None" = None) -> None:
        super().__init__("; ".join(p.message for p in problems))
        self.problems = problems
        self.layout = layout


def critical(rule: str, message: str, sheet: str | None = None, **more: str | None) -> Problem:
    """A critical problem of the parse stage."""
    return Problem("parse", rule, "critical", message, sheet=sheet, **more)


def warning(rule: str, message: str, sheet: str | None = None, **more: str | None) -> Problem:
    """A warning of the parse stage."""
    return Problem("parse", rule, "warning", message, sheet=sheet, **more)
