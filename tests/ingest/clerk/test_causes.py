"""One mistake is one cause, wherever it shows."""

from dataclasses import replace

from ingest.clerk.causes import causes
from vocabulary.finding import Finding

SHIFT = Finding(
    "gate", "unit_shift", "critical", "东宝区用电量偏大", "表1", "B5", cause="偏大10000倍左右，疑按万千瓦时填报"
)
UNKNOWN = Finding("parse", "unknown_region", "critical", "地区名称“钟祥”不在区划目录中", "表1", "A5")


def test_a_unit_wrong_in_two_columns_is_one_cause_with_its_columns_and_cells_counted() -> None:
    (cause,) = causes(replace(SHIFT, cell=f"{column}{row}") for row in range(5, 15) for column in "BF")
    assert (cause.sheet, cause.where, cause.message) == ("表1", "B列、F列共20格", SHIFT.cause)
    assert len(cause.findings) == 20


def test_a_single_cell_keeps_its_own_words() -> None:
    (cause,) = causes([SHIFT])
    assert (cause.where, cause.message) == ("B5", "东宝区用电量偏大")


def test_one_unknown_label_in_many_rows_is_one_cause_and_another_label_another() -> None:
    rows = [replace(UNKNOWN, cell=f"A{row}") for row in range(5, 97)]
    one, other = causes([*rows, replace(UNKNOWN, message="地区名称“京山”不在区划目录中", cell="A97")])
    assert (one.where, other.where) == ("A列共92格", "A97")


def test_what_follows_from_a_mistake_stands_behind_it_and_counts_no_cell_of_its_own() -> None:
    follows = Finding("gate", "growth_against_level", "warning", "增速不符", "表1", "C5", cause=SHIFT.cause)
    (cause,) = causes([SHIFT, follows])
    assert (cause.where, cause.state, [f.rule for f in cause.findings]) == ("B5", "stopped", [SHIFT.rule, follows.rule])


def test_cells_of_two_sheets_are_named_with_their_sheets() -> None:
    twice = Finding("gate", "duplicate_cell", "critical", "x", cell="B3", cause="两张工作表的数据相同")
    (cause,) = causes([replace(twice, sheet="收入"), replace(twice, sheet="收入 (2)")])
    assert (cause.sheet, cause.where) == ("", "收入!B3、收入 (2)!B3")


def test_the_gravest_causes_come_first() -> None:
    told = Finding("gate", "out_of_scale", "warning", "x", "表1", "B5")
    assert [c.state for c in causes([told, UNKNOWN])] == ["stopped", "told"]
