"""The published register of enterprises and the figures found in print, untouched, read as their feeds say."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ingest.deliver import deliver, status
from ingest.feed import Feed
from ingest.feeds import load_feed
from ingest.grammar.firms import name_key, organisation_code
from ingest.parsing.contents import read_file
from tests.ingest.paper import declare
from warehouse.settings import ROOT

pytestmark = pytest.mark.real


def feed(name: str) -> Feed:
    return load_feed(ROOT / "areas" / "jingmen" / "feeds" / f"{name}.yml")


ENTERPRISES, POINTS = feed("stat__registered_enterprises"), feed("stat__published_points")


@pytest.fixture
def enterprises(shared_data: Path) -> Path:
    return shared_data / "enterprises" / "jingmen_enterprises_1978_2019.csv"


@pytest.fixture
def rows(enterprises: Path) -> dict[int, dict[str, Any]]:
    """What was read, by the file's own row."""
    parsed = read_file(ENTERPRISES, enterprises.read_bytes(), enterprises.name)
    assert parsed.loadable
    [table] = parsed.tables
    assert table.register is not None
    return {r["row"]: r | json.loads(r["attributes"]) for r in table.register.iter_rows(named=True)}


def test_every_enterprise_is_read_and_each_once(rows: dict[int, dict[str, Any]]) -> None:
    assert (min(rows), max(rows), len(rows)) == (2, 3844, 3843)
    assert len({r["credit_code"] for r in rows.values()}) == 3843


@pytest.mark.parametrize(
    ("row", "name", "code", "said"),
    [
        (2, "中国建筑第三局第一建筑工程公司劳动服务公司安装维修队", "91420800MA48MPYE02",
         {"registered_on": "1984-01-23", "place": "荆门", "address": "湖北省荆门市东宝区长宁大道"}),
        (1940, "湖北恒生源电子股份有限公司", "91420800665482606T", {"registered_on": "2007-09-13", "registered_capital": "2,500(万元)"}),
        (1941, "荆门百乐食品餐饮有限公司肯德基荆州红门路店", "914210006703877345", {"place": "荆州"}),
        (3844, "东莞博盈投资管理有限公司湖北分公司", "91420881MA498YF473", {"legal_form": "有限责任公司", "place": "宜昌"}),
    ],
)  # fmt: skip
def test_a_row_read_by_hand_is_the_row_that_was_taken_in(
    rows: dict[int, dict[str, Any]], row: int, name: str, code: str, said: dict[str, str]
) -> None:
    assert (rows[row]["entity_name"], rows[row]["credit_code"]) == (name, code)
    assert {k: rows[row][k] for k in said} == said


def test_what_the_register_does_not_know_is_not_there(rows: dict[int, dict[str, Any]]) -> None:
    """N/A stands in 3,480 rows for the legal form."""
    assert sum("legal_form" in r for r in rows.values()) == 363
    assert "registered_capital" not in rows[2]


def test_abolished_region_codes_live_on_in_credit_codes(rows: dict[int, dict[str, Any]]) -> None:
    authorities = [r["credit_code"][2:8] for r in rows.values()]
    assert authorities.count("420821") == 1503
    assert authorities.count("420803") == 1


def test_three_codes_fail_their_check_and_keep_their_row(enterprises: Path) -> None:
    """All three hold a sound organisation code, so a person has to look: a warning, no refusal (domain.md 2.9)."""
    findings = read_file(ENTERPRISES, enterprises.read_bytes(), enterprises.name).findings
    assert [(p.severity, p.rule, p.cell, p.found) for p in findings] == [
        ("warning", "credit_code", "C538", "91420800744647536C"),
        ("warning", "credit_code", "C2679", "91420881562743607M"),
        ("warning", "credit_code", "C2766", "91420881582454239P"),
    ]
    assert all(organisation_code(p.found or "") for p in findings)


def test_real_names_differ_by_more_than_brackets_and_legal_form(rows: dict[int, dict[str, Any]]) -> None:
    names = {r["entity_name"] for r in rows.values()}
    keys = {name_key(n) for n in names}
    assert len(keys) > 0.99 * len(names), "a key that merges many firms is no key"
    assert [row for row, r in rows.items() if organisation_code(r["credit_code"]) is None] == [2056]


def test_figures_found_in_print_are_read_as_they_were_written_down(shared_data: Path) -> None:
    path = shared_data / "jingmen" / "jingmen_published_points.csv"
    parsed = read_file(POINTS, path.read_bytes(), path.name)
    assert parsed.findings == []
    register = parsed.tables[0].register
    assert register is not None
    listed = [r | json.loads(r["attributes"]) for r in register.iter_rows(named=True)]
    assert len(listed) == 11
    said = {(r["entity_name"], r["year"], r["cumulative_through_month"]): (r["value"], r["unit"]) for r in listed}
    assert said["规模以上工业增加值", "2018", "6"] == ("8.1", "%")
    assert said["高新产业总产值", "2018", "12"] == ("1186.13", "亿元")
    assert said["企业类市场主体", "2021", "12"] == ("56251", "户")


def test_the_register_lies_in_the_warehouse_row_by_row(
    enterprises: Path, warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGYUN_AREA", "jingmen")
    declare(ENTERPRISES)
    delivery_id = deliver(ENTERPRISES, enterprises)
    assert (status(delivery_id).status, status(delivery_id).findings) == ("loaded", 3)
    with warehouse.connect() as c:
        held = c.execute(
            sa.text("select count(*), min(month)::text, max(row), count(distinct credit_code) from raw.register")
        ).one()
        owed = c.execute(sa.text("select count(*) from ops.month_feeds('2020-03-01')")).scalar()
    assert tuple(held) == (3843, "2019-12-01", 3844, 3843)
    assert owed == 0, "what was published once is owed by no month"
