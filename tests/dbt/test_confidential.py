"""A city in which single firms make up cells of statistics: what is hidden comes back to nobody (domain.md 2.11)."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from publish.edition import draft
from publish.reports import read_reports
from tests.dbt.paper import Column, Feed, Row, declare, deliver
from vocabulary.month import Month
from warehouse import build
from warehouse.settings import settings

JUNE, FEBRUARY = date(2018, 6, 1), date(2018, 2, 1)
MONTHS = [date(y, m, 1) for y in (2016, 2017, 2018) for m in range(1, 13) if (y, m) <= (2018, 6)]
KNOWN = datetime(2018, 7, 16, tzinfo=UTC)
DONGBAO, ZHONGXIANG, SHAYANG, JINGSHAN = "420802", "420881", "420822", "420882"
COUNTIES = {DONGBAO: ("东宝区", 1e5), SHAYANG: ("沙洋县", 3e5), ZHONGXIANG: ("钟祥市", 4e5), JINGSHAN: ("京山市", 5e5)}
INDUSTRIES = {"13": 2.5e5, "26": 1.5e5, "30": 1.0e5}
BOTH = ("value", "growth")
OUTPUT = Feed(
    "stat__output", reports_january=False, columns=tuple(Column("ST02", m, p, decimals=3) for p in ("M", "YTD") for m in BOTH)
)  # fmt: skip
POWER = Feed("powr__power", columns=tuple(Column("PW02", m, decimals=3) for m in BOTH))
INVOICES = Feed("tax__invoices", columns=tuple(Column("TX03", m, decimals=3) for m in BOTH))
FIRMS = Feed("stat__firms", grain="enterprise", reports_january=False, columns=(Column("ST02"),))
# 钟祥 is one firm in 2018, and so is trade 26 of 京山: who they were before nobody has told, so that those years are hidden too.
# 沙洋 was in 2016, which 2017's growth gives back.
ALONE = {2018: ((ZHONGXIANG, "13", 0.96 * 4e5), (JINGSHAN, "26", 1.4e5)), 2016: ((SHAYANG, "13", 0.96 * 3e5),)}
HIDDEN = {
    *((r, "_T", y) for r in (ZHONGXIANG, DONGBAO) for y in range(2016, 2020)),
    *((JINGSHAN, i, y) for i in ("26", "30") for y in range(2016, 2020)),
    *((SHAYANG, "_T", y) for y in (2016, 2017)),
}
Cell = tuple[str, str, date]


def _told() -> dict[str, dict[Cell, tuple[float, ...]]]:
    """What each feed says of region, industry and month. Hidden output of 2018 moves by 60 to 70 points, nothing else."""
    rng = np.random.default_rng(11)
    told: dict[str, dict[Cell, tuple[float, ...]]] = {"ST02": {}, "PW02": {}, "TX03": {}}
    sizes: dict[tuple[str, str], float] = {
        **{(r, "_T"): size for r, (_, size) in COUNTIES.items()},
        **{(JINGSHAN, i): size for i, size in INDUSTRIES.items()},
        ("420800", "_T"): sum(size for _, size in COUNTIES.values()),
    }
    for (region, industry), size in sizes.items():
        to_date = 0.0
        for month in MONTHS:
            growths = [round(float(g), 3) for g in rng.normal(5, 2, 4)]
            if month.year == 2018 and (region, industry, 2018) in HIDDEN:
                sign = 1 if region == DONGBAO else -1
                growths[:2] = [sign * round(float(g), 3) for g in rng.uniform(60, 70, 2)]
                growths[2:] = [-round(float(g), 3) for g in rng.uniform(12, 15, 2)]
            value = round(float(size * rng.uniform(0.98, 1.02)), 3)
            to_date = 0.0 if month.month == 1 else to_date + (2 * value if month.month == 2 else value)
            cell = (region, industry, month)
            told["ST02"][cell] = (value, growths[0], round(to_date, 3), growths[1])
            told["PW02"][cell] = (round(float(size * rng.uniform(0.98, 1.02)), 3), growths[2])
            told["TX03"][cell] = (round(float(size * rng.uniform(0.98, 1.02)), 3), growths[3])
    return told


@pytest.fixture
def told(warehouse: sa.Engine) -> dict[str, dict[Cell, tuple[float, ...]]]:
    """What was delivered of a city whose June 2018 is built."""
    found = _told()
    names = {r: name for r, (name, _) in COUNTIES.items()} | {"420800": "荆门市"}
    with warehouse.begin() as c:
        for feed in (OUTPUT, POWER, INVOICES, FIRMS):
            declare(c, feed)
        for month in MONTHS:
            for feed in (OUTPUT, POWER, INVOICES):
                if month.month == 1 and not feed.reports_january:
                    continue
                rows = [
                    Row(month, ("absent", "absent", *v[2:]) if feed is OUTPUT and month.month == 2 else v, names[r],
                        None if i == "_T" else i)
                    for (r, i, m), v in found[feed.columns[0].indicator].items()
                    if m == month
                ]  # fmt: skip
                deliver(c, feed, rows, KNOWN)
            alone = ALONE.get(month.year, ()) if month.month > 2 else ()
            firms = [
                Row(month, (size,), names[r], i, f"91{r}MA4900001X", f"{names[r]}有限公司") for r, i, size in alone
            ]
            if firms:
                deliver(c, FIRMS, firms, KNOWN)
    build.load_seeds()
    build.build_marts(Month.of(JUNE))
    return found


@pytest.fixture
def analyst(warehouse: sa.Engine) -> Iterator[sa.Connection]:
    with warehouse.connect() as c:
        c.execute(sa.text("set local role gongyun_analyst"))
        yield c
        c.rollback()


def _secrets(told: dict[str, dict[Cell, tuple[float, ...]]]) -> dict[str, float]:
    """Hidden figures and what would give them back by one step."""
    found = {}
    for (region, industry, month), (value, growth, to_date, growth_to_date) in told["ST02"].items():
        if (region, industry, month.year) not in HIDDEN or month.month == 1:
            continue
        power = told["PW02"][region, industry, month][1]
        city = told["ST02"]["420800", "_T", month]
        at = f"{region} {industry} {month:%Y-%m}"
        for what, number in {
            "value": value if month.month > 2 else to_date,
            "value to date": to_date,
            "growth": growth if month.month > 2 else growth_to_date,
            "growth to date": growth_to_date,
            "base": value / (1 + growth / 100),
            "base to date": to_date / (1 + growth_to_date / 100),
            "gap to power": growth - power,
            "distance to the city": city[1] - growth,
            "distance to the city to date": city[3] - growth_to_date,
        }.items():
            if abs(number) > 50:  # as large as no figure is that is shown
                found[f"{what} of {at}"] = number
    return found


def _shown(c: sa.Connection) -> Iterator[tuple[str, Any]]:
    """Every field of every mart, report and view that the reader is shown."""
    names = c.execute(
        sa.text("""
            select n.nspname || '.' || k.relname from pg_class as k inner join pg_namespace as n on k.relnamespace = n.oid
            where n.nspname in ('marts', 'reports') and k.relkind in ('r', 'v')
        """)
    ).scalars()
    for name in names.all():
        for row in c.execute(sa.text(f"select * from {name}")).mappings():
            yield from ((f"{name}.{column}", value) for column, value in row.items())


def _leaks(fields: Iterator[tuple[str, Any]], secrets: dict[str, float]) -> set[tuple[str, str]]:
    """Fields that hold a secret, to nine digits, or a sentence with a number of the size that only hidden growth has."""
    numbers = np.array(sorted(secrets.values(), key=abs))
    sizes = np.abs(numbers)
    names = {v: k for k, v in secrets.items()}
    found = set()
    for place, value in fields:
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, int | float):
            near = numbers[np.abs(sizes - abs(value)) <= 1e-9 * sizes]
            found.update((place, names[float(n)]) for n in near)
        elif isinstance(value, str):
            found.update((place, value) for n in re.findall(r"\d+\.\d+", value) if 50 < float(n) < 90)
        elif isinstance(value, list | dict):
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            found |= _leaks(((f"{place}.{k}", v) for k, v in inner), secrets)
    return found


def test_what_is_hidden_is_read_nowhere_and_given_back_by_nothing(
    warehouse: sa.Engine, told: dict[str, dict[Cell, tuple[float, ...]]], analyst: sa.Connection
) -> None:
    secrets = _secrets(told)
    with warehouse.connect() as owner:
        hidden = owner.execute(
            sa.text("select region_key, industry_code, year from marts.fct_confidential_cells where indicator = 'ST02'")
        )
        assert set(hidden.tuples()) == HIDDEN
        seen = _leaks(_shown(owner), secrets)
    assert {place.split(".")[1] for place, _ in seen} >= {
        "fct_indicator_growth", "fct_rankings", "fct_composite_signal", "fct_decline_tests",
        "fct_matched_indicators", "fct_matched_causes", "fct_contributions", "wide_region_month",
    }, "the owner sees them"  # fmt: skip
    assert _leaks(_shown(analyst), secrets) == set()
    _no_step_back(warehouse, analyst)
    _reports_say_so(analyst)
    _an_edition_says_so(warehouse, secrets)
    _nor_by_the_period_before(warehouse, analyst)


def _nor_by_the_period_before(warehouse: sa.Engine, analyst: sa.Connection) -> None:
    """2017 of 沙洋 is hidden and 2018 is not: what holds February against December shows neither, a month does."""
    analyst.rollback()
    build.build_marts(Month.of(FEBRUARY))
    analyst.execute(sa.text("set local role gongyun_analyst"))
    of_february = "indicator = 'ST02' and region_key = '420822' and month = '2018-02-01'"
    for table, seen in {"fct_indicator_growth": True, "fct_rankings": False, "fct_decline_tests": False}.items():
        asked = sa.text(f"select count(*) > 0 from marts.{table} where {of_february}")
        assert analyst.scalar(asked) is seen, table
        with warehouse.connect() as owner:
            assert owner.scalar(asked), table
    place = "select rank, previous_rank, places_gained from reports.rpt_rankings where " + of_february
    rank, *before = analyst.execute(sa.text(place)).one()
    assert rank is not None
    assert before == [None, None]


def _no_step_back(warehouse: sa.Engine, analyst: sa.Connection) -> None:
    """What two visible figures would give together is not visible on both sides, and is where nothing is hidden."""

    def count(c: sa.Connection, what: str) -> int:
        return int(c.execute(sa.text(f"select count(*) from marts.{what}")).scalar_one())

    # a total less its shown parts leaves more than one hidden part
    for table in ("region_key in ('420802', '420881', '420822', '420882')", "region_key = '420882'"):
        parts = "<> '_T'" if table.endswith("'420882'") else "= '_T'"
        figures = (
            f"fct_indicator_growth where indicator = 'ST02' and period_type = 'M' and month = '2018-06-01' and {table}"
        )
        figures += f" and industry_code {parts} and entity_id = '_T'"
        with warehouse.connect() as owner:
            assert count(owner, figures) - count(analyst, figures) == 2
    # what regions or trades leave open of a total tells the sum of all of them
    for left_open in (
        "fct_region_residuals where region_key = '420800'",
        "fct_contributions where member = '_R' and region_key = '420800'",
        "fct_contributions where member = '_R' and region_key = '420882'",
    ):
        assert count(analyst, f"{left_open} and indicator = 'ST02'") == 0
        assert count(analyst, f"{left_open} and indicator = 'PW02'") > 0
        with warehouse.connect() as owner:
            assert count(owner, f"{left_open} and indicator = 'ST02'") > 0
    # two hidden trades: their sum and power weighted by their output would be two equations
    mixes = "fct_matched_indicators where pair = 'M1' and region_key = '420882' and mix_adjusted_power_pct is not null"
    causes = "fct_matched_causes where cause = 'mix' and region_key = '420882' and explained_pp is not null"
    assert count(analyst, mixes) == count(analyst, causes) == 0
    # 2017's growth of 沙洋, and by it 2016's output, from a mean of two years and the growth of 2018
    looks = "fct_decline_tests where indicator = 'ST02' and region_key = '420822' and look = "
    assert count(analyst, f"{looks} 'published'") == 1
    assert count(analyst, f"{looks} 'two_year_average'") == 0
    with warehouse.connect() as owner:
        assert count(owner, f"{looks} 'two_year_average'") == 1


def _reports_say_so(c: sa.Connection) -> None:
    """The hidden cell is judged and told without its figures."""

    def one(sql: str) -> dict[str, Any]:
        return dict(c.execute(sa.text(sql)).mappings().one())

    place = one("select * from reports.rpt_rankings where indicator = 'ST02' and region_key = '420881'")
    hidden = ("growth_pct", "rank", "rank_ties", "rank_within_band", "previous_rank", "places_gained")
    assert {place[k] for k in hidden} == {None}
    assert one("select growth_pct from reports.rpt_composite_signal where indicator = 'ST02' and region_key = '420881'") == {
        "growth_pct": None
    }  # fmt: skip
    county = one("select * from reports.rpt_interview_candidates where region_key = '420881'")
    assert county["is_candidate"]
    data = read_reports(c, Month.of(JUNE))
    findings = next(r["findings_zh"] for r in data["interviews"] if r["region_key"] == "420881")
    assert "规模以上工业总产值（数据依法不予公布）" in findings
    assert re.search("工业用电量6月同比下降1[2-5]", findings), "power is shown"
    texts = {r["problem_key"]: r["statement_zh"] for r in data["problems"]}
    assert "工业总产值明显增长（具体数据依法不予公布）" in texts["verify_output:420802"]
    assert "差异较大（具体数据依法不予公布）" in texts["matched:M1:420881"]
    facts = dict(c.execute(sa.text("select problem_key, facts from reports.rpt_county_problems")).tuples().all())
    assert "output_pct" not in facts["verify_output:420802"]
    assert not {"growth_a_pct", "growth_b_pct", "gap_pp", "robust_z"} & facts["matched:M1:420881"].keys()


def _an_edition_says_so(warehouse: sa.Engine, secrets: dict[str, float]) -> None:
    files = _edition(warehouse)
    assert {"report.html", "data.json", "problems.json", "manifest.json", f"problems-{ZHONGXIANG}.html"} <= files.keys()
    assert "***" in files["report.html"]
    assert _printed(files, secrets) == {}


def _edition(warehouse: sa.Engine) -> dict[str, str]:
    """The files of June's edition, by name."""
    with warehouse.begin() as c:
        build_id = c.execute(sa.text("select max(build_id) from ops.build")).scalar_one()
        gate_run_id = c.execute(
            sa.text(
                "insert into ops.gate_run (subject, month, build_id, finished_at, passed) "
                "values ('month', :m, :b, clock_timestamp(), true) returning gate_run_id"
            ),
            {"m": JUNE, "b": build_id},
        ).scalar_one()
    edition_id = draft(Month.of(JUNE), build_id, gate_run_id)
    return {
        f.name: f.read_text(encoding="utf-8") for f in Path(settings().editions, ".drafts", str(edition_id)).iterdir()
    }


