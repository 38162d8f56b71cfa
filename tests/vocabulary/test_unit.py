"""Units departments write, in canonical ones."""

import csv

import pytest

from vocabulary.unit import canonical
from warehouse.settings import ROOT


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("亿元", ("万元", 1e4)),
        ("千元", ("万元", 0.1)),
        ("亿千瓦时", ("万千瓦时", 1e4)),
        ("亿吨公里", ("万吨公里", 1e4)),
        ("%", ("%", 1.0)),
        ("上年同期=100", ("指数", 1.0)),
        ("万G", ("TB", 10.0)),
        ("万吨标煤", ("吨标准煤", 1e4)),
        ("万TEU", ("标准箱", 1e4)),
        ("MVA", ("千伏安", 1e3)),
    ],
)
def test_a_unit_has_its_canonical_one_and_factor(unit: str, expected: tuple[str, float]) -> None:
    assert canonical(unit) == expected


def test_an_unknown_unit_is_named_and_never_guessed() -> None:
    with pytest.raises(KeyError, match="斤"):
        canonical("斤")


def test_every_indicators_unit_is_its_own_canonical_one_or_a_plain_multiple() -> None:
    with (ROOT / "dbt_project" / "seeds" / "indicators.csv").open(encoding="utf-8", newline="") as f:
        units = {row["unit"] for row in csv.DictReader(f)}
    assert {u for u in units if canonical(u) != (u, 1.0)} == set()
