"""Growth and how it moved, in the words of an official document."""

from vocabulary.figure import rounded

# What sets the two years of a mean apart.
TWO_YEAR_CAVEATS = {
    "no_comparable_growth": "两年中有一年缺可比口径增速，不作两年平均",
    "growth_basis": "两年增速一为实际增速、一为名义增速，不作两年平均",
    "flash": "两年增速含快报数",
    "panel_change": "两年统计范围有变动",
    "reclassification": "两年分类或指标口径有调整",
    "merger": "两年间有合并调整",
    "basis_gap": "本期所用上年基数与上年公布数不一致",
}


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
