"""The cell grammar: what departments write in a cell that should hold a number (domain.md 2.2, 2.4, 2.10).

A cell is a number, blank, a mark that says why there is none, or unreadable. It never becomes 0 by default.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

import numpy as np
import polars as pl

from ingest.grammar.text import text_of, typed_text
from ingest.reading.sheet import DOUBT, UNCALCULATED, Raw
from vocabulary.unit import CANONICAL, kind_of

ABSENT, NOT_APPLICABLE, BASE_NONPOSITIVE = "absent", "not_applicable", "base_nonpositive"
LESS_THAN_UNIT, SUPPRESSED = "less_than_unit", "suppressed"

MARKS = {
    "-": NOT_APPLICABLE, "/": NOT_APPLICABLE, "×": NOT_APPLICABLE, "不适用": NOT_APPLICABLE,
    "无": ABSENT, "暂无": ABSENT, "未报": ABSENT, "缺": ABSENT, "N/A": ABSENT, "NA": ABSENT, "NULL": ABSENT,
    "扭亏为盈": BASE_NONPOSITIVE, "由亏转盈": BASE_NONPOSITIVE, "减亏": BASE_NONPOSITIVE, "增亏": BASE_NONPOSITIVE,
    "由盈转亏": NOT_APPLICABLE, "持续亏损": BASE_NONPOSITIVE,
}  # fmt: skip

# A note's number glued to a figure. NFKC would make digits of them: 12.3① would read 12.31.
NOTE_SIGNS = "①-⑳⑴-⒇⒈-⒛⓪-⓿❶-➓¹²³⁰-⁹₀-₉†‡§※*"
TRAILING_NOTE = re.compile(rf"(?<=[\d%倍万亿点)）％])\s*[{NOTE_SIGNS}]+$")
LEADING_NOTE = re.compile(r"^[*※](?=[\d.+-])")
ANY_NOTE = re.compile(r"[①-⓿❶-➓¹²³⁰-⁹₀-₉]")

EXCEL_ERROR = re.compile(r"#[A-Z0-9/]+[!?]?")
DIGITS = r"(?:\d+|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?: \d{3})+)"
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
PLAIN = r"^-?[0-9]+(?:\.[0-9]+)?$"
# What may be handed on as it was printed: a finite number, not -0, without leading zeros.
AS_PRINTED = r"^(?:-?[1-9][0-9]{0,29}(?:\.[0-9]{1,30})?|0(?:\.[0-9]{1,30})?|-0\.0{0,29}[1-9][0-9]{0,29})$"
NUMBER = re.compile(
    rf"(?P<digits>{DIGITS}(?:\.\d+)?|\.\d+)(?P<power>[eE][+-]?\d{{1,2}})?\s*(?P<suffix>[^\d\s.,()+-].*)?"
)
SIGNED = re.compile(r"(?P<open>\()?(?P<sign>[-+▼▽↓↑])?(?P<body>[^()]+)(?(open)\))")
GROWTH = re.compile(r"(?:同比|较上年同期|比上年同期)?(?P<word>增长|上升|提高|增|升|下降|减少|降低|降|减)?(?P<body>.+)")
TIMES_OF = re.compile(r"(?:(?:同比)?增长(?:到|至|为)|是上年(?:同期)?的|为上年(?:同期)?的)(?P<times>[\d.]+)倍")
FLAT = re.compile(r"(?:同比|与上年(?:同期)?|较上年(?:同期)?)?(?:基本)?持平")
FALLS = {"下降", "减少", "降低", "降", "减"}


@dataclass(frozen=True)
class Cell:
    """A cell understood: a value, else the reason why it has none, else a fault with what was expected (Chinese)."""

    value: float | None = None
    reason: str | None = None
    fault: str | None = None
    expected: str | None = None


BLANK = Cell()


@dataclass(frozen=True)
class Numbers:
    """A column of cells understood.

    `texts` are its numbers as literals, null where a cell has none. `plain` tells which cells held nothing but a number;
    `odd` indexes all other cells that are not empty. `reasons` and `faults` are sparse, by index; `decimals` is the most
    that was printed.
    """

    texts: pl.Series
    plain: pl.Series
    decimals: int
    odd: list[int] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)
    faults: dict[int, Cell] = field(default_factory=dict)

    @property
    def values(self) -> list[float | None]:
        return self.texts.cast(pl.Float64).to_list()


def read_numbers(raws: Sequence[Raw] | pl.Series, unit: str, measure: str = "value", printed: bool = True) -> Numbers:
    """Read a column: a series of text, or cells as a workbook types them. Only what is no plain number goes through the grammar.

    Without `printed`, decimals are not counted.
    """
    if isinstance(raws, pl.Series):
        return _read_texts(raws, unit, measure, printed)
    kinds = set(map(type, raws))
    if kinds <= {float, type(None)}:
        floats: Sequence[Any] = raws
    elif int in kinds:
        floats = [float(raw) if type(raw) is int or type(raw) is float else None for raw in raws]
    else:
        floats = [raw if type(raw) is float else None for raw in raws]
    typed = pl.Series(floats, dtype=pl.Float64)
    # Adding 0 makes 0 of -0; what is not finite was let through as a float only to be found here.
    plain = typed.is_finite().fill_null(False)
    texts = (typed.set(~plain, None) + 0.0).cast(pl.String)
    decimals = _binary_decimals(typed.filter(plain).to_numpy()) if printed else 0
    rest = [i for i in (~plain).arg_true().to_list() if raws[i] is not None and raws[i] != ""]
    at = [i for i in rest if isinstance(raws[i], str)]
    read = _read_texts(pl.Series([raws[i] for i in at], dtype=pl.String), unit, measure, printed)
    reasons = {at[i]: why for i, why in read.reasons.items()}
    faults = {at[i]: cell for i, cell in read.faults.items()}
    odd = [at[i] for i in read.odd]
    for i in rest:
        if not isinstance(raws[i], str):
            odd.append(i)
            faults[i] = read_number(raws[i], unit, measure)
    if at:
        texts, plain = texts.scatter(at, read.texts), plain.scatter(at, read.plain)
    return Numbers(texts, plain, max(decimals, read.decimals), sorted(odd), reasons, dict(sorted(faults.items())))


def _read_texts(column: pl.Series, unit: str, measure: str, printed: bool) -> Numbers:
    plain = column.str.contains(AS_PRINTED).fill_null(False)
    odd = (column.is_not_null() & ~plain).arg_true()
    texts = column
    reasons: dict[int, str] = {}
    faults: dict[int, Cell] = {}
    if len(odd):
        raws = column.gather(odd)
        cells = {raw: read_number(raw, unit, measure) for raw in raws.unique()}
        read = [cells[raw] for raw in raws]
        numbers = [None if cell.value is None else repr(cell.value) for cell in read]
        texts = column.set(~plain, None).scatter(odd, pl.Series(numbers, dtype=pl.String))
        for i, cell in zip(odd, read, strict=True):
            if cell.reason:
                reasons[i] = cell.reason
            elif cell.fault:
                faults[i] = cell
    decimals = 0
    if printed:
        decimals = printed_decimals(column.set(~plain, None) if len(odd) else column)
        if len(odd):
            stripped = raws.str.strip_chars().str.strip_suffix("%")
            decimals = max(decimals, printed_decimals(stripped.filter(stripped.str.contains(PLAIN))))
    return Numbers(texts, plain, decimals, odd.to_list(), reasons, faults)


def printed_decimals(plain: pl.Series) -> int:
    """Most digits after the point; a lone `.0` is how programs print whole numbers and counts as none."""
    most: int = (plain.str.len_bytes() - 1 - plain.str.find(".", literal=True)).max() or 0  # type: ignore[assignment]
    return most if most != 1 or plain.str.contains(r"\.[1-9]$").any() else 0


def _binary_decimals(values: np.ndarray) -> int:
    """Fewest digits, up to 9, that print every value; spreadsheets keep numbers and not their printing."""
    slack = 1e-9 * np.maximum(1.0, np.abs(values))
    return next((d for d in range(9) if np.all(np.abs(np.round(values, d) - values) <= slack)), 9)


def read_number(raw: Raw, unit: str, measure: str = "value") -> Cell:
    """Read one cell of a column in `unit`. `measure` growth allows words and 倍, and reads `--` as a base of 0 or less."""
    if raw is None:
        return BLANK
    if isinstance(raw, bool):
        return _fault("not_a_number", "数值")
    if isinstance(raw, int | float):
        return Cell(float(raw)) if math.isfinite(raw) else _fault("not_a_number", "数值")
    if isinstance(raw, date | time | timedelta):
        return _fault("date_for_number", "数值；该单元格为日期格式，请改为数值格式后重新填写")
    return _read_text(raw, unit, measure)


def _fault(fault: str, expected: str) -> Cell:
    return Cell(fault=fault, expected=expected)


def _read_text(raw: str, unit: str, measure: str) -> Cell:
    if raw == UNCALCULATED:
        return _fault("formula_without_value", "数值；该单元格的公式尚未计算，没有结果")
    if DOUBT in raw:
        return _fault("shown_otherwise.cell", "数值；单元格显示的内容应与其存储的数值一致")
    text = LEADING_NOTE.sub("", TRAILING_NOTE.sub("", text_of(raw).removeprefix("'")))
    if re.fullmatch(r"[*＊]{2,}", text):
        return Cell(reason=SUPPRESSED)
    if ANY_NOTE.search(text):
        return _fault("unreadable_cell", "数值；注码请写在表下附注中")
    text = typed_text(text)
    if not text:
        return BLANK
    if EXCEL_ERROR.fullmatch(text):
        return _fault("excel_error", "数值；该单元格为公式错误")
    if re.fullmatch(r"\.{3,}|。{3,}", text):
        return Cell(reason=LESS_THAN_UNIT)
    if re.fullmatch(r"-{2,}", text):
        return Cell(reason=BASE_NONPOSITIVE if measure == "growth" else NOT_APPLICABLE)
    if mark := MARKS.get(text.upper()):
        return Cell(reason=mark)
    return _read_growth(text, unit) if measure == "growth" else _read_signed(text, unit)


def _read_growth(text: str, unit: str) -> Cell:
    """A growth rate in per cent: 1.4倍 is 140, 增长到1.4倍 is 40 (domain.md 2.2)."""
    if FLAT.fullmatch(text):
        return Cell(0.0)
    if of := TIMES_OF.fullmatch(text):
        return Cell(round((float(of["times"]) - 1) * 100, 9))
    match = GROWTH.fullmatch(text)
    if not match:
        return _fault("unreadable_cell", "增速数值")
    body, factor = match["body"].strip(), 1.0
    if body.endswith("倍"):
        body, factor = body[:-1], 100.0
    if match["word"] and not re.match(r"[\d.]", body):
        return _fault("unreadable_cell", "增速数值；增长、下降之后请直接填写数字")
    cell = _read_signed(body, unit)
    if cell.value is None:
        return cell
    if factor != 1.0 and (match["word"] in FALLS or cell.value < 0):
        return _fault("unreadable_cell", "增速数值；下降不以倍数表示")
    if match["word"] in FALLS:
        factor = -factor
    return Cell(round(cell.value * factor, 9) + 0.0)


def _read_signed(text: str, unit: str) -> Cell:
    match = SIGNED.fullmatch(text)
    number = match and NUMBER.fullmatch(match["body"].strip())
    if not number and DECIMAL_COMMA.fullmatch(text.removesuffix("%").strip()):
        return _fault("unreadable_cell", f"以{unit}计的数值，小数点为“.”而不是逗号")
    if not match or not number or (match["open"] and match["sign"]):
        return _fault("unreadable_cell", f"以{unit}计的数值")
    scale = 1.0
    if suffix := (number["suffix"] or "").strip():
        stated = suffix_factor(suffix, unit)
        if stated is None:
            return _fault("unit_in_cell", f"以{unit}计的数值")
        scale = stated
    value = float(re.sub(r"[, ]", "", number["digits"]) + (number["power"] or ""))
    if match["open"] or match["sign"] in {"-", "▼", "▽", "↓"}:
        value = -value
    value = value if scale == 1.0 else float(f"{value * scale:.15g}")
    return Cell(value + 0.0) if math.isfinite(value) else _fault("not_a_number", "数值")


def suffix_factor(suffix: str, unit: str) -> float | None:
    """What a cell's own suffix makes of its number in a column of `unit`: 1.2亿 under 万元 is 12000, so 1e4.

    A suffix of the same kind as the column's unit restates it; anything else gives None.
    """
    if unit == "%":
        return {"%": 1.0, "‰": 0.1}.get(suffix)
    kind, factor = kind_of(unit)
    bases = [unit.removeprefix(scale) for scale in ("万亿", "百万", "亿", "万") if unit.startswith(scale)]
    for stated in (suffix, *(suffix + base for base in (*bases, unit, unit.removeprefix("千")))):
        if suffix == "%" or stated not in CANONICAL or kind_of(stated)[0] != kind:
            continue
        return kind_of(stated)[1] / factor
    return None
