"""How an edition was checked and what it rests on beside its figures: findings of the gates, waivers, causes of a correction."""

from collections.abc import Sequence

from publish.corrections import Corrections
from publish.sections.declared import Cell, Column, Note, Row, table, told, words
from publish.wording.dates import day_zh, moment_zh
from publish.wording.rules import RULES
from vocabulary.figure import number
from vocabulary.finding import STATES_ZH

OF_MONTH, OF_DELIVERY = "月度检验", "来件检验"
RULE = told("rule", "规则", lambda rule: RULES.get(rule, rule), style="nowrap")


def checks(gate_results: Sequence[Row], delivery_findings: Sequence[Row]) -> list[Row]:
    """What the month's gate and those of its deliveries told, waived or stopped: a row a rule, and a file where it has one."""
    told_of_month = [
        {
            "stage": OF_MONTH,
            "rule": r["rule"],
            "state": r["state"],
            "count": r["unexpected_count"],
            "said": r["message"],
        }
        for r in gate_results
        if r["state"] != "passed"
    ]
    first: dict[tuple[str, ...], Row] = {}
    for f in delivery_findings:
        kept = first.setdefault(
            (f["feed"], f["file_name"], f["rule"], f["state"]), {**f, "stage": OF_DELIVERY, "count": 0}
        )
        kept["count"] += 1
    return [*told_of_month, *({**f, "said": _first_found(f)} for f in first.values())]


def _first_found(finding: Row) -> str:
    first = "首处：" if finding["count"] > 1 else ""
    sheet = f"工作表“{finding['sheet']}”" if finding["sheet"] else ""
    cell = f"单元格{finding['cell']}，" if finding["cell"] else ""
    return f"《{finding['file_name']}》{first}{sheet}{cell}{finding['message']}"


def _folded(rows: Sequence[Row]) -> str:
    folded = any(r["stage"] == OF_DELIVERY and r["count"] > 1 for r in rows)
    return "来件检验同一文件、同一规则的提示合并列示首处，逐处清单见 manifest.json。" if folded else ""


CHECKS_TABLE = table(
    words("stage", "环节", style="nowrap"),
    RULE,
    told("state", "级别", STATES_ZH.__getitem__, style="nowrap"),
    Column("count", "涉及处数", lambda r: number(r["count"], 0), style="num"),
    words("said", "说明"),
    notes=(_folded,),
)

WAIVERS_TABLE = table(
    RULE,
    Column("title", "资料", lambda r: r["title"] or "全部"),
    words("granted_by", "批准人"),
    words("reason", "理由"),
    told("valid_until", "有效期至", day_zh, style="nowrap"),
)


def causes(corrections: Corrections) -> list[Row]:
    """Why a successor differs from its predecessor: a row a delivery, the last one for the program."""
    named = (
        ("重报", corrections.redelivered),
        ("恢复采用", corrections.restored),
        ("新到", corrections.arrived),
        ("不再采用", corrections.withdrawn),
    )
    files = [
        {**d, "cause": cause, "replaced": _replaced(d), "months": _months(d)} for cause, found in named for d in found
    ]
    if not corrections.code_changed:
        return files
    was, now = corrections.code_changed
    none = dict.fromkeys(("file_name", "replaced", "accepted_at", "months"))
    return [*files, {**none, "cause": "程序更新", "title": f"由 {was} 变为 {now}"}]


def _replaced(delivery: Row) -> str:
    replaced = "、".join(f"{b['file_name']}（{b['sha256'][:12]}）" for b in delivery.get("replaces", ()))
    return f"{delivery['sha256'][:12]}，替代{replaced}" if replaced else delivery["sha256"][:12]


def _months(delivery: Row) -> str:
    first, last = delivery["first_month"], delivery["last_month"]
    return first if first == last else f"{first}至{last}"


CAUSES_TABLE = table(
    words("cause", "原因", style="mid nowrap"),
    words("title", "资料"),
    Cell(words("file_name", "文件"), notes=(Note(words("replaced", "替代")),)),
    told("accepted_at", "采用时间", moment_zh),
    words("months", "所属月份", style="nowrap"),
)
