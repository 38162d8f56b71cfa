"""Every target of the plan over years of generated figures and lists against its progress reckoned apart with numpy."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from tests.dbt.paper import Column, Feed, Row, declare, deliver, list_things
from tests.dbt.reckoned import differences
from tests.dbt.targeted import Listed, Plan, progress
from vocabulary.month import Month
from warehouse import build, seeds

MONTHS = [date(y, m, 1) for y in range(2012, 2021) for m in range(1, 13)]
KNOWN = datetime(2021, 3, 1, tzinfo=UTC)
COLUMNS = ("actual", "expected", "completion_pct", "required_pct", "best_past_pct", "best_past_years_n")
TO_DATE = ("ST01", "ST02", "ST06", "ST07", "ST10", "ST10A", "ST10B", "ST10C", "CN10", "ST11", "ST13", "ST14", "ST14A")
AT_MONTH = ("ST09", "DR04", "DR06", "DR07", "DR08", "DR09", "DR10", "CM06", "TL06")
LISTS = {
    "growth_point": "ndrc", "membership": "ndrc", "renovation": "ndrc", "relocation": "ndrc", "project": "ndrc",
    "panel": "stat", "enterprise": "stat",
}  # fmt: skip
# the places of each county that is ranked; a firm of 高新区 or 掇刀区 is the combined unit's, one of 大柴湖 is 钟祥's
COUNTIES = {
    "420802": ("东宝区",), "JM-GXDD": ("荆门高新区", "掇刀区"), "420881": ("钟祥市", "大柴湖开发区"), "420822": ("沙洋县",),
    "420882": ("京山市",), "JM-ZH": ("漳河新区",), "JM-QJL": ("屈家岭管理区",),
}  # fmt: skip
# one firm each, which may be too small; the rest lie in 东宝, in 掇刀 or nowhere
SINGLES = ("沙洋县", "京山市", "大柴湖开发区", "荆门高新区", "漳河新区")
MEMBERSHIPS = (
    "it_industry_fusion", "hidden_champion", "high_tech_enterprise", "technology_sme", "merger", "smart_manufacturing",
    "green_factory", "green_park", "mayor_quality_award", "quality_comparison", "characteristic_park", "industry_cluster",
)  # fmt: skip


def figures(rng: np.random.Generator) -> dict[tuple[str, str, date], tuple[float | None, float | None]]:
    """Years whose seasons differ, with printed growth that is not the ratio of levels, and holes."""
    found: dict[tuple[str, str, date], tuple[float | None, float | None]] = {}
    for indicator in TO_DATE:
        for year in range(2012, 2021):
            shares = np.cumsum(rng.dirichlet(np.full(12, 30.0)))
            for month in range(2, 13):
                value = (
                    None if indicator == "ST01" else round(float(1000 * shares[month - 1] * 1.08 ** (year - 2012)), 1)
                )
                growth = round(float(rng.normal(9, 3)), 1)
                if rng.random() > (0.15 if month < 12 else 0.02):
                    found[indicator, "YTD", date(year, month, 1)] = (value, growth)
    for indicator in AT_MONTH:
        for month in MONTHS:
            if rng.random() > 0.1:
                found[indicator, "M", month] = (round(float(rng.uniform(70, 110)), 1), None)
    return found


def lists(rng: np.random.Generator) -> list[Listed]:
    """Lists of every kind each June and December but for one year, with firms that come more than once."""
    found = []
    for kind, department in (*LISTS.items(), ("enterprise", "tax")):
        for month in [date(y, m, 1) for y in (2017, 2018, 2020) for m in (6, 12)]:
            for i in range(60):
                found.append(
                    Listed(
                        department,
                        kind,
                        month,
                        f"{kind}{i}",
                        f"F{rng.integers(50)}" if i % 3 else None,
                        SINGLES[i] if i < len(SINGLES) else ("东宝区", "掇刀区", None)[i % 3],
                        _attributes(rng),
                    )
                )
    return found


def _attributes(rng: np.random.Generator) -> dict[str, Any]:
    def day(chance: float) -> str | None:
        return (
            f"{rng.integers(2015, 2021)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
            if rng.random() < chance
            else None
        )

    return {
        "list": str(rng.choice(MEMBERSHIPS)), "level": str(rng.choice(["national", "provincial", "municipal"])),
        "status": str(rng.choice(["in", "new_built", "graduated", "dropped"])), "awarded_on": day(0.9),
        "valid_until": day(0.3), "started_on": day(0.7), "completed_on": day(0.5), "demonstration": bool(rng.random() < 0.5),
        "size": str(rng.choice(["large", "medium", "small"])), "major_hazard": bool(rng.random() < 0.5),
        "planned_investment_10k_yuan": float(rng.choice([50_000, 100_000, 300_000, 800_000, 2_000_000])),
        "expected_output_increase_10k_yuan": float(rng.choice([5_000, 10_000, 30_000, 90_000])),
        "output_increase_10k_yuan": float(rng.integers(1, 9)),
        "annual_revenue_10k_yuan": float(rng.choice([100_000, 1_500_000, 6_000_000])),
    }  # fmt: skip


@pytest.mark.parametrize("seed", [1])
def test_every_target_of_the_plan_stands_where_numpy_puts_it(warehouse: sa.Engine, seed: int) -> None:
    rng = np.random.default_rng(seed)
    known, listed = figures(rng), lists(rng)
    build.load_seeds()
    with warehouse.begin() as c:
        _deliver(c, known, listed)
    targets = seeds.rows("targets")
    states: Counter[str] = Counter()
    of_counties: Counter[str] = Counter()
    for month in (
        date(2018, 6, 1),
        date(2018, 12, 1),
        date(2019, 3, 1),
        date(2020, 8, 1),
        date(2020, 12, 1),
        date(2021, 1, 1),
    ):
        build.build_marts(Month.of(month), KNOWN)
        with warehouse.connect() as c:
            rows = {
                r["target"]: r
                for r in c.execute(
                    sa.text("select * from marts.fct_target_progress where region_key = '420800'")
                ).mappings()
            }
            counties = {
                r["region_key"]: r
                for r in c.execute(
                    sa.text("select * from marts.fct_target_progress where region_key <> '420800'")
                ).mappings()
            }
        asked = {
            t["target"]: t
            for t in targets
            if int(t["first_year"]) <= month.year and (month.year <= int(t["last_year"]) or t["period"] == "by_end")
        }
        each = asked.pop("T37")
        assert rows.keys() == asked.keys()
        for name, target in asked.items():
            told = progress(target, Plan(month, known, listed))
            assert rows[name]["state"] == told["state"], (month, name, dict(rows[name]), told)
            assert differences(rows[name], told, *COLUMNS) == {}, (month, name)
            states[told["state"]] += 1
        assert counties.keys() == COUNTIES.keys()
        for region, row in counties.items():
            told = progress(each, Plan(month, known, listed, frozenset(COUNTIES[region])))
            if region in each["exempt_regions"].split(";"):
                told = {"actual": told["actual"], "state": "exempt"}
            assert (row["target"], row["state"]) == ("T37", told["state"]), (month, region, dict(row), told)
            assert differences(row, told, *COLUMNS) == {}, (month, region)
            of_counties[told["state"]] += 1
    assert of_counties.keys() == {"met", "behind", "exempt"}
    told_of_all = {"met", "missed", "overdue", "on_pace", "above_band", "behind", "unreachable", "no_data"}
    assert states.keys() == told_of_all


def _deliver(
    c: sa.Connection, known: dict[tuple[str, str, date], tuple[float | None, float | None]], listed: list[Listed]
) -> None:
    """All figures in one feed of the city's history, each department's lists in a feed for each kind."""
    series = [(i, "YTD") for i in TO_DATE] + [(i, "M") for i in AT_MONTH]
    columns = [Column(i, measure, p) for i, p in series for measure in ("value", "growth")]
    history = Feed("stat__plan", scope="history", columns=tuple(columns))
    declare(c, history)
    rows = [Row(m, [x for i, p in series for x in known.get((i, p, m), (None, None))]) for m in MONTHS]
    deliver(c, history, rows, KNOWN)
    for department, kind in sorted({(x.department, x.kind) for x in listed}):
        feed = Feed(f"{department}__{kind}", grain="register")
        declare(c, feed)
        for month in sorted({x.month for x in listed}):
            lines = [x for x in listed if (x.department, x.kind, x.month) == (department, kind, month)]
            list_things(
                c, feed, kind, month, [(x.entity_id, x.credit_code, x.place, x.attributes) for x in lines], KNOWN
            )
