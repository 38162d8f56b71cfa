"""Whether the comma is the decimal sign of a text, as programs write it where they part columns by `;`; then it becomes a point.

1,234 alone may be either: what nothing in the text proves is refused.
"""

import re

import polars as pl

from ingest import rules
from ingest.reading.sheet import Refusal

NUMBER = re.compile(r"[-+−－]?(?P<digits>\d[\d.,]*)\s*%?")
MONTH = re.compile(r"(?:19|20)\d{2}\.\d{1,2}")
COMMA = r"^([-+−－]?(?:\d+|\d{1,3}(?:\.\d{3})+)),(\d+\s*%?)$"
_COMMA = re.compile(COMMA)
# Digits in groups of three may be thousands; a group is none that begins with 0.
GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})+")


def comma_is_decimal(sample: str, delimiter: str) -> bool:
    """Whether the commas of a text are decimal signs, by its beginning. Raises Refusal where that cannot be told."""
    if delimiter == ",":
        return False
    seen = {"comma": "", "point": "", "open comma": "", "open point": ""}
    for cell in re.split(rf"[{re.escape(delimiter)}\n]", sample):
        said = cell.strip().strip('"').strip()
        match = NUMBER.fullmatch(said)
        if match and not MONTH.fullmatch(said) and (kind := _kind(match["digits"])):
            seen[kind] = seen[kind] or said
    comma, point = seen["comma"], seen["point"] or seen["open point"]
    if (comma and point) or (seen["open comma"] and delimiter == ";" and not comma and not seen["point"]):
        found = "、".join(dict.fromkeys(filter(None, (comma or seen["open comma"], point))))
        raise Refusal(rules.finding("decimal_sign", found=found, delimiter=delimiter.replace("\t", "制表符")))
    return bool(comma)


def _kind(digits: str) -> str | None:
    """Which sign a number proves to be the decimal one, or which one may be: `8,3` the comma, `1,234.5` the point."""
    signs = re.sub(r"\d", "", digits)
    if not signs:
        return None
    if grouped := GROUPED.fullmatch(digits):
        if len(signs) == 1:
            return "open comma" if signs == "," else "open point"
        return "point" if grouped[1] == "," and len(set(signs)) == 1 else "comma" if len(set(signs)) == 1 else None
    if signs.count(signs[-1]) > 1:
        return None
    return "comma" if signs[-1] == "," else "point"


def with_point(cell: str) -> str:
    """A cell of such a text with a point for its decimal comma: `1.234,5` is 1234.5."""
    match = _COMMA.match(cell)
    return f"{match[1].replace('.', '')}.{match[2]}" if match else cell


def with_points(column: pl.Series) -> pl.Series:
    """A column of such a text, all at once."""
    pointed = column.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    return pointed.zip_with(column.str.contains(COMMA).fill_null(False), column)
