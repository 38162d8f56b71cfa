"""A small city of three years, known number by number, built twice: as it was known in mid-July 2018, and today."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from tests.dbt.paper import Column, Feed, Row, declare, deliver
from vocabulary.month import Month
from warehouse import build, database, server

JUNE = date(2018, 6, 1)
FIRST_KNOWN = datetime(2018, 7, 15, tzinfo=UTC)
REGIONS = {"420800": "全市", "420881": "钟 祥 市", "420882": "京山县"}
MONTHS = [date(y, m, 1) for y in range(2015, 2019) for m in range(1, 13) if (2015, 7) <= (y, m) <= (2018, 6)]

OUTPUT = Feed(
    "stat__industrial_output",
    required=True,
    reports_january=False,
    columns=(
        Column("ST02"),
        Column("ST02", "growth", unit="%"),
        Column("ST02", period_type="YTD"),
        Column("ST02", "growth", "YTD", unit="%"),
    ),
)
POWER = Feed(
    "powr__electricity",
    columns=(
        Column("PW02", unit="亿千瓦时", factor=1e4),
        Column("PW02", "growth", unit="%"),
        Column("PW02", period_type="YTD", unit="亿千瓦时", factor=1e4),
        Column("PW02", "growth", "YTD", unit="%"),
    ),
)
OUTPUT_BY_INDUSTRY = Feed(
    "stat__output_by_industry",
    grain="industry",
    reports_january=False,
    columns=(Column("ST02"), Column("ST02", "growth")),
)
POWER_BY_INDUSTRY = Feed(
    "powr__power_by_industry", grain="industry", columns=(Column("PW02", unit="万千瓦时"), Column("PW02", "growth"))
)
INDUSTRIES = {"13": 300.0, "26": 250.0, "30": 150.0, "36": 200.0}
PURCHASES = Feed("tax__purchases", columns=(Column("TX04"), Column("TX04", "growth", unit="%")))
FIRM_POWER = Feed("powr__firms", grain="enterprise", columns=(Column("PW03", unit="万千瓦时"), Column("PW03", "base")))
FIRM_INVOICES = Feed("tax__firms", grain="enterprise", columns=(Column("TX03"), Column("TX03", "growth", unit="%")))
LOANS = Feed("bank__loans", scope="history", columns=(Column("BK02"), Column("BK02", "growth", unit="%")))
GENERATION = Feed(
    "ener__generation",
    scope="history",
    columns=(Column("EN03", period_type="YTD"), Column("EN03", "growth", "YTD", unit="%")),
)
FEEDS = (OUTPUT, POWER, OUTPUT_BY_INDUSTRY, POWER_BY_INDUSTRY, PURCHASES, FIRM_POWER, FIRM_INVOICES, LOANS, GENERATION)
STOPPED, RUNNING = "91420881MA4900001X", "91420882MA4900002X"


@dataclass
class City:
    """What was delivered, by month and region, and what the two builds made of it."""

    output: dict[tuple[str, date], tuple[float, float, float, float]]
    power: dict[tuple[str, date], tuple[float, float, float, float]]
    purchases: dict[date, float]
    by_industry: dict[tuple[str, str, date], tuple[float, float]]
    then: dict[str, list[dict[str, Any]]]
    now: dict[str, list[dict[str, Any]]]

    def rows(self, table: str, **wanted: Any) -> list[dict[str, Any]]:
        """Rows of a table of today's build in which the columns have the wanted values."""
        return [r for r in self.now[table] if all(r[k] == v for k, v in wanted.items())]


