"""Each poison does what its name says and nothing else, as the file is read back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.feed import Feed
from samples import spoil
from samples.simulate import recognise, table, write_month
from tests.samples.reading import File, number, read

POWER, GROWTH = "工业用电量|当月", "工业用电量|当月同比"
INVOICES = "工业开票销售收入(不含税)"
Spoil = Callable[..., Path]


@pytest.fixture
def june(tmp_path: Path) -> dict[str, Path]:
    return write_month("2018-06", tmp_path / "june")


@pytest.fixture
def spoiled(city_feeds: dict[str, Feed], tmp_path: Path) -> Callable[..., tuple[File, File]]:
    """A feed's file before and after a poison."""

    def both(poison: Spoil, feed: str, month: str, *args: object) -> tuple[File, File]:
        path = table(feed, month).write(tmp_path / "spoiled")
        good = read(path, city_feeds[feed])
        assert poison(path, *args) == path
        return good, read(path, city_feeds[feed])

    return both


Spoiled = Callable[..., tuple[File, File]]


def changed(a: File, b: File) -> int:
    return sum(x != y for p, q in zip(a.rows, b.rows, strict=True) for x, y in zip(p, q, strict=True))


def at(file: File, label: str, heading: str) -> float:
    value = number(file.cell(label, heading))
    assert value is not None
    return value


@pytest.mark.parametrize("feed", ["powr__electricity", "tran__freight", "comm__foreign_trade", "fisc__budget_revenue"])
def test_a_shifted_unit_multiplies_amounts_and_leaves_growth(
    feed: str, spoiled: Spoiled, city_feeds: dict[str, Feed]
) -> None:
    good, bad = spoiled(spoil.shift_unit, feed, "2018-06")
    for column in city_feeds[feed].numbers:
        before, after = (number(f.rows[0][f.headings.index(column.heading)]) for f in (good, bad))
        assert before is not None
        assert after == pytest.approx(before if column.measure == "growth" else before * 1e4), column.heading


def test_a_typed_text_stands_in_one_cell(spoiled: Spoiled) -> None:
    good, bad = spoiled(spoil.type_text, "powr__electricity", "2018-06", "钟祥市", POWER)
    assert bad.cell("钟祥市", POWER) == "待核实"
    assert changed(good, bad) == 1


def test_a_resubmitted_file_is_last_months_bytes_under_the_new_name(june: dict[str, Path], tmp_path: Path) -> None:
    may = write_month("2018-05", tmp_path / "may")
    for feed in ("powr__electricity", "tax__enterprise_invoices"):
        assert spoil.resubmit(june[feed]).read_bytes() == may[feed].read_bytes()
        assert "2018年6月" in june[feed].name


def test_a_retitled_file_is_last_months_numbers_under_the_new_title(
    spoiled: Spoiled, city_feeds: dict[str, Feed], tmp_path: Path
) -> None:
    may = read(table("tran__freight", "2018-05").write(tmp_path), city_feeds["tran__freight"])
    good, bad = spoiled(spoil.retitle, "tran__freight", "2018-06")
    assert bad.above == good.above != may.above
    assert bad.rows == may.rows != good.rows


def test_february_resubmitted_by_statisticians_is_december(city_feeds: dict[str, Feed], tmp_path: Path) -> None:
    path = table("stat__value_added", "2018-02").write(tmp_path)
    spoil.resubmit(path)
    assert "2017年1-12月" in read(path, city_feeds["stat__value_added"]).above[0]


def test_a_year_that_goes_on_counting_adds_december_to_january(
    spoiled: Spoiled, files: Callable[[str, str], File]
) -> None:
    good, bad = spoiled(spoil.keep_counting, "powr__electricity", "2018-01")
    total = "工业用电量|累计"
    december = at(files("powr__electricity", "2017-12"), "沙洋县", total)
    assert at(bad, "沙洋县", total) == pytest.approx(at(good, "沙洋县", total) + december)
    assert at(bad, "沙洋县", POWER) == at(good, "沙洋县", POWER)
    assert changed(good, bad) == 2 * len(good.rows)


def test_a_dropped_county_is_gone_and_the_rest_stays(spoiled: Spoiled) -> None:
    good, bad = spoiled(spoil.drop_row, "powr__electricity", "2018-06", "沙洋县")
    assert [r for r in good.rows if r[0] != "沙洋县"] == bad.rows != good.rows


def test_a_contradicting_growth_differs_from_value_and_base(spoiled: Spoiled) -> None:
    good, bad = spoiled(spoil.contradict_growth, "tax__invoiced_sales", "2018-06", "东宝区", f"{INVOICES}|本月增幅(%)")
    value, base = (at(bad, "东宝区", f"{INVOICES}|{h}") for h in ("本月", "上年同月"))
    assert abs(at(bad, "东宝区", f"{INVOICES}|本月增幅") - (value / base - 1) * 100) > 29
    assert changed(good, bad) == 1


def test_growth_cannot_be_contradicted_where_none_is_printed(tmp_path: Path) -> None:
    path = table("stat__value_added", "2018-02").write(tmp_path)
    with pytest.raises(TypeError, match="no number"):
        spoil.contradict_growth(path, "东宝区", "增加值增速(%)|本月")


def test_a_correction_changes_one_cell_under_the_same_name(spoiled: Spoiled) -> None:
    good, better = spoiled(spoil.correct, "powr__electricity", "2018-06")
    assert changed(good, better) == 1
    heading = "工业用电量|累计同比"
    assert at(better, "东宝区", heading) == pytest.approx(at(good, "东宝区", heading) + 0.4)
    good, better = spoiled(spoil.correct, "powr__electricity", "2018-06", "钟祥市", POWER, 0.0123)
    assert at(better, "钟祥市", POWER) == pytest.approx(at(good, "钟祥市", POWER) + 0.0123)


def test_only_simulated_files_can_be_spoiled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no simulated file"):
        recognise("荆门市2018年6月全社会和工业用电量.xlsx")
    with pytest.raises(ValueError, match="no month"):
        spoil.correct(tmp_path / "用电量.xlsx")
