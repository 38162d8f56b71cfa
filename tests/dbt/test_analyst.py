"""What an analyst's tool sees of a real build: every mart, report, wide view and catalogue, with words, and no more."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from tests.dbt.conftest import JUNE, RUNNING, STOPPED, City
from vocabulary.month import Month
from warehouse import build, database, dictionary

OPEN, CLOSED = ("marts", "reports", "catalog"), ("raw", "ops", "staging", "intermediate")


@pytest.fixture
def owner(city: City) -> Iterator[sa.Connection]:
    """A connection whose changes are taken back."""
    with database.engine().connect() as c:
        yield c
        c.rollback()


@pytest.fixture
def analyst(owner: sa.Connection) -> sa.Connection:
    owner.execute(sa.text("set local role gongyun_analyst"))
    return owner


def _relations(c: sa.Connection, schemas: tuple[str, ...]) -> list[tuple[str, str]]:
    found = c.execute(
        sa.text(
            "select n.nspname, c.relname from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid "
            "where n.nspname = any(:s) and c.relkind in ('r', 'v', 'p')"
        ),
        {"s": list(schemas)},
    )
    return [(schema, name) for schema, name in found]


def test_an_analyst_reads_every_mart_report_and_catalogue(analyst: sa.Connection) -> None:
    shown = _relations(analyst, OPEN)
    refused = []
    for schema, name in shown:
        try:
            with analyst.begin_nested():
                analyst.execute(sa.text(f"select * from {schema}.{name} limit 1"))
        except sa.exc.ProgrammingError as e:
            refused.append(str(e.orig))
    assert refused == []
    asked = {(m["schema"], m["name"]) for m in dictionary.public(dictionary.parsed())}
    assert asked <= set(shown)
    assert {("catalog", "indicators"), ("catalog", "terms"), ("catalog", "metrics")} <= set(shown)


def test_an_analyst_reads_nothing_of_what_lies_before_the_marts(analyst: sa.Connection) -> None:
    hidden = _relations(analyst, CLOSED)
    assert {s for s, _ in hidden} == set(CLOSED)
    for schema, name in hidden:
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), analyst.begin_nested():
            analyst.execute(sa.text(f"select 1 from {schema}.{name} limit 1"))


def test_an_analyst_changes_nothing(analyst: sa.Connection) -> None:
    for statement in (
        "delete from marts.dim_region",
        "create table marts.own (n int)",
        "truncate reports.rpt_headline",
    ):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), analyst.begin_nested():
            analyst.execute(sa.text(statement))


def test_a_firm_is_seen_as_power_and_tax_know_it_and_never_as_statistics_does(owner: sa.Connection) -> None:
    """domain.md 2.11: what statistics knows of a single respondent is for statistics only."""
    for indicator in ("ST02", "PW03"):
        owner.execute(
            sa.text(
                "insert into marts.fct_indicator_growth (indicator, region_key, industry_code, entity_id, period_type, month, "
                "value) values (:i, '420881', '26', 'CONFIDENTIAL', 'M', :m, 12345)"
            ),
            {"i": indicator, "m": JUNE},
        )
    for pair in ("M1E", "M6"):  # output and power; power and invoices
        keys = {"p": pair, "m": JUNE}
        owner.execute(
            sa.text(
                "insert into marts.fct_matched_indicators (pair, region_key, industry_code, entity_id, month, colour) "
                "values (:p, '420881', '26', 'CONFIDENTIAL', :m, 'green')"
            ),
            keys,
        )
        owner.execute(
            sa.text(
                "insert into marts.fct_matched_causes (pair, region_key, industry_code, entity_id, month, cause) "
                "values (:p, '420881', '26', 'CONFIDENTIAL', :m, 'mix')"
            ),
            keys,
        )
    asked = {
        "fct_indicator_growth": ("indicator", {"ST02", "PW03"}, {"PW03"}),
        "fct_matched_indicators": ("pair", {"M1E", "M6"}, {"M6"}),
        "fct_matched_causes": ("pair", {"M1E", "M6"}, {"M6"}),
    }
    owner.execute(sa.text("create role li_the_analyst in role gongyun_analyst"))
    for reader in (None, "gongyun_analyst", "li_the_analyst"):
        owner.execute(sa.text("reset role"))
        if reader:
            owner.execute(sa.text(f"set local role {reader}"))
        for table, (column, all_rows, visible) in asked.items():
            found = owner.scalars(sa.text(f"select {column} from marts.{table} where entity_id = 'CONFIDENTIAL'"))
            assert set(found) == (visible if reader else all_rows), (table, reader)
    assert owner.scalar(sa.text("select count(*) from marts.fct_indicator_growth where indicator = 'ST02'")), (
        "totals stay"
    )
    columns = (
        owner.execute(sa.text("select * from marts.wide_firm_month where entity_id = 'CONFIDENTIAL'")).mappings().one()
    )
    assert 12345 not in [v for k, v in columns.items() if k != "pw03_10k_kwh"]


def test_a_cell_that_gives_a_firm_away_is_hidden_wherever_it_would_be_read(owner: sa.Connection) -> None:
    """domain.md 2.11: the level, its growth, what it adds to a total, its gap and its place, for the whole year."""
    for industry, region in (("_T", "420881"), ("26", "420800")):
        owner.execute(
            sa.text("insert into marts.fct_confidential_cells values ('ST02', :r, :i, 2018)"),
            {"r": region, "i": industry},
        )
    county = "region_key = '420881' and industry_code = '_T' and entity_id = '_T'"
    trade = "region_key = '420800' and industry_code = '26'"
    hidden = {
        f"fct_indicator_growth where indicator = 'ST02' and {county} and month >= '2018-01-01'",
        f"fct_indicator_growth where indicator = 'ST02' and {trade} and entity_id = '_T' and month >= '2018-01-01'",
        "fct_contributions where indicator = 'ST02' and member in ('420881', '26', '_R')",
        f"fct_matched_indicators where pair in ('M1', 'M5') and {county} and month >= '2018-01-01'",
        f"fct_matched_indicators where pair = 'M1' and {trade} and entity_id = '_T' and month >= '2018-01-01'",
        f"fct_matched_causes where pair = 'M1' and {county} and month >= '2018-01-01'",
        "fct_revisions where indicator = 'ST02' and region_key = '420881'",
        "fct_rankings where indicator = 'ST02' and region_key = '420881' and month >= '2018-01-01'",
        "fct_composite_signal where indicator = 'ST02' and region_key = '420881' and month >= '2018-01-01'",
        "fct_decline_tests where indicator = 'ST02' and region_key = '420881'",
        "wide_region_month where region_key = '420881' and month >= '2018-01-01' and st02_10k_yuan is not null",
    }
    shown = {
        f"fct_indicator_growth where indicator = 'ST02' and {county} and month < '2018-01-01'",
        f"fct_indicator_growth where indicator = 'PW02' and {county}",
        "fct_indicator_growth where indicator = 'ST02' and region_key = '420882' and month >= '2018-01-01'",
        f"fct_matched_indicators where pair = 'M1' and {county} and month < '2018-01-01'",
        "fct_contributions where indicator = 'ST02' and member in ('420882', '13')",
        "wide_region_month where region_key = '420881' and month >= '2018-01-01' and pw02_10k_kwh is not null",
    }

    def counted(asked: set[str]) -> dict[str, int]:
        return {a: owner.scalars(sa.text(f"select count(*) from marts.{a}")).one() for a in asked}

    whole = counted(hidden | shown)
    assert {a for a, n in whole.items() if not n} <= {
        "fct_decline_tests where indicator = 'ST02' and region_key = '420881'"
    }
    owner.execute(sa.text("set local role gongyun_analyst"))
    assert set(counted(hidden).values()) == {0}
    assert counted(shown) == {a: whole[a] for a in shown}


def test_a_view_is_read_with_the_rights_of_its_reader(owner: sa.Connection) -> None:
    views = "select c.relname, coalesce(c.reloptions::text, '') from pg_class as c where c.relkind = 'v' "
    views += "and c.relnamespace in ('marts'::regnamespace, 'reports'::regnamespace)"
    of_figures = dict.fromkeys(("wide_region_month", "wide_firm_month"), "{security_invoker=true}")
    assert dict(owner.execute(sa.text(views)).tuples().all()) == of_figures | {"dim_build": ""}


def test_the_tables_say_of_what_moment_and_edition_they_are(analyst: sa.Connection) -> None:
    said = analyst.execute(sa.text("select * from marts.dim_build")).mappings().one()
    assert (said["month"], said["edition"], said["edition_in_force"], said["knows_less"]) == (JUNE, None, None, False)
    assert said["as_of"] <= said["finished_at"]


COUNTY, CITY = "420881", "420800"
OF_THE_CITY = {
    "indicator": "ST02", "region_key": CITY, "industry_code": "_T", "period_type": "M", "month": "2018-06-01",
}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "row", "hides", "leaves"),
    [
        (  # February is held against December, and against the city's February
            "fct_decline_tests",
            {"look": "published", "indicator": "ST02", "region_key": COUNTY, "month": "2018-02-01"},
            [("ST02", COUNTY, 2018), ("ST02", COUNTY, 2017), ("ST02", CITY, 2018)],
            [
                ("ST02", COUNTY, 2016),
                ("ST02", COUNTY, 2019),
                ("ST02", CITY, 2017),
                ("ST02", "420882", 2018),
                ("PW02", COUNTY, 2018),
            ],
        ),
        (
            "fct_decline_tests",
            {"look": "published", "indicator": "ST02", "region_key": COUNTY, "month": "2018-06-01"},
            [("ST02", COUNTY, 2018), ("ST02", CITY, 2018)],
            [("ST02", COUNTY, 2017)],
        ),
        (
            "fct_decline_tests",
            {"look": "two_year_average", "indicator": "ST02", "region_key": COUNTY, "month": "2018-06-01"},
            [("ST02", COUNTY, 2017), ("ST02", CITY, 2017)],
            [("ST02", COUNTY, 2016), ("ST02", CITY, 2016)],
        ),
        (
            "fct_decline_tests",
            {"look": "two_year_average", "indicator": "ST02", "region_key": COUNTY, "month": "2018-02-01"},
            [("ST02", COUNTY, 2016)],
            [("ST02", COUNTY, 2015), ("ST02", CITY, 2016)],
        ),
        (
            "fct_rankings",
            {"indicator": "ST02", "region_key": COUNTY, "month": "2018-02-01"},
            [("ST02", COUNTY, 2018), ("ST02", COUNTY, 2017)],
            [("ST02", COUNTY, 2016), ("ST02", CITY, 2018)],
        ),
        (
            "fct_region_residuals",
            OF_THE_CITY,
            [("ST02", CITY, 2018), ("ST02", COUNTY, 2018)],
            [("ST02", COUNTY, 2017), ("PW02", COUNTY, 2018)],
        ),
        (
            "fct_contributions",
            {**OF_THE_CITY, "dimension": "region", "member": "_R"},
            [("ST02", CITY, 2018), ("ST02", COUNTY, 2018)],
            [("ST02", COUNTY, 2017), ("PW02", COUNTY, 2018)],
        ),
        (
            "fct_contributions",
            {**OF_THE_CITY, "dimension": "region", "member": "420882"},
            [("ST02", CITY, 2018), ("ST02", "420882", 2018)],
            [("ST02", COUNTY, 2018)],
        ),
    ],
)
def test_a_row_is_hidden_with_each_cell_whose_figure_it_would_give_back_and_with_no_other(
    owner: sa.Connection,
    table: str,
    row: dict[str, str],
    hides: list[tuple[str, str, int]],
    leaves: list[tuple[str, str, int]],
) -> None:
    names, values = ", ".join(row), ", ".join(f":{k}" for k in row)
    owner.execute(sa.text(f"delete from marts.{table}"))
    owner.execute(sa.text(f"insert into marts.{table} ({names}) values ({values})"), row)
    for cells, seen in ((hides, 0), (leaves, 1)):
        for indicator, region, year in cells:
            owner.execute(sa.text("delete from marts.fct_confidential_cells"))
            owner.execute(
                sa.text("insert into marts.fct_confidential_cells values (:i, :r, '_T', :y)"),
                {"i": indicator, "r": region, "y": year},
            )
            owner.execute(sa.text("set local role gongyun_analyst"))
            assert owner.scalar(sa.text(f"select count(*) from marts.{table}")) == seen, (indicator, region, year)
            owner.execute(sa.text("reset role"))


def test_a_row_of_the_wide_view_holds_the_figures_of_the_long_one(city: City, analyst: sa.Connection) -> None:
    rows = analyst.execute(sa.text("select * from marts.wide_region_month")).mappings().all()
    wide = {(r["region_key"], r["month"]): r for r in rows}
    assert len(wide) == len(rows)
    long = [r for r in city.now["fct_indicator_growth"] if r["entity_id"] == r["industry_code"] == "_T"]
    places = {
        ("ST02", "M"): ("st02_10k_yuan", "st02_growth_pct"),
        ("ST02", "YTD"): ("st02_ytd_10k_yuan", "st02_ytd_growth_pct"),
        ("PW02", "M"): ("pw02_10k_kwh", "pw02_growth_pct"),
        ("BK02", "M"): ("bk02_10k_yuan", "bk02_growth_pct"),
    }
    compared = 0
    for r in long:
        place = places.get((r["indicator"], "M" if r["period_type"] == "M12" else r["period_type"]))
        together = (
            r["period_type"] == "M12" or r["month"].month > 2 or (r["period_type"], r["month"].month) == ("YTD", 2)
        )
        if place and together:
            row = wide[r["region_key"], r["month"]]
            assert (row[place[0]], row[place[1]]) == (r["value"], r["growth_pct"])
            compared += 1
    assert compared == 300
    assert not [m for _, m in wide if m.month == 1], "January stands for itself nowhere"
    assert wide["420800", date(2018, 2, 1)]["st02_growth_pct"] == city.output["420800", date(2018, 2, 1)][3]


def test_a_firm_has_its_power_and_invoices_in_one_row(analyst: sa.Connection) -> None:
    rows = {
        r["entity_id"]: dict(r)
        for r in analyst.execute(
            sa.text("select * from marts.wide_firm_month where month = :m"), {"m": JUNE}
        ).mappings()
    }
    assert set(rows) == {STOPPED, RUNNING}
    running = rows[RUNNING]
    shown = [running[k] for k in ("region_name", "industry_code", "pw03_10k_kwh", "tx03_10k_yuan", "tx03_growth_pct")]
    assert shown == ["京山市", "30", 80.0, 300.0, None]
    assert rows[STOPPED]["pw03_10k_kwh"] == 1.0, "two accounts of one firm"


def test_every_metric_runs_as_it_is_written(analyst: sa.Connection) -> None:
    found: dict[str, Any] = {}
    for m in analyst.execute(sa.text("select * from catalog.metrics")).mappings():
        column = "*" if m["column_name"] == "*" else m["column_name"]
        found[m["metric"]] = analyst.scalar(
            sa.text(f"select count({column}) from {m['table_name']} where {m['condition']}")
        )
    for metric in (
        "flow_level",
        "growth",
        "growth_to_date",
        "matched_gap",
        "firm_power",
        "firm_invoices",
        "feeds_owed",
    ):
        assert found[metric] > 0, metric
    assert found["matched_unexplained"] <= found["matched_alerts"]
    assert found["feeds_missing"] < found["feeds_owed"]


def test_a_flow_summed_as_its_metric_says_counts_every_month_and_region_once(
    city: City, analyst: sa.Connection
) -> None:
    condition = analyst.scalar(sa.text("select condition from catalog.metrics where metric = 'flow_level'"))
    assert condition
    total = analyst.scalar(
        sa.text(
            "select sum(value) from marts.fct_indicator_growth "
            f"where indicator = 'PW02' and month between '2017-01-01' and '2017-12-01' and {condition}"
        )
    )
    counties = [v[0] for (r, m), v in city.power.items() if r != "420800" and m.year == 2017]
    assert len(counties) == 24
    assert total == pytest.approx(sum(counties) * 1e4)


def test_what_a_metric_sums_over_regions_counts_the_city_once(owner: sa.Connection) -> None:
    """The city, a county and a zone within it are three rows of the same output, and of the same gap."""
    owner.execute(
        sa.text(
            "insert into marts.fct_indicator_growth (indicator, region_key, industry_code, entity_id, period_type, month, value) "
            "select i.indicator, r.region_key, '_T', '_T', 'M', '2030-06-01', 1 from marts.dim_region as r "
            "cross join (values ('ST02'), ('BK01')) as i (indicator)"
        )
    )
    owner.execute(
        sa.text(
            "insert into marts.fct_matched_indicators (pair, region_key, industry_code, entity_id, month, colour, route) "
            "select 'M1', region_key, '_T', '_T', '2030-06-01', 'red', 'county' from marts.dim_region"
        )
    )
    # a row that is not one of its region's is a thing of its own: a firm, a problem
    by_region = {
        f"{n['schema']}.{n['name']}"
        for n in dictionary.public(dictionary.parsed())
        if any("region_key" in c["columns"] for c in n["constraints"] if c["type"] == "primary_key")
    }
    summed = {}
    for m in owner.execute(sa.text("select * from catalog.metrics where over_regions = 'sum'")).mappings():
        if m["table_name"] in by_region:
            counted = f"select region_key from {m['table_name']} where month = '2030-06-01' and {m['condition']}"
            summed[m["metric"]] = sorted(owner.scalars(sa.text(counted)))
    parts = ["420802", "420822", "420881", "420882", "JM-GXDD", "JM-QJL", "JM-SZ", "JM-ZH"]
    asked = ("flow_level", "stock_level", "matched_alerts", "matched_unexplained")
    assert summed == dict.fromkeys(asked, parts)


def test_a_wide_column_of_output_summed_over_the_regions_that_add_up_is_the_counties_alone(
    city: City, analyst: sa.Connection
) -> None:
    summed = "select sum(pw02_10k_kwh), count(*) from marts.wide_region_month where month = :m and adds_to_parent"
    counties = [v[0] for (r, m), v in city.power.items() if r != "420800" and m == JUNE]
    assert analyst.execute(sa.text(summed), {"m": JUNE}).one() == (pytest.approx(sum(counties) * 1e4), len(counties))


def test_a_tool_shows_what_a_table_and_a_column_are_in_both_languages(analyst: sa.Connection) -> None:
    def said(relation: str, column: str | None = None) -> str:
        number = (
            "0"
            if column is None
            else f"(select attnum from pg_attribute where attrelid = '{relation}'::regclass and attname = '{column}')"
        )
        asked = "obj_description" if column is None else "col_description"
        where = f"'{relation}'::regclass" + (", 'pg_class'" if column is None else f", {number}")
        return str(analyst.scalar(sa.text(f"select {asked}({where})")))

    assert said("marts.fct_indicator_growth").startswith("指标水平与增速：每个指标")
    assert "One row per indicator" in said("marts.fct_indicator_growth")
    assert said("marts.fct_matched_indicators", "gap_pp").startswith("增速差（个百分点）：第一项增速减第二项增速。\n")
    assert said("marts.wide_region_month", "st02_ytd_10k_yuan").startswith("规模以上工业总产值累计（万元）\n")
    assert "One row per region and month" in said("marts.wide_region_month")
    silent = analyst.execute(
        sa.text(
            "select c.table_name, c.column_name from information_schema.columns as c "
            "where c.table_schema in ('marts', 'reports', 'catalog') and col_description(format('%I.%I', c.table_schema, "
            "c.table_name)::regclass, c.ordinal_position) is null"
        )
    )
    assert silent.all() == []


def test_who_reads_while_a_build_runs_sees_rows_and_stands_in_no_line(city: City) -> None:
    """One analyst reads a mart and a view for as long as a build wants to replace them; another reads on beside him."""
    stays = sa.text("""
        select oid::bigint from pg_class
        where relname in ('dim_region', 'fct_confidential_cells', 'wide_region_month', 'wide_firm_month')
        union all
        select oid::bigint from pg_policy where polrelid = 'marts.fct_indicator_growth'::regclass
    """)
    wanting = sa.text("select count(*) from pg_stat_activity where state = 'active' and query like '%$when_free$%'")
    own = database.engine()
    with own.connect() as c:
        before = set(c.execute(stays).scalars())
        tables = [f"{s}.{n}" for s, n in _relations(c, ("marts", "reports"))]
        # of what moment they are the tables do not say while they change
        filled = [t for t in tables if _rows_seen(c, t) and t != "marts.dim_build"]
    assert {"marts.fct_rankings", "marts.fct_indicator_growth", "marts.wide_region_month"} <= set(filled)
    waited, empty = 0, set()
    with ThreadPoolExecutor() as pool, own.connect() as long, own.connect() as short:
        long.execute(sa.text("set role gongyun_analyst"))
        assert _rows_seen(long, "marts.fct_rankings")
        assert _rows_seen(long, "marts.wide_region_month")
        built = pool.submit(build.build_marts, Month.of(JUNE))
        while not built.done():
            for table in filled:
                with short.begin():
                    short.execute(sa.text("set local role gongyun_analyst; set local lock_timeout = '2s'"))
                    if not _rows_seen(short, table):
                        empty.add(table)
            waited += short.execute(wanting).scalar_one() > 1  # this very question is one
            short.rollback()
            if waited == 5:
                long.rollback()
        assert built.result()
    assert waited >= 5, "the build wanted nothing of what the first reader reads"
    assert empty == set()
    with own.connect() as c:
        assert before
        assert set(c.execute(stays).scalars()) == before


def _rows_seen(c: sa.Connection, table: str) -> bool:
    return bool(c.execute(sa.text(f"select exists (select from {table})")).scalar_one())