def accepted(month: date) -> datetime:
    """The tenth of the month after."""
    return datetime(month.year + month.month // 12, month.month % 12 + 1, 10, tzinfo=UTC)


def _series(rng: np.random.Generator) -> dict[tuple[str, date], tuple[float, float, float, float]]:
    """Month and year-to-date values with printed growth, which is not the ratio of the levels."""
    found = {}
    for region, size in zip(REGIONS, (1000.0, 400.0, 300.0), strict=True):
        to_date = 0.0
        for month in MONTHS:
            value = round(float(size * (1 + rng.normal(0, 0.05))), 1)
            to_date = value if month.month == 1 else to_date + value
            found[region, month] = (
                value, round(float(rng.normal(7, 3)), 1), round(to_date, 1), round(float(rng.normal(7, 2)), 1),
            )  # fmt: skip
    return found


def _write(engine: sa.Engine, city: City) -> None:
    with engine.begin() as c:
        for feed in FEEDS:
            declare(c, feed)
        for month in MONTHS:
            name = REGIONS | ({"420882": "京山市"} if month >= date(2018, 2, 1) else {})
            if month.month > 1:
                values = {
                    r: ("absent",) * 2 + v[2:] if month.month == 2 else v
                    for (r, m), v in city.output.items()
                    if m == month
                }
                first = deliver(c, OUTPUT, [Row(month, v, name[r]) for r, v in values.items()], accepted(month))
            rows = [Row(month, v, name[r]) for (r, m), v in city.power.items() if m == month]
            deliver(c, POWER, rows, accepted(month))
            deliver(c, PURCHASES, [Row(month, (100.0, city.purchases[month]), "荆门市")], accepted(month))
            for feed in (OUTPUT_BY_INDUSTRY, POWER_BY_INDUSTRY):
                rows = [
                    Row(month, v, "荆门市", i)
                    for (f, i, m), v in city.by_industry.items()
                    if (f, m) == (feed.feed, month) and (m.month > 2 or feed is POWER_BY_INDUSTRY)
                ]
                if rows:
                    deliver(c, feed, rows, accepted(month))
            _write_firms(c, month)
        # the statisticians correct June without 京山; a rejected file and one that waits say nothing
        corrected = [Row(JUNE, (999.0, 1.5, 5999.0, 2.5), "荆门市"), Row(JUNE, (444.0, 1.0, 2444.0, 2.0), "钟祥市")]
        second = deliver(c, OUTPUT, corrected, datetime(2018, 8, 1, tzinfo=UTC))
        _log_revisions(c, first, second, city.output, {"420800": corrected[0], "420881": corrected[1]})
        deliver(c, OUTPUT, [Row(JUNE, (1.0, 1.0, 1.0, 1.0), "荆门市")], None, "rejected")
        deliver(c, POWER, [Row(JUNE, (1.0, 1.0, 1.0, 1.0), "荆门市")], None, "loaded")
        deliver(c, LOANS, [Row(date(2018, m, 1), (100.0 + m, 5.0)) for m in (1, 2, 3, 4)], accepted(date(2018, 4, 1)))
        deliver(c, LOANS, [Row(date(2018, m, 1), (200.0 + m, 6.0)) for m in (4, 5, 6)], accepted(JUNE))
        to_date = {2: 20.0, 3: 31.0, 4: 43.0, 6: 66.0, 7: 78.0}
        deliver(c, GENERATION, [Row(date(2017, m, 1), (v, 10.0)) for m, v in to_date.items()], accepted(JUNE))


def _log_revisions(
    c: sa.Connection, first: int, second: int, output: dict[tuple[str, date], tuple[float, float, float, float]],
    corrected: dict[str, Row],
) -> None:  # fmt: skip
    """What the gate notes of June's correction: every number changed, those of 京山 gone."""
    for row, region in enumerate(REGIONS, start=2):
        for i, column in enumerate(OUTPUT.columns):
            new = corrected[region].values[i] if region in corrected else None
            c.execute(
                sa.text("""
                    insert into ops.revision (delivery_id, revised_delivery_id, indicator, region_key, industry_code, measure,
                        period_type, month, old_value, new_value, old_sheet, old_cell, new_sheet, new_cell, cause, series)
                    values (:second, :first, 'ST02', :region, '_T', :measure, :period_type, :month, :old, :new, 'Sheet1',
                        :cell, 'Sheet1', :cell, 'correction', :series)
                """),
                {
                    "first": first, "second": second, "region": region, "measure": column.measure, "month": JUNE,
                    "period_type": column.period_type, "old": output[region, JUNE][i], "new": new,
                    "cell": f"{chr(66 + i)}{row}", "series": f"ST02|{region}|{column.period_type}",
                },
            )  # fmt: skip


def _write_firms(c: sa.Connection, month: date) -> None:
    """A firm with two accounts that stops in June 2018, and one that goes on; power knows accounts, tax credit codes."""
    stops = month == JUNE
    deliver(
        c, FIRM_POWER,
        [
            Row(month, (0.5 if stops else 60.0, 50.0), "钟祥", "26", "0001", "荆门甲化工有限公司", STOPPED),
            Row(month, (0.5 if stops else 40.0, 50.0), "钟祥", "26", "0002", "荆门甲化工有限公司", STOPPED),
            Row(month, (80.0, 100.0), "京山县", "C30", "0003", "京山乙建材有限公司", RUNNING),
        ],
        accepted(month),
    )  # fmt: skip
    deliver(
        c, FIRM_INVOICES,
        [
            Row(month, (0.0 if stops else 500.0, -100.0 if stops else 4.0), "钟祥市", "26", STOPPED, "荆门甲化工有限公司"),
            Row(month, (300.0, "base_nonpositive"), "京山市", "30", RUNNING, "京山乙建材有限公司"),
        ],
        accepted(month),
    )  # fmt: skip


def _tables(engine: sa.Engine) -> dict[str, list[dict[str, Any]]]:
    with engine.connect() as c:
        names = c.execute(
            sa.text("select schemaname, tablename from pg_tables where schemaname in ('marts', 'reports')")
        ).all()
        return {t: [dict(r) for r in c.execute(sa.text(f"select * from {s}.{t}")).mappings()] for s, t in names}


@pytest.fixture(scope="package")
def city(postgres: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The city, delivered and built twice. Its warehouse stays up for whoever wants to ask it more."""
    rng = np.random.default_rng(20180619)
    output, power = _series(rng), _series(rng)
    growth = [round(float(g), 1) for g in rng.normal(8, 3, len(MONTHS) + 2)]
    for i, month in enumerate(MONTHS):  # purchases lead output by two months, with noise
        v = output["420800", month]
        output["420800", month] = (v[0], round(growth[i] + float(rng.normal(0, 0.5)), 1), *v[2:])
    for month in (date(2018, 5, 1), JUNE):  # 钟祥 alone parts from its output, and no check explains it
        v = power["420881", month]
        power["420881", month] = (v[0], -25.0, *v[2:])
    by_industry = {
        (feed.feed, industry, month): (
            round(float(size * (1 + rng.normal(0, 0.1))), 1),
            round(float(rng.normal(7, 9)), 1),
        )
        for feed in (OUTPUT_BY_INDUSTRY, POWER_BY_INDUSTRY)
        for industry, size in INDUSTRIES.items()
        for month in MONTHS
        if (feed, industry) != (POWER_BY_INDUSTRY, "30") or month.year < 2017  # later its power is not told
    }
    found = City(output, power, dict(zip(MONTHS, growth[2:], strict=True)), by_industry, {}, {})

    name = f"t_{uuid.uuid4().hex[:12]}"
    with pytest.MonkeyPatch.context() as m:
        m.setenv("GONGYUN_HOME", str(postgres))
        m.setenv("GONGYUN_AREA", "jingmen")
        m.delenv("GONGYUN_DATABASE_URL", raising=False)
        with sa.create_engine(database.database_url("postgres"), isolation_level="AUTOCOMMIT").connect() as c:
            c.exec_driver_sql(f'create database "{name}" template "{database.WAREHOUSE}"')
        m.setenv("GONGYUN_DATABASE_URL", f"postgresql://postgres@localhost/{name}?host={server.socket_dir()}")
        m.setenv("GONGYUN_HOME", str(tmp_path_factory.mktemp("city")))
        build.load_seeds()
        _write(database.engine(), found)
        build.build_marts(Month.of(JUNE), FIRST_KNOWN)
        found.then = _tables(database.engine())
        build.build_marts(Month.of(JUNE))
        found.now = _tables(database.engine())
        yield found
        database.engine().dispose()
