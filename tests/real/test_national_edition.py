"""`make real`, command by command: the published series as they are, to marts over the whole history and an edition."""

import re
import shlex
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from gongyun.cli import app
from tests.conftest import SHARED
from warehouse import database, server
from warehouse.settings import ROOT

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("national")]


def commands(month: str) -> list[list[str]]:
    """What the Makefile's target `real` runs, with files and dates in place."""
    recipe = re.search(r"^real:.*?\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert recipe
    words = recipe.group(1).replace("\\\n", " ").replace("$$(date +%F)", f"{date.today():%Y-%m-%d}")  # noqa: DTZ011
    words = words.replace("$(MONTH)", month)
    lines = [shlex.split(line.split("gongyun ", 1)[1]) for line in words.splitlines() if "gongyun " in line]
    files = sorted(str(p) for p in (SHARED / "national").iterdir())
    return [[w for word in line for w in (files if word == "$(DATA)/national/*" else [word])] for line in lines]


@pytest.fixture(scope="module")
def national(server_home: Callable[[str], Path]) -> Iterator[Path]:
    """A warehouse after `make real MONTH=2019-06`; gives its home."""
    if not SHARED.is_dir():
        pytest.skip("the published series are not beside this checkout (../shared/data)")
    home = server_home("china")
    with pytest.MonkeyPatch.context() as m:
        m.setenv("GONGYUN_HOME", str(home))
        m.setenv("GONGYUN_AREA", "china")
        m.delenv("GONGYUN_DATABASE_URL", raising=False)
        for command in commands("2019-06"):
            done = CliRunner().invoke(app, command)
            assert done.exit_code == 0, (command[0], done.output, done.exception)
        yield home
        database.engine().dispose()
        server.stop()


def query(statement: str) -> list[tuple]:
    with database.engine().connect() as c:
        return [tuple(r) for r in c.execute(sa.text(statement))]


def series(indicator: str, period_type: str, column: str) -> dict[str, float]:
    rows = query(f"""
        select to_char(month, 'YYYY-MM'), {column} from marts.fct_indicator_growth
        where indicator = '{indicator}' and period_type = '{period_type}' and industry_code = '_T' and {column} is not null
    """)
    return dict(rows)


def test_every_file_is_accepted_and_the_edition_published(national: Path) -> None:
    assert query("select status, count(*) from ops.delivery group by 1") == [("accepted", 20)]
    report = (national / "editions" / "2019-06" / "v1" / "report.html").read_text(encoding="utf-8")
    assert "全国规模以上工业增加值同比增长6.0%" in report
    assert "模拟数据" not in report
    assert "make real" in report, "the waiver is printed with who answers for it"


def test_matched_and_correlated_results_cover_the_whole_history(national: Path) -> None:
    spans = {p: (f, t, n) for p, f, t, n in query(
        "select pair, min(month), max(month), count(*) from marts.fct_matched_indicators "
        "where industry_code = '_T' group by 1"
    )}  # fmt: skip
    # Value added and electricity: 2008-02 to 2025-04, eleven months a year less those the CSV lacks.
    assert spans["N1"] == (date(2008, 2, 1), date(2025, 4, 1), 190)
    assert len(spans) >= 5
    lags = query(
        "select pair, count(*), min(lag_months), max(lag_months) from marts.fct_correlated_indicators group by 1"
    )
    assert {(n, low, high) for _, n, low, high in lags} == {(25, -12, 12)}
    assert query(
        "select count(*) from marts.fct_correlated_indicators where n is null or last_month > '2019-06-01'"
    ) == [(0,)]


def test_value_added_has_no_january_and_its_february_is_two_months(national: Path) -> None:
    assert query(
        "select count(*) from marts.fct_indicator_growth where indicator = 'ST01' and extract(month from month) = 1"
    ) == [(0,)]
    both = series("ST01", "M12", "growth_pct")
    assert both["2012-02"] == 11.4, "not 21.3, the growth of February alone"
    assert both["2009-02"] == 3.8
    aligned = query("""
        select growth_pct from intermediate.int_months_aligned
        where indicator = 'ST01' and industry_code = '_T' and month = '2012-02-01'
    """)
    assert set(aligned) == {(11.4,)}


def test_2010_1_is_january_and_2010_10_is_october(national: Path) -> None:
    cumulative = series("PW01", "YTD", "value")
    assert cumulative["2010-01"] == 35_310_000
    assert cumulative["2010-09"] < cumulative["2010-10"] < cumulative["2010-11"]


def test_no_month_of_electricity_is_derived_across_a_gap(national: Path) -> None:
    """Published year to date: 2004-03, 09 to 11 and 2005-02 to 06, 08 to 11."""
    assert [m for m in sorted(series("PW01", "YTD", "value")) if m < "2006"] == [
        "2003-12", "2004-03", "2004-09", "2004-10", "2004-11",
        "2005-02", "2005-03", "2005-04", "2005-05", "2005-06", "2005-08", "2005-09", "2005-10", "2005-11",
    ]  # fmt: skip
    assert [m for m in sorted(series("PW01", "M", "value")) if m < "2006"] == [
        "2004-10", "2004-11", "2005-03", "2005-04", "2005-05", "2005-06", "2005-09", "2005-10", "2005-11",
    ]  # fmt: skip


def test_reported_growth_is_used_where_it_differs_from_the_ratio_of_levels(national: Path) -> None:
    rows = query("""
        select growth_pct, growth_reported_pct, level_ratio_pct from marts.fct_indicator_growth
        where indicator = 'PW01' and period_type = 'YTD' and growth_reported_pct is not null and level_ratio_pct is not null
    """)
    assert all(used == reported for used, reported, _ in rows)
    assert sum(abs(used - ratio) > 0.5 for used, _, ratio in rows) > 20, "they differ in many months"
    assert series("PW01", "YTD", "growth_pct")["2019-06"] == 5.0


def test_tax_receipts_of_two_sources_agree_where_both_are_cumulative(national: Path) -> None:
    """The workbook's cumulative tax and the quarterly bulletin, in 万元."""
    budget, bulletin = series("FI02", "YTD", "value"), series("CN24", "YTD", "value")
    for month, expected in (("2024-09", 131_715e4), ("2024-12", 174_972e4)):
        assert budget[month] == pytest.approx(expected)
        assert bulletin[month] == pytest.approx(expected)


def test_an_edition_can_be_made_for_a_february_long_ago(national: Path) -> None:
    for command in commands("2012-02"):
        if command[0] in ("build", "gate", "publish"):
            done = CliRunner().invoke(app, command)
            assert done.exit_code == 0, (command[0], done.output, done.exception)
    report = (national / "editions" / "2012-02" / "v1" / "report.html").read_text(encoding="utf-8")
    assert "1—2月，全国规模以上工业增加值同比增长11.4%" in report
    assert "21.3" not in re.sub(r"<svg.*?</svg>", "", report, flags=re.S)
