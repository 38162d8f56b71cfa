"""Colours of judgements by shape, name and meaning, so that none is told by colour alone."""

from collections.abc import Iterable

from publish.wording import Row

COLOURS = {
    "green": ("●", "绿", "基本一致"),
    "yellow": ("▲", "黄", "关注"),
    "orange": ("◆", "橙", "预警"),
    "red": ("■", "红", "核查"),
}
SEVERITY = ("red", "orange", "yellow", "green")


def colour_zh(colour: str | None) -> str:
    """Shape, name and meaning of a colour, so that it is never told by colour alone: `◆ 橙·预警`."""
    if colour is None:
        return "未评定"
    shape, name, meaning = COLOURS[colour]
    return f"{shape} {name}·{meaning}"


def colour_counts(rows: Iterable[Row]) -> dict[str, int]:
    """Rows by colour, gravest first; rows without a colour under `none`."""
    counts = dict.fromkeys((*SEVERITY, "none"), 0)
    for r in rows:
        counts[r["colour"] or "none"] += 1
    return counts
