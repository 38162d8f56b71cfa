"""Each slip does what its name says, at the places it tells of and nowhere else."""

from random import Random

import pytest

from samples import slips
from samples.simulate import table
from samples.slips import NoPlace, Place, make
from samples.table import Printed, Table

MONTH = "2018-05"
FEEDS = ("stat__industrial_output", "powr__electricity", "comm__foreign_trade")


def made(kind: str) -> tuple[Table, Table, frozenset[Place]]:
    """A good table of the first feed that has room for the slip, the table sent and the places."""
    for feed in FEEDS:
        try:
            return table(feed, MONTH), *make(kind, feed, MONTH, Random(kind))
        except NoPlace:
            continue
    raise AssertionError(f"no table has room for {kind}")


def at(t: Table, place: Place) -> Printed:
    return t.columns[place[0]].cells[place[1]]


@pytest.mark.parametrize("kind", [k for k in (*slips.CELL, *slips.LINE) if k != "row_left_out"])
def test_only_the_places_told_differ_from_the_good_table(kind: str) -> None:
    good, sent, wrong = made(kind)
    places = {(x, y) for x in range(len(good.columns)) for y in range(len(good.labels))}
    assert {p for p in places if at(good, p) != at(sent, p)} == wrong
    assert wrong
    assert sent.labels == good.labels
    assert (sent.file_name, sent.full_title) == (good.file_name, good.full_title)


@pytest.mark.parametrize("kind", slips.CELL)
def test_a_slip_of_one_number_leaves_one_number_wrong(kind: str) -> None:
    assert len(made(kind)[2]) == 1


@pytest.mark.parametrize("kind", slips.LINE)
def test_a_slip_of_a_line_leaves_several_wrong(kind: str) -> None:
    assert len(made(kind)[2]) > 1


def test_the_same_generator_makes_the_same_slip() -> None:
    assert made("digit_mistyped") == made("digit_mistyped")


def test_a_row_left_out_is_the_only_one_missing() -> None:
    good, sent, _ = made("row_left_out")
    assert len(sent.labels) == len(good.labels) - 1
    assert set(sent.labels) < set(good.labels)


def test_a_table_without_a_place_for_a_slip_says_so() -> None:
    with pytest.raises(NoPlace):
        make("growth_in_the_level_column", "stat__value_added", MONTH, Random(1))
