"""Targets of the area's plan: what is asked, what is reached, what is left to do."""

from collections.abc import Sequence

from publish.wording import Row
from publish.wording.colours import COLOURS, SEVERITY, colour_counts
from publish.wording.figures import amount
from vocabulary.figure import number


def target_zh(row: Row) -> str:
    """The number of a target as it is meant: `≥7.5%`, `8%左右`, `2—3家`; a qualitative one has none."""
    if row["target_value"] is None:
        return "前移"
    figure, unit = amount(row["target_value"], row["unit"])
    figure, unit = figure.removesuffix(".0"), unit.replace("百分点", "个百分点")
    if row["comparison"] == "between":
        return f"{figure}—{number(row['target_value_to'], 0)}{unit}"
    if row["comparison"] == "around":
        return f"{figure}{unit}左右"
    return f"{'＞' if row['comparison'] == 'more_than' else '≥'}{figure}{unit}"


TARGET_STATES = {
    "exempt": "方案规定除外",
    "met": "已达到",
    "met_late": "逾期完成",
    "overdue": "逾期未完成",
    "missed": "未完成",
    "on_pace": "符合进度",
    "above_band": "高于预期区间",
    "behind": "落后于进度",
    "unreachable": "难以实现",
}


def progress_zh(row: Row) -> str:
    """Where a target stands, what the rest of the year has to bring, and what has to be said of the target itself."""
    absent = f"暂无数据（{row['evidence_zh']}）"
    parts = [absent if row["state"] == "no_data" else TARGET_STATES[row["state"]]]
    if row["required_pct"] is not None:
        best, years = row["best_past_pct"], row.get("best_past_years_n")  # editions of an earlier version do not say
        known = "" if years in (None, 5) else f"有数的{years}年"
        past = "" if best is None else f"（近5年{known}同期最好{number(best)}%）"
        parts.append(f"余期需增长{number(row['required_pct'])}%{past}")
    elif row["remaining"]:
        left, unit = amount(row["remaining"], row["unit"])
        parts.append(f"尚差{left}{unit}")
    if row["is_stricter"]:
        parts.append("同一事实以本条为准")
    if row["note_zh"]:
        parts.append(row["note_zh"])
    return "；".join(parts)


def targets_sentence(rows: Sequence[Row], plan: str) -> str:
    """How many targets the plan of that title has and how each came out; what every county has to reach is assessed in each of them."""
    counts, each = colour_counts(rows), [r["target"] for r in rows if r["kind"] == "count_per_county"]
    targets = f"{len({r['target'] for r in rows})}项目标"
    if each:
        targets += f"（其中{'、'.join(dict.fromkeys(each))}按县（市、区）分列{len(each)}项，共考核{len(rows)}项）"
    told = "、".join(f"{COLOURS[c][1]}{counts[c]}项" for c in reversed(SEVERITY))
    left = {
        words: sum(r["state"] == s for r in rows) for s, words in (("exempt", "方案规定除外"), ("no_data", "暂无数据"))
    }
    rest = "".join(f"；{words}{n}项" for words, n in left.items() if n)
    return f"对照《{plan}》{targets}：可评定{len(rows) - counts['none']}项，其中{told}{rest}。"
