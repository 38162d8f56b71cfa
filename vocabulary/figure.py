"""How a figure is printed for officials and clerks, in receipts, gates and editions alike."""

from decimal import ROUND_HALF_UP, Context, Decimal

ABSENT = "—"
MINUS = "−"
# Room for any float, as a hostile cell may hold one: the default 28 digits raise from 1e28 on.
ANY_FLOAT = Context(prec=400)


def rounded(value: float, digits: int = 1) -> Decimal:
    """`value` rounded half up, as statistics are printed; binary noise beyond the ninth decimal is dropped first."""
    exact = Decimal(repr(round(float(value), 9)))
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, ANY_FLOAT)


def number(value: float | None, digits: int = 1, sign: bool = False) -> str:
    """`8.1`, `−3.2`, `1,234.5`; with `sign`, `+0.3`. Absent is `—`."""
    if value is None:
        return ABSENT
    figure = rounded(value, digits)
    if figure == 0:
        return f"{figure.copy_abs():,}"
    return f"{MINUS if figure < 0 else '+' if sign else ''}{figure.copy_abs():,}"
