"""How an edition says numbers, months, colours and states: the register of an official document, one place for all.

An absent number is printed as a dash, never as 0; a number that rounds to nothing is 0.0 without a sign.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

from vocabulary.figure import ABSENT, number, rounded
from warehouse.book import MATURITIES

Row = dict[str, Any]

CONFIDENTIAL = "***"
WITHHELD = "依法不予公布"  # in a sentence whose figures are confidential
IN_YI = {"万元": "亿元", "万千瓦时": "亿千瓦时", "万美元": "亿美元"}
COUNTED = {"家", "个", "户", "人", "辆次", "天", "项", "位"}
BEIJING = timezone(timedelta(hours=8))
BACKFILLED_AFTER_DAYS = 180

COLOURS = {
    "green": ("●", "绿", "基本一致"),
    "yellow": ("▲", "黄", "关注"),
    "orange": ("◆", "橙", "预警"),
    "red": ("■", "红", "核查"),
}
PROBLEM_STATES = {
    "opened": "待办理",
    "acknowledged": "办理中",
    "disputed": "有异议",
    "fixed": "已整改，待销号",
    "closed": "已销号",
    "reopened": "重新办理",
}
# From cold to hot; red is heat here, not an alarm (domain.md 1.2).
LIGHTS = {
    "blue": ("▼", "蓝灯", "偏冷"),
    "yellow_blue": ("◤", "黄蓝灯", "趋冷"),
    "green": ("●", "绿灯", "平稳"),
    "yellow_red": ("◥", "黄红灯", "趋热"),
    "red": ("▲", "红灯", "偏热"),
}
CAUSES = {
    "scheduled": "例行修订",
    "correction": "更正",
    "panel": "统计范围变动",
    "reclass": "重新分类",
    "unknown": "原因未说明",
}
REVISION_KINDS = {"new_data": "新增数据", "revision": "修订", "withdrawn": "撤回"}
# Printed small behind a figure that is not settled yet (domain.md 2.6).
MATURITY_MARKS = {"flash": "快", "prelim": "初"}
SEVERITY = ("red", "orange", "yellow", "green")
STABILITIES = {"stable": "未见不一致", "unstable": "不一致", "too_short": "尚短"}
# What gates and reading ask, as an official document names it; the codes stay in manifest.json.
RULES = {
    # of a month
    "build_of_month": "数据集不属本月", "required_feed": "必报报表缺报", "optional_feed": "选报报表缺报",
    "headline_missing": "主要指标漏列", "no_headline": "主要指标表无数据", "other_month": "含其他月份数据",
    "untraceable_value": "数据来源无法追溯", "untraceable_report": "报告表与指标表不一致", "january_growth": "单独列有1月份数据",
    "implausible_percentage": "百分比超出合理范围", "nothing_matched": "匹配指标无对比结果", "unowned_problem": "问题事项要素不全",
    # of a delivery
    "future_month": "所属月份尚未结束", "duplicate_cell": "数据重复", "negative_value": "不应有的负数", "empty_column": "整列无数据",
    "missing_row": "缺少地区或行业", "missing_entities": "企业漏行", "missing_listed": "名录漏行",
    "stale_resubmission": "疑似重复报送上月报表", "ytd_decrease": "累计数减少", "ytd_decrease_entity": "企业累计数减少",
    "year_not_reset": "年初未重新累计", "unit_shift": "疑似计量单位有误", "out_of_scale": "与历史水平相差悬殊",
    "growth_disagrees": "增速与基数不符", "growth_against_level": "增速与水平变化相差较大", "implausible_growth": "增速异常",
    "growth_below_minus_100": "降幅超过100%", "ytd_revision": "当月数与累计数不等", "not_additive": "分地区合计与全市数不等",
    "barely_additive": "分地区合计与全市数略有出入", "less_settled": "以快报数替代正式数", "large_revision": "修订幅度较大",
    "revised": "修订以前数据",
    # of reading a file
    "hidden_sheet": "隐藏工作表", "macros": "文件含宏", "external_link": "公式引用外部文件", "new_layout": "表格版式变动",
    "suspected_total": "疑似未注明的合计行", "unit_converted": "计量单位折算", "maturity_in_name": "文件名与数据性质不一致",
    "maturity_unclear": "数据性质不明", "credit_code": "统一社会信用代码有误", "name_disagrees": "同一代码单位名称不一",
    "numbers_disagree": "识别号与代码不一致",
}  # fmt: skip
COVERAGE_STATUS = {"accepted": "已采用", "missing": "未报送", "waiting": "待检验", "rejected": "已退回"}


def amount(value: float | None, unit: str | None) -> tuple[str, str]:
    """A level and the unit it is printed in: from 100 thousand 万元 (or 万千瓦时) on in 亿 with two decimals, as
    officials read them; whole counts and other large amounts whole, the rest with one decimal."""
    if value is None or unit is None:
        return number(value), unit or ABSENT
    if unit in IN_YI and abs(value) >= 100_000:
        return number(value / 10_000, 2), IN_YI[unit]
    large = unit not in {"%", "指数"} and abs(value) >= 1000
    whole = large or (unit in COUNTED and round(value, 6) == round(value))
    return number(value, 0 if whole else 1), unit


def ordinal_zh(count: int) -> str:
    """`一`, `十`, `十二`, `二十一`: how sections are counted, below a hundred."""
    tens, ones = divmod(count, 10)
    return ("" if not tens else "十" if tens == 1 else f"{'一二三四五六七八九'[tens - 1]}十") + " 一二三四五六七八九"[
        ones
    ].strip()


def month_zh(month: str) -> str:
    """`2018年6月` of `2018-06`."""
    year, m = month.split("-")
    return f"{year}年{int(m)}月"


def period_zh(period_type: str, month: str) -> str:
    """The stretch that a figure of `month` covers: `1—6月`, `6月`, `1—2月`, `二季度`, `2018年`."""
    year, m = (int(part) for part in month.split("-"))
    if period_type == "YTD":
        return f"1—{m}月" if m > 1 else "1月"
    return {"M12": "1—2月", "Q": f"{'一二三四'[(m - 1) // 3]}季度", "Y": f"{year}年"}.get(period_type, f"{m}月")


def day_zh(day: str | date | None) -> str:
    """`2018年7月31日`; absent is `—`."""
    if day is None:
        return ABSENT
    d = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{d.year}年{d.month}月{d.day}日"


def moment_zh(moment: str | datetime | None) -> str:
    """A moment by Beijing time, to the minute: `2018年7月25日9时30分`."""
    if moment is None:
        return ABSENT
    at = (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(BEIJING)
    return f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute:02d}分"


def colour_zh(colour: str | None) -> str:
    """Shape, name and meaning of a colour, so that it is never told by colour alone: `◆ 橙·预警`."""
    if colour is None:
        return "未评定"
    shape, name, meaning = COLOURS[colour]
    return f"{shape} {name}·{meaning}"


def department_zh(name: str | None, known: Mapping[str, str]) -> str:
    """A department by its code's name in `known`; a name that is no code stays as it is."""
    return known.get(name or "", name or ABSENT)


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


