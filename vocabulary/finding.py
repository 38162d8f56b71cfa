"""What is found wrong with a delivery or a month, in the words that its sender reads."""

from dataclasses import dataclass
from typing import Literal

from vocabulary.label import legible

# What became of a result of a gate: nothing was found; a warning was told; a critical finding passes by a named person's
# waiver, or stops its delivery or its month.
State = Literal["passed", "told", "waived", "stopped"]
WAIVED_ZH = "严重（经批准放行）"
STATES_ZH: dict[State, str] = {"passed": "通过", "told": "提示", "waived": WAIVED_ZH, "stopped": "退回"}


def state_of(severity: str, waived: bool) -> State:
    """What becomes of a finding of this severity, `critical` or `warning`."""
    if severity == "warning":
        return "told"
    return "waived" if waived else "stopped"


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a delivery, in the sender's words. `message`, `hint` and `cause` are Chinese.

    They quote the file, legibly.

    Findings with the same `cause` are one mistake; where none is known, those with the same message in one column.
    """

    stage: str
    rule: str
    severity: str
    message: str
    sheet: str | None = None
    cell: str | None = None
    found: str | None = None
    expected: str | None = None
    hint: str | None = None
    cause: str | None = None
    waived: bool = False

    def __post_init__(self) -> None:
        for name in ("message", "found", "expected", "hint", "cause"):
            if said := getattr(self, name):
                object.__setattr__(self, name, legible(said))

    @property
    def state(self) -> State:
        return state_of(self.severity, self.waived)
