"""Growth as offices published it beside what the marts make of the same figures (domain.md 2.2), fact by fact.

official_growth.csv holds the facts with their sources, and what sets the two apart: `rounding` or nothing where they agree;
a base that the office restated (`panel_change`, `economic_census`, `base_restated`), months that it restated since
(`earlier_months_restated`), or a figure of ours that was copied wrong by who passed it on (`misprint`).
"""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.real.conftest import query

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("national")]

OTHER_FIGURES = {"earlier_months_restated", "misprint"}
OTHER_BASES = {"panel_change", "economic_census", "base_restated"}
FACTS = list(csv.DictReader(Path(__file__).with_name("official_growth.csv").open(encoding="utf-8")))


def half_unit(printed: str) -> float:
    """Half of the last digit of a printed number."""
    return 0.5 * 10.0 ** -len(printed.partition(".")[2])


def told(fact: dict[str, str]) -> dict[str, Any]:
    """The growth object of the same indicator and period; its level in 亿元 or 亿千瓦时."""
    names = ["month", "value", "growth_pct", "growth_source", "growth_error_pp"]
    (row,) = query(f"""
        select month, value / 1e4, growth_pct, growth_source, coalesce(growth_error_pp, 0) from marts.fct_indicator_growth
        where indicator = '{fact["indicator"]}' and period_type = '{fact["period_type"]}'
            and month = '{fact["month"]}-01' and region_key = '000000' and industry_code = '_T' and entity_id = '_T'
    """)
    return dict(zip(names, row, strict=True))


@pytest.mark.parametrize("fact", FACTS, ids=lambda f: "-".join([f["indicator"], f["period_type"], f["month"]]))
def test_growth_stands_beside_the_official_one_and_what_sets_them_apart_is_known(
    national: Path, fact: dict[str, str]
) -> None:
    row, official, why = told(fact), float(fact["official_pct"]), fact["explained_by"]
    if why == "reported":
        assert (row["growth_source"], round(row["growth_pct"], 1)) == ("reported", official)
    else:
        assert row["growth_source"] == ("own_base" if row["growth_error_pp"] else "computed")
        assert row["growth_pct"] == pytest.approx(float(fact["computed_pct"]), abs=0.0051)
    if fact["printed_level"] and (why in OTHER_FIGURES or row["growth_source"] != "own_base"):
        # a month that two sums differ by may be off by half a unit of each; how the two agree is looked at in growth
        units = 3 if why in OTHER_FIGURES else 1
        same = abs(row["value"] - float(fact["printed_level"])) <= units * half_unit(fact["printed_level"]) + 1e-6
        assert same == (why not in OTHER_FIGURES)
    if why != "reported" and why != "misprint":
        apart = abs(row["growth_pct"] - official)
        assert (apart <= row["growth_error_pp"] + half_unit(fact["official_pct"]) + 1e-6) == (why == "rounding")
    assert why in {"reported", "rounding"} | OTHER_FIGURES | OTHER_BASES


def test_growth_that_parts_from_the_official_one_for_its_base_is_marked_and_judges_nothing(national: Path) -> None:
    apart = [f for f in FACTS if f["explained_by"] in OTHER_BASES]
    assert {told(f)["growth_source"] for f in apart} == {"computed"}
    for indicator, month in {(f["indicator"], date.fromisoformat(f"{f['month']}-01")) for f in apart}:
        assert query(f"""
            select 'gap' from marts.fct_matched_indicators as m inner join catalog.matched_pairs as p on m.pair = p.pair
            where '{indicator}' in (p.indicator_a, p.indicator_b) and m.month = '{month}' and m.gap_pp is not null
            union all
            select 'point' from intermediate.int_correlated_points where '{indicator}' = indicator
            union all
            select 'score' from marts.fct_composite_signal where indicator = '{indicator}' and score is not null
            union all
            select 'place' from marts.fct_rankings where indicator = '{indicator}' and rank is not null
            union all
            select 'decline' from marts.fct_decline_tests where indicator = '{indicator}'
        """) == []  # fmt: skip
    report = (national / "editions" / "2019-06" / "v1" / "report.html").read_text(encoding="utf-8")
    assert "−11.9<sup>*</sup>" in report, "official: −2.4"
