"""Every area's folder can be served; one newly laid out, too; and what would keep one from it is said."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gongyun.area import faults, lay_out
from gongyun.cli import app
from tests.conventions.test_documents import commands
from warehouse.settings import ROOT

HERE = Path(__file__).parent
FOLDERS = sorted(p.parent for root in (ROOT / "areas", HERE) for p in root.glob("*/area.yml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_an_area_can_be_served(folder: Path) -> None:
    assert faults(folder) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lay_out(tmp_path / "xiangyang")
    return tmp_path / "xiangyang"


def test_a_folder_newly_laid_out_can_be_served(folder: Path) -> None:
    assert faults(folder) == []
    assert "GONGYUN_AREA=xiangyang" in (folder / "README.md").read_text(encoding="utf-8")


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def break_it(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return break_it


def written(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8") and None


FEED = "feeds/powr__electricity.yml"
PAIRS = (
    "pair,method,grains,indicator_a,indicator_b,period_type,lag_months,limit_pp,limit_entity_pp,ratio_low,ratio_high,"
)


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda f: (f / "departments.csv").unlink(), "departments.csv is missing"),
        (replaced("area.yml", "whole: 全市", ""), "masthead.whole"),
        (replaced("regions.csv", "region_key,code", "code,region_key"), "regions.csv: the columns are code,region_key"),
        (written("wards.csv", "ward\n"), "wards.csv: the columns are ward, the seed's are none"),
        (replaced("regions.csv", "某县,county,TOP", "某县,county,"), "one region has no parent_key, not ['A1', 'TOP']"),
        (replaced("regions.csv", "某县,county,TOP", "某县,county,A1"), "A1 does not lie in the region on top"),
        (replaced("regions.csv", "REST,,", "A1,,"), "A1 has 2 versions in force"),
        (replaced("region_aliases.csv", "某县,A1", "某 县,A1"), "'某 县' is looked up without its blanks"),
        (replaced("region_aliases.csv", "全市,TOP", "某县,TOP"), "某县 means two regions"),
        (replaced("region_aliases.csv", "市直,REST", "市直,A9"), "there is no region A9"),
        (replaced("region_aliases.csv", "某县,A1\n", ""), "某县 does not mean A1"),
        (replaced("departments.csv", "powr,供电公司\n", ""), "powr has no name"),
        (replaced(FEED, "PW02, unit: 万千瓦时", "PW02, unit: 吨"), "PW02 is in 万千瓦时, 工业用电量 in 吨"),
        (replaced(FEED, "grain: region", "grain: ward"), "powr__electricity.yml"),
        (lambda f: (f / FEED).unlink(), "feeds: there is none"),
        (written("retired.yml", "powr__electricity: {date: 2018-12-31}"), "powr__electricity needs a date and a reason"),
        (written("retired.yml", "powr__electricity: {date: 2018-12-31, reason: 并表}"), "is still among the feeds"),
        (
            written("matched_pairs.csv", f"{PAIRS}ask_first,name_zh,benign_causes_zh\nX1,growth_gap,R,ST01,PW02,M,0,6,,,,a,,\n"),
            "matched_pairs.csv: no feed delivers ST01",
        ),
    ],
)  # fmt: skip
def test_what_keeps_an_area_from_being_served_is_said(
    folder: Path, break_it: Callable[[Path], None], said: str
) -> None:
    break_it(folder)
    assert any(said in fault for fault in faults(folder)), faults(folder)


def test_targets_name_the_plan_that_they_come_from(folder: Path) -> None:
    (folder / "targets.csv").write_bytes((ROOT / "areas" / "jingmen" / "targets.csv").read_bytes())
    assert any("no plan is named" in fault for fault in faults(folder))


def test_the_commands_of_the_page_lay_out_and_check_an_area(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGYUN_AREAS", str(tmp_path))
    page = (ROOT / "docs" / "area.md").read_text(encoding="utf-8")
    told = [c.split() for c in commands(page) if re.match(r"gongyun area ", c)]
    assert [words[2] for words in told] == ["new", "check"]
    for words in told:
        done = CliRunner().invoke(app, words[1:])
        assert done.exit_code == 0, done.output
    again = CliRunner().invoke(app, told[0][1:])
    assert again.exit_code == 2, "what lies in the folder is not overwritten"
