"""Every row of the marts of the national series against what the law makes of their cells, reckoned without the models."""

from pathlib import Path

import pytest

from tests.dbt.delivered import World
from tests.dbt.marts_reckoned import RECKONED, differences
from warehouse import database

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("national")]


@pytest.fixture(scope="module")
def world(national: Path) -> World:
    return World(database.engine())


@pytest.mark.parametrize("mart", RECKONED)
def test_a_mart_of_the_national_series_is_what_their_cells_and_the_law_come_to(world: World, mart: str) -> None:
    assert differences(world, mart) == []
