"""Every row of the marts of the small city against what the law makes of its cells, reckoned without the models."""

import pytest

from tests.dbt.conftest import City
from tests.dbt.delivered import World
from tests.dbt.marts_reckoned import RECKONED, differences
from warehouse import database
from warehouse.settings import ROOT

# Reckoned apart: test_correlated.py, and test_marts.py with the national edition.
ELSEWHERE = {"fct_correlated_indicators", "fct_correlated_pairs", "fct_matched_causes"}


def test_no_mart_is_without_a_reckoning() -> None:
    marts = {p.stem for p in (ROOT / "dbt_project" / "models" / "marts").glob("*.sql")}
    assert marts == RECKONED.keys() | ELSEWHERE


@pytest.fixture(scope="module")
def world(city: City) -> World:
    return World(database.engine())


@pytest.mark.parametrize("mart", RECKONED)
def test_a_mart_of_the_small_city_is_what_its_cells_and_the_law_come_to(world: World, mart: str) -> None:
    assert differences(world, mart) == []
