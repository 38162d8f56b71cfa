"""What a successor edition changes against its predecessor, cell by cell, and which deliveries came in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from publish.reports import TOP_TYPES
from publish.sections import SECTIONS
from publish.sections.declared import Column, Row, Section
from publish.wording.dates import period_zh
from publish.wording.figures import CONFIDENTIAL, WITHHELD
from vocabulary.figure import ABSENT, rounded

UNLISTED = "未列"


@dataclass(frozen=True)
class Change:
    """One published cell that differs: `old` and `new` as printed, the address by section, key and column."""

    section: str
    title: str
    key: str
    subject: str
    column: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Corrections:
    """A successor's account of itself. `unseen` counts changes too small to alter a printed digit; `restored` are
    deliveries in force again that came before what they replace, `going_back` is who decided so and why."""

    predecessor: int
    changes: list[Change]
    unseen: int
    redelivered: list[Row]
    restored: list[Row]
    arrived: list[Row]
    withdrawn: list[Row]
    code_changed: tuple[str, str] | None
    going_back: Row | None

    @property
    def by_section(self) -> dict[str, list[Change]]:
        titles = dict.fromkeys(s.title for s in SECTIONS.values())
        by_title = {title: [c for c in self.changes if c.title == title] for title in titles}
        return {title: found for title, found in by_title.items() if found}


def _subject(row: Row, key: Sequence[str]) -> str:
    """A row by the names under which a reader finds it on the page."""
    name = "" if key == ("region_key",) else row.get("name_zh") or row.get("subject_zh") or row.get("title") or ""
    if row.get("target"):
        name = f"{row['target']} {name}"
    if row.get("period_type"):
        month = row.get("restated_month") or row["month"]
        name += f"（{month[:4]}年{period_zh(row['period_type'], month)}）"
    if row.get("measure"):
        name += "增速（%）" if row["measure"] == "growth" else f"数值（{row['unit']}）"
    whose = row.get("region_name") or row.get("department_zh")
    return "·".join(filter(None, (whose, name)))


def _said(column: Column, row: Row | None) -> str | None:
    """What a cell says; None where an edition of an earlier version of the program lacks what it is made of, so that what
    it said cannot be said again."""
    if row is None:
        return UNLISTED
    try:
        return column.says(row)
    except KeyError:
        return None


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, float | int) and isinstance(new, float | int):
        return rounded(old, 6) == rounded(new, 6)
    return bool(old == new)


def _another_figure(name: str, a: Row | None, b: Row | None) -> bool:
    return a is not None and b is not None and isinstance(a.get(name), float) and not _same(a[name], b[name])


def _withheld(column: Column, a: Row | None, b: Row | None, hidden: Sequence[Row]) -> bool:
    """Whether a cell would give back one that is no longer shown: what an edition said of it is not said again."""
    row = b or a or {}
    indicator, region = row.get("indicator"), row.get("region_key")
    if region in {h["region_key"] for h in hidden} and (b is None or column.clauses):
        return True
    if indicator and region is None:  # headline and revisions are of the whole area
        return indicator in {h["indicator"] for h in hidden if h["region_type"] in TOP_TYPES}
    if (indicator, region) in {(h["indicator"], h["region_key"]) for h in hidden}:
        return True
    return bool(row.get("confidential")) or WITHHELD in (row.get("statement_zh") or "")


def _parts(one: str, other: str) -> str:
    """Of a text its clauses that the other one lacks."""
    return "；".join(part for part in one.split("；") if part not in other.split("；")) or ABSENT


def _compare(
    section: Section, old: Sequence[Row], new: Sequence[Row], hidden: Sequence[Row]
) -> tuple[list[Change], int]:
    """What differs between the printed rows of a section, and how many changes are too small to be printed."""
    changes, unseen = [], 0
    for per, columns in groupby(section.columns, key=lambda c: c.per):
        key = tuple(per.split()) or section.key
        before, after = ({tuple(str(r.get(k)) for k in key): r for r in rows} for rows in (old, new))
        told = list(columns)
        for k in sorted(before | after):
            for column in told:
                change, small = _change(section, key, column, before.get(k), after.get(k), hidden)
                changes += change
                unseen += small
    return changes, unseen


def _change(
    section: Section, key: Sequence[str], column: Column, a: Row | None, b: Row | None, hidden: Sequence[Row]
) -> tuple[list[Change], int]:
    """The change of one cell, if it reads differently, and otherwise whether its figure is another."""
    was, now = _said(column, a), _said(column, b)
    if was is None or now is None:
        return [], 0
    if was == now or {was, now} == {UNLISTED, ABSENT}:
        return [], int(was not in (ABSENT, CONFIDENTIAL) and _another_figure(column.name, a, b))
    label = column.label
    if column.clauses and UNLISTED not in (was, now):
        label, was, now = f"{label}（内容有调整）", _parts(was, now), _parts(now, was)
    if _withheld(column, a, b, hidden):
        was = CONFIDENTIAL
    row = b or a or {}
    address = "|".join(str(row.get(k)) for k in key)
    subject = _subject(row, key)
    return [Change(section.name, section.title, address, subject, column.name, label, was, now)], 0


def _overlap(a: Row, b: Row) -> bool:
    return bool(a["feed"] == b["feed"] and a["first_month"] <= b["last_month"] and b["first_month"] <= a["last_month"])


def _newcomers(before: Mapping[int, Row], after: Mapping[int, Row]) -> list[tuple[Row, list[Row]]]:
    """Deliveries that only the later of two editions uses, each with those in whose place it stands."""
    return [(d, [b for b in before.values() if _overlap(b, d)]) for i, d in after.items() if i not in before]


def _by_id(manifest: Mapping[str, Any]) -> dict[int, Row]:
    return {d["delivery_id"]: d for d in manifest["deliveries"]}


def goes_back(predecessor: Mapping[str, Any], manifest: Mapping[str, Any]) -> bool:
    """Whether a draft knows less than the edition in force: as of an earlier moment, or by a file that came before the
    one in whose place it would stand (domain.md 2.6)."""
    newcomers = _newcomers(_by_id(predecessor), _by_id(manifest))
    return bool(manifest["as_of"] < predecessor["as_of"]) or any(_came_before(d, earlier) for d, earlier in newcomers)


def _came_before(delivery: Row, replaced: Sequence[Row]) -> bool:
    return any(delivery["delivery_id"] < b["delivery_id"] for b in replaced)


def compare(
    predecessor: Mapping[str, Any],
    old: Mapping[str, list[Row]],
    new: Mapping[str, list[Row]],
    manifest: Mapping[str, Any],
    hidden: Sequence[Row],
) -> Corrections:
    """Compare two editions of a month: the predecessor's manifest and printed rows with those about to be drafted;
    hidden: the cells of regions that are confidential now.

    A delivery is a re-delivery (`redelivered`, with the files it `replaces`) when its feed had already spoken of
    one of its months, and `restored` where it came before what it replaces; otherwise it is newly `arrived`. What is no
    longer used and not replaced is `withdrawn`.
    """
    compared = [_compare(s, old[s.name], new[s.name], hidden) for s in SECTIONS.values()]
    before, after = _by_id(predecessor), _by_id(manifest)
    redelivered: list[Row] = []
    restored: list[Row] = []
    arrived: list[Row] = []
    replaced: set[int] = set()
    for d, earlier in _newcomers(before, after):
        replaced.update(b["delivery_id"] for b in earlier)
        if not earlier:
            arrived.append(d)
            continue
        (restored if _came_before(d, earlier) else redelivered).append(
            {**d, "replaces": [{"file_name": b["file_name"], "sha256": b["sha256"]} for b in earlier]}
        )
    codes = predecessor["build"]["code_version"], manifest["build"]["code_version"]
    return Corrections(
        predecessor=predecessor["number"],
        changes=[c for changes, _ in compared for c in changes],
        unseen=sum(unseen for _, unseen in compared),
        redelivered=redelivered,
        restored=restored,
        arrived=arrived,
        withdrawn=[d for i, d in before.items() if i not in after and i not in replaced],
        code_changed=codes if codes[0] != codes[1] else None,
        going_back=manifest["going_back"],
    )
