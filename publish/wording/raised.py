"""What a rule raised, said from its facts (rpt_county_problems): the subject, the statement, the evidence, the owner."""

from collections.abc import Callable, Mapping
from typing import Any

from publish.wording import Row
from publish.wording.dates import month_zh, months_before, span_zh
from publish.wording.figures import parameter
from publish.wording.growth import TWO_YEAR_CAVEATS, growth_zh
from publish.wording.interviews import findings_zh
from publish.wording.matched import UNTOLD, route_reason_zh
from vocabulary.figure import number

Facts = Mapping[str, Any]
# Offices of a county that answer for it.
OFFICES = {"industry": "经信部门", "finance": "金融工作部门"}
TWINS = {
    "taxed_not_in_panel": "缺统漏统（小升规）候选企业",
    "project_without_power": "新开工项目无业扩报装",
    "starts_without_power_or_land": "新开工项目无业扩报装和工业用地出让",
    "panel_without_tax": "规上企业应退未退候选（无税务正常户）",
    "panel_without_power": "规上企业应退未退候选（无用电户）",
}
STOPS = {"stopped": "停产", "half_stopped": "半停产"}


def owner_zh(row: Row) -> str:
    """Who has to answer: departments, or an office of the county."""
    return row["owner_department"] or f"{row['region_name']}{OFFICES[row['owner_office']]}"


def subject_zh(row: Row) -> str:
    """What it is about."""
    return _words(row)[0](row, row["facts"])


def statement_zh(row: Row) -> str:
    """The problem in a sentence; what stands on a flash says so (domain.md 2.6)."""
    on_flash = row["on_flash"] or row["facts"].get("route_reason") == "flash"
    return _words(row)[1](row, row["facts"]) + ("（依据快报数据，待正式数据确认。）" if on_flash else "")


def evidence_zh(row: Row) -> str:
    """What it rests on and what may explain it."""
    return _words(row)[2](row, row["facts"])


def _gap_subject(_: Row, f: Facts) -> str:
    return "：".join(filter(None, (f.get("entity_name") or f.get("industry_zh"), f["pair_zh"])))


def _gap_statement(row: Row, f: Facts) -> str:
    whose = f.get("entity_name") or f"{row['region_name']}{f.get('industry_zh', '')}"
    again = f"，已连续{f['run_length']}期偏离" if f.get("run_length", 0) > 1 else ""
    return f"{whose}{_apart(row, f)}{again}。"


def _apart(row: Row, f: Facts) -> str:
    """How the two sides of a gap lie to each other."""
    axis, lag = f["period_type"], f["lag_months"]
    a = span_zh(axis, months_before(row["month"], lag)) + f["indicator_a_zh"]
    b = (span_zh(axis, row["month"]) if lag > 0 else "") + f["indicator_b_zh"]
    if f["confidential"]:
        return f"{a}与{b}差异较大{UNTOLD}"
    if f.get("judged_by") == "ratio":
        usual = "应有的一致水平" if f["method"] == "equality" else "此前12个月的中位水平"
        side = "偏高" if f["ratio_deviation_pct"] > 0 else "偏低"
        return f"{a}与{b}之比较{usual}{side}{number(abs(f['ratio_deviation_pct']))}%"
    even = "按税率变动影响的一半剔除后" if f.get("rate_adjusted") else ""
    grown = f"{a}{growth_zh(f['growth_a_pct'])}，{b}{even}{growth_zh(f['growth_b_pct'])}"
    return f"{grown}，两者相差{number(abs(f['gap_pp']))}个百分点"


def _gap_evidence(_: Row, f: Facts) -> str:
    checked = (
        "该单元企业数过少或一户企业所占比重过高，数据仅供核实。" if f["confidential"] else _judged(f) + _checked(f)
    )
    return f"{checked}其他可能的正常原因：{f['benign_causes_zh']}。{route_reason_zh(f)}。"


