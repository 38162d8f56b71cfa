"""Problems put to counties and suppliers: whose they are and where they stand."""

from collections.abc import Mapping, Sequence

from publish.wording import Row
from publish.wording.dates import month_zh
from publish.wording.figures import WITHHELD
from vocabulary.figure import ABSENT

PROBLEM_STATES = {
    "opened": "待办理",
    "acknowledged": "办理中",
    "disputed": "有异议",
    "fixed": "已整改，待销号",
    "closed": "已销号",
    "reopened": "重新办理",
}


def department_zh(name: str | None, known: Mapping[str, str]) -> str:
    """A department by its code's name in `known`; a name that is no code stays as it is."""
    return known.get(name or "", name or ABSENT)


def problems_sentence(rows: Sequence[Row]) -> str:
    """How many problems of regions were found, and where."""
    if not rows:
        return "本期没有形成区域层面的问题事项。"
    places = "、".join(dict.fromkeys(r["region_name"] for r in rows))
    return f"形成区域层面问题事项{len(rows)}项，涉及{places}。"


def kept_statement_zh(row: Row) -> str | None:
    """What an edition said of a problem, without what it said of a cell that would now give a firm away (domain.md 2.11)."""
    if row["confidential"]:
        return f"{row['region_name']}{row['subject_zh']}（具体数据{WITHHELD}）。"
    return row["statement_zh"]


def holds_zh(holds: bool | None) -> str:
    """Whether a finding stands under another look at the figures."""
    return "无法计算" if holds is None else "成立" if holds else "不成立"


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
