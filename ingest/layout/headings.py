"""The headings of a table as clerks print them, and what each means to the feed (domain.md 2.10).

A heading is a path: its levels joined by |, without units and blanks. Merged and left-out levels are filled in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ingest.feed import Column, Feed
from ingest.grammar.months import read_month
from ingest.grammar.period import Said, relative
from ingest.grammar.text import plain, text_of
from ingest.grammar.units import Stated, split_units, units_named
from ingest.reading.sheet import Sheet, address, letter
from vocabulary.month import Month


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
    month: Month | None = None


@dataclass(frozen=True)
class Place:
    """One column of the file that carries something declared, or a month where series lie in rows."""

    index: int
    heading: str
    meaning: Meaning | None
    month: Month | None = None
    said: tuple[Said, ...] = ()

    @property
    def letter(self) -> str:
        return letter(self.index)


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


def place(feed: Feed, heading: Heading, month: Month | None, first: bool) -> Place | None:
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
