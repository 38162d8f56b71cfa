"""How figures are printed."""

import pytest

from vocabulary.figure import number


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (8.1, "8.1"), (-3.2, "−3.2"), (None, "—"), (0.0, "0.0"), (-0.04, "0.0"), (0.25, "0.3"), (-0.25, "−0.3"),
        (8.15, "8.2"), (2.675, "2.7"), (8.149999999999999, "8.2"), (8.149, "8.1"), (1234.5, "1,234.5"), (160.0, "160.0"),
    ],
)  # fmt: skip
def test_a_number_is_rounded_half_up_as_printed_statistics_are(value: float | None, printed: str) -> None:
    assert number(value) == printed


def test_a_signed_number_that_rounds_to_nothing_has_no_sign() -> None:
    assert number(0.3, sign=True) == "+0.3"
    assert number(0.04, sign=True) == "0.0"
    assert number(-0.04, sign=True) == "0.0"


def test_any_float_that_a_cell_may_hold_is_printed_in_full() -> None:
    assert number(1e30) == "1" + ",000" * 10 + ".0"
    assert number(-1e30, 2) == "−1" + ",000" * 10 + ".00"
    assert len(number(1.7e308, 9)) == 309 + 102 + 10
