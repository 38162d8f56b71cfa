"""What departments call regions, industries and firms: known labels from the seeds, and credit codes (GB 32100-2015)."""

import csv
import re
import unicodedata
from calendar import monthrange
from datetime import date
from functools import cache
from operator import mul
from pathlib import Path

import numpy as np
import polars as pl

from warehouse.settings import settings

SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = tuple(3**i % 31 for i in range(17))
VALUES = {symbol: value for value, symbol in enumerate(SYMBOLS)}
VALUE_OF_BYTE = np.array([VALUES.get(chr(byte), 255) for byte in range(256)], np.uint8)
MISREAD = str.maketrans({"O": "0", "I": "1"})


def clean(label: str) -> str:
    """A label for looking up: NFKC without blanks, as staging's macro clean_label compares it."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", label))


def region_is_known(label: str) -> bool:
    """Whether the seeds map a label to a region of the area served."""
    return clean(label) in _regions(settings().dbt_project / "seeds", settings().area)


def industry_is_known(label: str) -> bool:
    """Whether the seeds map a label to an industry of GB/T 4754."""
    return clean(label) in _industries(settings().dbt_project / "seeds")


def region_adds(label: str) -> bool:
    """Whether the region that a label names is a part of the total over it, and neither the top nor an of-which unit."""
    return _adding(settings().dbt_project / "seeds", settings().area).get(clean(label), False)


def is_division(label: str) -> bool:
    """Whether a label names a two-digit industry, and no section or total of them."""
    return bool(re.fullmatch(r"\d\d", _codes(settings().dbt_project / "seeds").get(clean(label), "")))


def sums(indicator: str) -> bool:
    """Whether an indicator's values may be added up over regions and firms (seeds/indicators.csv)."""
    return indicator in _summed(settings().dbt_project / "seeds")


@cache
def _adding(seeds: Path, area: str) -> dict[str, bool]:
    adds = {r["region_key"]: r["adds_to_parent"] == "true" for r in _rows(seeds / "regions.csv")}
    aliases = (r for r in _rows(seeds / "region_aliases.csv") if r["area"] in ("", area))
    return {clean(r["alias"]): adds.get(r["region_key"], False) for r in aliases}


@cache
def _codes(seeds: Path) -> dict[str, str]:
    return {clean(r["alias"]): r["industry_code"] for r in _rows(seeds / "industry_aliases.csv")}


@cache
def _summed(seeds: Path) -> frozenset[str]:
    return frozenset(r["indicator"] for r in _rows(seeds / "indicators.csv") if r["sums_over_regions"] == "true")


@cache
def _regions(seeds: Path, area: str) -> frozenset[str]:
    return frozenset(clean(r["alias"]) for r in _rows(seeds / "region_aliases.csv") if r["area"] in ("", area))


@cache
def _industries(seeds: Path) -> frozenset[str]:
    return frozenset(clean(r["alias"]) for r in _rows(seeds / "industry_aliases.csv"))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def reporting_regions(month: date) -> list[str]:
    """Names, as of a month, of the regions that a region table lists: the top one, what adds to it, its of-which units."""
    rows = [
        r
        for r in _rows(settings().dbt_project / "seeds" / "regions.csv")
        if r["area"] in ("", settings().area)
        and (not r["valid_from"] or date.fromisoformat(r["valid_from"]) <= month_end(month))
        and (not r["valid_to"] or date.fromisoformat(r["valid_to"]) >= month_end(month))
    ]
    listed = [r["name_zh"] for r in rows if not r["parent_key"] or r["adds_to_parent"] == "true"]
    return listed + [f"其中:{r['name_zh']}" for r in rows if r["region_type"] == "of_which"]


def month_end(month: date) -> date:
    """Last day of a month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def listed_industries(month: date) -> list[str]:
    """Names of the two-digit industries of GB/T 4754-2017, the total first; `month` as for regions."""
    rows = _rows(settings().dbt_project / "seeds" / "industries.csv")
    return [r["name_zh"] for r in rows if r["industry_code"] == "_T" or re.fullmatch(r"\d\d", r["industry_code"])]


def never_negative(indicator: str) -> bool:
    """Whether the catalogue says that an indicator's level is never below zero."""
    return indicator in _never_negative(settings().dbt_project / "seeds")


@cache
def _never_negative(seeds: Path) -> frozenset[str]:
    return frozenset(r["indicator"] for r in _rows(seeds / "indicators.csv") if r["never_negative"] == "true")


def clean_credit_code(text: str) -> str:
    """A credit code as it should have been typed: NFKC, no blanks or hyphens, upper case, O and I read as digits."""
    if not (text.isalnum() and text.isascii()):
        text = re.sub(r"[\s\-‐-―]", "", unicodedata.normalize("NFKC", text))
    return text.upper().translate(MISREAD)


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
    if code in _genuine(settings().dbt_project / "seeds"):
        return None
    check = SYMBOLS[-sum(map(mul, map(VALUES.__getitem__, code), WEIGHTS)) % 31]
    return None if code[17] == check else f"校验位应为{check}"


@cache
def _genuine(seeds: Path) -> frozenset[str]:
    return frozenset(r["credit_code"] for r in _rows(seeds / "credit_code_exceptions.csv"))


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
    "股份有限责任公司", "有限责任公司", "股份有限公司", "集团有限公司", "集团公司", "股份公司", "有限公司", "集团", "公司",
)  # fmt: skip


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
