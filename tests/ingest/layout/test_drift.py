"""A changed layout: known again, or noted with its diff, or kept aside with a proposal that a person accepts."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from gongyun.cli import app
from ingest.deliver import deliver, status
from ingest.feed import Feed
from ingest.feeds import feeds_changed, load_feed
from ingest.layout.alias import add_alias
from ingest.layout.drift import Seen, compare
from ingest.layout.fingerprint import fingerprint
from ingest.parsing.contents import read_file
from samples.simulate import write_month
from tests.ingest.paper import FEED, HEAD, MERGED, ROWS, TITLE, declare, drop, xlsx
from warehouse.settings import ROOT

YAMLS = sorted((ROOT / "areas").glob("*/feeds/*.yml"))


def seen(*paths: str, **units: str) -> list[Seen]:
    return [Seen(p, units.get(p), chr(ord("A") + i)) for i, p in enumerate(paths)]


def proposals(feed: Feed, *paths: str) -> dict[str, str]:
    return {r.seen.path: r.declared for r in compare(feed, seen(*paths)).renamed}


POWER = load_feed(ROOT / "areas" / "jingmen" / "feeds" / "powr__electricity.yml")
HEADINGS = [c.heading for c in POWER.columns]


def test_a_heading_a_little_changed_is_proposed_for_the_one_it_replaces() -> None:
    changed = [h.replace("工业用电量|", "工业用电|") for h in HEADINGS]
    assert proposals(POWER, *changed) == {
        f"工业用电|{leaf}": f"工业用电量|{leaf}" for leaf in ("当月", "当月同比", "累计", "累计同比")
    }


def test_another_period_or_kind_of_number_is_proposed_for_nothing() -> None:
    without = [h for h in HEADINGS if h != "工业用电量|累计"]
    assert proposals(POWER, *without, "工业用电量|当月增幅") == {}
    assert proposals(POWER, *without, "税收收入") == {}
    assert compare(POWER, seen(*without)).missing == ("工业用电量|累计",)


def test_the_diff_says_in_chinese_what_is_renamed_added_and_missing() -> None:
    drift = compare(POWER, seen("供电单位", *HEADINGS[1:-1], "备注说明"))
    assert drift.in_words() == "疑似改名：A列“供电单位”疑为“供电区域”；多出：I列“备注说明”；缺少：“工业用电量|累计同比”"


@given(st.permutations(HEADINGS), st.sets(st.sampled_from(HEADINGS)))
def test_what_is_declared_is_never_added_and_what_is_left_out_is_always_missing(
    order: list[str], left_out: set[str]
) -> None:
    drift = compare(POWER, seen(*(h for h in order if h not in left_out)))
    assert (set(drift.added), set(drift.missing)) == (set(), left_out)


def layout_of(rows: list[list[Any]], name: str = "2018年6月用电.xlsx", **more: Any) -> str:
    return fingerprint(read_file(FEED, xlsx(rows, **more), name).layout)


def test_the_fingerprint_is_that_of_names_headings_and_units_and_not_of_month_place_or_numbers() -> None:
    june = layout_of(HEAD + ROWS)
    july = [["荆门市2018年7月工业用电量"], *HEAD[1:], *ROWS[:2]]
    assert layout_of(july, "2018年7月用电.xlsx") == june
    assert layout_of([[], *HEAD, *ROWS]) == june
    assert layout_of(HEAD + ROWS, sheet="表2") != june
    assert layout_of([[TITLE], ["单位:万千瓦时、%"], *HEAD[2:], *ROWS]) != june
    assert layout_of([*HEAD[:3], [None, "同比", "本月"], *ROWS]) != june
    assert layout_of(HEAD + ROWS, sheet="2018年6月") == layout_of(july, "2018年7月用电.xlsx", sheet="2018年7月")


def test_a_new_layout_that_reads_is_noted_once_with_what_changed(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    other = [[TITLE], ["单位:万千瓦时"], ["县市区", "工业用电量", None, "备注"], [None, "同比", "本月", None],
             ["荆门市", 8.3, 300.5, "x"]]  # fmt: skip
    ids = [
        deliver(FEED, drop(tmp_path, data, f"{n}.xlsx"))
        for n, data in enumerate([xlsx(HEAD + ROWS, MERGED), xlsx([*other]), xlsx([*other, ["东宝区", 1, 2, None]])])
    ]
    assert [status(d).status for d in ids] == ["loaded"] * 3
    with warehouse.connect() as c:
        notes = c.exec_driver_sql("select delivery_id, rule, severity, message from ops.finding").all()
        layouts = c.exec_driver_sql("select count(*), count(accepted_at) from ops.layout").one()
    [note] = notes
    assert (note.delivery_id, note.rule, note.severity) == (ids[1], "new_layout", "warning")
    assert note.message == "表格版式与上次不同：新增A列“县市区”、D列“备注”；减少“地区”；各列次序有变动"
    assert tuple(layouts) == (2, 2)


@pytest.fixture
def own_feeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the city's feeds that a test may edit."""
    target = tmp_path / "feeds" / "jingmen"
    shutil.copytree(ROOT / "areas" / "jingmen" / "feeds", target)
    monkeypatch.setenv("GONGYUN_AREA", "jingmen")
    monkeypatch.setattr("warehouse.settings.Settings.feeds", target)
    feeds_changed()
    return target


