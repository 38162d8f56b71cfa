"""Cells that stand under no heading."""

from ingest import rules
from ingest.feed import Feed
from ingest.grammar.text import text_of
from ingest.layout.table import LocatedTable
from ingest.parsing.collector import Collector
from ingest.reading.sheet import Chunk, address, letter


class Stray:
    """What stands under no heading, below the rows in which the table was looked for."""

    def __init__(self, feed: Feed, located: LocatedTable) -> None:
        sheet, body = located.sheet, located.body
        headings = range(max(0, body - feed.layout.header_rows), body)
        placed = {p.index for p in located.places}
        self.name = sheet.name
        self.seen = len(sheet.rows)
        self.width = sheet.width
        known = located.declared.ignores("")
        self.blank = [
            c
            for c in range(self.width)
            if not known and c not in placed and not any(text_of(sheet.spread(r, c)) for r in headings)
        ]

    def note(self, chunk: Chunk, found: Collector) -> None:
        if chunk.first < self.seen:
            return
        for c in (*self.blank, *range(self.width, len(chunk.columns))):
            i = next((i for i, raw in enumerate(chunk.columns[c]) if text_of(raw)), None)
            if i is not None:
                said, cell = text_of(chunk.columns[c][i])[:80], address(chunk.first + i, c)
                found.append(rules.finding("unknown_layout.stray", self.name, cell, found=said, column=letter(c)))
