"""The edition's four charts as inline SVG: growth over 36 months, regions side by side, gaps, best lags.

Nothing is drawn where there is no number: a line stops at a missing month and at the turn of the year (domain.md 2.1).
A point that rests on a preliminary figure is hollow, one on a flash is hollow and carries 快 (2.6).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from publish.svg import decimals, extent, figure, marker, path, shape, text, ticks, wrap
from publish.wording import Row
from publish.wording.colours import COLOURS, colour_zh
from publish.wording.dates import month_zh, period_zh
from publish.wording.maturity import MATURITY_MARKS, maturity_mark, maturity_zh
from vocabulary.figure import ABSENT, number
from vocabulary.month import Month

WIDTH = 760.0
INK, MUTED, GRID = "#222", "#5b5b5b", "#d9d9d9"
STYLES: tuple[tuple[str, str, str | None, float], ...] = (  # colour, marker, dashes, width
    ("#a61c1c", "circle", None, 2.4),
    ("#1f5f99", "square", "7 3", 1.6),
    ("#9a5b00", "triangle", "2 3", 1.6),
)
FILLS = {"green": "#dcebd7", "yellow": "#fdf0b0", "orange": "#f5b971", "red": "#b3261e", None: "#f1f1f1"}
LINES = (("ST01",), ("PW02", "PW01"), ("TX03",))
COMPARED = ("ST01", "PW02", "TX03")


@dataclass(frozen=True)
class Series:
    """One line: growth in percent by month (`2018-06`), and how settled each is."""

    indicator: str
    name: str
    region: str
    period_type: str
    points: dict[str, float]
    maturities: dict[str, str | None]


def choose_series(rows: Sequence[Row], order: Sequence[str]) -> list[Series]:
    """The lines to compare: value added, power and invoices, each or what stands in for it; else the first headline.

    Cumulative growth is taken where a series has it, else the month's. January is left out: statistics has none.
    """
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for r in rows:
        if r["growth_pct"] is not None and not r["month"].endswith("-01"):
            found[r["indicator"], r["period_type"]].append(r)
    have = {i for i, _ in found}
    wanted = [next((i for i in candidates if i in have), None) for candidates in LINES]
    chosen = [i for i in wanted if i] or [i for i in order if i in have][:1]
    series = []
    for indicator in chosen:
        points = next(found[indicator, p] for p in ("YTD", "M", "Q", "M12", "Y") if found.get((indicator, p)))
        growth = {p["month"]: p["growth_pct"] for p in points}
        settled = {p["month"]: p["maturity"] for p in points}
        first = points[0]
        series.append(Series(indicator, first["name_zh"], first["region_key"], first["period_type"], growth, settled))
    return series


def _slots(months: Sequence[str]) -> list[str]:
    """Every month but the Januaries from the first to the last of `months`, so that a missing one keeps its place."""
    if not months:
        return []
    return [str(m) for m in Month.parse(min(months)).through(Month.parse(max(months))) if m.month > 1]


def _runs(slots: Sequence[str], points: dict[str, float]) -> Iterable[list[str]]:
    """Stretches of consecutive slots of one year that all have a value."""
    run: list[str] = []
    for month in slots:
        if run and (month not in points or month[:4] != run[-1][:4]):
            yield run
            run = []
        if month in points:
            run.append(month)
    if run:
        yield run


def _spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Heights near the wanted ones, at least `gap` apart, in the same order."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = [0.0] * len(wanted)
    last = float("-inf")
    for i in order:
        last = placed[i] = max(wanted[i], last + gap)
    return placed


def _ink(maturity: str | None, colour: str) -> dict[str, Any]:
    """How a point is drawn: filled, or hollow where its figure is not settled yet."""
    hollow = bool(maturity_mark(maturity))
    return {
        "fill": "#fff" if hollow else colour,
        "stroke": colour,
        "stroke_width": 1.5 if hollow else None,
        "data_maturity": maturity,
    }


def _haloed(x: float, y: float, words: str, size: int, anchor: str = "start", **attributes: Any) -> Markup:
    """Text that stays legible over lines."""
    return text(x, y, words, size, anchor, stroke="#fff", stroke_width=3.0, paint_order="stroke", **attributes)


def _maturity_key(said: Collection[str | None], places: Iterable[tuple[float, float]]) -> list[Markup]:
    """The legend of the hollow points that occur in a chart, one entry a place."""
    drawn = []
    for maturity, (x, y) in zip([m for m in MATURITY_MARKS if m in said], places, strict=False):
        drawn.append(marker("circle", x, y - 4, 3.5, fill="#fff", stroke=MUTED, stroke_width=1.5))
        mark = "快 " if maturity == "flash" else ""
        drawn.append(text(x + 7, y, mark + maturity_zh(maturity).strip("（）"), 11, fill=MUTED))
    return drawn


def growth_lines(series: Sequence[Series]) -> Markup:
    """Cumulative growth of up to three series over the last 36 months; eleven points a year, no January."""
    slots = _slots([m for s in series for m in s.points])
    if not slots:
        return Markup("")
    height, left, right, top, bottom = 340.0, 44.0, 132.0, 28.0, 46.0
    levels = ticks(min(min(s.points.values()) for s in series), max(max(s.points.values()) for s in series))
    turns = [sum(a[:4] != b[:4] for a, b in pairwise(slots[: i + 1])) for i in range(len(slots))]
    step = (WIDTH - left - right) / max(len(slots) - 1 + 0.8 * turns[-1], 1)
    x = {m: left + step * (i + 0.8 * turns[i]) for i, m in enumerate(slots)}

    def y(value: float) -> float:
        return top + (levels[-1] - value) / (levels[-1] - levels[0]) * (height - top - bottom)

    digits = decimals(levels)
    drawn = [text(4, 11, "同比增速（%）", 11, fill=MUTED)]
    drawn += _maturity_key({s.maturities[m] for s in series for m in s.points}, ((120.0, 11.0), (190.0, 11.0)))
    for level in levels:
        at, ink = y(level), INK if level == 0 else GRID
        drawn.append(shape("line", x1=left - 4, x2=WIDTH - right + 6, y1=at, y2=at, stroke=ink, stroke_width=0.8))
        drawn.append(text(left - 8, y(level) + 4, number(level, digits), 11, "end", fill=MUTED))
    drawn += _year_axis(slots, x, step, top, height - bottom)
    heights = _spread([y(s.points[max(s.points)]) + 4 for s in series], 27.0)
    for s, (colour, kind, dash, width), at_y in zip(series, STYLES, heights, strict=False):
        for run in _runs(slots, s.points):
            line = [(x[m], y(s.points[m])) for m in run]
            drawn.append(path(line, stroke=colour, stroke_width=width, stroke_dasharray=dash))
        for m in slots:
            if m in s.points:
                maturity = s.maturities[m]
                tip = f"{s.name} {month_zh(m)}（{period_zh(s.period_type, m)}）同比{number(s.points[m])}%{maturity_zh(maturity)}"
                spot = {"data_indicator": s.indicator, "data_region": s.region, "data_month": m}
                drawn.append(marker(kind, x[m], y(s.points[m]), 3.0, tip, **_ink(maturity, colour), **spot))
                if maturity == "flash":
                    drawn.append(_haloed(x[m], y(s.points[m]) - 7, maturity_mark(maturity), 10, "middle", fill=colour))
        last = max(s.points)
        label = wrap(s.name.replace("规模以上", "规上"), right - 26, 12)
        drawn.append(marker(kind, WIDTH - right + 16, at_y - 4, 4.0, fill=colour, stroke=colour))
        drawn.append(text(WIDTH - right + 26, at_y, label[0] + ("" if len(label) == 1 else "…"), 12, fill=colour))
        figure_text = f"{number(s.points[last])}%（{period_zh(s.period_type, last)}）"
        drawn.append(text(WIDTH - right + 26, at_y + 13, figure_text, 11, fill=colour))
    names = "、".join(s.name for s in series)
    about = (
        f"{names}同比增速，{month_zh(slots[0])}至{month_zh(slots[-1])}。每年首点为1—2月，不列1月；各年分段。"
        "空心点为初步数，空心并注“快”的为快报数。"
    )
    return figure(WIDTH, height, "主要指标累计增速走势", about, drawn)


def _year_axis(slots: Sequence[str], x: dict[str, float], step: float, top: float, base: float) -> list[Markup]:
    drawn = []
    years = sorted({m[:4] for m in slots})
    for year in years:
        months = [m for m in slots if m.startswith(year)]
        middle = (x[months[0]] + x[months[-1]]) / 2
        drawn.append(text(middle, base + 36, f"{year}年", 12, "middle", fill=INK))
        if year != years[0]:
            at = x[months[0]] - 0.9 * step
            drawn.append(shape("line", x1=at, x2=at, y1=top, y2=base + 8, stroke=GRID, stroke_dasharray="2 3"))
        for m in months:
            tick = {"02": "1—2月", "06": "6月", "09": "9月"}.get(m[5:])
            drawn.append(shape("line", x1=x[m], x2=x[m], y1=base, y2=base + (6 if tick else 3), stroke=MUTED))
            if tick:
                drawn.append(text(x[m], base + 19, tick, 10, "middle", fill=MUTED))
    return drawn


def region_dots(rows: Sequence[Row], top: dict[str, float | None], indicators: Sequence[str]) -> Markup:
    """Growth of every region for up to three indicators, one panel each, with the whole area as a dashed line.

    rows: region indicators in the order to be printed; top: growth of the whole area by indicator, percent.
    """
    regions = list(dict.fromkeys((r["region_key"], r["region_name"]) for r in rows))
    cells = {(r["region_key"], r["indicator"]): r for r in rows}
    left, head, line, gutter = 148.0, 52.0, 27.0, 26.0
    panel = (WIDTH - left - gutter * len(indicators)) / max(len(indicators), 1)
    height = head + line * len(regions) + 30
    drawn = _maturity_key({r["maturity"] for r in rows if r["growth_pct"] is not None}, ((8.0, 18.0), (8.0, 36.0)))
    for j, (_, name) in enumerate(regions):
        at = head + line * j + line / 2
        drawn.append(text(left - 12, at + 4, name, 12, "end", fill=INK))
        drawn.append(shape("line", x1=left, x2=WIDTH - 8, y1=at, y2=at, stroke="#ececec"))
    for i, indicator in enumerate(indicators):
        start = left + i * (panel + gutter) + 8
        column = [cells.get((key, indicator)) for key, _ in regions]
        drawn += _dot_panel(start, panel, head, line, column, top.get(indicator))
        name = next(r["name_zh"] for r in rows if r["indicator"] == indicator).replace("规模以上", "规上")
        drawn.append(text(start, 18, name, 13, font_weight="bold", fill=INK))
        if top.get(indicator) is not None:
            drawn.append(text(start, 36, f"全域 {number(top[indicator])}%（虚线）", 11, fill=MUTED))
    return figure(
        WIDTH, height, "分地区增速", "各地区主要指标同比增速，虚线为全域水平，缺数列“—”；空心为初步数或快报数。", drawn
    )


def _dot_panel(
    start: float, width: float, head: float, line: float, column: Sequence[Row | None], whole: float | None
) -> list[Markup]:
    values = [r["growth_pct"] for r in column if r and r["growth_pct"] is not None]
    levels = ticks(min([*values, whole or 0.0, 0.0]), max([*values, whole or 0.0, 0.0]), 4)
    plot, digits = width - 34, decimals(levels)
    base = head + line * len(column)

    def x(value: float) -> float:
        return start + (value - levels[0]) / (levels[-1] - levels[0]) * plot

    drawn = [text(x(level), base + 16, number(level, digits), 10, "middle", fill=MUTED) for level in levels]
    drawn.append(shape("line", x1=x(0), x2=x(0), y1=head, y2=base, stroke=MUTED, stroke_width=0.8))
    if whole is not None:
        drawn.append(
            shape("line", x1=x(whole), x2=x(whole), y1=head - 8, y2=base, stroke="#a61c1c", stroke_dasharray="4 3")
        )
    for j, r in enumerate(column):
        at = head + line * j + line / 2
        growth = r["growth_pct"] if r else None
        if r is None or growth is None:
            drawn.append(text(start + plot / 2, at + 4, ABSENT, 12, "middle", fill=MUTED))
            continue
        below = whole is not None and growth < whole
        colour = "#9a5b00" if below else "#1f5f99"
        maturity = r["maturity"]
        tip = f"{r['region_name']} {r['name_zh']}同比{number(growth)}%{maturity_zh(maturity)}"
        drawn.append(shape("line", x1=x(0), x2=x(growth), y1=at, y2=at, stroke=colour, stroke_width=2.0))
        spot = {"data_indicator": r["indicator"], "data_region": r["region_key"], "data_month": r["month"]}
        drawn.append(
            marker("diamond" if below else "circle", x(growth), at, 4.0, tip, **_ink(maturity, colour), **spot)
        )
        words = number(growth) + (maturity_mark(maturity) if maturity == "flash" else "")
        side = x(growth) + 9 if growth >= 0 else x(growth) - 9 - extent(words, 11)
        drawn.append(_haloed(side, at + 4, words, 11, fill=INK))
    return drawn


def gap_strip(rows: Sequence[Row], regions: Sequence[tuple[str, str]]) -> Markup:
    """Pairs by regions, each cell coloured and carrying its gap in percentage points and the colour's shape."""
    pairs = list(dict.fromkeys((r["pair"], r["name_zh"]) for r in rows))
    cells = {(r["pair"], r["region_key"]): r for r in rows}
    left, line = 208.0, 30.0
    column = min((WIDTH - left - 4) / max(len(regions), 1), 150.0)
    names = [wrap(name, column - 8, 11) for _, name in regions]
    head = 14.0 * max(map(len, names), default=1) + 10
    drawn = []
    for i, words in enumerate(names):
        for k, part in enumerate(words):
            y = head - 8 - 14 * (len(words) - 1 - k)
            drawn.append(text(left + column * (i + 0.5), y, part, 11, "middle", fill=INK))
    for j, (pair, name) in enumerate(pairs):
        at = head + line * j
        label = wrap(name.replace("规模以上", "规上"), left - 12, 11)[:2]
        for k, part in enumerate(label):
            drawn.append(
                text(left - 10, at + line / 2 + 4 + (k - (len(label) - 1) / 2) * 13, part, 11, "end", fill=INK)
            )
        for i, (key, _) in enumerate(regions):
            drawn += _gap_cell(left + column * i, at, column, line, cells.get((pair, key)))
    about = "行为匹配指标对，列为地区，格内为增速差（百分点）与标识：" + "、".join(colour_zh(c) for c in COLOURS)
    return figure(WIDTH, head + line * len(pairs) + 4, "匹配指标比对一览", about, drawn)


