"""Each poison does what its name says and nothing else."""

from pathlib import Path

import pytest

from samples import spoil
from samples.simulate import table
from samples.table import Table
from tests.samples.reading import number

POWER, GROWTH = "工业用电量|当月", "工业用电量|当月同比(%)"
INVOICES = "工业开票销售收入(不含税)"


@pytest.fixture(scope="module")
def good() -> Table:
    return table("powr__electricity", "2018-06")


def changed(a: Table, b: Table) -> int:
    return sum(x != y for p, q in zip(a.columns, b.columns, strict=True) for x, y in zip(p.cells, q.cells, strict=True))


def test_a_shifted_unit_multiplies_amounts_and_leaves_growth(good: Table) -> None:
    bad = spoil.shift_unit(good)
    assert (number(bad.cell("钟祥市", POWER)) or 0) == pytest.approx((number(good.cell("钟祥市", POWER)) or 0) * 1e4)
    assert bad.cell("钟祥市", GROWTH) == good.cell("钟祥市", GROWTH)
    assert changed(good, bad) == 4 * len(good.labels)


def test_a_typed_text_stands_in_one_cell(good: Table) -> None:
    bad = spoil.type_text(good, "钟祥市", POWER)
    assert bad.cell("钟祥市", POWER) == "待核实"
    assert changed(good, bad) == 1


def test_a_resubmitted_file_has_the_new_name_over_the_old_title(good: Table, tmp_path: Path) -> None:
    old = table("powr__electricity", "2018-05")
    bad = spoil.resubmit(good, old)
    assert bad.file_name == good.file_name
    assert bad.full_title == old.full_title
    assert bad.write(tmp_path / "a").read_bytes() == old.write(tmp_path / "b").read_bytes()


def test_a_retitled_file_is_last_months_numbers_under_the_new_title(good: Table) -> None:
    old = table("powr__electricity", "2018-05")
    bad = spoil.retitle(good, old)
    assert (bad.file_name, bad.full_title) == (good.file_name, good.full_title)
    assert bad.columns == old.columns


def test_a_year_that_goes_on_counting_adds_december_to_january() -> None:
    january, december = table("powr__electricity", "2018-01"), table("powr__electricity", "2017-12")
    bad = spoil.keep_counting(january, december)
    total = "工业用电量|累计"
    expected = (number(january.cell("沙洋县", total)) or 0) + (number(december.cell("沙洋县", total)) or 0)
    assert bad.cell("沙洋县", total) == pytest.approx(expected)
    assert bad.cell("沙洋县", POWER) == january.cell("沙洋县", POWER)


def test_a_year_that_goes_on_counting_is_possible_across_a_change_of_name() -> None:
    bad = spoil.keep_counting(table("stat__industrial_output", "2018-02"), table("stat__industrial_output", "2017-12"))
    assert (number(bad.cell("京山县", "工业总产值|累计")) or 0) > 5_000_000


def test_a_dropped_county_is_gone_and_the_rest_stays(good: Table) -> None:
    bad = spoil.drop_row(good, "沙洋县")
    assert set(good.labels) - set(bad.labels) == {"沙洋县"}
    assert bad.cell("钟祥市", POWER) == good.cell("钟祥市", POWER)


def test_a_contradicting_growth_differs_from_value_and_base() -> None:
    good = table("tax__invoiced_sales", "2018-06")
    bad = spoil.contradict_growth(good, "东宝区", f"{INVOICES}|本月增幅(%)")
    printed = number(bad.cell("东宝区", f"{INVOICES}|本月增幅(%)"))
    value, base = (number(bad.cell("东宝区", f"{INVOICES}|{h}")) for h in ("本月", "上年同月"))
    assert abs((printed or 0) - ((value or 0) / (base or 1) - 1) * 100) > 29
    with pytest.raises(TypeError, match="no number"):
        spoil.contradict_growth(table("stat__value_added", "2018-02"), "东宝区", "增加值增速(%)|本月")


def test_a_correction_changes_one_cell_and_the_name(good: Table, tmp_path: Path) -> None:
    better = spoil.correct(good, "钟祥市", POWER, 0.0123)
    assert changed(good, better) == 1
    assert number(better.cell("钟祥市", POWER)) == pytest.approx((number(good.cell("钟祥市", POWER)) or 0) + 0.0123)
    assert better.write(tmp_path).name == "荆门市2018年6月全社会和工业用电量(模拟)更正.xlsx"
