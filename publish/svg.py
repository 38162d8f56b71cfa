"""Drawing inline SVG that keeps its text as text: the reader's browser brings the Chinese font, bytes stay the same.

Every string goes through markupsafe, so a hostile name in the data is printed, never executed.
"""

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10
from typing import Any

from markupsafe import Markup, escape

FONT = '"Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",sans-serif'


def shape(name: str, content: Markup | str = "", **attributes: Any) -> Markup:
    """One SVG element; `stroke_width` becomes `stroke-width`, numbers are written with at most two decimals."""
    written = Markup("").join(
        Markup(' {}="{}"').format(
            key.rstrip("_").replace("_", "-"),
            f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value,
        )
        for key, value in attributes.items()
        if value is not None
    )
    if content == "":
        return Markup("<{}{}/>").format(Markup(name), written)
    return Markup("<{}{}>{}</{}>").format(Markup(name), written, escape(content), Markup(name))


def text(x: float, y: float, words: str, size: int = 12, anchor: str = "start", **attributes: Any) -> Markup:
    """A line of text with its baseline at y."""
    return shape("text", words, x=float(x), y=float(y), font_size=size, text_anchor=anchor, **attributes)


def path(points: Sequence[tuple[float, float]], **attributes: Any) -> Markup:
    """An open line through points."""
    return shape("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), fill="none", **attributes)


def marker(kind: str, x: float, y: float, size: float = 3.5, tip: str = "", **attributes: Any) -> Markup:
    """A circle, square, triangle or diamond centred at (x, y), with a tooltip that names the number behind it."""
    title = shape("title", tip) if tip else Markup("")
    if kind == "circle":
        return shape("circle", title, cx=float(x), cy=float(y), r=float(size), **attributes)
    corners = {
        "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        "triangle": ((0, -1.2), (1.1, 0.9), (-1.1, 0.9)),
        "diamond": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    }[kind]
    points = " ".join(f"{x + dx * size:.1f},{y + dy * size:.1f}" for dx, dy in corners)
    return shape("polygon", title, points=points, **attributes)


def figure(width: float, height: float, title: str, description: str, content: Iterable[Markup]) -> Markup:
    """A whole drawing, told to those who cannot see it by its title and description."""
    return shape(
        "svg",
        shape("title", title) + shape("desc", description) + Markup("").join(content),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        role="img",
        font_family=FONT,
        class_="chart",
    )


def extent(words: str, size: float) -> float:
    """Width of a line of text, near enough to keep labels apart: a Chinese character is one em, others 0.56."""
    return sum(size if ord(ch) > 0x2E7F or ch in "—·" else 0.56 * size for ch in words)


def wrap(words: str, width: float, size: float) -> list[str]:
    """Break text into lines of at most `width`; Chinese may break anywhere."""
    lines = [""]
    for ch in words:
        if lines[-1] and extent(lines[-1] + ch, size) > width:
            lines.append("")
        lines[-1] += ch
    return lines


def ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Round values covering [low, high], about `about` of them."""
    span = max(high - low, 1e-9)
    rough = span / about
    power = 10.0 ** floor(log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough)
    return [round(i * step, 9) for i in range(floor(low / step), ceil(high / step) + 1)]


def decimals(levels: Sequence[float]) -> int:
    """Digits after the point that tell all ticks of one axis apart."""
    return next(d for d in (0, 1, 2, 9) if all(round(v, d) == v for v in levels))
