"""What the comparison of matched indicators found, and who is asked."""

from collections.abc import Iterable, Sequence

from publish.wording import Row
from publish.wording.colours import COLOURS, SEVERITY, colour_counts


def matched_sentence(rows: Sequence[Row]) -> str:
    """How many comparisons were made, and how they came out."""
    counts = colour_counts(rows)
    told = [f"{COLOURS[c][1]}色（{COLOURS[c][2]}）{counts[c]}组" for c in reversed(SEVERITY) if counts[c]]
    if counts["none"]:
        told.append(f"因一侧资料缺报未评定{counts['none']}组")
    pairs, regions = len({r["pair"] for r in rows}), len({r["region_key"] for r in rows})
    return f"本期对{regions}个地区{pairs}对匹配指标共比对{len(rows)}组，其中{'、'.join(told)}{routed_zh(rows)}。"


def routed_zh(rows: Iterable[Row]) -> str:
    """Who is asked about what no check explains; empty where nothing is left."""
    routes = [r["route"] for r in rows if r["route"]]
    if not routes:
        return ""
    asked = {"supplier": "转数据报送单位核实", "county": "由所在地区说明"}
    told = "、".join(f"{asked[k]}{routes.count(k)}组" for k in asked if k in routes)
    return f"；经检查正常原因仍不能解释的{len(routes)}组，{told}"
