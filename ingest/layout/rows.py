"""The headings of rows, where rows say what is counted: paths as those of columns, a column of names for each level."""

from collections.abc import Iterator, Sequence

from ingest.grammar.paperwork import is_footer
from ingest.grammar.text import first_text, plain, text_of
from ingest.grammar.units import split_units
from ingest.layout.declared import Declared
from ingest.layout.headings import Band


class Names:
    """The names of rows read from the top on: an outer one may be printed once over the rows that it holds for."""

    def __init__(self) -> None:
        self.above: list[str] = []

    def read(self, texts: Sequence[str]) -> list[str]:
        """The levels of a row's heading as printed, from the cells of its columns of names, the outermost first."""
        levels = list(texts)
        for n, above in enumerate(self.above[:-1]):
            if levels[n] or not any(levels[n:]):
                break
            levels[n] = above
        self.above = levels if any(levels) else self.above
        return levels


def path_and_units(levels: Sequence[str]) -> tuple[list[str], list[str]]:
    """The levels as they are compared, the blank ones left out, and the units in them."""
    split = [split_units(plain(level)) for level in levels if level]
    return [name for name, _ in split if name], [unit for _, units in split for unit in units]


def named_at(declared: Declared, band: Band) -> list[int]:
    """The columns that name the rows of a table."""
    placed = (declared.place(h) for h in band.headings if h.path)
    return [p.index for p in placed if p and p.meaning.column.label == "series"] or [names_of_series(declared, band)]


def names_of_series(declared: Declared, band: Band) -> int:
    """Of a table of series in rows, the column of their names: the first, which may have no heading, beside the months."""
    first = next(h for h in band.headings if h.path)
    return max(first.index - 1, 0) if declared.place(first) else first.index


def rows_named(declared: Declared, band: Band) -> Iterator[tuple[int, list[str], list[str]]]:
    """The rows with a name, from 0, as path_and_units has them."""
    names, columns = Names(), named_at(declared, band)
    for row in range(band.body, len(band.sheet.rows)):
        label = first_text(band.sheet.rows[row])
        if label and not declared.skips(label) and not is_footer(label):
            yield row, *path_and_units(names.read([text_of(band.sheet.spread(row, c)) for c in columns]))
