"""What differs between a layout that came and the one that its feed declares.

A heading that seems renamed gets a proposal, never an alias: a person accepts it (`gongyun alias`; domain.md 2.10).
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from ingest.feed import Column, Feed
from ingest.grammar.months import months_in
from ingest.layout.declared import Declared, Meaning, declared
from vocabulary.unit import CANONICAL

LIKELY = 0.5
GROWTH_WORDS = re.compile(r"增|同比|幅|±|%|比上年")
CUMULATED_WORDS = re.compile(r"累计|1-本月|本月止|年初")


@dataclass(frozen=True)
class Seen:
    """A heading that came: its path with months named from the table's, the unit beside it, its column (or row),
    and what most cells under it hold."""

    path: str
    unit: str | None
    letter: str
    kind: Literal["number", "text", "empty"] = "number"

    @property
    def is_row(self) -> bool:
        return self.letter.isdigit()

    def __str__(self) -> str:
        where = f"第{self.letter}行" if self.is_row else f"{self.letter}列"
        return f"{where}“{self.path}”" if self.path else f"{where}（无表头而有内容）"


@dataclass(frozen=True)
class SheetLayout:
    """The layout of one sheet: its name without the month, the units over the table, the headings in their order."""

    name: str
    units: tuple[str, ...]
    headings: tuple[Seen, ...]

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> "SheetLayout":
        """Back from the JSON of ops.layout."""
        return cls(row["name"], tuple(row["units"]), tuple(Seen(**h) for h in row["headings"]))

    def to_row(self) -> dict[str, Any]:
        return asdict(self)


def sheet_name(name: str) -> str:
    """A sheet's name for comparing from month to month."""
    return "本月" if months_in(name) else name


@dataclass(frozen=True)
class Renamed:
    """A heading that came and the declared one that it seems to stand for, with a likeness up to 1."""

    seen: Seen
    declared: str
    likeness: float

    def __str__(self) -> str:
        return f"{self.seen}疑为“{self.declared}”"


@dataclass(frozen=True)
class Drift:
    """What differs from the declared layout. `added` and `missing` hold the renamed ones too."""

    added: tuple[Seen, ...]
    missing: tuple[str, ...]
    renamed: tuple[Renamed, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.missing)

    def in_words(self) -> str:
        """The diff as the receipt prints it."""
        renamed = {r.seen for r in self.renamed}
        stand_for = {r.declared for r in self.renamed}
        added = [str(s) for s in self.added if s not in renamed]
        missing = [f"“{m}”" for m in self.missing if m not in stand_for]
        parts = (("疑似改名", [str(r) for r in self.renamed]), ("多出", added), ("缺少", missing))
        return "；".join(f"{name}：{'、'.join(items)}" for name, items in parts if items)


def compare(feed: Feed, seen: Sequence[Seen], rows: bool = True) -> Drift:
    """A layout against the feed's declared columns and, unless told otherwise, its rows."""
    meant = declared(feed)
    seen = [s for s in seen if rows or not s.is_row]
    lines = [_lines(meant, s) for s in seen]
    known = [line[0] if line else None for line in lines]
    added = [s for s, k in zip(seen, known, strict=True) if not k and not meant.ignores(s.path)]
    added = [s for s in added if s.path or s.kind != "empty"]
    found = {c for line in lines for c in line}
    columns = (*(() if meant.in_rows else feed.columns), *(feed.row_lines if rows else ()))
    gone = [c for c in columns if c not in found]
    return Drift(
        tuple(added), tuple(c.heading for c in gone if not c.optional), tuple(_renamed(feed, seen, known, added, gone))
    )


def _lines(meant: Declared, seen: Seen) -> list[Column]:
    """The declared lines that a heading names: one, or of a row one for each of its levels."""
    if seen.is_row:
        return [m.column for m in meant.row(seen.path.split("|"))]
    meaning = meant.columns.understand(seen.path) or next(
        (Meaning(c) for c in meant.feed.columns if c.heading == seen.path), None
    )
    return [meaning.column] if meaning else []


