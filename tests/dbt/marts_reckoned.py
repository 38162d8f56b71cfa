"""Every mart beside its reckoning: rows that one of the two lacks, and columns in which they differ by more than 1e-9."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.dbt import grown
from tests.dbt.delivered import World

Rows = Mapping[tuple[Any, ...], Mapping[str, Any]]


@dataclass(frozen=True)
class Reckoning:
    """How a mart is reckoned anew: what tells its rows apart, and a function that gives them with what they must say."""

    key: tuple[str, ...]
    rows: Callable[[World], Rows]


RECKONED: dict[str, Reckoning] = {
    "fct_indicator_growth": Reckoning(
        ("indicator", "region_key", "industry_code", "entity_id", "period_type", "month"), grown.grown
    ),
}


def same(found: Any, expected: Any) -> bool:
    if found == expected:
        return True
    if isinstance(found, float) or isinstance(expected, float):
        return None not in (found, expected) and abs(found - expected) <= 1e-9 * max(1.0, abs(expected))
    return False


def differences(world: World, mart: str) -> list[str]:
    """What is wrong in a mart, a line each; a column that a reckoned row does not name is not looked at."""
    how = RECKONED[mart]
    found = {tuple(r[k] for k in how.key): r for r in world.rows(f"select * from marts.{mart}")}
    expected = how.rows(world)
    wrong = [f"{mart} lacks {_words(k)}" for k in expected.keys() - found.keys()]
    wrong += [f"{mart} has {_words(k)}, which is not" for k in found.keys() - expected.keys()]
    for key in expected.keys() & found.keys():
        row, told = found[key], expected[key]
        off = {c: (row[c], v) for c, v in told.items() if not same(row[c], v)}
        if off:
            wrong.append(f"{mart} {_words(key)}: (found, reckoned) {off}")
    return sorted(wrong)


def _words(key: tuple[Any, ...]) -> str:
    return " ".join(f"{k:%Y-%m}" if isinstance(k, date) else str(k) for k in key)
