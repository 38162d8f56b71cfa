"""Matched indicators held against each other and correlated ones against their leaders: figures, causes, who is asked."""

from collections.abc import Sequence
from dataclasses import replace

from publish.sections.declared import Cell, Column, Note, Row, figure, section, table, told, words
from publish.wording import matched
from publish.wording.colours import colour_zh
from publish.wording.correlated import (
    correlation_zh,
    interval_zh,
    significance_zh,
    stability_zh,
    surprise_zh,
    without_shocks_zh,
)
from vocabulary.figure import ABSENT, number

JUDGED_BY = {"limit": "限值", "ratio": "水平比偏离"}
GROWTH_A = figure("growth_a_pct", "前者\n增速（%）", traced="indicator_a_name")
GROWTH_B = figure("growth_b_pct", "后者\n增速（%）", traced="indicator_b_name")
GAP = figure("gap_pp", "增速差\n（百分点）", sign=True, traced="增速差")
ROBUST_Z = figure("robust_z", "稳健z", 2, True, traced="稳健标准分")
HISTORY = figure("history_n", "历史\n点数n", 0)
LIMIT = Column(
    "limit_pp",
    "限值\n（百分点）",
    lambda r: ABSENT if r["limit_pp"] is None else f"±{number(r['limit_pp'], 0)}",
    said=lambda r: number(r["limit_pp"], 0),
    style="num",
)
RATIO = figure("ratio_deviation_pct", "水平比偏离（%）", sign=True, traced="水平比偏离")
ELASTICITY = figure("elasticity", "弹性系数", 2, traced="电力弹性系数")
RUN = figure("run_length", "连续\n期数", 0)
COLOUR = told("colour", "标识", colour_zh)
MIX = figure("mix_adjusted_power_pct", "按产值结构加权的用电增速（%）", traced="按产值结构加权的用电增速")
CAUSES = words("causes_zh", "正常原因检查", clauses=True)
BENIGN = words("benign_causes_zh", "尚可能的原因", clauses=True)


def _left(row: Row) -> str:
    """What the cause that explains most explains of a gap, and what is left."""
    if row["explained_pp"] is None:
        return ""
    return f" {number(row['explained_pp'], 1, True)}，余{number(row['unexplained_pp'], 1, True)}"


EXPLAINED = Column(
    "explained_by",
    "解释最多的原因\n（百分点）",
    lambda r: f"{r['explained_by_zh'] or ABSENT}{_left(r)}",
    traced="解释最多的原因",
)


def _asked(row: Row) -> str:
    """Whom a comparison asks."""
    if not row["route"]:
        return ABSENT
    return f"{row['region_name']}说明" if row["route"] == "county" else f"{row['route_department_zh']}核实"


ROUTE = Column(
    "route",
    "去向",
    _asked,
    said=lambda r: "；".join(filter(None, (_asked(r), r["route"] and r["route_reason_zh"]))),
    clauses=True,
)
MATCHED = section(
    "matched",
    "匹配指标比对",
    "rpt_matched",
    "pair region_key",
    GROWTH_A,
    GROWTH_B,
    GAP,
    ROBUST_Z,
    HISTORY,
    LIMIT,
    RATIO,
    ELASTICITY,
    RUN,
    COLOUR,
    told("judged_by", "评定依据", lambda by: JUDGED_BY.get(by, "稳健z")).where("flagged"),
    EXPLAINED,
    MIX.where("flagged"),
    CAUSES.where("flagged"),
    BENIGN.where("flagged"),
    ROUTE.where("flagged"),
    also="name_zh region_name rate_adjustment_pp explained_by_zh explained_pp unexplained_pp route_department_zh "
    "route_reason_zh indicator_a_name indicator_b_name",
    facts="period_type lag_months indicator_a_name explained_by_zh causes route_reason route_flash_zh route_witnesses_zh "
    "route_parted_n route_regions_n",
    sentences={
        "indicator_a_name": matched.side_zh,
        "explained_by_zh": matched.explained_by_zh,
        "causes_zh": matched.causes_zh,
        "route_reason_zh": matched.route_reason_zh,
    },
)


def tag(row: Row) -> str:
    """The style of a row's mark of colour."""
    return row["colour"] or "none"


PAIR = Cell(words("name_zh", "指标对"), head=True)
JUDGED = Cell(COLOUR, tag=tag, notes=(Note(RUN, "连续{}期", when=lambda r: (r["run_length"] or 0) > 1),))


def _threshold(row: Row) -> str:
    """What a gap is judged by: its robust z, or a limit where history is too short for one."""
    if row["robust_z"] is None and row["limit_pp"] is not None:
        return f"限值{LIMIT.printed(row)}"
    return ROBUST_Z.printed(row)


def _unexplained(row: Row) -> str:
    """What stands beside the name of the cause that explains most, or in its place."""
    if row["explained_by_zh"]:
        return _left(row)
    return "均不能解释" if row["causes_zh"] else "无可检查的资料"