def _printed(files: dict[str, str], secrets: dict[str, float]) -> dict[tuple[str, str], str]:
    """Secrets that a file prints, with the words around them."""
    printed = {f"{abs(n):.{d}f}" for n in secrets.values() for d in (1, 2, 3) if 50 < abs(n) < 90 or abs(n) > 1e4}
    printed |= {f"{abs(n):,.{d}f}" for n in secrets.values() for d in (1, 2, 3) if abs(n) > 1e4}
    printed = {p for p in printed if not p.endswith(".0")}  # a target of the plan is a round number
    texts = {name: re.sub("<[^>]*>", " ", content) for name, content in files.items()}  # a chart's points are no figure
    return {
        (name, n.group()): text[n.start() - 60 : n.end() + 20]
        for name, text in texts.items()
        for n in re.finditer(r"\d[\d,]*\.\d+", text)
        if n.group() in printed
    }


ADDED = Feed(
    "stat__added", reports_january=False, columns=tuple(Column("ST01", "growth", p, decimals=3) for p in ("M", "YTD"))
)
ENERGY = Feed(
    "ndrc__energy", reports_january=False,
    columns=(Column("DR04", "value", "YTD", unit="%", decimals=3), Column("DR05", "growth", "YTD", decimals=3)),
)  # fmt: skip
INVESTED = Feed("stat__invested", reports_january=False, columns=(Column("ST10", "growth", "YTD", decimals=3),))


