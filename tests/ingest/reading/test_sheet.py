"""A sheet answers the same whether its rows are kept one by one or as columns."""

from datetime import date

import pytest

from ingest.reading.sheet import Raw, Rows, Sheet

GRID: list[list[Raw]] = [
    ["地区", "用电量", "月份"], ["钟祥市", 12.5, date(2018, 6, 1)], [], ["", None], ["更正原因：漏报", 3.0, True], ["修订", "说明"],
]  # fmt: skip
COVERED = {(3, 0): (1, 0)}
KEPT = [Sheet("a", GRID, COVERED), Sheet("a", Rows(GRID), COVERED)]


def test_a_cell_is_found_in_its_place_and_none_beyond_the_edge() -> None:
    for r in range(8):
        for c in range(5):
            cells = [(type(s.at(r, c)), s.at(r, c), s.spread(r, c)) for s in KEPT]
            assert cells[0] == cells[1], (r, c)
    assert KEPT[1].at(4, 2) is True
    assert KEPT[1].spread(3, 0) == "钟祥市"
    assert KEPT[1].at(6, 0) is None


@pytest.mark.parametrize("height", [1, 2, 50])
def test_chunks_hold_the_same_columns(height: int) -> None:
    by_rows, by_columns = (
        [(k.first, k.height, [list(c) for c in k.columns]) for k in s.chunks(1, height)] for s in KEPT
    )
    assert by_rows == by_columns
    assert [height for _, height, _ in by_rows] == [min(height, 5 - first) for first in range(0, 5, height)]


def test_a_column_reaches_from_the_row_asked_for_to_the_last() -> None:
    assert [list(s.column(1, 3)) for s in KEPT] == [[None, 3.0, "说明"]] * 2
    assert [s.width for s in KEPT] == [3, 3]


def test_rows_are_found_by_a_word_that_stands_in_one_of_their_texts() -> None:
    assert Rows(GRID).holding(("修订", "更正")) == [4, 5]
    assert Rows(GRID).holding(("京山市",)) == []
    assert Rows([]).holding(("修订",)) == []


def test_rows_end_where_they_end() -> None:
    assert list(Rows(GRID)) == [[*row, *[None] * (3 - len(row))] for row in GRID]
    assert Rows(GRID)[-1] == Rows(GRID)[5] == Rows(GRID)[4:][1] == ["修订", "说明", None]
    with pytest.raises(IndexError):
        Rows(GRID)[6]
