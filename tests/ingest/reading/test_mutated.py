"""A thousand cells dressed up as clerks dress them, in every format: what a person sees of each is read, or it is doubtful.

Each mutation knows what is seen because it starts from there and works out what to store; it shares nothing with the reader.
"""

import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from odf.text import Span

from ingest.grammar.cells import read_number
from ingest.reading.limits import Limits
from ingest.reading.sheet import DOUBT, Raw
from ingest.reading.workbook import read_workbook
from tests.ingest.reading.test_seen import in_ods, letters, new, number_style, old, page, rich_new, rich_old, xml_2003

FILES = 1000
Made = tuple[bytes, float | None]


def _number(chance: random.Random) -> tuple[Decimal, int]:
    decimals = chance.randint(0, 4)
    return Decimal(chance.randint(-99999, 99999)).scaleb(-decimals), decimals


def _zeros(decimals: int) -> str:
    return "0" + ("." + "0" * decimals if decimals else "")


def _formats(chance: random.Random) -> tuple[str, float, float | None]:
    """A format, what is stored, and what is seen of it in a column of 亿元."""
    seen, decimals = _number(chance)
    form, value = _zeros(decimals), float(seen)
    k = chance.randint(1, 2)
    return chance.choice(
        [
            (form + "," * k, float(seen.scaleb(3 * k)), value),
            ("#,##" + form + "," * k, float(seen.scaleb(3 * k)), value),
            (form, value, value),
            ("#,##" + form + "_ ;[Red]-#,##" + form + " ", value, value),
            (f'{form}"亿"', value, value),
            (f'{form},,"亿"', float(seen.scaleb(6)), value),
            ("0!.0,", float(seen.scaleb(4)), value),
            (f"{form};-{form};", value, value or None),
            (";;;", value, None),
            (f"{form};-{form};;", 0.0, None),
            (f"-{form}", -value, value) if value < 0 else (f"[红色]{form}", value, value),
            (f"{form};{form}", value, value),
            (f'[>=0]{form};"-"{form}', value, value),
            (f"¥#,##{form}", value, value),
            ('G/通用格式"亿"', value, value),
        ]
    )  # fmt: skip


def _by_format(write: Callable[[float, str], bytes]) -> Callable[[random.Random], Made]:
    def make(chance: random.Random) -> Made:
        form, stored, seen = _formats(chance)
        return write(stored, form), seen

    return make


def _rich(write: Callable[[list[tuple[str, str]]], bytes]) -> Callable[[random.Random], Made]:
    """A figure in pieces, with digits that are raised, lowered or struck out before or behind it."""

    def make(chance: random.Random) -> Made:
        seen, _ = _number(chance)
        digit, look = str(chance.randint(1, 9)), chance.choice(["raised", "lowered", "struck"])
        text = f"{seen:f}"
        at = chance.randint(1, len(text) - 1) if len(text) > 1 else 1
        parts = [(piece, look) for piece, look in ((text[:at], ""), (text[at:], "bold")) if piece]
        return write(
            [(digit, "struck"), *parts] if look == "struck" and chance.random() < 0.5 else [*parts, (digit, look)]
        ), float(seen)

    return make


XLSX = {
    "": {},
    "bold": {"bold": True},
    "raised": {"font_script": 1},
    "lowered": {"font_script": 2},
    "struck": {"font_strikeout": True},
}
XLS = {
    "": "",
    "bold": "bold on",
    "raised": "escapement superscript",
    "lowered": "escapement subscript",
    "struck": "struck_out on",
}
HTML = {
    "": ["{}"], "bold": ["<b>{}</b>", "<span>{}</span>"], "raised": ["<sup>{}</sup>", '<i style="vertical-align: super">{}</i>'],
    "lowered": ["<sub>{}</sub>"], "struck": ["<s>{}</s>", "<del>{}</del>", '<b style="text-decoration:line-through">{}</b>', '<i style="display:none">{}</i>', '<i class="h">{}</i>'],
}  # fmt: skip
ODS = {
    "bold": {"fontweight": "bold"},
    "raised": {"textposition": "super 58%"},
    "lowered": {"textposition": "sub 58%"},
    "struck": {"textlinethroughstyle": "solid"},
}


def _html(parts: list[tuple[str, str]]) -> bytes:
    chance = random.Random(str(parts))
    cell = "".join(chance.choice(HTML[look]).format(text) for text, look in parts)
    return page(f"<td>{cell}</td>", "<style>td .h { visibility: hidden }</style>")


def _ods(parts: list[tuple[str, str]]) -> bytes:
    return letters(*(Span(text=text, stylename=look) if look else text for text, look in parts), **ODS)


def _ods_number(chance: random.Random) -> Made:
    seen, decimals = _number(chance)
    style, stored, shown = chance.choice(
        [
            (number_style(displayfactor=1000, decimalplaces=decimals), seen.scaleb(3), float(seen)),
            (number_style(after="亿", decimalplaces=decimals), seen, float(seen)),
            (number_style(decimalplaces=decimals, grouping="true"), seen, float(seen)),
            (number_style(digits=False), seen, None),
        ]
    )
    return in_ods(float(stored), style), shown


MAKERS: dict[str, Callable[[random.Random], Made]] = {
    "xlsx, format": _by_format(new), "xls, format": _by_format(old),
    "xml 2003, format": _by_format(lambda value, form: xml_2003(repr(value), form.replace('"', "&quot;"))),
    "ods, style": _ods_number, "xlsx, letters": _rich(lambda parts: rich_new(*((t, XLSX[look]) for t, look in parts))),
    "xls, letters": _rich(lambda parts: rich_old(*((t, XLS[look]) for t, look in parts))), "html, letters": _rich(_html), "ods, letters": _rich(_ods),
}  # fmt: skip


def _read(data: bytes) -> Raw:
    sheet = read_workbook(data.decode() if data.startswith(b"<") else data, "表", Limits())[0]
    return sheet.at(0, 0) if sheet.rows else None


@pytest.mark.parametrize("kind", MAKERS)
def test_nothing_is_read_otherwise_than_a_person_sees_it(kind: str) -> None:
    came: Counter[str] = Counter()
    for seed in range(FILES // len(MAKERS)):
        data, seen = MAKERS[kind](random.Random(f"{kind}{seed}"))
        raw: Any = _read(data)
        cell = read_number(raw, "亿元")
        refused = cell.fault is not None
        assert refused or cell.value == pytest.approx(seen, rel=1e-12) if seen is not None else cell.value is None, (
            kind, seed, raw, seen,
        )  # fmt: skip
        came["doubtful" if isinstance(raw, str) and DOUBT in raw else "refused" if refused else "read"] += 1
    assert came["read"] > 0.8 * came.total(), came