def colour_counts(rows: Iterable[Row]) -> dict[str, int]:
    """Rows by colour, gravest first; rows without a colour under `none`."""
    counts = dict.fromkeys((*SEVERITY, "none"), 0)
    for r in rows:
        counts[r["colour"] or "none"] += 1
    return counts


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


def regions_sentence(rows: Sequence[Row], level: float, whole: str) -> str:
    """Who leads and who is below the whole area, for the ranked regions of one indicator."""
    name = rows[0]["name_zh"]

    def listed(chosen: Sequence[Row]) -> str:
        return "、".join(f"{r['region_name']}（{number(r['growth_pct'])}%）" for r in chosen)

    best = max(r["growth_pct"] for r in rows)
    below = sorted((r for r in rows if r["growth_pct"] < level), key=lambda r: r["growth_pct"])
    told = f"分地区看，{name}增速最高的是{listed([r for r in rows if r['growth_pct'] == best])}"
    return f"{told}，低于{whole}水平的有{listed(below)}。" if below else f"{told}，各地均不低于{whole}水平。"


def problems_sentence(rows: Sequence[Row]) -> str:
    """How many problems of regions were found, and where."""
    if not rows:
        return "本期没有形成区域层面的问题事项。"
    places = "、".join(dict.fromkeys(r["region_name"] for r in rows))
    return f"形成区域层面问题事项{len(rows)}项，涉及{places}。"


