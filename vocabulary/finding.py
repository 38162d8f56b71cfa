"""What is found wrong with a delivery or a month, in the words that its sender reads."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a delivery, in the sender's words. `message` and `hint` are Chinese."""

    stage: str
    rule: str
    severity: str
    message: str
    sheet: str | None = None
    cell: str | None = None
    found: str | None = None
    expected: str | None = None
    hint: str | None = None