def test_progress_of_a_target_that_rests_on_a_city_of_one_firm_is_judged_and_not_told(
    warehouse: sa.Engine, analyst: sa.Connection
) -> None:
    secrets = _one_firm_is_the_city(warehouse)
    wanted = "target, state, colour, actual, completion_pct, required_pct, confidential"
    with warehouse.connect() as owner:
        rows = owner.execute(sa.text(f"select {wanted} from marts.fct_target_progress where colour is not null")).all()
    seen = {r.target: r for r in rows}
    assert {t: r.confidential for t, r in seen.items()} == {
        "T01": True, "T01S": True, "T02": True, "T05": False, "T25": True,
    }  # fmt: skip
    assert [r.target for r in rows if r.confidential and None in r] == ["T25"], "a rate asks no growth"
    shown = analyst.execute(sa.text("select target from marts.fct_target_progress where colour is not null"))
    assert shown.scalars().all() == ["T05"]
    for r in analyst.execute(sa.text(f"select {wanted} from reports.rpt_target_progress where target like 'T0%'")):
        if r.target in seen:
            known = seen[r.target]
            figures = (
                (None, None, None) if known.confidential else (known.actual, known.completion_pct, known.required_pct)
            )
            assert r == (r.target, known.state, known.colour, *figures, known.confidential)
    completed = {t: float(r.completion_pct) for t, r in seen.items() if r.confidential}
    assert completed["T01"] == 100, "a full band, and a round number that the plan asks elsewhere"
    secrets |= {f"completion of {t}": n for t, n in completed.items() if n != 100}
    assert "completion of T02" in secrets
    with warehouse.connect() as owner:
        assert {place for place, _ in _leaks(_shown(owner), secrets)} >= {"marts.fct_target_progress.actual"}
    assert _leaks(_shown(analyst), secrets) == set()
    files = _edition(warehouse)
    assert _printed(files, secrets) == {}
    printed = dict(re.findall(r'data-target="(\w+)"(.*)', files["report.html"]))
    assert printed["T02"].count("***") == 3
    assert "“***”表示可推算单个企业情况" in files["report.html"]
    assert "***" not in printed["T05"]