def maturity_mark(maturity: str | None) -> str:
    """`快` behind a flash, `初` behind a preliminary figure, nothing behind others."""
    return MATURITY_MARKS.get(maturity or "", "")


def maturity_zh(maturity: str | None) -> str:
    """`（快报数）` of a flash, `（初步数）` of a preliminary figure; empty for others."""
    return f"（{MATURITIES[maturity]}）" if maturity in MATURITY_MARKS else ""


def common_maturity(rows: Iterable[Row]) -> str | None:
    """The maturity that all figures of a line share, which is marked once; None where they differ."""
    said = {r["maturity"] for r in rows if r["maturity"]}
    return said.pop() if len(said) == 1 else None


def maturity_note(rows: Iterable[Row]) -> str:
    """What the marks of a table mean; empty where it has none."""
    marked = {r["maturity"] for r in rows}
    told = [
        "注“快”的为快报数，尚未核定，不作为约谈依据" if "flash" in marked else "",
        "注“初”的为初步数，以年报数为准" if "prelim" in marked else "",
    ]
    return "；".join(filter(None, told)) + "。" if any(told) else ""


def maturities_sentence(coverage: Sequence[Row]) -> str:
    """How many of the month's deliveries hold a flash or preliminary figures, and which are a flash."""
    used = [r for r in coverage if r["maturity"]]
    flash = [f"{r['department_zh']}《{r['title']}》" for r in used if r["maturity"] == "flash"]
    prelim = sum(r["maturity"] == "prelim" for r in used)
    if not flash and not prelim:
        return ""
    named = f"（{'、'.join(flash)}）" if flash else ""
    return f"已采用的统计数据资料{len(used)}项中，快报数{len(flash)}项{named}，初步数{prelim}项；快报数尚未核定，正式数据报送后予以更新。"


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


def holds_zh(holds: bool | None) -> str:
    """Whether a finding stands under another look at the figures."""
    return "无法计算" if holds is None else "成立" if holds else "不成立"


def revision_zh(row: Row) -> str:
    """What the last change of a figure was and why."""
    if row["last_kind"] is None:
        return "本期未修订"
    cause = CAUSES[row["last_cause"]] if row["last_kind"] == "revision" else ""
    return REVISION_KINDS[row["last_kind"]] + (f"（{cause}）" if cause else "")


def restated_zh(row: Row) -> str:
    """Why a figure of an earlier month is another now; one that has none any more was withdrawn."""
    return REVISION_KINDS["withdrawn"] if row["new_value"] is None else CAUSES[row["cause"]]


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


def targets_sentence(rows: Sequence[Row]) -> str:
    """How many targets the plan has and how each came out; what every county has to reach is assessed in each of them."""
    counts, each = colour_counts(rows), [r["target"] for r in rows if r["kind"] == "count_per_county"]
    targets = f"{len({r['target'] for r in rows})}项目标"
    if each:
        targets += f"（其中{'、'.join(dict.fromkeys(each))}按县（市、区）分列{len(each)}项，共考核{len(rows)}项）"
    told = "、".join(f"{COLOURS[c][1]}{counts[c]}项" for c in reversed(SEVERITY))
    left = {
        words: sum(r["state"] == s for r in rows) for s, words in (("exempt", "方案规定除外"), ("no_data", "暂无数据"))
    }
    rest = "".join(f"；{words}{n}项" for words, n in left.items() if n)
    plan = "《荆门市工业经济稳增长快转型高质量发展工作方案（2018—2020年）》"
    return f"对照{plan}{targets}：可评定{len(rows) - counts['none']}项，其中{told}{rest}。"