def _renamed(
    feed: Feed, seen: Sequence[Seen], known: Sequence[Column | None], added: Sequence[Seen], gone: Sequence[Column]
) -> list[Renamed]:
    """The likeliest pairs of added and missing headings, each in at most one pair."""
    pairs = [
        (likeness, s, c)
        for s in added
        for c in gone
        if s.path
        and s.is_row == (c in feed.row_lines)
        and (likeness := _likeness(s, c, _same_place(feed, seen, known, s, c))) >= LIKELY
    ]
    taken: set[object] = set()
    renamed = []
    for likeness, s, c in sorted(pairs, key=lambda p: -p[0]):
        if s not in taken and c not in taken:
            taken |= {s, c}
            renamed.append(Renamed(s, c.heading, round(likeness, 2)))
    return sorted(renamed, key=lambda r: seen.index(r.seen))


def _likeness(seen: Seen, column: Column, same_place: bool) -> float:
    """Up to 1: likeness of the characters, same neighbours, same unit. A heading of another kind of number is unlike.

    The weights are chosen so that neither place nor unit alone can make a proposal.
    """
    names = (() if column.pattern else (column.heading,)) + column.aliases
    characters = max((SequenceMatcher(None, seen.path, n).ratio() for n in names), default=0.0)
    if column.unit and seen.kind == "text":
        return 0.0
    unit = 0.5
    if seen.unit and column.unit:
        unit = float(CANONICAL[seen.unit][0] == CANONICAL[column.unit][0])
    score = 0.6 * characters + 0.25 * same_place + 0.15 * unit
    if column.indicator:
        is_growth = bool(GROWTH_WORDS.search(seen.path)) or seen.unit == "%"
        cumulated = bool(CUMULATED_WORDS.search(seen.path))
        if (is_growth and column.unit != "%") or cumulated != any(CUMULATED_WORDS.search(n) for n in names):
            score /= 2
    return score


def _same_place(feed: Feed, seen: Sequence[Seen], known: Sequence[Column | None], one: Seen, column: Column) -> bool:
    """Whether a heading stands next to the same known column as the declared one does."""
    at, lines = seen.index(one), list(feed.row_lines if one.is_row else feed.columns)
    here = lines.index(column)
    left = known[at - 1] if at else None
    right = known[at + 1] if at + 1 < len(known) else None
    before = lines[here - 1] if here else None
    after = lines[here + 1] if here + 1 < len(lines) else None
    return (left is not None and left == before) or (right is not None and right == after) or (at == 0 and here == 0)


def changes(before: Sequence[SheetLayout], now: Sequence[SheetLayout]) -> str:
    """What a layout that reads well has else than the last one, in the receipt's words."""
    parts = []
    old = {(s.name, h.path): h for s in before for h in s.headings if h.path}
    new = {(s.name, h.path): h for s in now for h in s.headings if h.path}
    if names := [s.name for s in now if s.name not in {b.name for b in before}]:
        parts.append(f"工作表名改为{'、'.join(names)}")
        old, new = {("", p): h for (_, p), h in old.items()}, {("", p): h for (_, p), h in new.items()}
    if more := [str(h) for k, h in new.items() if k not in old]:
        parts.append(f"新增{'、'.join(more)}")
    if fewer := [f"“{h.path}”" for k, h in old.items() if k not in new]:
        parts.append(f"减少{'、'.join(fewer)}")
    both = [(old[k], h) for k, h in new.items() if k in old]
    if units := [f"“{h.path}”由{o.unit or '未注'}改为{h.unit or '未注'}" for o, h in both if o.unit != h.unit]:
        parts.append(f"计量单位{'、'.join(units)}")
    if [o.path for o, _ in sorted(both, key=lambda p: _column(p[0]))] != [h.path for _, h in both]:
        parts.append("各列次序有变动")
    if [s.units for s in before] != [s.units for s in now]:
        parts.append(f"表上单位改为“{'、'.join(u for s in now for u in s.units) or '未注'}”")
    return "；".join(parts) or "表头排列有变动"


def _column(seen: Seen) -> tuple[int, str]:
    return len(seen.letter), seen.letter
