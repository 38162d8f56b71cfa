"""Every feed's YAML keeps the JSON Schema that editors show, and none disappears without a word."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from ingest.feed import load_feed
from ingest.feed_schema import SCHEMA, schema_text
from warehouse.settings import ROOT
from warehouse.units import canonical

FEEDS = sorted((ROOT / "ingest" / "feeds").glob("*/*.yml"))


def test_the_schema_in_the_file_is_that_of_the_code() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), "run: python -m ingest.feed_schema"


@pytest.mark.parametrize("path", FEEDS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_feed_keeps_the_schema_and_names_known_units(path: Path) -> None:
    jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), json.loads(schema_text()))
    for column in load_feed(path).numbers:
        assert canonical(column.unit or "")[1] > 0


def test_the_schema_refuses_a_key_that_nobody_reads() -> None:
    feed = yaml.safe_load(FEEDS[0].read_text(encoding="utf-8")) | {"colour": "red"}
    with pytest.raises(jsonschema.ValidationError, match="colour"):
        jsonschema.validate(feed, json.loads(schema_text()))


def test_a_retired_feed_has_a_date_and_a_reason_and_no_yaml() -> None:
    retired = yaml.safe_load((ROOT / "ingest" / "retired.yml").read_text(encoding="utf-8"))
    assert isinstance(retired, dict)
    for name, entry in retired.items():
        assert isinstance(entry["date"], date), name
        assert entry["reason"].strip(), name
        assert not (ROOT / "ingest" / "feeds" / f"{name}.yml").exists(), name