def _gap_cell(x: float, y: float, width: float, height: float, row: Row | None) -> list[Markup]:
    if row is None:
        return [shape("rect", x=x + 1, y=y + 1, width=width - 2, height=height - 2, fill="#fff", stroke="#ececec")]
    colour = row["colour"]
    by_ratio = row["judged_by"] == "ratio"
    figure_zh = number(row["ratio_deviation_pct" if by_ratio else "gap_pp"], sign=True) + ("%" if by_ratio else "")
    what = f"水平比偏离{figure_zh}" if by_ratio else f"增速差{figure_zh}个百分点"
    told = f"{row['region_name']} {row['name_zh']}：{what}，{colour_zh(colour)}"
    mark = COLOURS[colour][0] if colour else ""
    box = {"x": x + 1, "y": y + 1, "width": width - 2, "height": height - 2, "rx": 2}
    spot = {"data_pair": row["pair"], "data_region": row["region_key"], "data_month": row["month"]}
    ink = "#fff" if colour == "red" else INK
    words = f"{mark} {figure_zh}".strip()
    return [
        shape("rect", shape("title", told), **box, **spot, fill=FILLS[colour]),
        text(x + width / 2, y + height / 2 + 4, words, 11, "middle", fill=ink, pointer_events="none"),
    ]


