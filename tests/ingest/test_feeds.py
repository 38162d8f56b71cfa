"""Every feed's YAML keeps the JSON Schema that editors show, and none disappears without a word."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from ingest.feed_schema import SCHEMA, schema_text
from ingest.feeds import load_feed, match_file, retired
from samples.departments import FEEDS as simulated
from tests.ingest.paper import FEED
from vocabulary.month import Month
from vocabulary.unit import canonical
from warehouse.area import departments
from warehouse.seeds import Row, rows
from warehouse.settings import ROOT

FEEDS = sorted((ROOT / "areas").glob("*/feeds/*.yml"))
CITY = [load_feed(p) for p in FEEDS if p.parent.parent.name == "jingmen"]


def test_the_schema_in_the_file_is_that_of_the_code() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), "run: python -m ingest.feed_schema"


@pytest.mark.parametrize("path", FEEDS, ids=lambda p: f"{p.parts[-3]}-{p.stem}")
def test_a_feed_keeps_the_schema_and_names_what_its_area_knows(path: Path) -> None:
    jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), json.loads(schema_text()))
    assert load_feed(path, path.parent.parent).feed == path.stem


@pytest.mark.parametrize("path", FEEDS, ids=lambda p: f"{p.parts[-3]}-{p.stem}")
def test_a_feed_of_figures_and_no_list_declares_how_settled_they_are(path: Path) -> None:
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert ("maturity" in declared) == (declared["grain"] != "register")


# domain.md section 3: at which grains each indicator is wanted; R region, I industry, E enterprise.
WANTED = {
    "ST01": "RI", "ST02": "RIE", "ST03": "RIE", "ST04": "RI", "ST05": "RIE", "ST06": "RIE", "ST07": "RIE", "ST08": "RIE",
    "ST09": "RI", "ST09A": "RI", "ST10": "R", "ST10A": "R", "ST10B": "R", "ST10C": "R", "ST11": "R", "ST12": "R",
    "ST13": "R", "ST14": "R", "ST14A": "R", "DR01": "R", "DR02": "R", "DR03": "R", "DR04": "R", "DR05": "RIE", "DR06": "RI",
    "DR07": "R", "DR08": "R", "DR09": "R", "DR10": "R", "TR01": "R", "TR02": "R", "TR03": "R", "TR04": "R", "TR05": "R",
    "TR06": "R", "FI01": "R", "FI02": "R", "FI03": "R", "FI04": "R", "FI05": "R", "TX01": "RIE", "TX02": "RIE", "TX03": "RIE",
    "TX04": "R", "TX05": "R", "TX06": "RI", "TX07": "R", "TX08": "RE", "CM01": "RE", "CM01A": "R", "CM02": "RE",
    "CM02A": "R", "CM03": "R", "CM04": "R", "CM04A": "R", "CM05": "R", "CM06": "R", "BK01": "RE", "BK02": "RI", "BK03": "R",
    "BK05": "R", "BK06": "R", "BK07": "E", "EN01": "R", "EN01A": "R", "EN02": "RIE", "EN03": "RE", "EN04": "E",
    "EN05": "RE", "PW01": "R", "PW02": "RI", "PW03": "E", "PW04": "RE", "PW05": "RE", "PW06": "R", "PW07": "R",
    "TL01": "R", "TL02": "R", "TL03": "RE", "TL04": "RE", "TL05": "R", "TL06": "R",
}  # fmt: skip
# New loans are the change of what is outstanding (domain.md 3, BK04); no department sends them.
DERIVED = {"BK04"}


@pytest.fixture
def catalogue() -> dict[str, Row]:
    return {row["indicator"]: row for row in rows("indicators")}


def test_the_city_delivers_the_whole_catalogue_at_the_grains_it_is_wanted(
    catalogue: dict[str, Row],
) -> None:
    assert {c for c in catalogue if not c.startswith("CN")} == WANTED.keys() | DERIVED
    delivered: set[tuple[str, str]] = set()
    for feed in CITY:
        delivered |= {(c.indicator or "", feed.grain[0].upper()) for c in feed.numbers}
    wanted = {(code, grain) for code, grains in WANTED.items() for grain in grains}
    assert wanted - delivered == set()


def test_both_sides_of_a_sum_are_delivered_in_the_periods_of_their_pair() -> None:
    pairs, parts = rows("matched_pairs"), rows("matched_sums")
    wanted = {(s["pair"], s["indicator"]) for s in parts} | {
        (p["pair"], p["indicator_a"]) for p in pairs if p["pair"] in {s["pair"] for s in parts}
    }
    period = {p["pair"]: p["period_type"] for p in pairs}
    delivered = {(c.indicator, c.period_type) for f in CITY if f.grain == "region" for c in f.numbers}
    assert [(pair, i) for pair, i in sorted(wanted) if (i, period[pair]) not in delivered] == []


def test_every_department_delivers_numbers_and_six_of_them_lists() -> None:
    assert {f.department for f in CITY if f.numbers} == set(departments())
    assert set(departments()) - {f.department for f in CITY if f.lists} == {"tran", "fisc", "comm", "ener"}


def test_an_attribute_with_a_unit_says_it_in_its_name() -> None:
    suffixes = {"万元": "_10k_yuan", "人": "_persons", "千伏安": "_kva"}
    wrong = [
        f"{feed.feed}: {c.attribute}"
        for feed in CITY
        for c in feed.columns
        if c.attribute and c.unit and not c.attribute.endswith(suffixes[canonical(c.unit)[0]])
    ]
    assert wrong == []


def test_every_feed_of_the_city_has_its_fixture_in_the_simulator() -> None:
    """What was published once is read from the published file itself, in tests/real."""
    assert set(simulated) == {f.feed for f in CITY if f.frequency != "once"}


def test_the_schema_refuses_a_key_that_nobody_reads() -> None:
    feed = yaml.safe_load(FEEDS[0].read_text(encoding="utf-8")) | {"colour": "red"}
    with pytest.raises(jsonschema.ValidationError, match="colour"):
        jsonschema.validate(feed, json.loads(schema_text()))


def test_a_retired_feed_owes_the_months_that_had_ended_by_its_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = {
        "tele__a": {"date": date(2018, 12, 31), "reason": "并表"},
        "tele__b": {"date": date(2018, 12, 30), "reason": "并表"},
    }
    (tmp_path / "retired.yml").write_text(yaml.safe_dump(entries), encoding="utf-8")
    monkeypatch.setenv("GONGYUN_FEEDS", str(tmp_path / "feeds"))
    assert retired() == {"tele__a": Month(2018, 12), "tele__b": Month(2018, 11)}


@pytest.mark.parametrize("name", ["2018年6月用电.xlsx", "2018年6⽉⽤电.xlsx", "2018年6月用\u200b电.xlsx"])
def test_a_files_name_is_known_in_plain_characters_too(name: str) -> None:
    assert match_file(name, [FEED]) == [FEED]
