"""A form that is new is some lines of YAML: its file goes the whole way, and a number of it leads back to its cell."""

import re
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from gongyun.cli import app
from tests.ingest.layout.test_forms import FORMS, HALVES, MONTHLY
from tests.ingest.paper import drop, xlsx


def run(*words: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(w) for w in words])
    assert done.exit_code == code, done.output
    return done.output


def test_a_monthly_report_goes_the_whole_way_and_its_numbers_lead_back_to_their_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: sa.Engine
) -> None:
    folder = tmp_path / "feeds"
    folder.mkdir()
    for name in ("stat__main_indicators", "fisc__halves"):
        shutil.copy(FORMS / f"{name}.yml", folder)
    monkeypatch.setenv("GONGYUN_AREA", "jingmen")
    monkeypatch.setenv("GONGYUN_FEEDS", str(folder))
    wrong = [*MONTHLY[:4], ["社会消费品零售总额", *MONTHLY[4][1:]]]
    said = run("check", "stat__main_indicators", drop(tmp_path, xlsx(wrong), "主要经济指标2018年6月.xlsx"), code=1)
    assert "A5“社会消费品零售总额”" in said
    report = drop(tmp_path, xlsx(MONTHLY), "主要经济指标2018年6月.xlsx")
    halves = drop(tmp_path, xlsx(HALVES), "财政收入2018年6月.xlsx")
    run("check", "stat__main_indicators", report)
    run("ingest", report, halves)
    run("build", "2018-06")
    with warehouse.connect() as c:
        marts = c.execute(
            sa.text("""
                select indicator, region_key, period_type, value, growth_pct, value_cell
                from marts.fct_indicator_growth where month = '2018-06-01' and indicator in ('PW01', 'FI01') and entity_id = '_T'
            """)
        ).all()
    assert {
        (r.indicator, r.region_key, r.period_type): (r.value, r.growth_pct, r.value_cell) for r in marts
    }.items() >= {
        ("PW01", "420800", "M"): (53_000, 3.2, "C4"),
        ("PW01", "420800", "YTD"): (301_000, 4.4, "E4"),
        ("FI01", "420881", "M"): (1, None, "B3"),
        ("FI01", "420882", "YTD"): (5, None, "F3"),
    }.items()
    told = re.sub(r"\s+", " ", run("trace", "PW01", "荆门市", "2018-06"))
    assert "cell C4, under 全社会用电量|本月" in told
    assert "cell F4, under 全社会用电量|累计增长" in told
