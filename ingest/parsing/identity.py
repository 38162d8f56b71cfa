"""Whether the numbers and names by which a list of firms knows them are whole and speak of the same firms."""

from collections.abc import Iterator, Sequence

import polars as pl

from ingest import rules
from ingest.feed import Feed
from ingest.grammar.firms import name_key, organisation_code
from ingest.reading.sheet import Raw, letter
from vocabulary.finding import Finding

# Lists whose names are those of the firms themselves; a project has a name of its own.
NAME_FIRMS = {"enterprise", "account", "borrower", "panel"}


def lost_zeros(codes: pl.Series, raws: pl.Series | Sequence[Raw]) -> tuple[list[int], int]:
    """Where a program that took a number for a quantity has dropped the zeros before it, by index; and the usual length.

    Most numbers are digits of one length. One that is shorter, by no more zeros than others begin with, has lost as many;
    so has one that is a digit shorter where it alone is no text.
    """
    digits = codes.str.contains(r"^\d+$").fill_null(False)
    lengths = codes.str.len_bytes()
    usual = int(lengths.filter(digits).max() or 0)  # type: ignore[arg-type]
    short = digits & (lengths < usual).fill_null(False)
    whole = digits & ~short
    if not short.any() or short.sum() >= whole.sum():
        return [], usual
    zeros = int((usual - codes.filter(whole).str.strip_chars_start("0").str.len_bytes()).max())  # type: ignore[arg-type]
    suspects = short & ~codes.str.starts_with("0") & (lengths >= usual - max(zeros, 1))
    if not zeros:
        text = pl.Series([isinstance(raw, str) for raw in raws], dtype=pl.Boolean)
        suspects &= ~text & text.filter(whole).all()
    return suspects.arg_true().to_list(), usual


def identity_findings(feed: Feed, sheet: str, rows: dict[str, pl.Series], at: dict[str, int]) -> Iterator[Finding]:
    """Warnings for one sheet: `rows` holds its labels with the file's row numbers, `at` the labels' columns from 0.

    A taxpayer number and the credit code beside it must hold the same organisation code, and one credit code must go
    by one name, but for brackets and legal form (domain.md 2.9). Either may be a slip of a line in the file.
    """
    if not rows.keys() >= {"entity_id", "credit_code"} or not at.keys() >= {"entity_id", "credit_code"}:
        return
    frame = pl.DataFrame([rows[k].alias(k) for k in ("row", "entity_id", "entity_name", "credit_code") if k in rows])
    known = frame.filter(pl.col("credit_code").is_not_null())
    # Only the tax office's numbers are built on the organisation code; elsewhere 15 digits may be anything.
    if feed.department == "tax":
        for row, number, code in known.select("row", "entity_id", "credit_code").iter_rows():
            held = organisation_code(number or "")
            if held and (other := organisation_code(code)) and held != other:
                cell = f"{letter(at['entity_id'])}{row}"
                yield rules.finding("numbers_disagree", sheet, cell, found=number[:80], held=other)
    if feed.lists in NAME_FIRMS and "entity_name" in at:
        yield from _names_at_odds(known, sheet, at["entity_name"])


def _names_at_odds(known: pl.DataFrame, sheet: str, at: int) -> Iterator[Finding]:
    named = known.filter(pl.col("entity_name").is_not_null())
    several = named.filter(pl.col("entity_name").n_unique().over("credit_code") > 1)
    first: dict[str, str] = {}
    for row, name, code in several.sort("row").select("row", "entity_name", "credit_code").iter_rows():
        before = first.setdefault(code, name)
        if name_key(name) != name_key(before):
            yield rules.finding(
                "name_disagrees", sheet, f"{letter(at)}{row}", found=name[:80], expected=before[:80], code=code
            )