FLAGGED_TABLE = table(
    Cell(words("region_name", "地区"), head=True),
    Cell(
        Column("pair", "指标对", lambda r: f"{r['indicator_a_name']} — {r['indicator_b_name']}"),
        notes=(Note(MIX, "按产值结构加权，用电增速{}%"),),
    ),
    GROWTH_A,
    GROWTH_B,
    Cell(GAP, notes=(Note(RATIO, "水平比偏离{}%", when=lambda r: r["judged_by"] == "ratio"),)),
    Cell(
        replace(ROBUST_Z, printed=_threshold),
        "稳健z\n（n）",
        notes=(
            Note(LIMIT, "超过限值{}", when=lambda r: r["judged_by"] == "limit" and r["robust_z"] is not None),
            Note(HISTORY, "n={}"),
        ),
    ),
    JUDGED,
    Cell(
        Column("explained_pp", "正常原因检查\n（解释、余下，百分点）", _unexplained, traced="解释最多的原因"),
        strong=lambda r: r["explained_by_zh"] or "",
        notes=(Note(CAUSES), Note(BENIGN, "尚可能：{}", when=lambda _: True)),
    ),
    Cell(ROUTE, notes=(Note(words("route_reason_zh", "理由")),)),
    caption="需关注和核查的匹配指标",
)


def _all_note(_: Sequence[Row]) -> str:
    return (
        "电力弹性系数为用电增速与产出增速之比，两者方向相反或产出增速接近零时不列；用电与产出不成线性关系，电力弹性系数只供参考，不作评定。"
        "水平比偏离为两者水平之比较其前12个月中位数的偏离，同一资金的两种账目为较1的偏离。税收增速已剔除税率变动影响的一半，另一半计入误差（适用变动税率的比重未知）。由公布水平之比计算的增速（*）不参加比对。"
    )


ALL_TABLE = table(
    PAIR,
    GROWTH_A,
    GROWTH_B,
    GAP,
    ROBUST_Z,
    HISTORY,
    LIMIT,
    Cell(RATIO, "水平比\n偏离（%）"),
    Cell(ELASTICITY, "电力弹性\n系数"),
    RUN,
    Cell(COLOUR, tag=tag),
    notes=(_all_note,),
    group="region_name",
)
# A county's own, in its list.
COUNTY_TABLE = table(
    PAIR,
    GROWTH_A,
    GROWTH_B,
    GAP,
    ROBUST_Z,
    Cell(HISTORY, "n"),
    JUDGED,
    replace(EXPLAINED, name="explained_pp"),
)

LAG = figure("best_lag_months", "最佳时滞\n（月）", 0, traced="最佳时滞")
PEARSON = figure("pearson", "相关系数r", 2, traced="相关系数")
INTERVAL = Column("pearson_low", "95%区间", interval_zh)
SAMPLE = figure("n", "样本n", 0)
EFFECTIVE = figure("n_eff", "有效样本", 0)
SIGN = told("expected_sign", "预期方向", lambda sign: "正相关" if sign == 1 else "负相关")
SPAN = Column(
    "first_month",
    "样本起止",
    lambda r: f"{r['first_month']}至{r['last_month']}" if r["first_month"] else ABSENT,
    style="nowrap",
)
SIGNIFICANCE = told("q_value", "校正后\n显著性q", significance_zh, style="num")
STABILITY = Column("stability", "前后期", stability_zh, style="mid")
WITHOUT_SHOCKS = Column("pearson_without_shocks", "剔除疫情冲击\n月份及次年同期", without_shocks_zh)
SURPRISE = Column("surprise_pp", "本期偏离预期\n（百分点）", surprise_zh)
STATE = Column("state", "认定", correlation_zh)
CORRELATED = section(
    "correlated",
    "关联指标分析",
    "rpt_correlated",
    "pair region_key",
    SIGN,
    LAG,
    PEARSON,
    INTERVAL,
    SAMPLE,
    EFFECTIVE,
    SIGNIFICANCE,
    STABILITY,
    WITHOUT_SHOCKS,
    SURPRISE,
    STATE,
    SPAN,
    also="name_zh leader_name follower_name region_name pearson_high spearman last_month stability_power lacks latest_follower_change "
    "expected_follower_change surprise_z surprise_n best_lag_months_without_shocks n_without_shocks state_without_shocks",
)


def _correlated_note(_: Sequence[Row]) -> str:
    return (
        "由公布水平之比计算的增速（*）不作相关分析，仅有此类增速的指标所在各对不列；税率变动影响所及的月份不计入样本。"
    )


CORRELATED_TABLE = table(
    Cell(words("name_zh", "关联指标"), head=True, notes=(Note(SIGN, "预期{}"), Note(SPAN))),
    LAG,
    Cell(PEARSON, "相关系数r\n（95%区间）", notes=(Note(INTERVAL, when=lambda r: r["pearson"] is not None),)),
    Cell(SAMPLE, "样本n\n（有效样本）", notes=(Note(EFFECTIVE, "（{}）"),)),
    SIGNIFICANCE,
    STABILITY,
    WITHOUT_SHOCKS,
    SURPRISE,
    STATE,
    caption="关联指标最佳时滞与相关系数",
    notes=(_correlated_note,),
)
