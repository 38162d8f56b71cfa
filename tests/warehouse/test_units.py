"""Units departments write, in canonical ones."""

import pytest

from warehouse.units import canonical


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("亿元", ("万元", 1e4)),
        ("千元", ("万元", 0.1)),
        ("亿千瓦时", ("万千瓦时", 1e4)),
        ("亿吨公里", ("万吨公里", 1e4)),
        ("%", ("%", 1.0)),
        ("上年同期=100", ("指数", 1.0)),
    ],
)
def test_a_unit_has_its_canonical_one_and_factor(unit: str, expected: tuple[str, float]) -> None:
    assert canonical(unit) == expected


def test_an_unknown_unit_is_named_and_never_guessed() -> None:
    with pytest.raises(KeyError, match="斤"):
        canonical("斤")
