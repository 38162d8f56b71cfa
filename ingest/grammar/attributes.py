"""The cells of a register that describe what it lists: texts, dates, flags and numbers, each read or named as a fault."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from ingest.feed import Column
from ingest.grammar.cells import MARKS, Cell, read_numbers
from ingest.grammar.days import read_day
from ingest.grammar.firms import clean_number
from ingest.grammar.text import typed_text
from ingest.reading.sheet import DOUBT, UNCALCULATED, Raw
from vocabulary.unit import canonical

FLAGS = {"是": True, "有": True, "√": True, "Y": True, "否": False, "N": False, "未": False}
# What a clerk writes where there is nothing to write; a flag's 无 says no.
NOTHING = {"", "-", "--", "/", *(word for word, why in MARKS.items() if why == "absent")}


def read_attribute(raws: Sequence[Raw], column: Column) -> tuple[list[Any], dict[int, Cell]]:
    """Values of a column as JSON holds them, None where there is none, and its faults by index.

    A number is in its canonical unit, a date an ISO day, a flag a boolean, a text without the blanks around it.
    """
    if column.type == "number":
        return _read_amounts(raws, column)
    read = _READERS[column.type] if not column.choices else _choice
    values: list[Any] = [None] * len(raws)
    faults: dict[int, Cell] = {}
    for i, raw in enumerate(raws):
        try:
            if isinstance(raw, str) and DOUBT in raw:
                raise ValueError("shown_otherwise.cell", "显示与存储一致的内容")
            values[i] = read(raw, column)
        except ValueError as e:
            fault, expected = e.args
            faults[i] = Cell(fault=fault, expected=expected)
    return values, faults


def _read_amounts(raws: Sequence[Raw], column: Column) -> tuple[list[Any], dict[int, Cell]]:
    unit = column.unit or ""
    numbers = read_numbers(raws, unit)
    factor = canonical(unit)[1]
    return [None if v is None else float(f"{v * factor:.15g}") for v in numbers.values], numbers.faults


def _plain(raw: Raw) -> str:
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        raw = int(raw)
    return "" if raw is None else typed_text(str(raw))


def _text(raw: Raw, column: Column) -> str | None:
    if column.attribute and column.attribute.endswith("_id"):
        return _number_of_a_thing(raw)
    text = _plain(raw)
    return None if text.upper() in NOTHING else text


def _number_of_a_thing(raw: Raw) -> str | None:
    text = clean_number(_plain(raw))
    if text == UNCALCULATED or text.startswith("="):
        raise ValueError("code_without_value", None)
    return None if text.upper() in NOTHING else text


def _choice(raw: Raw, column: Column) -> str | None:
    text = re.sub(r"\s", "", _plain(raw))
    if text.upper() in NOTHING:
        return None
    for choice in column.choices:
        if text == re.sub(r"\s", "", _plain(choice.printed)):
            return choice.stored
    raise ValueError("unknown_choice", "、".join(c.printed for c in column.choices))


def _day(raw: Raw, column: Column) -> str | None:
    """An ISO day. A month alone is refused: which day of it is not known."""
    if isinstance(raw, date):
        return f"{raw:%Y-%m-%d}"
    text = _plain(raw)
    if text.upper() in NOTHING:
        return None
    if (day := read_day(text)) is None:
        raise ValueError("unreadable_date", "如“2018-06-15”或“2018年6月15日”")
    return day.isoformat()


def _flag(raw: Raw, column: Column) -> bool | None:
    if isinstance(raw, bool):
        return raw
    text = _plain(raw).upper()
    if text == "无":
        return False
    if text in NOTHING:
        return None
    if text not in FLAGS:
        raise ValueError("unreadable_flag", "是、否")
    return FLAGS[text]


_READERS: dict[str, Callable[[Raw, Column], Any]] = {"text": _text, "date": _day, "flag": _flag}
