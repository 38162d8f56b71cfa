"""Whoever takes a file in by hand: its sender finds the receipt, and the feed's next run announces its month."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from gongyun.cli import app
from ingest.feeds import feeds_changed, get_feed
from samples.simulate import write_month
from scheduling.intake import receipts as receipts_of
from scheduling.intake import take_in
from warehouse.book import deliveries
from warehouse.settings import ROOT

FEED = "powr__electricity"


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(w) for w in words])


@pytest.fixture
def june(warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of June, and feeds that the test may edit."""
    target = tmp_path / "feeds" / "jingmen"
    shutil.copytree(ROOT / "areas" / "jingmen" / "feeds", target)
    monkeypatch.setenv("GONGYUN_AREA", "jingmen")
    monkeypatch.setattr("warehouse.settings.Settings.feeds", target)
    feeds_changed()
    return write_month("2018-06", tmp_path / "june")[FEED]


def rename_heading(file: Path) -> None:
    workbook = load_workbook(file)
    for row in workbook.worksheets[0].iter_rows(max_row=5):
        for cell in row:
            if isinstance(cell.value, str) and cell.value.startswith("全社会用电量"):
                cell.value = cell.value.replace("全社会用电量", "全社会电量")
    workbook.save(file)


def receipts() -> list[str]:
    return sorted(p.stem for p in receipts_of(FEED).glob("*.html"))


def aliases() -> list[list[str]]:
    listed = run("drift", FEED).output
    return [line.split('"')[1::2] for line in listed.splitlines() if "gongyun alias" in line]


@pytest.mark.parametrize("way", ["alias", "retry"])
def test_a_refused_file_taken_in_again_is_answered_and_its_month_still_to_be_announced(june: Path, way: str) -> None:
    rename_heading(june)
    assert run("ingest", june).exit_code == 1
    *first, last = aliases()
    for words in first:
        assert run("alias", FEED, *words).exit_code == 0
    if way == "alias":
        done = run("alias", FEED, *last, "--retry")
    else:
        run("alias", FEED, *last)
        done = run("retry", FEED)
    assert done.exit_code == 0, done.output
    assert list(deliveries.states([1, 2]).values()) == ["rejected", "accepted"]
    assert receipts() == ["回执1_退回_全社会和工业用电量2018年6月", "回执2_已接收_全社会和工业用电量2018年6月"]
    assert deliveries.unanswered(FEED) == [1, 2], "the feed's next run sends the receipts and announces the month"
    assert f"feed__{FEED}" in done.output
    announced: list[tuple[str, list[str]]] = []
    assert list(take_in([get_feed(FEED)], announce=lambda *told: announced.append(told))) == [1, 2]
    assert announced == [(FEED, ["2018-06"])]
    assert deliveries.unanswered(FEED) == []
