"""Credit codes, organisation codes and names: what is one firm and what is not."""

import pytest

from ingest.grammar.firms import clean_credit_code, credit_code_fault, name_key, organisation_code


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
