"""Units departments write, in canonical ones."""

import csv

import pytest

from vocabulary.unit import CANONICAL, TABLE, canonical
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
        ("十亿千瓦时", ("万千瓦时", 1e5)),
        ("公斤标准煤", ("吨标准煤", 1e-3)),
        ("百万吨公里", ("万吨公里", 100.0)),
        ("亿人次", ("人次", 1e8)),
        ("十亿美元", ("万美元", 1e5)),
        ("万台", ("台", 1e4)),
        ("万重量箱", ("重量箱", 1e4)),
        ("GiB", ("TB", 2**30 / 1e12)),
    ],
)
def test_a_unit_has_its_canonical_one_and_factor(unit: str, expected: tuple[str, float]) -> None:
    assert canonical(unit) == expected


def test_an_unknown_unit_is_named_and_never_guessed() -> None:
    with pytest.raises(KeyError, match=r"'斗斛' is not in vocabulary/units\.csv; written like it are: none"):
        canonical("斗斛")
    with pytest.raises(KeyError, match=r"'亿瓦时' .*亿千瓦时"):
        canonical("亿瓦时")


def test_the_table_has_each_unit_once_and_a_canonical_one_is_its_own() -> None:
    with TABLE.open(encoding="utf-8", newline="") as f:
        units = [row["unit"] for row in csv.DictReader(f)]
    assert sorted(units) == sorted(set(units))
    assert {base for base, _ in CANONICAL.values() if CANONICAL.get(base) != (base, 1.0)} == set()


def test_every_indicators_unit_is_its_own_canonical_one_or_a_plain_multiple() -> None:
    with (ROOT / "dbt_project" / "seeds" / "indicators.csv").open(encoding="utf-8", newline="") as f:
        units = {row["unit"] for row in csv.DictReader(f)}
    assert {u for u in units if canonical(u) != (u, 1.0)} == set()
