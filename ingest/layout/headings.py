"""The headings of a table as clerks print them.

A heading is a path: its levels joined by |, without units and blanks. Merged and left-out levels are filled in.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from ingest.grammar.text import plain, text_of
from ingest.grammar.units import Stated, split_units, units_named
from ingest.reading.sheet import Sheet, address

UNIT_ROW = re.compile(r"(?:计量)?单位")


@dataclass(frozen=True)
class Heading:
    """The heading of one column, counted from 0: its path as printed and the units in it."""

    index: int
    path: str
    units: tuple[Stated, ...] = ()


@dataclass(frozen=True)
class Band:
    """The rows of one table's headings on its sheet: `top` to before `body`, from 0, the row of units among them."""

    sheet: Sheet
    top: int
    levels: int
    body: int
    headings: tuple[Heading, ...]

    @property
    def labels_at(self) -> int:
        """The first column with a heading, which names the rows."""
        return next((h.index for h in self.headings if h.path), 0)

    def cell(self, index: int) -> str:
        """The address of a column's lowest heading."""
        return address(self.top + self.levels - 1, index)


def read_band(sheet: Sheet, top: int, levels: int, bare: Sequence[re.Pattern[str]] = ()) -> Band:
    """The headings in `levels` rows from `top`, with the row of units under them, if there is one; `bare` as for continued."""
    headings = tuple(continued(read_headings(sheet, top, levels, sheet.width), bare))
    body = top + levels
    if body < len(sheet.rows) and (row := _unit_row(sheet, body)) is not None:
        headings = tuple(replace(h, units=(*h.units, *row.get(h.index, ()))) for h in headings)
        body += 1
    return Band(sheet, top, levels, body, headings)


def continued(headings: Iterable[Heading], bare: Sequence[re.Pattern[str]]) -> Iterator[Heading]:
    """Headings of which those that are `bare` at their lowest level go on from the one at their left, under the same others."""
    left: list[str] = []
    for heading in headings:
        path = heading.path.split("|")
        if any(p.fullmatch(path[-1]) for p in bare) and left[:-1] == path[:-1]:
            yield replace(heading, path="|".join([*left, path[-1]]))
            continue
        left = path if heading.path else left
        yield heading


def side_by_side(band: Band, count: int) -> list[Band] | Heading:
    """A band whose headings stand `count` times side by side, as so many bands; the heading that is out of place, else."""
    filled = [h for h in band.headings if h.path]
    first = filled[0].path if filled else ""
    starts = [n for n, h in enumerate(filled) if h.path == first]
    parts = [filled[a:b] for a, b in zip(starts, [*starts[1:], len(filled)], strict=True)]
    for part in parts[1:]:
        for ours, theirs in zip_longest(parts[0], part):
            if not ours or not theirs or (ours.path, _words(ours)) != (theirs.path, _words(theirs)):
                return theirs or part[-1]
    if len(parts) != count:
        return filled[starts[min(count, len(parts) - 1)]]
    return [replace(band, headings=tuple(h for h in band.headings if h in part or not h.path)) for part in parts]


def _words(heading: Heading) -> tuple[str, ...]:
    return tuple(stated.unit for stated in heading.units)


def _unit_row(sheet: Sheet, row: int) -> dict[int, tuple[Stated, ...]] | None:
    """The units of a row that names nothing else, by column; None for any other row."""
    units: dict[int, tuple[Stated, ...]] = {}
    for index in range(len(sheet.rows[row])):
        text = plain(text_of(sheet.spread(row, index))).removeprefix("(").removesuffix(")")
        named = units_named(text)
        if text and not named and not UNIT_ROW.fullmatch(text):
            return None
        if named:
            units[index] = tuple(Stated(u, address(row, index)) for u in named)
    return units or None


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