def _judged(f: Facts) -> str:
    """What a gap was held against."""
    limit = f"{parameter(f['limit_pp'])}个百分点的界限" if "limit_pp" in f else ""
    if "robust_z" in f:
        beyond = f"，超过{limit}" if f.get("judged_by") == "limit" else ""
        return f"与此前24个月内{f['history_n']}期差值相比，稳健标准分为{number(f['robust_z'])}{beyond}。"
    return f"历史不足，按{limit}判断。" if limit else ""


def _checked(f: Facts) -> str:
    """Which causes were checked, and what the one that explains most leaves."""
    names = {c["cause"]: c["name_zh"] for c in f.get("causes", ())}
    if not names:
        return ""
    most = f.get("explained_by")
    if most is not None and most not in names:
        return ""
    if most is None:
        return f"已检查{'、'.join(names.values())}，均不能解释。"
    caveat = TWO_YEAR_CAVEATS[f["two_year_caveat"]] if most == "base_effect" and "two_year_caveat" in f else ""
    left = (
        f"（{number(f['explained_pp'], sign=True)}），仍余{number(f['unexplained_pp'], sign=True)}"
        if "explained_pp" in f
        else UNTOLD
    )
    explained = f"{names[most]}{f'（{caveat}）' if caveat else ''}解释最多{left}"
    return f"已检查{'、'.join(names.values())}，其中{explained}。"


def _twin_statement(row: Row, f: Facts) -> str:
    region, listed, months = row["region_name"], f"有{f['listed_n']}", parameter(f["months_after"])
    starts = f"{region}{month_zh(f['started_in'][:7])}报有亿元以上工业项目新开工，其前后{months}个月"
    revenue = f"户企业近12个月开票销售收入达到{number(f['revenue_10k_yuan'], 0)}万元而不在规上企业名录"
    return {
        "taxed_not_in_panel": f"{region}{listed}{revenue}，请核实是否符合入统条件，并指导符合条件的企业申报入统。",
        "project_without_power": f"{region}{listed}个已开工项目前后{months}个月没有业扩报装或立户，请核实是否实际开工。",
        "starts_without_power_or_land": f"{starts}既无业扩报装净增容量，也无工业用地出让收入，请核实是否实际开工。",
        "panel_without_tax": f"{region}{listed}户规上企业在税务登记名录中没有正常户记录，请核实是否应当退库。",
        "panel_without_power": f"{region}{listed}户规上企业没有用电户，请核实是否应当退库。",
    }[f["finding"]]


def _twin_evidence(row: Row, f: Facts) -> str:
    if f["finding"] == "starts_without_power_or_land":
        figures = f"{row['region_name']}当期逐月报数均为零或负数"
        return f"土地出让没有分宗名录，只能按地区比对：{figures}；利用存量土地和已有容量的项目可能误列。"
    return "按统一社会信用代码逐户比对各部门整份名录，代码不全或变更的可能误列；名单不公开，另行提供。"


def _verify_statement(row: Row, f: Facts) -> str:
    output = f"明显增长{UNTOLD}" if f["confidential"] else growth_zh(f["output_pct"])
    others = f"工业用电量{growth_zh(f['power_pct'])}、开票销售收入{growth_zh(f['invoices_pct'])}"
    return f"{row['region_name']}{span_zh('M', row['month'])}工业总产值{output}，而{others}，请核实产值数据。"


def _verify_evidence(_: Row, f: Facts) -> str:
    up, down = parameter(f["output_up_pct"]), parameter(f["others_down_pct"])
    return f"产值增速高于{up}%而用电、开票增速均低于{down}%，先核实数据，再由县区说明。"


def _decline_statement(row: Row, f: Facts) -> str:
    names = "、".join(finding["name_zh"] for finding in f["findings"])
    count = f"等{f['fired_n']}项" if f["fired_n"] > 1 else ""
    return f"{row['region_name']}{names}{count}主要运行指标明显回落或处于低位，请分析原因并提出措施。"


