"""What names a row: its region, industry, firm and month, as the department writes them; each bad one is a finding."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import polars as pl

from ingest import rules
from ingest.feed import Feed, Label
from ingest.grammar import firms, labels
from ingest.grammar.cells import EXCEL_ERROR
from ingest.grammar.maturity import Statement, maturity_of
from ingest.grammar.months import dotted, read_month, read_period
from ingest.grammar.text import text_of
from ingest.layout.declared import Place
from ingest.parsing.collector import Collector
from ingest.parsing.identity import lost_zeros
from ingest.parsing.part import as_texts, spread
from ingest.parsing.years import Years
from ingest.reading.sheet import DOUBT, UNCALCULATED, Chunk, Raw, Sheet, address
from vocabulary.finding import Finding

# Controls of direction (Unicode: Bidi_Control): 021 with one of them may be seen as 120.
DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def read_labels(
    feed: Feed, sheet: Sheet, chunk: Chunk, at: np.ndarray, label: Label, place: Place, years: Years, found: Collector
) -> pl.Series:
    """A column of labels as the department writes them, without the blanks around; each bad one is a finding."""
    raws = _labels_at(sheet, chunk, at, place.index)
    if label == "month":
        return _read_months(sheet, chunk, at, place.index, raws, years, found)
    texts = as_texts(raws, chunk.tidy)
    if not _may_be_blank(feed, label):
        for i in at[texts.is_null().to_numpy()]:
            found.append(_blank_label(sheet, address(chunk.first + int(i), place.index), label))
    if not isinstance(raws, pl.Series) and float in set(map(type, raws)):
        for i, raw in zip(at, raws, strict=True):
            if isinstance(raw, float) and (not raw.is_integer() or abs(raw) >= 1e15):
                found.append(_truncated_code(sheet, address(chunk.first + int(i), place.index), raw))
    if not sheet.tail:
        doubtful = texts.str.contains(DOUBT, literal=True).fill_null(False)
        for i, text in zip(at[doubtful.to_numpy()], texts.filter(doubtful), strict=True):
            found.append(_doubtful_label(sheet, address(chunk.first + int(i), place.index), text))
    suspect, check = _LABEL_CHECKS[label]
    bad = suspect(texts).fill_null(False)
    if bad.any():
        for i, text in zip(at[bad.to_numpy()], texts.filter(bad), strict=True):
            if finding := check(sheet, address(chunk.first + int(i), place.index), text):
                found.append(finding)
        if clean := _CLEANED.get(label):
            cleaned = {text: clean(text) for text in texts.filter(bad).unique()}
            texts = texts.replace(list(cleaned), list(cleaned.values()))
    if label == "entity_id":
        short, digits = lost_zeros(texts, raws)
        for j in short:
            found.append(_lost_zero(sheet, address(chunk.first + int(at[j]), place.index), texts[j], digits))
    return texts


def read_maturities(
    sheet: Sheet, chunk: Chunk, at: np.ndarray, labelled: Mapping[Label, Place], found: Collector
) -> list[Statement]:
    """What rows say of how settled they are, in the first row that says each; an unknown word is a finding."""
    if not (place := labelled.get("maturity")):
        return []
    said: dict[str, Statement] = {}
    for i in at.tolist():
        text, cell = text_of(spread(sheet, chunk, place.index, i)), address(chunk.first + i, place.index)
        if text and text not in said:
            maturity = maturity_of(text)
            said[text] = Statement(maturity, sheet.name, cell, text[:80], of_row=True)
            if not maturity:
                found.append(rules.finding("unknown_maturity", sheet.name, cell, found=text[:80]))
    return [s for s in said.values() if s.maturity]


def _may_be_blank(feed: Feed, label: Label) -> bool:
    if label == "entity_name":
        return True
    if label == "credit_code" and "entity_id" not in {c.label for c in feed.columns}:
        return False
    return label in ("industry", "credit_code") and feed.grain in ("enterprise", "register")


def _labels_at(sheet: Sheet, chunk: Chunk, at: np.ndarray, column: int) -> pl.Series | Sequence[Raw]:
    """The cells of a column in the rows `at`; a merged range gives its value to each of its rows."""
    cells = chunk.columns[column]
    if isinstance(cells, pl.Series):
        return cells if len(at) == chunk.height else cells.gather(at)
    if not sheet.covered:
        return cells if len(at) == chunk.height else [cells[i] for i in at.tolist()]
    return [spread(sheet, chunk, column, int(i)) for i in at]


def _read_months(
    sheet: Sheet,
    chunk: Chunk,
    at: np.ndarray,
    column: int,
    raws: pl.Series | Sequence[Raw],
    years: Years,
    found: Collector,
) -> pl.Series:
    """Months as ISO days; each different writing is read once."""
    if isinstance(raws, pl.Series):
        different = raws.unique().drop_nulls()
        doubtful = dotted(different)
        said = [m and m.date.isoformat() for m in (doubtful.get(raw, read_month(raw)) for raw in different)]
        months = pl.Series(said, dtype=pl.String).gather(raws.cast(pl.Enum(different)).to_physical())
    else:
        # Cells of different types may be equal (1 and True) and yet not say the same.
        typed = list(zip(map(type, raws), raws, strict=True))
        doubtful = dotted(raw for raw in set(raws) if isinstance(raw, str))
        read = {(kind, raw): doubtful.get(raw, read_month(raw)) for kind, raw in set(typed)}  # type: ignore[arg-type]
        months = pl.Series([m and m.date.isoformat() for m in map(read.get, typed)], dtype=pl.String)
    months = years.fill(sheet, chunk, at, raws, months, found)
    for j in months.is_null().arg_true():
        found.append(_month_finding(sheet, address(chunk.first + int(at[j]), column), raws[j]))
    return months


def longer_times(
    sheet: Sheet, chunk: Chunk, at: np.ndarray, place: Place, numbered: Sequence[tuple[Place, np.ndarray]]
) -> Iterator[Finding]:
    """Rows of a longer time than a column promises: 1-6月 over numbers of a month. `numbered`: columns and which cells speak."""
    raws = _labels_at(sheet, chunk, at, place.index)
    texts = {raw for raw in (raws.unique() if isinstance(raws, pl.Series) else set(raws)) if isinstance(raw, str)}
    longer = {raw: period for raw in texts if (period := read_period(raw)) and period.kind != "month"}
    for i, raw in zip(at.tolist(), raws, strict=True) if longer else ():
        if isinstance(raw, str) and raw in longer:
            for number, speaks in numbered:
                if speaks[i] and not longer[raw].fits(number.meaning.column.period_type):
                    yield longer_time(sheet, address(chunk.first + i, place.index), raw, number.heading)
                    break


def longer_time(sheet: Sheet, cell: str, said: str, heading: str) -> Finding:
    return rules.finding("longer_time", sheet.name, cell, found=text_of(said)[:80], heading=heading)


def region_finding(sheet: Sheet, cell: str, text: str | None) -> Finding | None:
    if text is None or labels.region_is_known(text):
        return None
    return rules.finding("unknown_region.row", sheet.name, cell, found=text[:80], name=text)


def industry_finding(sheet: Sheet, cell: str, text: str | None) -> Finding | None:
    if text is None or labels.industry_is_known(text):
        return None
    return rules.finding("unknown_industry", sheet.name, cell, found=text[:80], name=text)


def _credit_code_finding(sheet: Sheet, cell: str, text: str) -> Finding | None:
    """A warning and not a refusal: some genuine early codes fail the check (domain.md 2.9)."""
    if rounded := _code_finding(sheet, cell, text):
        return rounded
    fault = firms.credit_code_fault(firms.clean_credit_code(text))
    if fault is None:
        return None
    return rules.finding("credit_code", sheet.name, cell, found=text[:80], fault=fault)


def _code_finding(sheet: Sheet, cell: str, text: str) -> Finding | None:
    """A number that names something and does not say what: rounded by a spreadsheet, a formula, written backwards."""
    code = firms.clean_number(text)
    if re.fullmatch(r"\d(\.\d+)?[eE]\+\d+", code):
        return _truncated_code(sheet, cell, text)
    if code.startswith("=") or text == UNCALCULATED:
        return rules.finding("code_without_value", sheet.name, cell, found=text[:80])
    if EXCEL_ERROR.fullmatch(code):
        return rules.finding("code_error", sheet.name, cell, found=text[:80])
    if DIRECTION.search(text):
        return rules.finding("unreadable_code", sheet.name, cell, found=ascii(text)[1:80])
    return None


def _unknown(is_known: Callable[[str], bool]) -> Callable[[pl.Series], pl.Series]:
    """Which labels of a column the seeds do not know; each different one is looked up once."""
    return lambda texts: texts.is_in([t for t in texts.unique().drop_nulls() if not is_known(t)])


def _not_simply_written(texts: pl.Series) -> pl.Series:
    return ~texts.str.contains(r"^[0-9A-Za-z-]+$")


# What may be wrong with a column of labels, all at once; and what is wrong with one of those.
_LABEL_CHECKS: dict[str, tuple[Callable[[pl.Series], pl.Series], Callable[[Sheet, str, str], Finding | None]]] = {
    "region": (_unknown(labels.region_is_known), region_finding),
    "industry": (_unknown(labels.industry_is_known), industry_finding),
    "credit_code": (lambda texts: ~firms.are_credit_codes(texts), _credit_code_finding),
    "entity_id": (_not_simply_written, _code_finding),
    "entity_name": (lambda texts: texts.is_null() & False, lambda sheet, cell, text: None),
}
# Numbers that name something are kept as they should have been typed; other labels as they were.
_CLEANED = {"entity_id": firms.clean_number, "credit_code": firms.clean_credit_code}


def _month_finding(sheet: Sheet, cell: str, raw: Raw) -> Finding:
    return rules.finding("unreadable_month", sheet.name, cell, found=text_of(raw)[:80])


def _doubtful_label(sheet: Sheet, cell: str, text: str) -> Finding:
    return rules.finding("shown_otherwise.cell", sheet.name, cell, found=text[:80], expected="显示与存储一致的内容")


def _blank_label(sheet: Sheet, cell: str, label: str) -> Finding:
    name = {"region": "地区", "industry": "行业", "entity_id": "单位编号", "credit_code": "统一社会信用代码"}[label]
    return rules.finding("label_missing", sheet.name, cell, expected=name)


def _lost_zero(sheet: Sheet, cell: str, code: str, digits: int) -> Finding:
    return rules.finding("code_lost_zero", sheet.name, cell, found=code, digits=digits)


def _truncated_code(sheet: Sheet, cell: str, raw: Raw) -> Finding:
    return rules.finding("code_truncated", sheet.name, cell, found=str(raw)[:80])
