"""What departments call regions and firms: spellings that mean one thing meet, and those that do not stay apart."""

import csv
from datetime import date

import pytest

from ingest.grammar.labels import (
    clean_credit_code,
    credit_code_fault,
    industry_is_known,
    name_key,
    organisation_code,
    region_is_known,
    reporting_regions,
)
from warehouse.settings import ROOT


def region_of(label: str) -> str:
    with (ROOT / "dbt_project" / "seeds" / "region_aliases.csv").open(encoding="utf-8", newline="") as f:
        return next(r["region_key"] for r in csv.DictReader(f) if (r["area"], r["alias"]) == ("jingmen", label))


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
    assert "市辖区" not in reporting_regions(date(2018, 6, 1))


@pytest.mark.parametrize("label", ["420803", "江夏区", "高新", ""])
def test_what_is_no_region_of_the_city_is_unknown(label: str) -> None:
    assert not region_is_known(label)


def test_industries_are_known_by_code_and_name_with_their_leading_zero() -> None:
    assert all(map(industry_is_known, ["06", "C26", "26", "化学原料和化学制品制造业"]))
    assert not any(map(industry_is_known, ["6", "47", "05"]))


@pytest.mark.parametrize("code", ["91350100M0001TGQXM", "91350203M0001FUE2P", "91350203M0001QAY9B"])
def test_genuine_codes_that_fail_the_check_are_known_as_data(code: str) -> None:
    assert credit_code_fault(code) is None
    assert credit_code_fault(code[:-1] + "3") is not None


def test_a_code_typed_with_letters_for_digits_is_mended_and_checked() -> None:
    assert clean_credit_code(" 9135O200-776049653a ") == "91350200776049653A"
    assert credit_code_fault("91350200776049653A") is None
    assert credit_code_fault("91350200776049653B") == "校验位应为A"
    assert credit_code_fault("0" * 18) == "各位字符全部相同"
    assert credit_code_fault("9135020077604965") == "不是18位统一社会信用代码"


@pytest.mark.parametrize(
    "number", ["91350200776049653A", "350200776049653", "776049653", "77604965-3", " 77604965－3 "]
)
def test_departments_older_numbers_meet_in_the_organisation_code(number: str) -> None:
    assert organisation_code(number) == "776049653"


@pytest.mark.parametrize("number", ["420800000012345", "77604965-4", "0000000000", "000000000", "4208B0000012", ""])
def test_a_number_without_an_organisation_code_bridges_to_nothing(number: str) -> None:
    assert organisation_code(number) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("湖北汉岭再生资源(荆门东宝)有限公司", "湖北汉岭再生资源（荆门东宝）有限责任公司"),
        ("荆门楚陵化工有限公司", " 荆门 楚陵化工股份有限公司"),
        ("京山Ａ·Ｂ建材有限公司", "京山ab建材公司"),
        ("钟祥恒田〔集团〕有限公司", "钟祥恒田(集团)有限公司"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("荆门楚陵化工有限公司", "荆门楚陵化工有限公司京山分公司"),
        ("荆门楚陵化工厂", "荆门楚陵化工厂分厂"),
        ("荆门鑫源化工有限公司", "荆门金源化工有限公司"),
        ("荆门楚陵化工有限公司", "荆门楚陵建材有限公司"),
    ],
)
def test_establishments_and_other_firms_keep_keys_of_their_own(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)
