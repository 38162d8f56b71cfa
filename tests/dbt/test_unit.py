"""The unit tests of the models, run by dbt on a warehouse that has been built once."""

import json

import pytest
import yaml

from tests.dbt.conftest import City
from warehouse import build
from warehouse.settings import ROOT

DECLARED = sorted(
    test["name"]
    for path in (ROOT / "dbt_project" / "models").rglob("*.yml")
    for test in yaml.safe_load(path.read_text(encoding="utf-8")).get("unit_tests", [])
)


@pytest.fixture(scope="module")
def outcomes(city: City) -> dict[str, str]:
    done = build.dbt("test", {}, "--select", "test_type:unit")
    assert build.results().exists(), done.stdout
    return {
        n["node"].rsplit(".", 1)[-1]: f"{n['status']} {n['message'] or ''}".strip()
        for n in json.loads(build.results().read_text(encoding="utf-8"))
        if n["node"].startswith("unit_test.")
    }


@pytest.mark.parametrize("name", DECLARED)
def test_model_keeps_what_its_unit_test_says(outcomes: dict[str, str], name: str) -> None:
    assert outcomes[name] == "pass"
