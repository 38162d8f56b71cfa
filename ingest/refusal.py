"""How reading says no, or yes with a remark: findings of the parse stage in the sender's words."""

from typing import Any

from vocabulary.finding import Finding


def critical(rule: str, message: str, sheet: str | None = None, **more: Any) -> Finding:
    """A critical finding of the parse stage."""
    return Finding("parse", rule, "critical", message, sheet=sheet, **more)


def warning(rule: str, message: str, sheet: str | None = None, **more: Any) -> Finding:
    """A warning of the parse stage."""
    return Finding("parse", rule, "warning", message, sheet=sheet, **more)
