"""What a person sees of a cell beside its value: its number format, and letters struck out, raised, lowered or hidden.

A raised or lowered digit becomes the Unicode sign for it, so that 3.2 with a raised 2 is `3.2²` and never 3.22.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from ingest.reading.number_format import NumberFormat
from ingest.reading.sheet import DOUBT, Otherwise, Raw, doubtful

RAISED = str.maketrans("0123456789+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾")
LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
# What could be read as part of a number though it is raised.
NUMERIC = str.maketrans({sign: f"^{sign}" for sign in ".,%eE·．，％"})
PRINTED = re.compile(r"[¥￥]?\s*\(?(?P<number>[-+−]?\d*\.?\d+(?:[eE][-+]?\d+)?)\)?\s*(?P<percent>%)?")
Shift = Literal["", "raised", "lowered"]


class Run(NamedTuple):
    """Letters of one look within a cell."""

    text: str
    struck: bool = False
    shift: Shift = ""
    hidden: bool = False


@dataclass(frozen=True)
class Style:
    """What a cell's style changes of what is seen: its number format where it does, and the look of all its letters."""

    form: NumberFormat | None = None
    struck: bool = False
    shift: Shift = ""

    @property
    def is_plain(self) -> bool:
        return not (self.form or self.struck or self.shift)

    def seen(self, value: Raw, since_1904: bool = False) -> Raw:
        """What is seen of a stored value: itself where they differ in rounding only, None where the cell looks blank."""
        shown = self.form.seen(value, since_1904) if self.form else value
        if shown is None or shown == "" or isinstance(shown, bool):
            return shown
        if self.struck:
            return doubtful(_text(shown), "单元格划有删除线")
        return shifted(_text(shown), self.shift) if self.shift else shown


def shifted(text: str, shift: Shift) -> str:
    """Letters as they stand above or below the line."""
    return text.translate(NUMERIC).translate(RAISED if shift == "raised" else LOWERED) if shift else text


def seen_runs(runs: Iterable[Run]) -> tuple[str, str]:
    """What is seen of a text of several looks, and what of it is struck out or hidden; all struck out, it is doubtful."""
    runs = [run for run in runs if run.text]
    text = "".join(shifted(r.text, r.shift) for r in runs if not (r.struck or r.hidden))
    left = "".join(r.text for r in runs if r.struck or r.hidden).strip()
    struck = "".join(r.text for r in runs if r.struck and not r.hidden)
    if struck.strip() and not text.strip():
        return doubtful(struck, "单元格文字划有删除线"), ""
    return text, left


def differs(shown: Raw, stored: float, printed: str, style: Style) -> Raw:
    """What is seen of a number beside which a file keeps its own printing: doubtful where the two are different numbers."""
    if not printed.strip() or shown is None or (isinstance(shown, str) and not shown.endswith("%")):
        return shown
    match = PRINTED.fullmatch(printed.strip().replace(",", ""))
    if match is None:
        is_odd = style.form is None and re.search(r"\d", printed) and "/" not in printed
        return doubtful(printed.strip(), f"存储值{_text(stored)}") if is_odd else shown
    said = Decimal(match["number"].replace("−", "-")) * (-1 if "(" in printed else 1)
    seen = Decimal(str(shown).removesuffix("%"))
    slack = Decimal(1).scaleb(said.as_tuple().exponent) * Decimal("0.5000001")  # type: ignore[arg-type]
    if bool(match["percent"]) == isinstance(shown, str) and abs(said - seen) <= slack:
        return shown
    return doubtful(printed.strip(), f"存储值{_text(stored)}")


def otherwise(value: Raw, shown: Raw, form: NumberFormat | None) -> Otherwise | None:
    """What the sender is told of a cell that shows another value than it stores; of a doubtful one its own text tells."""
    code = f"（格式{form.code}）" if form else ""
    if shown is None:
        return Otherwise("hidden_value", f"{_text(value)}{code}")
    text = _text(shown)
    if DOUBT in text or text.endswith("%") or text.lstrip("0") == _text(value) or not form:
        return None
    return Otherwise("shown_otherwise", f"存储{_text(value)}、显示{text}{code}")


def _text(value: Raw) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
