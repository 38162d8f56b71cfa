"""What a successor edition changes against its predecessor, cell by cell, and which deliveries came in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publish.reports import REPORTS, TOP_TYPES, Row
from publish.wording import CONFIDENTIAL, WITHHELD, colour_zh, correlation_zh
from warehouse.figures import ABSENT, number, rounded

# What a reader would call a change, by section: column, its label, digits printed (None: text).
WATCHED: dict[str, dict[str, tuple[str, int | None]]] = {
    "headline": {"value": ("数值", 1), "growth_pct": ("同比增速（%）", 1), "change_pp": ("比上期变化（百分点）", 1)},
    "regions": {"value": ("数值", 1), "growth_pct": ("同比增速（%）", 1), "rank": ("位次", 0)},
    "matched": {"gap_pp": ("增速差（百分点）", 1), "robust_z": ("稳健标准分", 2), "colour": ("标识", None)},
    "correlated": {"best_lag_months": ("最佳时滞（月）", 0), "pearson": ("相关系数", 2), "state": ("认定", None)},
    "problems": {"colour": ("标识", None), "statement_zh": ("事项", None), "owner_department": ("责任单位", None)},
}
SECTIONS = {
    "headline": "总体情况",
    "regions": "分地区情况",
    "matched": "匹配指标比对",
    "correlated": "关联指标分析",
    "problems": "问题清单",
}


@dataclass(frozen=True)
class Change:
    """One published cell that differs: `old` and `new` as printed, the address by section, key and column."""

    section: str
    key: str
    subject: str
    column: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Corrections:
    """A successor's account of itself. `unseen` counts changes too small to alter a printed digit."""

    predecessor: int
    changes: list[Change]
    unseen: int
    redelivered: list[Row]
    arrived: list[Row]
    withdrawn: list[Row]
    code_changed: tuple[str, str] | None

    @property
    def by_section(self) -> dict[str, list[Change]]:
        return {
            title: found
            for name, title in SECTIONS.items()
            if (found := [c for c in self.changes if c.section == name])
        }


def _printed(row: Row | None, column: str, digits: int | None) -> str:
    """A cell as the report prints it; a row that an edition does not have is said to be not listed."""
    if row is None:
        return "未列"
    value = row[column]
    if digits is not None:
        return number(value, digits)
    if column == "colour":
        return colour_zh(value)
    return correlation_zh(row) if column == "state" else (value or ABSENT)


def _subject(row: Row) -> str:
    name = row.get("name_zh") or row.get("subject_zh") or ""
    period = {"YTD": "（累计）", "M": "（当月）", "M12": "（1—2月）"}.get(row.get("period_type", ""), "")
    return f"{row['region_name']}·{name}" if row.get("region_name") else f"{name}{period}"


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, float | int) and isinstance(new, float | int):
        return rounded(old, 6) == rounded(new, 6)
    return bool(old == new)


def _withheld(a: Row | None, b: Row | None, hidden: Sequence[Row]) -> bool:
    """Whether a row would give back a cell that is no longer shown: what an edition said of it is not said again."""
    if b is None:
        return a is not None and a.get("region_key") in {r["region_key"] for r in hidden}
    if "region_key" not in b:  # the headline is of the whole area
        return b["indicator"] in {r["indicator"] for r in hidden if r["region_type"] in TOP_TYPES}
    return bool(b.get("confidential")) or WITHHELD in (b.get("statement_zh") or "")


def _compare(section: str, old: Sequence[Row], new: Sequence[Row], hidden: Sequence[Row]) -> tuple[list[Change], int]:
    key = REPORTS[section].key
    before, after = ({tuple(str(r[k]) for k in key): r for r in rows} for rows in (old, new))
    changes, unseen = [], 0
    for k in sorted(before | after):
        a, b = before.get(k), after.get(k)
        for column, (label, digits) in WATCHED[section].items():
            if a is not None and b is not None and _same(a[column], b[column]):
                continue
            was, now = _printed(a, column, digits), _printed(b, column, digits)
            if _withheld(a, b, hidden):
                was = CONFIDENTIAL
            if was == now:
                unseen += 1
                continue
            changes.append(Change(section, "|".join(k), _subject(b or a or {}), column, label, was, now))
    return changes, unseen


def _overlap(a: Row, b: Row) -> bool:
    return bool(a["feed"] == b["feed"] and a["first_month"] <= b["last_month"] and b["first_month"] <= a["last_month"])


def compare(
    predecessor: Mapping[str, Any],
    old: Mapping[str, list[Row]],
    new: Mapping[str, list[Row]],
    manifest: Mapping[str, Any],
) -> Corrections:
    """Compare two editions of a month: the predecessor's manifest and rows with those about to be drafted.

    A delivery is a re-delivery (`redelivered`, with the files it `replaces`) when its feed had already spoken of
    one of its months; otherwise it is newly `arrived`. What is no longer used and not replaced is `withdrawn`.
    """
    hidden = [r for r in new["regions"] if r["confidential"]]
    compared = [_compare(section, old.get(section, []), new[section], hidden) for section in WATCHED]
    before = {d["delivery_id"]: d for d in predecessor["deliveries"]}
    after = {d["delivery_id"]: d for d in manifest["deliveries"]}
    redelivered: list[Row] = []
    arrived: list[Row] = []
    replaced: set[int] = set()
    for d in (d for i, d in after.items() if i not in before):
        earlier = [b for b in before.values() if _overlap(b, d)]
        replaced.update(b["delivery_id"] for b in earlier)
        if earlier:
            redelivered.append(
                {**d, "replaces": [{"file_name": b["file_name"], "sha256": b["sha256"]} for b in earlier]}
            )
        else:
            arrived.append(d)
    codes = predecessor["build"]["code_version"], manifest["build"]["code_version"]
    return Corrections(
        predecessor=predecessor["number"],
        changes=[c for changes, _ in compared for c in changes],
        unseen=sum(unseen for _, unseen in compared),
        redelivered=redelivered,
        arrived=arrived,
        withdrawn=[d for i, d in before.items() if i not in after and i not in replaced],
        code_changed=codes if codes[0] != codes[1] else None,
    )
