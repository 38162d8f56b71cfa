"""What departments call regions and firms: spellings that mean one thing meet, and those that do not stay apart."""

import pytest

from ingest.grammar.labels import industry_is_known, region_is_known, reporting_regions
from vocabulary.month import Month
from warehouse import seeds


def region_of(label: str) -> str:
    return next(r["region_key"] for r in seeds.rows("region_aliases") if r["alias"] == label)


@pytest.mark.parametrize("label", ["京山县", "京山市", "京山", "420821", "420882"])
def test_jingshan_is_one_region_by_both_names_and_both_codes(label: str) -> None:
    assert region_is_known(label)
    assert region_of(label) == "420882"


@pytest.mark.parametrize("label", ["荆门高新区·掇刀区", "荆门高新区?掇刀区", "高新区?掇刀区", "高新·掇刀"])
def test_the_combined_unit_is_known_with_its_dot_garbled(label: str) -> None:
    assert region_is_known(label)
    assert region_of(label) == "JM-GXDD"


@pytest.mark.parametrize("label", ["市辖区", "420801"])
def test_the_pseudo_code_of_the_citys_districts_is_the_city_itself_and_no_unit(label: str) -> None:
    assert region_of(label) == "JM-SZ"
    assert "市辖区" not in reporting_regions(Month(2018, 6))


@pytest.mark.parametrize("label", ["420803", "江夏区", "高新", ""])
def test_what_is_no_region_of_the_city_is_unknown(label: str) -> None:
    assert not region_is_known(label)


def test_industries_are_known_by_code_and_name_with_their_leading_zero() -> None:
    assert all(map(industry_is_known, ["06", "C26", "26", "化学原料和化学制品制造业"]))
    assert not any(map(industry_is_known, ["6", "47", "05"]))