def _one_firm_is_the_city(warehouse: sa.Engine) -> dict[str, float]:
    """June 2018 of a city that one firm makes up; what must not be told."""
    rng = np.random.default_rng(5)
    secrets: dict[str, float] = {}
    with warehouse.begin() as c:
        for feed in (OUTPUT, FIRMS, ADDED, ENERGY, INVESTED):
            declare(c, feed)
        to_date = 0.0
        for month in (m for m in MONTHS if m.month > 1):
            value = round(float(rng.uniform(9e5, 11e5)), 3)
            growths = rng.uniform(60, 70, 4) if month.year == 2018 else rng.normal(5, 2, 4)
            growth, growth_to_date, added, added_to_date = (round(float(g), 3) for g in growths)
            to_date = (0.0 if month.month == 2 else to_date) + value
            absent = month.month == 2
            of_month = ("absent", "absent") if absent else (value, growth)
            of_county = (*(("absent", "absent") if absent else (1e4, -20.0)), 1e4, -20.0)
            whole = Row(month, (*of_month, round(to_date, 3), growth_to_date), "荆门市")
            deliver(c, OUTPUT, [whole, Row(month, of_county, "东宝区")], KNOWN)
            deliver(c, ADDED, [Row(month, ("absent" if absent else added, added_to_date), "荆门市")], KNOWN)
            # energy by value added: its fall, beside the growth of energy, gives back the growth of value added
            energy = round(float(rng.normal(3, 1)), 3)
            saved = round(100 - 100 * (1 + energy / 100) / (1 + added_to_date / 100), 3)
            deliver(c, ENERGY, [Row(month, (saved, energy), "荆门市")], KNOWN)
            deliver(c, INVESTED, [Row(month, (round(float(rng.normal(5, 2)), 3),), "荆门市")], KNOWN)
            if month.year == 2018 and not absent:
                firm = Row(month, (0.96 * value,), "钟祥市", "13", f"91{ZHONGXIANG}MA4900001X", "钟祥市有限公司")
                deliver(c, FIRMS, [firm], KNOWN)
                for what, number in {
                    "output": value, "output to date": to_date, "growth": growth, "growth to date": growth_to_date,
                    "value added": added, "value added to date": added_to_date, "energy saved": saved,
                }.items():  # fmt: skip
                    secrets[f"{what} of {month:%Y-%m}"] = number
    build.load_seeds()
    build.build_marts(Month.of(JUNE))
    return secrets
