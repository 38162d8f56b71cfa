"""How reading says no, or yes with a remark: problems of the parse stage in the sender's words."""

from warehouse.ledger import Problem


def critical(rule: str, message: str, sheet: str | None = None, **more: str | None) -> Problem:
    """A critical problem of the parse stage."""
    return Problem("parse", rule, "critical", message, sheet=sheet, **more)


def warning(rule: str, message: str, sheet: str | None = None, **more: str | None) -> Problem:
    """A warning of the parse stage."""
    return Problem("parse", rule, "warning", message, sheet=sheet, **more)
