"""A fault of a feed's YAML is told when it is read, with its line and what is known, wherever feeds are read."""

import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gongyun.area import faults, lay_out
from gongyun.cli import app
from ingest.feed_faults import FeedFault
from ingest.feeds import read_feed
from warehouse.settings import ROOT

GOOD = """\
feed: ener__gas
title: 供气量
grain: region
scope: history
first_month: 2017-01
due_day: 20
file_pattern: 供气量
region: 荆门市
layout:
  month_from: row
columns:
  - {heading: 月份, label: month}
  - {heading: 当月供气量, indicator: EN02, unit: 万立方米}
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("unit: 万立方米", "unit: 万立方", "ener__gas.yml:13: columns.1.unit: unit '万立方' is not in vocabulary/units.csv; "
         "written like it are: 万立方米"),
        ("unit: 万立方米", "unit: 万千瓦时", "ener__gas.yml:13: columns.1.unit: EN02 is in 万立方米, 当月供气量 in 万千瓦时"),
        ("unit: 万立方米", 'unit: "%"', "ener__gas.yml:13: columns.1.unit: EN02 is in 万立方米"),
        ("indicator: EN02", "indicator: EN82", "ener__gas.yml:13: columns.1.indicator: no indicator EN82 in indicators.csv; "
         "written like it: EN02"),
        ("feed: ener__gas", "feed: gas__ener", "ener__gas.yml:1: feed: no department gas in departments.csv; there are stat"),
        ("file_pattern: 供气量", "file_pattern: 供气量(", "ener__gas.yml:7: file_pattern: '供气量(' is no regular expression"),
        ("month_from: row", "months_from: row", "ener__gas.yml:10: layout.months_from: there is no such key; "
         "written like it: month_from"),
        ("label: month", "label: mouth", "ener__gas.yml:12: columns.0.label: Input should be 'region'"),
        ("due_day: 20\n", "", "ener__gas.yml:1: due_day: Field required"),
        ("due_day: 20", "due_day: {20", "ener__gas.yml:7: expected"),
        ("title: 供气量", "title: &a 供气量\nignore: [*a]", "ener__gas.yml:3: an alias (*) is not read"),
        ("title: 供气量", "title: " + "[" * 5000, "ener__gas.yml:1: it is nested too deeply"),
        ("title: 供气量", "title: 供气量\0", "ener__gas.yml:1: unacceptable character"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line_its_key_and_what_is_known(old: str, new: str, said: str) -> None:
    with pytest.raises(FeedFault) as told:
        read_feed(GOOD.replace(old, new), "ener__gas.yml")
    assert any(line.startswith(said) for line in str(told.value).splitlines()), str(told.value)


def test_all_faults_of_a_yaml_are_told_at_once() -> None:
    with pytest.raises(FeedFault) as told:
        read_feed(GOOD.replace("EN02", "EN82").replace("ener__gas", "gas__ener"), "ener__gas.yml")
    assert len(str(told.value).splitlines()) == 3, "its indicator, its department and the name of its file"


def test_an_alias_that_stands_for_many_of_its_kind_costs_no_time() -> None:
    nine = "\n".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in pairwise("abcdefghijklmnop"))
    began = time.monotonic()
    with pytest.raises(FeedFault, match="an alias"):
        read_feed(f"a: &a [x]\n{nine}\n{GOOD}", "ener__gas.yml")
    assert time.monotonic() - began < 5


@pytest.fixture
def bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of feeds of which two are at fault."""
    for name, unit in (("ener__gas", "万立方米"), ("ener__oil", "桶油"), ("ener__coal", "车皮")):
        text = GOOD.replace("ener__gas", name).replace("万立方米", unit)
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("GONGYUN_FEEDS", str(tmp_path))
    return tmp_path


def test_the_command_line_names_the_faults_of_all_feeds_and_does_nothing(bad: Path) -> None:
    done = CliRunner().invoke(app, ["check", "ener__gas", __file__])
    assert done.exit_code == 2
    assert "ener__oil.yml:13: columns.1.unit: unit '桶油'" in done.output
    assert "ener__coal.yml:13: columns.1.unit: unit '车皮'" in done.output


def test_airflow_shows_the_faults_as_the_import_error_of_its_dags(bad: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import dags.feeds"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "ener__oil.yml:13: columns.1.unit: unit '桶油'" in run.stderr


def test_the_check_of_an_area_names_them(tmp_path: Path) -> None:
    folder = tmp_path / "xiangyang"
    lay_out(folder)
    feed = folder / "feeds" / "powr__electricity.yml"
    feed.write_text(feed.read_text(encoding="utf-8").replace("PW02", "PW82"), encoding="utf-8")
    assert any("no indicator PW82 in indicators.csv" in fault for fault in faults(folder)), faults(folder)
