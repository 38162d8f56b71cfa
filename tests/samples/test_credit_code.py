"""Credit codes: both check digits (domain.md 2.9)."""

import csv

import pytest

from samples import credit_code
from samples.departments import report
from samples.economy import economy
from samples.firms import firms, small_firms
from samples.simulate import SEED
from warehouse.settings import ROOT


@pytest.mark.parametrize("code", ["91350200MA2YJ1XR9G", "91350200776049653A", "91440101MA5CJQ4N59"])
def test_public_examples_are_valid(code: str) -> None:
    assert credit_code.is_valid(code)
    assert credit_code.make(code[2:8], code[8:16]) == code


@pytest.mark.parametrize(
    "code", ["91350200MA2YJ1XR9H", "91350200MA2YJ1XR8G", "91350100M0001TGQXM", "9135020077604965", "O" * 18]
)
def test_codes_with_a_wrong_digit_or_letter_are_not(code: str) -> None:
    assert not credit_code.is_valid(code)


def test_every_invented_firm_has_a_valid_code_of_its_own() -> None:
    assert len(firms(SEED)) == 160
    codes = [f.credit_code for f in (*firms(SEED), *small_firms(SEED))]
    assert len(set(codes)) == len(codes) > 700
    assert all(map(credit_code.is_valid, codes))
    assert all(c[8:10] == "MX" for c in codes)
    jingshan = {f.credit_code[2:8] for f in firms(SEED) if f.region_key == "420882"}
    assert jingshan == {"420821", "420882"}


def test_some_firms_have_two_power_accounts_and_some_are_new() -> None:
    everyone = firms(SEED)
    accounts = [a for f in everyone for a in f.accounts]
    assert len(set(accounts)) == len(accounts) > len(everyone)
    born = [f.name for f in everyone if f.born]
    first, later = (report("tax__enterprise_invoices", m, economy(SEED)) for m in ("2017-02", "2017-03"))
    assert born
    assert not set(born) & set(first.columns[1].cells)
    assert set(born) <= set(later.columns[1].cells)


def test_the_industries_of_firms_are_known_to_the_catalogue() -> None:
    with (ROOT / "dbt_project" / "seeds" / "industries.csv").open(encoding="utf-8") as f:
        known = {row["industry_code"] for row in csv.DictReader(f)}
    assert {f.industry for f in firms(SEED)} <= known
