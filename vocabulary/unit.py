"""Units departments write, each with its canonical unit and factor (domain.md 2.4: money 万元, power 万千瓦时): units.csv.

Data traffic is counted in thousands, 1 TB = 1000 GB, as the ministry's tables (亿GB) count it; GiB and TiB are binary.
"""

import csv
from difflib import get_close_matches
from pathlib import Path

TABLE = Path(__file__).with_name("units.csv")


def _read(path: Path) -> dict[str, tuple[str, float]]:
    with path.open(encoding="utf-8", newline="") as f:
        return {row["unit"]: (row["canonical"], float(row["factor"])) for row in csv.DictReader(f)}


CANONICAL = _read(TABLE)
# Canonical units of one kind of quantity: coal is counted in tonnes, freight in ten thousands of them.
SAME_KIND = {"吨": ("万吨", 0.0001)}


def kind_of(unit: str) -> tuple[str, float]:
    """The kind of quantity that a known unit measures, and its scale among all units of that kind."""
    canonical_unit, factor = CANONICAL[unit]
    kind, times = SAME_KIND.get(canonical_unit, (canonical_unit, 1.0))
    return kind, factor * times


def canonical(unit: str) -> tuple[str, float]:
    """Canonical unit and factor of `unit`. Raises KeyError naming the unit, and those written like it, when it is not known."""
    try:
        return CANONICAL[unit]
    except KeyError:
        like = "、".join(get_close_matches(unit, CANONICAL, 5, 0.5)) or "none"
        raise KeyError(f"unit {unit!r} is not in vocabulary/units.csv; written like it are: {like}") from None
