"""Deliveries and revisions: states, lateness, kinds and causes."""

from publish.wording import Row
from vocabulary.cause import CAUSES
from vocabulary.figure import ABSENT

BACKFILLED_AFTER_DAYS = 180
REVISION_KINDS = {"new_data": "新增数据", "revision": "修订", "withdrawn": "撤回"}
COVERAGE_STATUS = {"accepted": "已采用", "missing": "未报送", "waiting": "待检验", "rejected": "已退回"}


def revision_zh(row: Row) -> str:
    """What the last change of a figure was and why."""
    if row["last_kind"] is None:
        return "本期未修订"
    cause = CAUSES[row["last_cause"]] if row["last_kind"] == "revision" else ""
    return REVISION_KINDS[row["last_kind"]] + (f"（{cause}）" if cause else "")


def restated_zh(row: Row) -> str:
    """Why a figure of an earlier month is another now; one that has none any more was withdrawn."""
    return REVISION_KINDS["withdrawn"] if row["new_value"] is None else CAUSES[row["cause"]]


def late_zh(days_late: int | None, accepted_at: str | None) -> str:
    """How late a file came or is; dash where lateness is not judged (simulated and historical files)."""
    if days_late is None:
        return ABSENT
    if days_late > BACKFILLED_AFTER_DAYS:
        return "历史补录" if accepted_at else "逾期未报"
    if accepted_at is None:
        return f"逾期{days_late}天未报" if days_late > 0 else "未到期"
    return f"逾期{days_late}天" if days_late > 0 else "按时"
