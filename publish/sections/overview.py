"""The month at a glance: headline figures and their course, those of regions, lights and places."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from publish.sections.declared import Cell, Column, Note, Row, Table, figure, level, section, table, told, words
from publish.wording.dates import period_zh
from publish.wording.figures import CONFIDENTIAL, amount
from publish.wording.maturity import common_maturity, maturity_mark, maturity_note
from publish.wording.overview import light_zh, rank_zh, ranked_zh, shock_zh
from vocabulary.figure import ABSENT, number

NAME = words("name_zh", "指标")
PERIOD = Column("period_type", "时期", lambda r: period_zh(r["period_type"], r["month"]), style="nowrap")
GROWTH = Column(
    "growth_pct",
    "同比增速（%）",
    lambda r: CONFIDENTIAL if r.get("confidential") else number(r["growth_pct"]),
    style="num",
    traced="同比增速",
    settled=True,
)

HEADLINE = section(
    "headline",
    "总体情况",
    "rpt_headline",
    "indicator period_type",
    Column(
        "value",
        "数值",
        lambda r: amount(r["value"], r["unit"])[0],
        said=lambda r: level(r["value"], r["unit"]),
        style="num",
        traced="数值",
    ),
    GROWTH,
    figure("previous_growth_pct", "上期增速（%）", traced="上期同比增速"),
    figure("change_pp", "比上期变化\n（百分点）", sign=True, traced="比上期变化"),
    also="name_zh unit growth_source maturity display_order",
)


def _computed_note(rows: Sequence[Row]) -> str:
    if not any(r["growth_source"] == "computed" and r["growth_pct"] is not None for r in rows):
        return ""
    return "带*的增速由本期数与上年同期数计算得出，报送单位未提供可比口径增速；统计范围变动时，与可比口径增速可能差异较大，不作研判依据，不排位、不评分、不参加比对和相关分析。"


def _headline_note(rows: Sequence[Row]) -> str:
    return "“—”表示该数未报送、不适用或按规定只公布增速，不等于零。" + _computed_note(rows) + maturity_note(rows)


HEADLINE_TABLE = table(
    Cell(NAME, head=True),
    PERIOD,
    Column("unit", "单位", lambda r: amount(r["value"], r["unit"])[1]),
    *HEADLINE.columns,
    caption="{whole}主要指标",
    notes=(_headline_note,),
    style="",
)

SERIES = section(
    "series",
    "主要指标增速走势",
    "rpt_series",
    "indicator region_key period_type month",
    GROWTH,
    also="name_zh maturity",
)

RANK = Column("rank", "位次", lambda r: rank_zh(r) or ABSENT)
REGIONS = section(
    "regions",
    "分地区情况",
    "rpt_region_indicators",
    "indicator region_key",
    GROWTH,
    RANK,
    also="region_name region_type ranking_group name_zh growth_source maturity value unit rank_ties rank_of confidential",
)


def lines(rows: Iterable[Row]) -> list[Row]:
    """Rows of indicators by region as lines, one an indicator: `cells` holds its rows by region. A maturity that all
    share is the line's and no cell's."""
    cells: dict[str, dict[str, Row]] = {}
    for r in rows:
        cells.setdefault(r["name_zh"], {})[r["region_key"]] = r
    return [_line(name, found) for name, found in cells.items()]


def _line(name: str, cells: Mapping[str, Row]) -> Row:
    common = common_maturity(cells.values())
    unmarked = {k: {**r, "maturity": None} for k, r in cells.items()}
    return {"name_zh": name, "maturity": common, "cells": unmarked if common else cells}


def _cell(key: str) -> Callable[[Row], Row | None]:
    """Of a line the row of one region."""
    return lambda line: line["cells"].get(key)


def _placed(key: str) -> Callable[[Row], Row | None]:
    """Of a line the row of one region, where without a place there is nothing to mark."""

    def row(line: Row) -> Row | None:
        found: Row | None = line["cells"].get(key)
        return {**found, "maturity": None} if found and found["rank"] is None else found

    return row


def _regions_note(rows: Sequence[Row]) -> str:
    hidden = any(r["confidential"] for r in rows)
    return (
        "小字为“位次/参加排位数”，在同组内按增速由高到低排定，同名次注“并列”；缺数不排位。"
        + _computed_note(rows)
        + maturity_note(rows)
        + (
            "“***”表示该单元企业数过少或一户企业所占比重过高，或由其可推算此类单元，依照《统计法》不予公布，相应的匹配指标比对亦不列示。"
            if hidden
            else ""
        )
    )


def regions_table(regions: Mapping[str, str]) -> Table:
    """Growth and place by indicator and region; its rows are `lines`."""
    return table(
        Cell(replace(NAME, settled=True), head=True),
        *(Cell(GROWTH, name, notes=(Note(RANK),), of=_cell(key)) for key, name in regions.items()),
        caption="各县（市、区）主要指标同比增速（%）及位次",
        notes=(_regions_note,),
        wide=True,
    )


LIGHT = told("light", "信号灯", light_zh, per="region_key")
TOTAL = figure("total_score", "综合分", 0, per="region_key")
TOTAL_BEFORE = figure("previous_total_score", "上期综合分", 0, per="region_key")
SCORED = Column("scored_n", "评分指标数", lambda r: str(r["scored_n"]), style="num", per="region_key")
SCORE = figure("score", "评分", 0, traced="评分")
CONTRIBUTION = Column(
    "contribution_points",
    "对综合分变动的贡献",
    lambda r: number(r["contribution_points"], 1, True) if r["contribution_points"] else ABSENT,
)
COMPOSITE = section(
    "composite",
    "综合信号灯",
    "rpt_composite_signal",
    "region_key indicator",
    LIGHT,
    TOTAL,
    TOTAL_BEFORE,
    SCORED,
    Column("shock", "特殊时期提示", lambda r: shock_zh(r) or ABSENT, clauses=True, per="region_key"),
    SCORE,
    figure("history_n", "历史数据期数", 0),
    CONTRIBUTION,
    also="region_name ranking_group name_zh display_order growth_pct previous_score shock_zh shock_year_ago "
    "shock_year_ago_zh",
)


def _shock_note(rows: Sequence[Row]) -> str:
    told = shock_zh(rows[0])
    return f"特殊时期提示：{told}" if told else ""


def _lights_note(rows: Sequence[Row]) -> str:
    known = [r["history_n"] for line in rows for r in line["scores"].values() if r["score"] is not None]
    spread = f"{min(known)}—{max(known)}" if len(set(known)) > 1 else f"{known[0]}" if known else ""
    return (
        "各主要指标增速与本地区此前5年的五分位数比较，得1—5分"
        + (f"（现有历史数据{spread}期）" if spread else "")
        + "；综合分为已评分指标平均分的9倍（9—45分），小字为该指标对综合分较上期变动的贡献。"
        "“—”为缺数或历史不足两年，不评分，由其余指标折算；评分指标不足4项的不评定。信号灯反映本地区相对自身历史的冷热，不作地区间比较；红灯为偏热，即增速居自身历史高位，与匹配指标标识的红（核查）含义不同。"
        "1月不评定，2月为1—2月。"
    )


def _component(code: str) -> Callable[[Row], Row | None]:
    """Of a region's line the row of one component."""
    return lambda line: line["scores"].get(code)


