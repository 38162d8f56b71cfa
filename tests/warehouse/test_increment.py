"""An increment leaves the same tables behind as building everything anew, forward and backward in time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from tests.dbt.paper import Column, Feed, Row, declare, deliver, list_things
from vocabulary.month import Month
from warehouse import build

REGIONS = ("荆门市", "东宝区", "钟祥市", "沙洋县", "京山市")
FIRMS = {f"9142088{i}MA490000{i}X": f"荆门{name}有限公司" for i, name in enumerate("甲乙丙丁")}
# in each region as many more as let analysts see their sum, which stay on the panel's list
STAYING = tuple((f"91420890MA4900{n:03d}X", f"荆门恒{n}有限公司", REGIONS[1 + n // 3]) for n in range(12))
MONTHS = [date(y, m, 1) for y in (2016, 2017) for m in range(1, 13)] + [date(2018, m, 1) for m in range(1, 5)]
BOTH = ("value", "growth")

OUTPUT = Feed(
    "stat__output", reports_january=False, columns=tuple(Column("ST02", m, p) for p in ("M", "YTD") for m in BOTH)
)
POWER = Feed("powr__power", columns=tuple(Column("PW02", m) for m in BOTH))
POWER_TOO = Feed("ener__power", columns=tuple(Column("PW02", m) for m in BOTH))
FIRM_POWER = Feed("powr__firms", grain="enterprise", columns=(Column("PW03"), Column("PW03", "base")))
INVOICES = Feed("tax__firms", grain="enterprise", columns=tuple(Column("TX03", m) for m in BOTH))
INVESTMENT = Feed(
    "stat__investment", scope="history", columns=tuple(Column("ST10", m, "YTD", decimals=0) for m in BOTH)
)
# without growth of its own; one region speaks once a quarter, so that its release before lies three months back
INCOME = Feed("fisc__income", columns=(Column("FI01"),))
QUARTERLY = REGIONS[-1]
# what only matched pairs need: a lag, a sign and levels; the same money in two books; a sum and its parts; prices
RECEIPTS = Feed(
    "tax__receipts",
    columns=(
        *(Column(i, m, p) for i, p in (("TX01", "M"), ("TX08", "M"), ("TX02", "YTD")) for m in BOTH),
        Column("CN24", "value", "YTD"),
    ),
)
REVENUE = Feed("fisc__revenue", columns=(Column("FI02", "value", "YTD"),))
ACCOUNTS = Feed(
    "stat__accounts",
    reports_january=False,
    columns=tuple(Column(i, m, p) for i, p in (("ST08", "M"), ("ST07", "YTD")) for m in BOTH),
)
FREIGHT = Feed("tran__freight", columns=tuple(Column(i, m) for i in ("TR01", "TR06") for m in BOTH))
# what statistics knows of firms: who is in its panel, and what they make
PANEL = Feed("stat__panel", grain="register", reports_january=False)
FIRM_OUTPUT = Feed(
    "stat__firms", grain="enterprise", reports_january=False, columns=(Column("ST02", period_type="YTD"),)
)
PRICES = Feed("stat__prices", columns=(Column("CN02"),))
MONTHLY = (OUTPUT, POWER, FIRM_POWER, FIRM_OUTPUT, INVOICES, INCOME, RECEIPTS, REVENUE, ACCOUNTS, FREIGHT, PRICES)
FEEDS = (*MONTHLY, POWER_TOO, INVESTMENT, PANEL)
MATCHED = (
    *(f"intermediate.int_{n}" for n in ("matched_sums", "mix_adjusted_power", "price_growth", "stopped_firms")),
    *(f"intermediate.int_{n}" for n in ("growth_gaps", "gap_judgements", "gap_causes", "gap_verdicts", "gap_routes")),
    *(f"intermediate.int_panel_{n}" for n in ("parts", "shown", "growth")),
    *(f"marts.fct_{n}" for n in ("matched_indicators", "matched_causes", "panel_growth")),
    *(f"reports.rpt_{n}" for n in ("matched", "matched_problems", "county_problems")),
)

# What is of one build and of no other.
ONE_BUILD = {"staging.stg_changes", "staging.stg_deliveries_before", "staging.stg_built", "marts.dim_build"}


@dataclass
class Departments:
    """Feeds that deliver what a seed says. Every delivery is accepted an hour after the one before."""

    engine: sa.Engine
    rng: np.random.Generator
    clock: datetime = datetime(2018, 6, 1, tzinfo=UTC)

    def deliver(self, feed: Feed, *months: date) -> datetime:
        """One delivery of a feed, with lines left out here and there. Returns the moment of its acceptance."""
        self.clock += timedelta(hours=1)
        rows = [r for m in months if feed.reports_january or m.month > 1 for r in self._lines(feed, m)]
        with self.engine.begin() as c:
            deliver(c, feed, rows, self.clock)
        return self.clock

    def list_firms(self, month: date) -> datetime:
        """The panel's list of a month: a firm enters, one leaves and one moves by what the seed says."""
        self.clock += timedelta(hours=1)
        statuses = ("in", "in", "new_built", "graduated", "moved_region", "closed", "dropped")
        firms = [f for n, f in enumerate(FIRMS) if n == 0 or self.rng.random() > 0.2]
        with self.engine.begin() as c:
            list_things(
                c, PANEL, "panel", month,
                [(f, f, str(self.rng.choice(REGIONS[1:])), {"status": str(self.rng.choice(statuses))}) for f in firms]
                + [(f, f, region, {"status": "in"}) for f, _, region in STAYING],
                self.clock, dict.fromkeys([*firms, *(f for f, _, _ in STAYING)], "26"),
            )  # fmt: skip
        return self.clock

    def _lines(self, feed: Feed, month: date) -> Iterator[Row]:
        if feed.grain == "region":
            yield Row(month, self._numbers(feed, month), REGIONS[0])
            yield from (Row(month, self._numbers(feed, month), r) for r in REGIONS[1:] if self._speaks(feed, r, month))
            if feed in (OUTPUT, POWER):
                for region in REGIONS[:3]:
                    yield from (Row(month, self._numbers(feed, month), region, i) for i in ("C26", "C30"))
            return
        for n, (code, name) in enumerate(FIRMS.items()):
            region, industry = ("钟祥市", "26") if n % 2 else ("东宝区", "C30")
            if feed is FIRM_POWER:
                for account in range(1 + n % 2):
                    power, base = self._numbers(feed, month)
                    if n == 3 and month >= MONTHS[-3]:
                        power = 1.0
                    yield Row(month, (power, base), region, industry, f"{n}{account}", name, code)
            else:
                yield Row(month, self._numbers(feed, month), region, industry, code, name)

        if feed is FIRM_OUTPUT:
            for code, name, region in STAYING:
                yield Row(month, (100.0 * month.month + month.year % 100,), region, "26", code, name, code)

    def _speaks(self, feed: Feed, region: str, month: date) -> bool:
        if feed is INCOME:
            return region != QUARTERLY or month.month % 3 == 1
        return bool(self.rng.random() > 0.2)

    def _numbers(self, feed: Feed, month: date) -> list[float | str | None]:
        months = {"YTD": month.month}
        printed: list[float | str | None] = [
            round(float(self.rng.normal(6, 4)), 1)
            if k.measure == "growth"
            else round(float(100 * months.get(k.period_type, 1) * self.rng.uniform(0.9, 1.1)), 1)
            for k in feed.columns
        ]
        if len(printed) > 1 and self.rng.random() < 0.1:
            printed[1] = "base_nonpositive"
        if feed is FREIGHT and self.rng.random() < 0.2:
            printed[2:] = None, None
        return printed


