"""A country that is not China, set up from the data in its folder alone: other names, Latin labels, a January."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from gongyun.cli import app
from tests.conftest import installation
from tests.ingest.paper import xlsx
from warehouse import database

POWER = {"2018-01": {"Total": (500_000, 3.0), "Eastshire": (300_000, 5.0), "Westshire": (200_000, 0.1)},
         "2018-02": {"Total": (450_000, 2.5), "Eastshire": (250_000, 4.0), "Westshire": (200_000, 0.7)},
         "2018-03": {"Total": (480_000, 2.9), "Eastshire": (270_000, 4.4), "Westshire": (210_000, 0.6)}}  # fmt: skip
VALUE_ADDED = {"2018-01": {"Total": 4.1, "Eastshire": 4.2, "Westshire": 14.2},
               "2018-02": {"Total": 4.4, "Eastshire": 4.6, "Westshire": 13.9},
               "2018-03": {"Total": 4.3, "Eastshire": 4.5, "Westshire": 13.8}}  # fmt: skip


def run(*words: object) -> None:
    done = CliRunner().invoke(app, [str(w) for w in words])
    assert done.exit_code == 0, (words[0], done.output, done.exception)


def files(folder: Path) -> Iterator[Path]:
    for month, regions in POWER.items():
        rows = [[name, *figures] for name, figures in regions.items()] + [["of which: Port Elm", 90_000, -1.5]]
        path = folder / f"Electricity used {month}.xlsx"
        head = [[f"Electricity used, {month}"], ["Region", "Industry (MWh)", "Industry, growth (%)"]]
        path.write_bytes(xlsx([*head, *rows]))
        yield path
    for month, growth in VALUE_ADDED.items():
        path = folder / f"Value added {month}.xlsx"
        head = [[f"Value added, {month}"], ["Region", "Value added, growth (%)"]]
        path.write_bytes(xlsx([*head, *([name, g] for name, g in growth.items())]))
        yield path


@pytest.fixture(scope="module")
def edition(server_home: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder of the edition of March, made from six files."""
    home = server_home("northmark")
    with installation(home, GONGYUN_AREAS=str(Path(__file__).parent), GONGYUN_AREA="northmark"):
        run("ingest", *files(tmp_path_factory.mktemp("files")))
        for command in (("build", "2018-03"), ("gate", "2018-03"), ("publish", "2018-03", "--by", "A. Clerk")):
            run(*command)
        (manifest,) = (home / "editions").rglob("manifest.json")
        yield manifest.parent


def query(statement: str) -> list[tuple[object, ...]]:
    with database.engine().connect() as c:
        return [tuple(r) for r in c.execute(sa.text(statement))]


def test_january_stands_by_itself_and_every_figure_in_the_marts_is_the_delivered_one(edition: Path) -> None:
    rows = query("""
        select g.indicator, to_char(g.month, 'YYYY-MM'), r.name_zh, g.value, g.growth_pct
        from marts.fct_indicator_growth as g inner join marts.dim_region as r using (region_key)
        where g.period_type = 'M' and r.name_zh <> 'Port Elm'
    """)
    names = {"Total": "Northmark"}
    power = {("PW02", m, names.get(r, r), v / 10, g) for m, regions in POWER.items() for r, (v, g) in regions.items()}
    added = {("ST01", m, names.get(r, r), None, g) for m, regions in VALUE_ADDED.items() for r, g in regions.items()}
    assert set(rows) == power | added


def test_an_edition_is_headed_as_the_area_says_and_knows_nothing_of_jingmen(edition: Path) -> None:
    page = (edition / "report.html").read_text(encoding="utf-8")
    told = json.loads((edition / "data.json").read_text(encoding="utf-8"))["reports"]
    for said in ("Northmark Industry Monthly", "Ministry of Trade", "Governors of the shires", "Port Elm is a part"):
        assert said in page
    assert [word for word in ("荆门", "京山", "大柴湖", "掇刀", "供电公司", "全市") if word in page] == []
    assert {r["region_name"] for r in told["regions"]} == {"Northmark", "Eastshire", "Westshire", "Port Elm"}
    assert {r["department_zh"] for r in told["coverage"]} == {"Statistics Office", "Grid Company"}


def test_a_pair_of_the_areas_own_compares_every_month_and_finds_the_shire_whose_two_figures_part(edition: Path) -> None:
    gaps = query("""
        select extract(month from month)::int, region_key, round(gap_pp::numeric, 1)::float8
        from marts.fct_matched_indicators where pair = 'X1' and abs(gap_pp) > 6 order by 1
    """)
    assert gaps == [(1, "NM-W", 14.1), (2, "NM-W", 13.2), (3, "NM-W", 13.2)]
