"""A new feed is one YAML file and its fixture: nothing else is written, and its figures stand in the marts."""

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from gongyun.cli import app
from ingest.feeds import feeds_changed
from tests.ingest.paper import xlsx
from vocabulary.month import Month
from warehouse.book import duties

FEED = """
feed: tran__express_lorries
title: 快递货车流量
grain: region
first_month: 2015-01
due_day: 12
file_pattern: 快递货车流量
layout:
  header_rows: 2
columns:
  - {heading: 地区, label: region}
  - {heading: "货车流量|本月", indicator: TR05, unit: 万辆次, decimals: 2}
  - {heading: "货车流量|同比", indicator: TR05, measure: growth, basis: nominal_published, unit: "%", decimals: 1}
"""
LIST = """
feed: tran__depots
title: 物流园区名录
grain: register
lists: depot
first_month: 2015-01
due_day: 12
file_pattern: 物流园区名录
columns:
  - {heading: 编号, label: entity_id}
  - {heading: 名称, label: entity_name}
  - {heading: 地区, label: region}
  - {heading: 仓储能力, attribute: capacity_10k_tonnes, type: number, unit: 万吨}
  - {heading: 启用日期, attribute: opened_on, type: date}
"""


def run(*words: object) -> None:
    done = CliRunner().invoke(app, [str(w) for w in words])
    assert done.exit_code == 0, done.output


@pytest.fixture
def area(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: sa.Engine) -> Path:
    """An area folder with these two feeds and no other."""
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "tran__express_lorries.yml").write_text(FEED, encoding="utf-8")
    (folder / "tran__depots.yml").write_text(LIST, encoding="utf-8")
    monkeypatch.setenv("GONGYUN_AREA", "jingmen")
    monkeypatch.setenv("GONGYUN_FEEDS", str(folder))
    return folder


def lorries(month: int, city: float, growth: object) -> bytes:
    head = [[f"荆门市2018年{month}月快递货车流量"], ["地区", "货车流量", None], [None, "本月(万辆次)", "同比(%)"]]
    return xlsx(
        [*head, ["全市", city, growth], ["京山市", city - 2.5, growth], ["钟祥市", 2.5, "—"], ["注：合计含外地车辆。"]]
    )


def test_a_feed_added_by_its_yaml_alone_stands_in_the_marts(area: Path, tmp_path: Path, warehouse: sa.Engine) -> None:
    may, june, depots = (
        tmp_path / f"2018年{n}.xlsx" for n in ("5月快递货车流量", "6月快递货车流量", "6月物流园区名录")
    )
    may.write_bytes(lorries(5, 8.25, 4.1))
    june.write_bytes(lorries(6, 9.5, "1.2倍"))
    rows = [["K1", "京山模拟物流园", "京山市", 12.5, date(2017, 9, 1)], ["K2", "钟祥模拟物流园", "钟祥", None, None]]
    head = [["荆门市2018年6月物流园区名录"], ["编号", "名称", "地区", "仓储能力(万吨)", "启用日期"]]
    depots.write_bytes(xlsx([*head, *rows]))
    run("check", "tran__express_lorries", june)
    run("ingest", may, june, depots)
    run("build", "2018-06")
    with warehouse.connect() as c:
        states = c.execute(sa.text("select distinct status from ops.delivery")).scalars().all()
        marts = c.execute(
            sa.text("""
                select g.region_key, g.month, g.value, g.growth_pct, g.value_cell
                from marts.fct_indicator_growth as g
                where g.indicator = 'TR05' and g.period_type = 'M' and g.entity_id = '_T'
                order by g.month, g.region_key
            """)
        ).all()
        listed = c.execute(
            sa.text("select entity_id, region_key, attributes, month, in_force from staging.stg_register order by row")
        ).all()
    assert states == ["accepted"]
    assert [(r.month.month, r.region_key, round(r.value), r.growth_pct, r.value_cell) for r in marts] == [
        (5, "420800", 82_500, 4.1, "B4"),
        (5, "420881", 25_000, None, "B6"),
        (5, "420882", 57_500, 4.1, "B5"),
        (6, "420800", 95_000, 120.0, "B4"),
        (6, "420881", 25_000, None, "B6"),
        (6, "420882", 70_000, 120.0, "B5"),
    ]
    assert [(r.entity_id, r.region_key, r.month, r.in_force) for r in listed] == [
        ("K1", "420882", date(2018, 6, 1), True),
        ("K2", "420881", date(2018, 6, 1), True),
    ]
    assert listed[0].attributes == {"capacity_10k_tonnes": 12.5, "opened_on": "2017-09-01"}
    assert listed[1].attributes == {}, "what was left blank is not there"


def test_an_installation_knows_the_working_days_and_which_feeds_have_ended(
    area: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {f.feed: f.due_on for f in owed(Month(2016, 1))} == {
        "tran__depots": date(2016, 2, 14),
        "tran__express_lorries": date(2016, 2, 14),
    }, "the Spring Festival ended with a Sunday that was worked"
    (area / "tran__depots.yml").unlink()
    feeds_changed()
    (area.parent / "retired.yml").write_text("tran__depots: {date: 2016-02-15, reason: 并表}")
    assert [f.feed for f in owed(Month(2016, 1))] == ["tran__depots", "tran__express_lorries"]
    assert [f.feed for f in owed(Month(2016, 2))] == ["tran__express_lorries"]


def owed(month: Month) -> list[duties.MonthFeed]:
    run("status", str(month))
    return duties.month_feeds(month)


def test_a_feed_added_by_its_yaml_alone_is_refused_where_its_file_breaks_it(
    area: Path, tmp_path: Path, warehouse: sa.Engine
) -> None:
    path = tmp_path / "2018年6月快递货车流量.xlsx"
    path.write_bytes(lorries(6, 9.5, "约四成"))
    done = CliRunner().invoke(app, ["ingest", str(path)])
    assert done.exit_code == 1
    with warehouse.connect() as c:
        problem = c.execute(sa.text("select rule, cell, found from ops.finding order by finding_id")).first()
    assert problem is not None
    assert tuple(problem) == ("unreadable_cell", "C4", "约四成")