def _decline_evidence(row: Row, f: Facts) -> str:
    return f"{findings_zh({**row, **f})}。"


def _pace_statement(row: Row, f: Facts) -> str:
    return (
        f"{row['region_name']}列入名单的{f['listed_n']}个工业增长点中，{f['behind_n']}个新增产值明显落后于序时进度，"
        "请分析原因并加快培育。"
    )


def _pace_evidence(_: Row, f: Facts) -> str:
    share, month = parameter(f["behind_pct"]), month_zh(f["list_month"][:7])
    return f"新增产值不足按月进度应达到的预增产值的{share}%；名单截至{month}。"


def _firm(_: Row, f: Facts) -> str:
    return str(f["entity_name"])


def _stop_statement(_: Row, f: Facts) -> str:
    least = "与上年同月较低者" if f.get("seasonal") else ""
    witnesses = "（电+票双证）" if f["two_witnesses"] else "（单证）"
    state = f"{'' if f['two_witnesses'] else '疑似'}{STOPS[f['state']]}{witnesses}"
    power = f"本月用电量{number(f['power'], 2)}万千瓦时，为正常生产月份均值{least}的{number(f['power_share_pct'])}%"
    return f"{f['entity_name']}{power}，判断为{state}。"


def _stop_evidence(_: Row, f: Facts) -> str:
    least = "与上年同月（季节性生产企业）较低者" if f.get("seasonal") else ""
    invoices = (
        f"开票销售收入为同口径基线的{number(f['invoices_share_pct'])}%"
        if "invoices_share_pct" in f
        else "无同企业开票数据可以印证"
    )
    return (
        f"此前正常生产月份（不含春节和停产半停产月份，至多12个月）用电均值{least}{number(f['power_baseline'], 2)}万千瓦时；"
        f"{invoices}。检修、光伏自用、换表、搬迁企业已按停产判断除外清单剔除，清单未列的应予核实。"
    )


def _falls_statement(row: Row, f: Facts) -> str:
    falls = "、".join(f"{fall['name_zh']}{growth_zh(fall['growth_pct'])}" for fall in f["falls"])
    return f"{f['entity_name']}{span_zh('M', row['month'])}{falls}，请了解企业生产经营情况。"


def _falls_evidence(_: Row, f: Facts) -> str:
    return f"重点监测的大型企业，同比降幅达到{parameter(f['fall_pct'])}%。"


def _loans_statement(_: Row, f: Facts) -> str:
    told = (
        "有抽贷或逾期预警" if f["warned"] else "",
        f"贷款余额较上月下降{number(f['fall_pct'])}%" if "fall_pct" in f else "",
    )
    return f"{f['entity_name']}{'，'.join(filter(None, told))}，请了解融资情况。"


Said = Callable[[Row, Facts], str]
RULES: dict[str, tuple[Said, Said, Said]] = {
    "matched": (_gap_subject, _gap_statement, _gap_evidence),
    "twins": (lambda _, f: TWINS[f["finding"]], _twin_statement, _twin_evidence),
    "verify_output": (lambda *_: "规模以上工业总产值", _verify_statement, _verify_evidence),
    "steep_decline": (lambda *_: "主要运行指标降幅较大", _decline_statement, _decline_evidence),
    "growth_point": (lambda *_: "工业增长点培育进度", _pace_statement, _pace_evidence),
    "stop": (_firm, _stop_statement, _stop_evidence),
    "big_firm": (_firm, _falls_statement, _falls_evidence),
    "finance_stress": (
        _firm,
        _loans_statement,
        lambda *_: "银行抽贷应提前3个月通知企业（三（一））；正常到期归还的应予剔除。",
    ),
}


def _words(row: Row) -> tuple[Said, Said, Said]:
    """How a rule is said; under `matched` lies also what a list of one department lacks in another's."""
    return RULES["twins" if "finding" in row["facts"] else row["rule"]]