def lag_lollipops(rows: Sequence[Row]) -> Markup:
    """Best lag of every correlated pair in months: filled where established, hollow where it is not."""
    shown = [r for r in rows if r["best_lag_months"] is not None and r["pearson"] is not None]
    if not shown:
        return Markup("")
    left, right, line, head = 236.0, 150.0, 24.0, 34.0
    reach = max(12, *(abs(r["best_lag_months"]) for r in shown))
    base = head + line * len(shown)

    def x(lag: float) -> float:
        return left + (lag + reach) / (2 * reach) * (WIDTH - left - right)

    drawn = [
        text(x(-reach), 14, "← 滞后", 11, fill=MUTED),
        text(x(reach), 14, "领先 →", 11, "end", fill=MUTED),
        text(WIDTH - right + 18, 14, "相关系数 r（样本 n）", 11, fill=MUTED),
    ]
    for lag in range(-reach, reach + 1, 3):
        drawn.append(
            shape(
                "line", x1=x(lag), x2=x(lag), y1=head - 8, y2=base, stroke=INK if lag == 0 else GRID, stroke_width=0.7
            )
        )
        drawn.append(text(x(lag), base + 16, number(lag, 0), 10, "middle", fill=MUTED))
    for j, r in enumerate(shown):
        at = head + line * j + line / 2
        firm = r["state"] == "established"
        colour = "#1f5f99" if r["pearson"] >= 0 else "#9a5b00"
        tip = f"{r['name_zh']} {r['region_name']}：最佳时滞{number(r['best_lag_months'], 0)}个月，r={number(r['pearson'], 2)}，n={r['n']}"
        drawn.append(text(left - 14, at + 4, r["name_zh"], 11, "end", fill=INK))
        drawn.append(
            shape(
                "line",
                x1=x(0),
                x2=x(r["best_lag_months"]),
                y1=at,
                y2=at,
                stroke=colour,
                stroke_width=2.0 if firm else 1.0,
            )
        )
        look = {
            "fill": colour if firm else "#fff",
            "stroke": colour,
            "data_pair": r["pair"],
            "data_region": r["region_key"],
        }
        size = 3.0 + 3.5 * abs(r["pearson"])
        drawn.append(marker("circle", x(r["best_lag_months"]), at, size, tip, **look))
        drawn.append(
            text(
                WIDTH - right + 18, at + 4, f"{number(r['pearson'], 2)}（n={r['n']}）", 11, fill=INK if firm else MUTED
            )
        )
    about = "横轴为领先月数，实心为已认定、空心为尚不能认定，圆点大小示相关系数绝对值。"
    return figure(WIDTH, base + 26, "关联指标最佳时滞", about, drawn)
