"""Every mart beside its reckoning: rows that one of the two lacks, and columns in which they differ by more than 1e-9."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.dbt import booked, compared, declined, grown, lighted, paneled, placed, summed, targeted, twinned, withheld
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
    "fct_matched_indicators": Reckoning(("pair", "region_key", "industry_code", "entity_id", "month"), compared.gaps),
    "fct_rankings": Reckoning(("indicator", "region_key", "month"), placed.rankings),
    "fct_composite_signal": Reckoning(("region_key", "month", "indicator"), lighted.lights),
    "fct_target_progress": Reckoning(("target", "region_key"), targeted.targets),
    "fct_decline_tests": Reckoning(("look", "region_key", "indicator"), declined.declines),
    "fct_missing_twins": Reckoning(("pair", "finding", "entity_id"), twinned.twins),
    "fct_revisions": Reckoning(("delivery_id", "series", "measure", "month"), booked.revisions),
    "fct_feed_timeliness": Reckoning(("feed", "month"), booked.timeliness),
    "fct_region_residuals": Reckoning(
        ("indicator", "region_key", "industry_code", "period_type", "month"), summed.residuals
    ),
    "fct_contributions": Reckoning(
        ("dimension", "indicator", "region_key", "industry_code", "period_type", "member"), summed.points_of_growth
    ),
    "fct_panel_growth": Reckoning(("indicator", "region_key", "industry_code", "period_type", "month"), paneled.panels),
    "fct_confidential_cells": Reckoning(("indicator", "region_key", "industry_code", "year"), withheld.cells),
    "wide_region_month": Reckoning(("region_key", "month"), summed.wide_regions),
    "wide_firm_month": Reckoning(("entity_id", "month"), summed.wide_firms),
    "dim_indicator": Reckoning(("indicator",), booked.indicators),
    "dim_region": Reckoning(("region_key",), booked.regions),
    "dim_region_history": Reckoning(("region_key", "valid_from"), booked.region_history),
    "dim_build": Reckoning(("build_id",), booked.builds),
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
