"""Where headings stand on a sheet: over its table, and again further down over a page or another table."""

from collections.abc import Iterator, Sequence

from ingest.grammar.cells import read_number
from ingest.grammar.text import plain, text_of
from ingest.layout.declared import Declared, Meaning
from ingest.layout.headings import Band, continued, read_band, read_headings
from ingest.reading.sheet import Sheet
from vocabulary.label import fold

# A table's headings stand near the top of its sheet.
SEARCHED_ROWS = 60
HEADING_LEVELS = range(1, 5)


class Search:
    """The search for a feed's headings on one sheet."""

    def __init__(self, declared: Declared, sheet: Sheet) -> None:
        self.declared, self.feed, self.sheet = declared, declared.feed, sheet

    def bands(self) -> list[Band]:
        """The headings of every table, from the top; none where the sheet holds no table of the feed."""
        first = self.first()
        return [first, *self._later(first)] if first else []

    def first(self) -> Band | None:
        """The headings: where most declared columns (or, with series in rows, months) are recognised.

        Papers gain and lose a level of headings; the declared number of levels is tried first.
        """
        known, top, levels = self._best()
        if not known:
            return None
        band = self._band(top, levels)
        # Numbers over these headings belong to a table whose own headings are less well known: that one comes first.
        above = next((r for r in range(top) if self._holds_numbers(r, band)), 0)
        return self._band(max(range(above), key=lambda r: self._known(r, levels)), levels) if above else band

    def _band(self, top: int, levels: int) -> Band:
        return read_band(self.sheet, top, levels, self.declared.bare)

    def _best(self) -> tuple[int, int, int]:
        """The most that headings name, and the row and the number of levels where they do."""
        best, where = (0, 0), (0, 0, 0)
        usual = self.feed.layout.header_rows
        for levels in (usual, *(n for n in HEADING_LEVELS if n != usual)):
            for row in range(min(len(self.sheet.rows), SEARCHED_ROWS)):
                named = set(self._named(row, levels))
                score = (len(named), sum(m.time is not None for m in named))
                if score > best:
                    best, where = score, (len(named), row, levels)
            if self._names_all(self._named(*where[1:])) or self.declared.in_rows:
                break
        return where

    def _names_all(self, named: Sequence[Meaning]) -> bool:
        """Whether headings name all that is declared, nothing twice, and no month without a year that may stand over it."""
        asked = sum(not c.optional for c in self.feed.columns)
        without_year = "year" in self.feed.open and any(m.month_of_year for m in named)
        return len({m.column for m in named}) >= asked and len(set(named)) == len(named) and not without_year

    def _named(self, row: int, levels: int) -> list[Meaning]:
        """What the headings from `row` mean."""
        width = max((len(r) for r in self.sheet.rows[row : row + levels]), default=0)
        headings = continued(read_headings(self.sheet, row, levels, width), self.declared.bare)
        return [p.meaning for h in headings if h.path and (p := self.declared.place(h))]

    def _known(self, row: int, levels: int) -> int:
        """How many different things that are declared the headings from `row` name."""
        return len(set(self._named(row, levels)))

    def _holds_numbers(self, row: int, band: Band) -> bool:
        """Whether a row has two numbers or marks, or its only one, in the columns that the headings give numbers to."""
        placed = [p for h in band.headings if (p := self.declared.place(h))]
        # Where rows say the unit, any will do to tell a number from a word.
        units = {p.index: p.meaning.column.unit or ("%" if p.meaning.column.counts else None) for p in placed}
        cells = [read_number(self.sheet.at(row, i), unit) for i, unit in units.items() if unit]
        return sum(c.value is not None or c.reason is not None for c in cells) >= min(2, len(cells) or 1)

    def _later(self, first: Band) -> Iterator[Band]:
        """Headings further down: repeated at a page's head, or those of another table under the first."""
        words = self.declared.label_words | {plain(text_of(self.sheet.spread(first.top, first.labels_at)))}
        initials = tuple({w[0] for w in words if w})
        cells = self.sheet.column(first.labels_at, first.body + 1)
        headings = {
            raw
            for raw in set(cells)
            if isinstance(raw, str) and fold(raw).lstrip().startswith(initials) and plain(text_of(raw)) in words
        }
        below = first.body
        for row, raw in enumerate(cells if headings else (), first.body + 1):
            if row > below and raw in headings and self._known(row, first.levels) > 1:
                band = self._band(row, first.levels)
                yield band
                below = band.body
