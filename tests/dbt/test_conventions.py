"""House rules of the dbt project, read from its manifest, its seeds and its files."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.feed import DEPARTMENTS
from tests.dbt.conftest import City
from warehouse import build
from warehouse.settings import ROOT

PROJECT = ROOT / "dbt_project"
LAYERS = ("staging", "intermediate", "marts", "reports")
PREFIXES = {"staging": ("stg_",), "intermediate": ("int_",), "marts": ("fct_", "dim_"), "reports": ("rpt_",)}
MAY_READ = {
    "staging": {"staging", "catalog", "raw", "ops"},
    "intermediate": {"staging", "intermediate", "catalog"},
    "marts": {"staging", "intermediate", "marts", "catalog"},
    "reports": {"staging", "intermediate", "marts", "reports", "catalog"},
}


@pytest.fixture(scope="module")
def manifest(city: City) -> dict[str, Any]:
    return json.loads((build.artifacts() / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {k: n for k, n in manifest["nodes"].items() if n["resource_type"] == "model"}


def seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def test_a_model_is_named_after_its_layer_and_lies_in_its_schema(models: dict[str, dict[str, Any]]) -> None:
    for n in models.values():
        layer = Path(n["path"]).parts[0]
        assert n["name"].startswith(PREFIXES[layer]), n["name"]
        assert n["schema"] == layer, n["name"]


def test_a_model_reads_only_layers_before_it(manifest: dict[str, Any], models: dict[str, dict[str, Any]]) -> None:
    schemas = {k: n["schema"] for k, n in (manifest["nodes"] | manifest["sources"]).items()}
    wrong = [
        f"{n['name']} reads {parent}"
        for n in models.values()
        for parent in n["depends_on"]["nodes"]
        if schemas[parent] not in MAY_READ[n["schema"]]
    ]
    assert wrong == []


def test_a_description_settles_what_a_row_is(manifest: dict[str, Any]) -> None:
    nodes = [n for n in manifest["nodes"].values() if n["resource_type"] in ("model", "seed")]
    assert [n["name"] for n in nodes if not n["description"].startswith("One row per ")] == []


def test_every_column_of_seeds_staging_marts_and_reports_is_described(manifest: dict[str, Any], city: City) -> None:
    for n in manifest["nodes"].values():
        if n["resource_type"] in ("model", "seed"):
            assert [c["name"] for c in n["columns"].values() if not c["description"]] == [], n["name"]
    for table, rows in city.now.items():
        described = {c for n in manifest["nodes"].values() if n["name"] == table for c in n["columns"]}
        assert not rows or set(rows[0]) == described, table


def test_the_key_of_every_model_is_enforced_or_tested(
    manifest: dict[str, Any], models: dict[str, dict[str, Any]]
) -> None:
    tested = {
        n["attached_node"]
        for n in manifest["nodes"].values()
        if n["resource_type"] == "test" and n.get("test_metadata", {}).get("name") in ("unique", "unique_together")
        if n.get("attached_node")
    }
    enforced = {k for k, n in models.items() if any(c["type"] == "primary_key" for c in n["constraints"])}
    assert [n["name"] for k, n in models.items() if k not in tested | enforced] == []


def test_contracts_are_enforced_on_what_outsiders_read(models: dict[str, dict[str, Any]]) -> None:
    for n in models.values():
        assert n["contract"]["enforced"] == (n["schema"] in ("marts", "reports")), n["name"]
        if n["contract"]["enforced"]:
            assert n["config"]["grants"] == {"select": ["gongyun_analyst"]}, n["name"]


def test_every_threshold_that_a_model_asks_for_is_in_the_seed_and_the_other_way_round() -> None:
    asked = {
        pair
        for path in (PROJECT / "models").rglob("*.sql")
        for pair in re.findall(r"threshold\('(\w+)', '(\w+)'\)", path.read_text(encoding="utf-8"))
    }
    assert asked == {(r["rule"], r["parameter"]) for r in seed("thresholds")}


def test_departments_are_those_of_the_feeds() -> None:
    assert {r["department"]: r["name_zh"] for r in seed("departments")} == DEPARTMENTS


def test_codes_are_text_with_their_leading_zeros() -> None:
    divisions = [r for r in seed("industries") if r["level"] == "division"]
    assert [r["industry_code"] for r in divisions] == [f"{n:02d}" for n in range(6, 47)]
    assert {r["industry_code"] for r in divisions if r["energy_intensive"] == "true"} == {
        "25",
        "26",
        "30",
        "31",
        "32",
        "44",
    }


def test_seven_units_and_the_residual_add_up_to_the_city() -> None:
    adding = {r["region_key"] for r in seed("regions") if r["parent_key"] == "420800" and r["adds_to_parent"] == "true"}
    assert adding == {"420802", "JM-GXDD", "JM-ZH", "JM-QJL", "420882", "420822", "420881", "JM-SZ"}
    jingshan = [(r["code"], r["name_zh"], r["valid_from"]) for r in seed("regions") if r["region_key"] == "420882"]
    assert jingshan == [("420821", "京山县", ""), ("420882", "京山市", "2018-02-24")]


def test_pairs_of_the_field_are_all_there() -> None:
    assert {f"M{n}" for n in range(1, 17)} <= {r["pair"] for r in seed("matched_pairs")}
    assert {f"L{n}" for n in range(1, 18)} <= {r["pair"] for r in seed("correlated_pairs")}
    assert {f"T{n:02d}" for n in range(1, 49)} <= {r["target"] for r in seed("targets")}


def test_sqlfluff_finds_nothing() -> None:
    found = subprocess.run(
        [str(Path(sys.executable).with_name("sqlfluff")), "lint", "--disable-progress-bar", str(PROJECT)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-3000:]
