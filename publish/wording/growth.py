"""Growth and how it moved, in the words of an official document."""

from vocabulary.figure import rounded


def growth_zh(growth: float) -> str:
    """`同比增长8.1%`, `同比下降3.2%`, `与上年同期持平`."""
    figure = rounded(growth)
    if figure == 0:
        return "与上年同期持平"
    return f"同比{'增长' if figure > 0 else '下降'}{abs(figure):,}%"


def change_zh(growth: float, change: float | None) -> str:
    """How growth moved against the previous release, in percentage points; empty where there is none to compare."""
    if change is None:
        return ""
    now, moved = rounded(growth), rounded(change)
    if moved == 0:
        return "，增速与上期持平"
    before = now - moved
    points = f"{abs(moved):,}个百分点"
    if now < 0 and before < 0:
        return f"，降幅比上期{'收窄' if moved > 0 else '扩大'}{points}"
    if now > 0 > before:
        return f"，由降转增，比上期回升{points}"
    if now < 0 < before:
        return f"，由增转降，比上期回落{points}"
    return f"，增速比上期{'提高' if moved > 0 else '回落'}{points}"