@pytest.fixture
def departments(warehouse: sa.Engine) -> Departments:
    found = Departments(warehouse, np.random.default_rng(5))
    with warehouse.begin() as c:
        for feed in FEEDS:
            declare(c, feed)
    for month in MONTHS[:-1]:
        for feed in (*MONTHLY, POWER_TOO):
            if feed is not POWER_TOO or month.year == 2017:
                found.deliver(feed, *([month] if feed.reports_january or month.month > 1 else [date(2016, 2, 1)]))
        if month.month > 1:
            found.list_firms(month)
    found.deliver(INVESTMENT, *MONTHS[:-1])
    return found


def contents(engine: sa.Engine) -> dict[str, list[str]]:
    """Every table and view that dbt makes, its rows as text, without what only tells one build from another."""
    with engine.connect() as c:
        names = c.execute(
            sa.text("""
                select schemaname || '.' || tablename from pg_tables
                where schemaname in ('staging', 'intermediate', 'marts', 'reports')
                union all
                select schemaname || '.' || viewname from pg_views
                where schemaname in ('staging', 'intermediate', 'marts', 'reports')
            """)
        ).scalars()
        return {
            name: sorted(c.execute(sa.text(f"select (to_jsonb(t) - 'moved_as_of')::text from {name} as t")).scalars())
            for name in names
            if name not in ONE_BUILD
        }


