"""How settled figures are is declared by the feed or said in the paper; the file's name is only compared (domain.md 2.6)."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ingest.clerk.receipt import write_receipt
from ingest.deliver import deliver, status
from ingest.parsing.contents import Contents, read_file
from tests.ingest.paper import FEED, HEAD, MERGED, ROWS, TITLE, csv_text, declare, drop, xlsx
from vocabulary.maturity import Maturity

NAME = "2018年6月用电量.xlsx"


def paper(title: str = TITLE, *notes: str) -> list[list[Any]]:
    return [[title], *HEAD[1:], *ROWS, *[[note] for note in notes]]


def read(title: str = TITLE, *notes: str, name: str = NAME, declared: Maturity = "prelim") -> Contents:
    feed = FEED.model_copy(update={"maturity": declared})
    return read_file(feed, xlsx(paper(title, *notes), MERGED), name)


@pytest.mark.parametrize("declared", ["flash", "prelim", "final"])
def test_what_the_paper_does_not_say_is_as_the_feed_declares(declared: Maturity) -> None:
    for notes in (
        (),
        ("注：以年报数为准",),
        ("注：上年同期数为年报数",),
        ("修订说明：按年报数核定",),
        ("资料来源：普查中心",),
    ):
        parsed = read(TITLE, *notes, declared=declared)
        assert (parsed.maturity, parsed.findings) == (declared, [])


@pytest.mark.parametrize(
    ("lines", "maturity"),
    [
        ([f"{TITLE}（快报）"], "flash"),
        (["荆门市2018年6月工业用电快报"], "flash"),
        ([f"{TITLE}快报表"], "flash"),
        ([TITLE, "注：本表为快报"], "flash"),
        ([TITLE, "注：1.本表不含线损。2.表中数据均为快报数。"], "flash"),
        ([TITLE, "说明：本月数据为快报数，以年报为准"], "flash"),
        ([TITLE, "数据性质：快报"], "flash"),
        ([f"{TITLE}(初步数)"], "prelim"),
        ([TITLE, "*初步数"], "prelim"),
        ([TITLE, "注：本表为修订数"], "revised"),
        ([f"{TITLE}（更正）"], "correction"),
        (["荆门市2018年6月工业用电年报"], "final"),
        ([TITLE, "注：本表数据为普查数"], "benchmark"),
        # what is corrected is no more settled for it
        ([f"{TITLE}（快报）", "注：更正"], "flash"),
    ],
)
def test_a_paper_says_how_settled_it_is_in_its_title_or_a_note(lines: list[str], maturity: str) -> None:
    declared: Maturity = "final" if maturity != "final" else "prelim"
    feed = FEED.model_copy(update={"maturity": declared})
    for data, name in (
        (xlsx(paper(*lines), MERGED), NAME),
        (csv_text(paper(*lines)).encode("gb18030"), "2018年6月用电量.csv"),
    ):
        parsed = read_file(feed, data, name)
        assert (parsed.maturity, parsed.findings) == (maturity, [])
        assert parsed.tables[0].rows.height == len(ROWS)


def test_two_statements_that_contradict_each_other_refuse_the_file_and_are_both_named() -> None:
    parsed = read(f"{TITLE}（快报）", "注：本表为初步数")
    assert not parsed.loadable
    (finding,) = parsed.findings
    assert (finding.rule, finding.cell) == ("maturity_disagrees", "A1")
    assert finding.found == "A1注明快报数，A8注明初步数"


@pytest.mark.parametrize(
    ("title", "declared", "expected"),
    [
        (TITLE, "prelim", "约定为初步数"),
        (f"{TITLE}（年报）", "prelim", "表内注明最终数"),
        (TITLE, "final", "约定为最终数"),
    ],
)
def test_a_name_that_says_otherwise_changes_nothing_and_is_warned_of(
    title: str, declared: Maturity, expected: str
) -> None:
    name = "2018年6月用电量快报.xlsx"
    parsed = read(title, name=name, declared=declared)
    assert parsed.loadable
    assert parsed.maturity == read(title, declared=declared).maturity != "flash"
    (finding,) = parsed.findings
    assert (finding.rule, finding.severity) == ("maturity_in_name", "warning")
    assert (finding.found, finding.expected) == ("文件名为快报数", expected)
    assert read(f"{TITLE}（快报）", name=name).findings == []


def test_a_flash_spoken_of_in_unclear_words_is_warned_of_and_not_guessed() -> None:
    parsed = read(TITLE, "注：东宝区为快报数")
    assert parsed.maturity == "prelim"
    (finding,) = parsed.findings
    assert (finding.rule, finding.severity, finding.cell) == ("maturity_unclear", "warning", "A8")


def test_the_ledger_and_the_receipt_keep_the_maturity_of_a_delivery(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    flash = deliver(FEED, drop(tmp_path, xlsx(paper(f"{TITLE}（快报）"), MERGED), NAME))
    silent = deliver(FEED, drop(tmp_path, xlsx(paper(), MERGED), NAME))
    torn = deliver(FEED, drop(tmp_path, xlsx(paper(f"{TITLE}（快报）", "注：本表为年报数"), MERGED), NAME))
    assert [(status(d).status, status(d).maturity) for d in (flash, silent, torn)] == [
        ("loaded", "flash"), ("loaded", "prelim"), ("rejected", None),
    ]  # fmt: skip
    assert "快报数" in write_receipt(flash, tmp_path / "回执").read_text(encoding="utf-8")
    assert "A1注明快报数，A8注明最终数" in write_receipt(torn, tmp_path / "回执").read_text(encoding="utf-8")
