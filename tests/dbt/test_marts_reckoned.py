"""Every row of the marts of the small city against what the law makes of its cells, reckoned without the models."""

import pytest

from tests.dbt.conftest import City
from tests.dbt.delivered import World
from tests.dbt.marts_reckoned import RECKONED, differences
from warehouse import database


@pytest.fixture(scope="module")
def world(city: City) -> World:
    return World(database.engine())


@pytest.mark.parametrize("mart", RECKONED)
def test_a_mart_of_the_small_city_is_what_its_cells_and_the_law_come_to(world: World, mart: str) -> None:
    assert differences(world, mart) == []
