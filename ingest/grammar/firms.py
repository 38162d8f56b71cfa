"""What tells firms apart: credit codes (GB 32100-2015), organisation codes (GB 11714-1997) and names."""

import re
from functools import cache
from operator import mul
from pathlib import Path

import numpy as np
import polars as pl

from ingest.grammar.text import plain
from vocabulary.label import clean
from warehouse import seeds
from warehouse.settings import settings

SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = tuple(3**i % 31 for i in range(17))
VALUES = {symbol: value for value, symbol in enumerate(SYMBOLS)}
VALUE_OF_BYTE = np.array([VALUES.get(chr(byte), 255) for byte in range(256)], np.uint8)
MISREAD = str.maketrans({"O": "0", "I": "1"})
# How programs keep a number a text: ="0420", "0420", '0420. And what they print of one that they took for a number.
WRAPPED = re.compile(r"=?[\"“”](?P<quoted>[^\"“”]+)[\"“”]|['‘’`](?P<typed>.+)")
FLOAT = re.compile(r"^(\d{6,})\.0+$")


def clean_number(text: str) -> str:
    """A number that names something, as it should have been typed: NFKC, one kind of dash, no blanks, no wrapping as text."""
    if text.isalnum() and text.isascii():
        return text
    text = plain(text)
    wrapped = WRAPPED.fullmatch(text)
    return FLOAT.sub(r"\1", wrapped["quoted"] or wrapped["typed"] if wrapped else text)


def clean_credit_code(text: str) -> str:
    """A credit code as it should have been typed: besides, without hyphens, upper case, O and I read as digits."""
    return clean_number(text).replace("-", "").upper().translate(MISREAD)


def are_credit_codes(texts: pl.Series) -> pl.Series:
    """Which texts are credit codes as GB 32100-2015 has them, with nothing to clean: as credit_code_fault, all at once."""
    long_enough = (texts.str.len_bytes() == 18).fill_null(False)
    symbols = np.frombuffer(texts.filter(long_enough).str.join("").item().encode(), np.uint8).reshape(-1, 18)
    values = VALUE_OF_BYTE[symbols]
    sound = (values < 31).all(axis=1) & (symbols != symbols[:, :1]).any(axis=1)
    sound &= (values[:, :17].astype(np.int32) @ np.array(WEIGHTS, np.int32) + values[:, 17]) % 31 == 0
    found = np.zeros(len(texts), dtype=bool)
    found[long_enough.to_numpy()] = sound
    return pl.Series(found).set(texts.is_null(), None)


def credit_code_fault(code: str) -> str | None:
    """Why a cleaned code breaks GB 32100-2015 (Chinese), else None.

    Genuine codes that fail are known by the seed credit_code_exceptions (domain.md 2.9).
    """
    if len(code) != 18 or not VALUES.keys() >= set(code):
        return "不是18位统一社会信用代码"
    if len(set(code)) == 1:
        return "各位字符全部相同"
    if code in _genuine(settings().area_folder):
        return None
    check = SYMBOLS[-sum(map(mul, map(VALUES.__getitem__, code), WEIGHTS)) % 31]
    return None if code[17] == check else f"校验位应为{check}"


@cache
def _genuine(area: Path) -> frozenset[str]:
    return frozenset(r["credit_code"] for r in seeds.rows("credit_code_exceptions"))


# GB 11714-1997: letters count from A = 10 to Z = 35, unlike in the credit code around it.
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_code(number: str) -> str | None:
    """The nine characters of GB 11714-1997 in which departments' older numbers meet; None where there are none.

    They are characters 9-17 of a credit code, 7-15 of a taxpayer number of 15 digits, and themselves (XXXXXXXX-X). A
    business licence number of 15 digits holds none: its check digit tells in ten cases of eleven (domain.md 2.9).
    """
    code = clean(number).replace("-", "").upper()
    held = {18: code[8:17], 15: code[6:15], 9: code}.get(len(code))
    if held is None or not re.fullmatch(r"[0-9A-Z]{8}[0-9X]", held) or len(set(held)) == 1:
        return None
    check = 11 - sum(int(c, 36) * w for c, w in zip(held, ORGANISATION_WEIGHTS, strict=False)) % 11
    return held if held[8] == {10: "X", 11: "0"}.get(check, str(check)) else None


# Longest first; an establishment (分公司, 分厂) is no form but a firm of its own within another.
LEGAL_FORMS = (
    "股份有限责任公司",
    "有限责任公司",
    "股份有限公司",
    "集团有限公司",
    "集团公司",
    "股份公司",
    "有限公司",
    "集团",
    "公司",
)


def name_key(name: str) -> str:
    """A firm's name for comparing: NFKC, one kind of bracket, no blanks or dots, without its legal form.

    To be read beside an exact credit code, never instead of it: two firms may share a key (domain.md 2.9).
    """
    key = clean(name).upper()
    key = re.sub(r"[〔【\[{<《]", "(", re.sub(r"[〕】\]}>》]", ")", key))
    key = re.sub(r"[·•・.。,，、\-—]", "", key)
    if re.search(r"分(公司|厂|店|部|社|队)$", key):
        return key
    return next((key.removesuffix(f) for f in LEGAL_FORMS if key.endswith(f) and len(key) > len(f) + 1), key)
