"""What a feed's declaration makes of a heading: it means a column, is known and left out, or is unknown (domain.md 2.10)."""

import re
from dataclasses import dataclass
from functools import cache

from ingest.feed import Column, Feed
from ingest.grammar.months import read_month, read_period
from ingest.grammar.period import Said, relative
from ingest.grammar.text import plain
from ingest.grammar.units import split_units
from ingest.layout.headings import Heading
from ingest.reading.sheet import letter
from vocabulary.month import Month


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


def path_of(heading: str) -> str:
    """A heading path as it is compared: each level without blanks and units."""
    return "|".join(split_units(plain(level))[0] for level in heading.split("|"))


class Declared:
    """A feed's columns by the headings that name them, and what it leaves out. Made once a feed."""

    def __init__(self, feed: Feed) -> None:
        self.feed, self.in_rows = feed, feed.layout.series == "rows"
        self.label_words = {plain(h.split("|")[0]) for c in feed.columns if c.label for h in (c.heading, *c.aliases)}
        self._exact = {path_of(h): c for c in feed.columns for h in (() if c.pattern else (c.heading,)) + c.aliases}
        self._patterns = [(re.compile(c.heading), c) for c in feed.columns if c.pattern]
        self._ignored = [re.compile(i) for i in feed.ignore]
        self._skipped = [re.compile(p) for p in feed.layout.skip_labels]

    def understand(self, path: str) -> Meaning | None:
        """What a heading path means: as written first, then by pattern. None when unknown."""
        if path in self._exact:
            return Meaning(self._exact[path])
        for pattern, column in self._patterns:
            if match := pattern.fullmatch(path):
                said = match.groupdict()
                time = read_period(said["month"]) if said.get("month") else None
                if not time or time.fits(column.period_type):
                    return Meaning(column, said.get("region"), said.get("industry"), time.month if time else None)
        return None

    def ignores(self, path: str) -> bool:
        """Whether a heading is known and not taken in."""
        return any(p.fullmatch(path) for p in self._ignored)

    def skips(self, label: str) -> bool:
        """Whether a row beginning with `label` carries no data by declaration."""
        return any(p.fullmatch(label) for p in self._skipped)

    def place(self, heading: Heading, month: Month | None = None) -> Place | None:
        """Where a heading's column belongs; of series in rows, the column of a month.

        `month` is the title's, to which `1-5月` in a heading is read as relative.
        """
        if self.in_rows:
            named = read_month(heading.path)
            return Place(heading.index, heading.path, None, named) if named else None
        if meaning := self.understand(heading.path):
            return Place(heading.index, heading.path, meaning)
        path, said = relative(heading.path, month)
        if said and (meaning := self.understand(path)):
            return Place(heading.index, heading.path, meaning, said=said)
        return None

    def row(self, heading: str) -> tuple[Meaning | None, tuple[str, ...], str]:
        """For series in rows: what a row's first cell means, the units in it, and its path."""
        path, units = split_units(plain(heading))
        return self.understand(path), units, path


@cache
def declared(feed: Feed) -> Declared:
    """What a feed declares, ready to be looked up."""
    return Declared(feed)
