"""The headings of a table as clerks print them, and what each means to the feed (domain.md 2.10).

A heading is a path: its levels joined by |, without units and blanks. Merged and left-out levels are filled in.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from ingest.feed import Column, Feed
from ingest.grammar.cells import DASHES
from ingest.grammar.months import read_month
from ingest.grammar.period import Said, relative
from ingest.reading.read import Raw, Sheet, address, letter
from vocabulary.unit import CANONICAL

BRACKETED = re.compile(r"\((?:(?:计量)?单位:)?([^()]*)\)")
LIST_SIGNS = re.compile(r"[,、;/和及]")


@dataclass(frozen=True)
class Stated:
    """A unit that the paper states, and the cell that states it. `own`: at the column's lowest level, for it alone."""

    unit: str
    cell: str
    own: bool = True


@dataclass(frozen=True)
class Heading:
    """The heading of one column, counted from 0: its path as printed and the units in it."""

    index: int
    path: str
    units: tuple[Stated, ...] = ()


@dataclass(frozen=True)
class Meaning:
    """What a heading means: its declared column and what a pattern read out of the heading itself."""

    column: Column
    region: str | None = None
    industry: str | None = None
    month: date | None = None


@dataclass(frozen=True)
class Place:
    """One column of the file that carries something declared, or a month where series lie in rows."""

    index: int
    heading: str
    meaning: Meaning | None
    month: date | None = None
    said: tuple[Said, ...] = ()

    @property
    def letter(self) -> str:
        return letter(self.index)


def text_of(raw: Raw) -> str:
    """A cell as people see it, without the blanks around it; never None, never with control characters."""
    if raw is None:
        return ""
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return str(int(raw))
    text = str(raw).strip()
    return text if text.isprintable() else re.sub(r"[\x00-\x08\x0b-\x1f]", "", text)


@lru_cache(10_000)
def plain(text: str) -> str:
    """A label or heading for comparing: NFKC, one kind of dash, no blanks."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text).translate(DASHES))


def first_text(sheet: Sheet, row: int) -> str:
    """First cell of a row that is not blank, for comparing with labels and footers."""
    return next((plain(t) for v in sheet.rows[row] if (t := text_of(v))), "")


def split_units(text: str) -> tuple[str, tuple[str, ...]]:
    """A heading without its units, and the units: `出口额(万美元)` -> `出口额`, (`万美元`,)."""
    units: list[str] = []

    def take(match: re.Match[str]) -> str:
        named = units_named(match[1])
        units.extend(named)
        return "" if named else match[0]

    return BRACKETED.sub(take, text), tuple(units)


def units_named(text: str) -> list[str]:
    """The units of a list such as `万元、%`; empty unless every word of it is a known unit."""
    words = [w for w in LIST_SIGNS.split(text) if w]
    return words if words and all(w in CANONICAL for w in words) else []


def read_headings(sheet: Sheet, top: int, levels: int, width: int) -> Iterator[Heading]:
    """The headings that stand in `levels` rows from `top`. A spacer column, with nothing of its own, has no path."""
    rows = range(top, top + levels)
    merged = any(anchor[0] in rows for anchor in sheet.covered.values()) if sheet.covered else False
    last = [""] * levels
    for index in range(width):
        texts = [plain(text_of(sheet.spread(r, index))) for r in rows]
        own = any(sheet.covered.get((r, index), (r, index))[1] == index and texts[i] for i, r in enumerate(rows))
        if not own:
            yield Heading(index, "")
            continue
        if not merged:
            for i in range(levels - 1):
                below = any(texts[i + 1 :])
                texts[i] = texts[i] or (last[i] if below and texts[:i] == last[:i] else "")
        last = texts
        yield _heading(sheet, top, index, texts)


def _heading(sheet: Sheet, top: int, index: int, texts: list[str]) -> Heading:
    path: list[str] = []
    stated: list[tuple[str, int]] = []
    for i, text in enumerate(texts):
        if i and path and (named := units_named(text.removeprefix("(").removesuffix(")"))):
            stated += [(u, i) for u in named]
            continue
        name, units = split_units(text)
        stated += [(u, i) for u in units]
        if name and (not path or path[-1] != name):
            path.append(name)
    lowest = max((i for i, t in enumerate(texts) if t), default=0)
    units_at = {
        (u, sheet.covered.get((top + i, index), (top + i, index))): texts[i] == texts[lowest] or i == lowest
        for u, i in stated
    }
    return Heading(index, "|".join(path), tuple(Stated(u, address(*cell), own) for (u, cell), own in units_at.items()))


@cache
def _declared(
    feed: Feed,
) -> tuple[dict[str, Column], tuple[tuple[re.Pattern[str], Column], ...], tuple[re.Pattern[str], ...]]:
    exact = {path_of(h): c for c in feed.columns for h in (() if c.pattern else (c.heading,)) + c.aliases}
    patterns = tuple((re.compile(c.heading), c) for c in feed.columns if c.pattern)
    return exact, patterns, tuple(re.compile(i) for i in feed.ignore)


def path_of(heading: str) -> str:
    """A heading path as it is compared: each level without blanks and units."""
    return "|".join(split_units(plain(level))[0] for level in heading.split("|"))


def understand(feed: Feed, heading: str) -> Meaning | None:
    """What a heading path means to the feed: as written first, then by pattern. None when unknown."""
    exact, patterns, _ = _declared(feed)
    if heading in exact:
        return Meaning(exact[heading])
    for pattern, column in patterns:
        if match := pattern.fullmatch(heading):
            said = match.groupdict()
            month = read_month(said["month"]) if said.get("month") else None
            return Meaning(column, said.get("region"), said.get("industry"), month)
    return None


def is_ignored(feed: Feed, heading: str) -> bool:
    return any(p.fullmatch(heading) for p in _declared(feed)[2])


def place(feed: Feed, heading: Heading, month: date | None, first: bool) -> Place | None:
    """Where a heading's column belongs. `month` is the title's, to which `1-5月` in a heading is read as relative."""
    if feed.layout.series == "rows":
        if named := read_month(heading.path):
            return Place(heading.index, heading.path, None, named)
        # The column that names the series: the first with a heading.
        return Place(heading.index, heading.path, None) if first and heading.path else None
    if meaning := understand(feed, heading.path):
        return Place(heading.index, heading.path, meaning)
    path, said = relative(heading.path, month)
    if said and (meaning := understand(feed, path)):
        return Place(heading.index, heading.path, meaning, said=said)
    return None


def row_meaning(feed: Feed, heading: str) -> tuple[Meaning | None, tuple[str, ...], str]:
    """For series in rows: what a row's first cell means, the units in it, and its path."""
    path, units = split_units(plain(heading))
    return understand(feed, path), units, path
