"""A cell's text: as people see it, and as it is compared with another."""

import re
from collections.abc import Iterable
from functools import lru_cache

from ingest.reading.sheet import Raw
from vocabulary.label import DASHES, INVISIBLE, clean, fold

# What a cell may hold and nobody sees: control characters, and what Unicode says is not shown.
UNSEEN = f"[\x00-\x08\x0b-\x1f{INVISIBLE}]"
_UNSEEN = re.compile(UNSEEN)


def text_of(raw: Raw) -> str:
    """A cell as people see it, without the blanks around it; never None, never with characters that nobody sees."""
    if raw is None:
        return ""
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return str(int(raw))
    text = str(raw)
    return (text if text.isascii() and text.isprintable() else _UNSEEN.sub("", text)).strip()


@lru_cache(10_000)
def plain(text: str) -> str:
    """A label or heading for comparing: NFKC, one kind of dash, no blanks."""
    return clean(text).translate(DASHES)


def typed_text(text: str) -> str:
    """What was typed into a cell, for reading it: NFKC, one kind of dash, no blanks around it."""
    return fold(text).translate(DASHES).strip()


def first_text(cells: Iterable[Raw]) -> str:
    """The first cell of a row that is not blank, for comparing with labels and footers."""
    return next((plain(t) for raw in cells if (t := text_of(raw))), "")
