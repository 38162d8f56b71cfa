"""What departments call regions, industries and indicators, as the seeds know it."""

import re
from datetime import date
from functools import cache
from pathlib import Path

from vocabulary.label import clean
from vocabulary.month import Month
from warehouse import seeds
from warehouse.settings import settings


def region_is_known(label: str) -> bool:
    """Whether the seeds map a label to a region of the area served."""
    return clean(label) in _regions(settings().area_folder)


def region_key(label: str) -> str | None:
    """The key of the region that a label names; None for an unknown one."""
    return _regions(settings().area_folder).get(clean(label))


def industry_code(label: str) -> str | None:
    """The code of the industry that a label names; None for an unknown one."""
    return _codes(settings().area_folder).get(clean(label))


def industry_is_known(label: str) -> bool:
    """Whether the seeds map a label to an industry of GB/T 4754."""
    return clean(label) in _industries(settings().area_folder)


def region_adds(label: str) -> bool:
    """Whether the region that a label names is a part of the total over it, and neither the top nor an of-which unit."""
    return _adding(settings().area_folder).get(clean(label), False)


def is_division(label: str) -> bool:
    """Whether a label names a two-digit industry, and no section or total of them."""
    return bool(re.fullmatch(r"\d\d", _codes(settings().area_folder).get(clean(label), "")))


def sums(indicator: str) -> bool:
    """Whether an indicator's values may be added up over regions and firms (seeds/indicators.csv)."""
    return indicator in _summed(settings().area_folder)


# Kept for each area that a process serves.
@cache
def _adding(area: Path) -> dict[str, bool]:
    adds = {r["region_key"]: r["adds_to_parent"] == "true" for r in seeds.rows("regions")}
    return {clean(r["alias"]): adds.get(r["region_key"], False) for r in seeds.rows("region_aliases")}


@cache
def _codes(area: Path) -> dict[str, str]:
    return {clean(r["alias"]): r["industry_code"] for r in seeds.rows("industry_aliases")}


@cache
def _summed(area: Path) -> frozenset[str]:
    return frozenset(r["indicator"] for r in seeds.rows("indicators") if r["sums_over_regions"] == "true")


@cache
def _regions(area: Path) -> dict[str, str]:
    return {clean(r["alias"]): r["region_key"] for r in seeds.rows("region_aliases")}


@cache
def _industries(area: Path) -> frozenset[str]:
    return frozenset(clean(r["alias"]) for r in seeds.rows("industry_aliases"))


def reporting_regions(month: Month) -> list[str]:
    """Names, as of a month, of the regions that a region table lists: the top one, what adds to it, its of-which units."""
    rows = [
        r
        for r in seeds.rows("regions")
        if (not r["valid_from"] or date.fromisoformat(r["valid_from"]) <= month.end)
        and (not r["valid_to"] or date.fromisoformat(r["valid_to"]) >= month.end)
    ]
    listed = [r["name_zh"] for r in rows if not r["parent_key"] or r["adds_to_parent"] == "true"]
    return listed + [f"其中:{r['name_zh']}" for r in rows if r["region_type"] == "of_which"]


def listed_industries(month: Month) -> list[str]:
    """Names of the two-digit industries of GB/T 4754-2017, the total first; `month` as for regions."""
    rows = seeds.rows("industries")
    return [r["name_zh"] for r in rows if r["industry_code"] == "_T" or re.fullmatch(r"\d\d", r["industry_code"])]


def never_negative(indicator: str) -> bool:
    """Whether the catalogue says that an indicator's level is never below zero."""
    return indicator in _never_negative(settings().area_folder)


@cache
def _never_negative(area: Path) -> frozenset[str]:
    return frozenset(r["indicator"] for r in seeds.rows("indicators") if r["never_negative"] == "true")