def late_zh(days_late: int | None, accepted_at: str | None) -> str:
    """How late a file came or is; dash where lateness is not judged (simulated and historical files)."""
    if days_late is None:
        return ABSENT
    if days_late > BACKFILLED_AFTER_DAYS:
        return "历史补录" if accepted_at else "逾期未报"
    if accepted_at is None:
        return f"逾期{days_late}天未报" if days_late > 0 else "未到期"
    return f"逾期{days_late}天" if days_late > 0 else "按时"


def standing_zh(item: Row | None) -> str:
    """Where a problem stands in the ledger and since when it is there; none before its first edition."""
    if item is None:
        return "本期新增"
    if item["reappears"]:
        return "整改后再次出现" if item["state"] == "fixed" else "销号后再次出现"
    if item["state"] == "closed":
        return "已销号"
    since = f"{month_zh(item['first_month'])}起" if item["age_months"] else "本月起"
    return f"{PROBLEM_STATES[item['state']]}（{since}）{'·已逾期' if item['overdue'] else ''}"


def correlation_zh(row: Row) -> str:
    """What may be said of a lead-lag correlation: its direction when established, otherwise that it is not."""
    lag, r = row["best_lag_months"], row["pearson"]
    if lag is None or r is None:
        return "样本不足，尚不能认定"
    if row["state"] == "sign_against_prior":
        return "相关显著而方向与预期相反，须另行研究，不作研判依据"
    if row["expected_sign"] and r * row["expected_sign"] < 0:
        return "方向与预期相反，尚不能认定"
    if row["state"] == "weak":
        reason = {"unstable": "前后期不一致", "too_short": "样本偏短"}.get(row.get("stability") or "", "弱相关")
        return f"{reason}，仅作参考"
    if row["state"] != "established":
        return "相关不显著，尚不能认定"
    timing = f"领先约{lag}个月" if lag > 0 else f"滞后约{-lag}个月" if lag < 0 else "大致同步"
    return f"历史上呈{'正' if r > 0 else '负'}相关，{row['leader_name']}{timing}；供研判参考"


def interval_zh(row: Row) -> str:
    """The 95 % interval of a correlation coefficient; dash where there are too few effective points for one."""
    if row["pearson_low"] is None:
        return ABSENT
    return f"{number(row['pearson_low'], 2)}～{number(row['pearson_high'], 2)}"


def significance_zh(q: float | None) -> str:
    """A corrected significance to three digits; what is smaller is said to be."""
    return ABSENT if q is None else "<0.001" if q < 0.001 else number(q, 3)


def surprise_zh(row: Row) -> str:
    """How the follower's latest figure lies to what the leader let expect; only where the relation says something."""
    z = row["surprise_z"]
    if z is None or row["state"] not in ("established", "weak"):
        return ABSENT
    how = "明显" if abs(z) >= 2 else "略" if abs(z) >= 1 else ""
    side = "基本符合预期" if not how else f"{how}{'高' if z > 0 else '低'}于预期"
    return f"{number(row['surprise_pp'], sign=True)}（{number(z, 1, True)}倍标准误），{side}"


def without_shocks_zh(row: Row) -> str:
    """The same relation with the months of a shock left out; dash where the period has none."""
    if row["n_without_shocks"] is None:
        return ABSENT
    states = {"established": "仍可认定", "weak": "弱相关", "sign_against_prior": "方向相反"}
    said = states.get(row["state_without_shocks"], "不能认定")
    return f"r={number(row['pearson_without_shocks'], 2)}（n={row['n_without_shocks']}），{said}"