@pytest.mark.parametrize("path", YAMLS, ids=lambda p: f"{p.parts[-3]}-{p.stem}")
def test_an_alias_can_be_added_to_every_column_of_every_feed_and_changes_nothing_else(
    path: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copy(path, tmp_path / path.name))
    before = load_feed(copy)
    for n, column in enumerate(c for c in before.columns if not c.pattern):
        add_alias(copy, f"别名{n} (万元)|一", column.heading)
    after = load_feed(copy)
    names = [c.aliases for c in after.columns if not c.pattern]
    assert [a[-1] for a in names] == [f"别名{n}|一" for n in range(len(names))]
    assert [c.model_copy(update={"aliases": ()}) for c in after.columns] == [
        c.model_copy(update={"aliases": ()}) for c in before.columns
    ]
    old, new = path.read_text(encoding="utf-8").splitlines(), copy.read_text(encoding="utf-8").splitlines()
    assert [line for line in old if line.lstrip().startswith("#")] == [s for s in new if s.lstrip().startswith("#")]


BLOCK = """\
# A comment that stays.
feed: powr__block
title: 用电   # and this one
grain: region
first_month: 2015-01
due_day: 6
file_pattern: 用电
columns:
  - heading: 地区   # where
    label: region
  - heading: "用电量"
    aliases:
      - 用电      # old name
    indicator: PW02
    unit: 万千瓦时
  - {heading: 同比, indicator: PW02, measure: growth, aliases: [], unit: "%"}
"""


def test_block_and_flow_forms_keep_their_comments_and_order(tmp_path: Path) -> None:
    path = tmp_path / "powr__block.yml"
    path.write_text(BLOCK, encoding="utf-8")
    for heading, declared in (("区域", "地区"), ("电量", "用电量"), ("增幅", "同比")):
        add_alias(path, heading, declared)
    expected = (
        BLOCK.replace("# where\n", '# where\n    aliases: ["区域"]\n')
        .replace("# old name\n", '# old name\n      - "电量"\n')
        .replace("aliases: []", 'aliases: ["增幅"]')
    )
    assert path.read_text(encoding="utf-8") == expected


def test_an_alias_for_no_column_or_of_a_known_heading_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "powr__block.yml"
    path.write_text(BLOCK, encoding="utf-8")
    for heading, declared in (("电量", "产值"), ("同比", "用电量"), ("用电", "用电量")):
        with pytest.raises(ValueError, match="powr__block"):
            add_alias(path, heading, declared)
    assert path.read_text(encoding="utf-8") == BLOCK
    assert [p.name for p in tmp_path.iterdir()] == ["powr__block.yml"]


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(w) for w in words])


def test_a_renamed_heading_waits_with_a_proposal_until_one_command_takes_the_file_in(
    warehouse: sa.Engine, own_feeds: Path, tmp_path: Path
) -> None:
    june = write_month("2018-06", tmp_path / "june")["powr__electricity"]
    from openpyxl import load_workbook

    book = load_workbook(june)
    for row in book.worksheets[0].iter_rows(max_row=5):
        for cell in row:
            if isinstance(cell.value, str) and cell.value.startswith("工业用电量"):
                cell.value = cell.value.replace("工业用电量", "工业用电")
    book.save(june)
    assert run("ingest", june).exit_code == 1
    with warehouse.connect() as c:
        [message] = c.exec_driver_sql("select message from ops.finding where rule = 'unknown_layout'").scalars()
    assert "疑似改名：F列“工业用电|当月”疑为“工业用电量|当月”" in message
    listed = run("drift", "powr__electricity").output
    commands = [line.split('"')[1::2] for line in listed.splitlines() if "gongyun alias" in line]
    assert len(commands) == 4
    for heading, declared in commands[:-1]:
        assert "no refused file reads now" in run("alias", "powr__electricity", heading, declared).output
    done = run("alias", "powr__electricity", *commands[-1], "--retry")
    assert done.exit_code == 0, done.output
    with warehouse.connect() as c:
        states = c.exec_driver_sql("select status, simulated, file_name from ops.delivery order by delivery_id").all()
    assert [s.status for s in states] == ["rejected", "accepted"]
    assert states[0].file_name == states[1].file_name == june.name
    assert "no layout waits" in run("drift").output
    assert "no refused file reads now" in run("retry", "powr__electricity").output


def test_a_refused_file_is_never_taken_in_over_a_newer_one(
    warehouse: sa.Engine, own_feeds: Path, tmp_path: Path
) -> None:
    good = write_month("2018-06", tmp_path / "june")["stat__investment"]
    good_bytes = good.read_bytes()
    from openpyxl import load_workbook

    book = load_workbook(good)
    page = book.worksheets[0]
    [cell] = [c for row in page.iter_rows(max_row=4) for c in row if str(c.value).startswith("工业投资增长")]
    cell.value = "工业投资增幅(%)"
    book.save(good)
    assert run("ingest", good).exit_code == 1
    good.write_bytes(good_bytes)
    assert run("ingest", good).exit_code == 0
    done = run("alias", "stat__investment", "工业投资增幅", "工业投资增长", "--retry")
    assert "no refused file reads now" in done.output
    assert run("alias", "stat__investment", "工业投资增幅", "工业投资增长").exit_code == 1, "it is one already"
