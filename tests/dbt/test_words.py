"""What sentences made in SQL say of a figure is what editions and receipts say of it."""

import math
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from jinja2 import Environment

from vocabulary.figure import number
from warehouse.settings import ROOT

MACRO = Path(ROOT, "dbt_project/macros/figure_zh.sql").read_text(encoding="utf-8")
FIGURES = [
    0.0,
    -0.0,
    0.04,
    -0.04,
    0.05,
    -0.05,
    1.005,
    2.675,
    -9.95,
    999.95,
    1234.5,
    -1234.5,
    64455.5,
    7e14,
    math.pi * 1e9,
]


@pytest.mark.parametrize("sign", [False, True])
@pytest.mark.parametrize("digits", [0, 1, 2])
def test_a_figure_in_a_sentence_is_printed_as_in_an_edition(warehouse: sa.Engine, digits: int, sign: bool) -> None:
    printed = Environment(autoescape=False).from_string(f"{MACRO}{{{{ figure_zh('x', {digits}, {sign}) }}}}").render()
    with warehouse.connect() as c:
        rows = c.execute(sa.text(f"select x, {printed} from unnest(cast(:x as float8[])) as x"), {"x": FIGURES})
        assert [said for _, said in rows] == [number(x, digits, sign) for x in FIGURES]


def test_no_sentence_prints_a_figure_otherwise() -> None:
    models = Path(ROOT, "dbt_project/models").rglob("*.sql")
    assert [m.name for m in models if re.search(r"\d\s*\)\s*::text", m.read_text(encoding="utf-8"))] == []