def lights_table(components: Mapping[str, str]) -> Table:
    """A region's light with the score of every component, code to name; its rows hold `scores` by component."""
    scores = [Cell(SCORE, name, notes=(Note(CONTRIBUTION),), of=_component(code)) for code, name in components.items()]
    return table(
        Cell(words("region_name", "地区", style="nowrap"), head=True),
        Cell(LIGHT, tag=lambda r: f"light {r['light'] or 'none'}"),
        TOTAL,
        Cell(TOTAL_BEFORE, "上期"),
        *scores,
        Cell(replace(SCORED, printed=lambda r: f"{r['scored_n']}/{len(components)}"), "评分指标"),
        caption="各县（市、区）工业运行综合信号灯",
        notes=(_shock_note, _lights_note),
    )


def _moved(row: Row) -> str:
    gained = row["places_gained"]
    return f"{'升' if gained > 0 else '降'}{abs(gained)}位" if gained else ""


def _within(row: Row) -> str:
    return "误差内" if row["rank_within_band"] else ""


def _place(row: Row) -> str:
    """A place in running text, with how it moved."""
    if row["rank"] is None:
        return ABSENT
    place = rank_zh(row) + maturity_mark(row["maturity"])
    return "，".join(filter(None, (place, _moved(row), _within(row))))


PLACE = Column("rank", "位次", lambda r: rank_zh(r) or ABSENT, said=_place, style="num", settled=True)
RANKINGS = section(
    "rankings",
    "排位",
    "rpt_rankings",
    "indicator region_key",
    PLACE,
    also="name_zh display_order region_name ranking_group growth_pct score maturity rank_ties rank_within_band rank_of "
    "previous_rank places_gained is_year_end",
    facts="name_zh",
    sentences={"name_zh": ranked_zh},
)


def _places_note(rows: Sequence[Row]) -> str:
    return (
        "县（市、区）与功能区分组排位，形式为“位次/参加排位数”，同名次注“并列”，其后名次顺延；升降与上一次发布比较；缺数的列“—”，不排位。"
        "推算增速之差在误差范围内的，位次并列并注“误差内”。综合位次按各指标位次得分加权，权重见参数表；年终（12月）的排位即年终排位通报。"
        + maturity_note(rows)
    )


def places_table(regions: Mapping[str, str], month: str) -> Table:
    """Place by indicator and region; its rows are `lines`."""
    notes = (
        Note(Column("places_gained", "升降", lambda r: _moved(r) if r["rank"] is not None else "")),
        Note(Column("rank_within_band", "误差", lambda r: _within(r) if r["rank"] is not None else "")),
    )
    return table(
        Cell(replace(NAME, settled=True), head=True),
        *(Cell(PLACE, name, notes=notes, of=_placed(key)) for key, name in regions.items()),
        caption=f"{'年终排位通报：' if month.endswith('-12') else ''}各县（市、区）工业经济主要指标位次",
        notes=(_places_note,),
        wide=True,
    )
