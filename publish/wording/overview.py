"""What the headline and the regions say in a sentence, and what lights and places are called."""

from collections.abc import Sequence

from publish.wording import Row
from publish.wording.dates import period_zh
from publish.wording.growth import change_zh, growth_zh
from publish.wording.maturity import maturity_zh
from vocabulary.figure import number

# From cold to hot; red is heat here, not an alarm (domain.md 1.2).
LIGHTS = {
    "blue": ("▼", "蓝灯", "偏冷"),
    "yellow_blue": ("◤", "黄蓝灯", "趋冷"),
    "green": ("●", "绿灯", "平稳"),
    "yellow_red": ("◥", "黄红灯", "趋热"),
    "red": ("▲", "红灯", "偏热"),
}


def headline_sentences(rows: Sequence[Row], whole: str, at_most: int = 6) -> list[str]:
    """One sentence a period, with a clause for each of the first indicators whose supplier gave a growth.

    A growth computed from levels stays in the table with its mark: in a sentence it would pass for the official one.
    """
    told: dict[str, list[str]] = {}
    seen: set[str] = set()
    for r in rows:
        given = r["growth_pct"] is not None and r["growth_source"] != "computed"
        if given and r["indicator"] not in seen and len(seen) < at_most:
            seen.add(r["indicator"])
            flash = maturity_zh("flash") if r["maturity"] == "flash" else ""
            clause = r["name_zh"] + flash + growth_zh(r["growth_pct"]) + change_zh(r["growth_pct"], r["change_pp"])
            told.setdefault(period_zh(r["period_type"], r["month"]), []).append(clause)
    return [f"{period}，{whole}{'；'.join(clauses)}。" for period, clauses in told.items()]


def regions_sentence(rows: Sequence[Row], level: float, whole: str) -> str:
    """Who leads and who is below the whole area, for the ranked regions of one indicator."""
    name = rows[0]["name_zh"]

    def listed(chosen: Sequence[Row]) -> str:
        return "、".join(f"{r['region_name']}（{number(r['growth_pct'])}%）" for r in chosen)

    best = max(r["growth_pct"] for r in rows)
    below = sorted((r for r in rows if r["growth_pct"] < level), key=lambda r: r["growth_pct"])
    told = f"分地区看，{name}增速最高的是{listed([r for r in rows if r['growth_pct'] == best])}"
    return f"{told}，低于{whole}水平的有{listed(below)}。" if below else f"{told}，各地均不低于{whole}水平。"


def ranked_zh(row: Row) -> str:
    """What is ranked: an indicator, or all main ones together."""
    return "主要指标综合" if row["indicator"] == "_T" else str(row["name_zh"])


def rank_zh(row: Row) -> str:
    """`2/5`, `并列2/5`; a region without a figure has no rank."""
    if row["rank"] is None:
        return ""
    tied = "并列" if row["rank_ties"] > 1 else ""
    return f"{tied}{row['rank']}/{row['rank_of']}"


def light_zh(light: str | None) -> str:
    """A signal light by shape, name and meaning: `▼ 蓝灯·偏冷`."""
    if light is None:
        return "未评定"
    shape, name, meaning = LIGHTS[light]
    return f"{shape} {name}·{meaning}"


def shock_zh(row: Row) -> str:
    """What a month of lights that lies in a shock, or a year after one, asks of its reader; empty for any other."""
    told = []
    if row["shock"]:
        told.append(f"本期处于特殊冲击时期（{row['shock_zh']}），信号灯照常评定，与其他时期比较时应予剔除或单独说明。")
    if row["shock_year_ago"]:
        told.append(
            f"上年同期处于特殊冲击时期（{row['shock_year_ago_zh']}），基数异常，信号灯冷热不宜单独作为研判依据。"
        )
    return "".join(told)
