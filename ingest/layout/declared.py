"""What a feed's declaration makes of a heading: it means a column, is known and left out, or is unknown (domain.md 2.10)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ingest.feed import OPEN, Column, Feed
from ingest.grammar import labels
from ingest.grammar.months import Period, month_of_year, read_period, read_year
from ingest.grammar.paperwork import REFERENCE
from ingest.grammar.period import Said, relative
from ingest.grammar.text import plain
from ingest.grammar.units import split_units
from ingest.layout.headings import Heading
from ingest.reading.sheet import letter
from vocabulary.month import Month


@dataclass(frozen=True)
class Meaning:
    """What a heading means: its declared line and what the heading itself says. A year and its month may stand apart."""

    column: Column
    region: str | None = None
    industry: str | None = None
    time: Period | None = None
    year: int | None = None
    month_of_year: int | None = None

    @property
    def month(self) -> Month | None:
        return self.time.month if self.time else None


@dataclass(frozen=True)
class Place:
    """One column of the file that carries something declared."""

    index: int
    heading: str
    meaning: Meaning
    said: tuple[Said, ...] = ()

    @property
    def letter(self) -> str:
        return letter(self.index)


def path_of(heading: str) -> str:
    """A heading path as it is compared: each level without blanks and units."""
    return "|".join(split_units(plain(level))[0] for level in heading.split("|"))


class Lines:
    """Declared columns, or rows, by the headings that name them."""

    def __init__(self, lines: Sequence[Column]) -> None:
        written = [(h, c) for c in lines for h in (() if c.pattern else (c.heading,)) + c.aliases]
        self._exact = {path_of(h): c for h, c in written if not OPEN.search(h)}
        self._patterns = [(re.compile(c.heading), c) for c in lines if c.pattern]
        self._patterns += [(_any(path_of(h)), c) for h, c in written if OPEN.search(h)]

    def understand(self, path: str) -> Meaning | None:
        """What a heading path means: as written first, then by pattern. None when unknown."""
        if path in self._exact:
            return Meaning(self._exact[path])
        found = (_meaning(c, m.groupdict()) for p, c in self._patterns if (m := p.fullmatch(path)))
        return next((meaning for meaning in found if meaning), None)


def _any(path: str) -> re.Pattern[str]:
    """A declared path that leaves something open, as the pattern of all that it holds for."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^|]+)", re.escape(path)))


def _meaning(column: Column, said: Mapping[str, str | None]) -> Meaning | None:
    """What a heading means that says a part of it; None where what stands in a month's or a year's place is none, or is a
    longer time than the column promises.

    A region or an industry that stands in an open place has to be known; one that a pattern takes is checked with its cell.
    """
    region, industry = said.get("region"), said.get("industry")
    if not column.pattern and not (
        (region is None or labels.region_is_known(region)) and (industry is None or labels.industry_is_known(industry))
    ):
        return None
    year_text, month_text = said.get("year"), said.get("month")
    year = read_year(year_text) if year_text else None
    time = read_period(month_text, year) if month_text else None
    alone = month_of_year(month_text) if month_text and not time and not year else None
    if (year_text and not year) or (month_text and not time and not alone):
        return None
    if time and column.indicator and not time.fits(column.period_type):
        return None
    return Meaning(column, region, industry, time, None if time else year, alone)


# Of a table of series in rows: what stands in the columns beside their names.
BESIDE_SERIES = (
    Column(heading="计量单位", aliases=("单位",), label="unit"),
    Column(heading="{month}"),
    Column(heading="{year}|{month}"),
)


class Declared:
    """A feed's columns and rows by the headings that name them, and what it leaves out. Made once a feed."""

    def __init__(self, feed: Feed) -> None:
        self.feed, self.in_rows = feed, feed.layout.series == "rows"
        self.columns = Lines(BESIDE_SERIES if self.in_rows else feed.columns)
        self.rows = Lines(feed.columns if self.in_rows else feed.rows)
        self.label_words = {plain(h.split("|")[0]) for c in feed.columns if c.label for h in (c.heading, *c.aliases)}
        self.bare = tuple(re.compile(p) for p in feed.layout.inherits)
        self._ignored = [re.compile(i) for i in feed.ignore]
        self._skipped = [re.compile(p) for p in feed.layout.skip_labels]

    def row(self, levels: Sequence[str]) -> tuple[Meaning, ...]:
        """What a row's heading means: its whole path, else each of its levels; nothing where one of them is unknown."""
        if whole := self.rows.understand("|".join(levels)):
            return (whole,)
        each = [m for level in levels if (m := self.rows.understand(level))]
        return tuple(each) if len(each) == len(levels) else ()

    def ignores(self, path: str) -> bool:
        """Whether a heading is known and not taken in."""
        return path.startswith(REFERENCE) or any(p.fullmatch(path) for p in self._ignored)

    def skips(self, label: str) -> bool:
        """Whether a row beginning with `label` carries no data by declaration."""
        return any(p.fullmatch(label) for p in self._skipped)

    def place(self, heading: Heading, month: Month | None = None) -> Place | None:
        """Where a heading's column belongs. `month` is the title's, to which `1-5月` in a heading is read as relative."""
        if meaning := self.columns.understand(heading.path):
            return Place(heading.index, heading.path, meaning)
        path, said = relative(heading.path, month)
        if said and (meaning := self.columns.understand(path)):
            return Place(heading.index, heading.path, meaning, said)
        return None


@cache
def declared(feed: Feed) -> Declared:
    """What a feed declares, ready to be looked up."""
    return Declared(feed)