def matched_in(engine: sa.Engine, month: date) -> set[str]:
    """What a month's matched pairs distinguish: pair and grain, a run of more than two months, a red light."""
    with engine.connect() as c:
        rows = c.execute(
            sa.text("select * from marts.fct_matched_indicators where month = :month"), {"month": month}
        ).mappings()
        return {
            said
            for r in rows
            for said, holds in (
                (
                    r["pair"]
                    + (
                        " of a firm"
                        if r["entity_id"] != "_T"
                        else " of an industry"
                        if r["industry_code"] != "_T"
                        else ""
                    ),
                    True,
                ),
                ("several months running", r["run_length"] > 2),
                ("red", r["colour"] == "red"),
            )
            if holds
        }


def test_increments_leave_the_tables_of_a_full_build(departments: Departments, warehouse: sa.Engine) -> None:
    first, last = departments.clock, MONTHS[-1]
    build.build_marts(Month.of(MONTHS[-2]), first)
    original = contents(warehouse)

    for feed in MONTHLY:
        departments.deliver(feed, last)
    newest = departments.list_firms(last)
    # a corrected January and a month of two years ago, a second feed, a history that resends its tail
    departments.deliver(POWER, date(2017, 1, 1))
    departments.deliver(INCOME, date(2017, 1, 1))
    departments.deliver(INCOME, date(2016, 4, 1))
    departments.deliver(OUTPUT, date(2016, 9, 1))
    departments.deliver(POWER_TOO, date(2018, 2, 1))
    # a list of the past anew, and what firms made in a month of the year before
    departments.list_firms(date(2017, 4, 1))
    departments.deliver(FIRM_OUTPUT, date(2016, 11, 1))
    second = departments.deliver(INVESTMENT, *MONTHS[-3:])
    # a firm's place and name change, and a month is delivered anew without some of its regions
    with warehouse.begin() as c:
        third = second + timedelta(hours=1)
        code = next(iter(FIRMS))
        deliver(c, INVOICES, [Row(last, (5.0, 1.0), "沙洋县", "31", code, "荆门甲集团有限公司")], third)
        deliver(c, POWER, [Row(date(2017, 12, 1), (70.0, 2.0), "荆门市")], third)

    for as_of in (newest, second, third, second, first):
        build.build_marts(Month.of(last if as_of > first else MONTHS[-2]), as_of)
        increment = contents(warehouse)
        if as_of == first:
            anew = original
        else:
            build.build_marts(Month.of(last), as_of, full=True)
            anew = contents(warehouse)
        assert increment.keys() == anew.keys()
        assert [t for t in anew if increment[t] != anew[t]] == []
        if as_of == newest:
            assert [t for t in MATCHED if not increment[t]] == []
            assert matched_in(warehouse, last) == {
                "M1", "M1 of an industry", "M5", "M6E of a firm", "M7", "M8", "M14", "several months running", "red"
            }  # fmt: skip
    with warehouse.connect() as c:
        kinds = c.execute(sa.text("select increment from ops.build order by build_id")).scalars().all()
    assert kinds == [False, *[True, False] * 4, True]


def disagreements(as_of: datetime) -> int:
    """Build what the test of feeds that disagree reads, as of a moment, and return how many figures it names."""
    asked = {
        "GONGYUN_BUILD_MONTH": "2018-03",
        "GONGYUN_BUILD_AS_OF": as_of.isoformat(),
    }
    build.dbt(
        "build", asked, "--select", "+feeds_of_one_series_agree",
        "--exclude-resource-type", "seed", "--exclude-resource-type", "unit_test",
    )  # fmt: skip
    nodes = json.loads(build.results().read_text(encoding="utf-8"))
    found: int = next(n["failures"] for n in nodes if n["node"] == "test.gongyun.feeds_of_one_series_agree")
    return found


def test_an_increment_names_the_feeds_that_disagree_in_the_months_it_writes(warehouse: sa.Engine) -> None:
    first, second, third = (datetime(2018, 6, d, tzinfo=UTC) for d in (1, 2, 3))
    february, march = date(2018, 2, 1), date(2018, 3, 1)
    with warehouse.begin() as c:
        for feed in (POWER, POWER_TOO):
            declare(c, feed)
        for month in (february, march):
            deliver(c, POWER, [Row(month, (100.0, 5.0), "荆门市")], first)
            deliver(c, POWER_TOO, [Row(month, (120.0, 5.1), "荆门市")], first)
        deliver(c, POWER, [Row(february, (101.0, 5.0), "荆门市")], second)
        deliver(c, POWER_TOO, [Row(march, (100.0, 5.0), "荆门市")], third)

    build.load_seeds()
    assert disagreements(first) == 2
    assert disagreements(first) == 0
    assert disagreements(second) == 1
    assert disagreements(third) == 0
    # back in time the third delivery goes out of force, and the two differ again in the month it was of
    assert disagreements(second) == 1
